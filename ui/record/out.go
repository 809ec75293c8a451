package record

import (
	"context"

	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// print prints the document that is read, after a reminder of secrecy.
func (p *Page) print() {
	if !p.showing() {
		return
	}
	content := *p.reader.content
	p.confirm(widget.IconPrint, cautionWords{
		lang.L("Imprimer ce document ?"),
		lang.L("Le papier sort de la protection de Carnet : il reste couvert par le secret professionnel. Ne le laissez pas sur l’imprimante ; remettez-le au patient ou détruisez-le."),
		lang.L("Imprimer"),
	}, widget.Main, func() {
		task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, p.cfg.Printer.Print(ctx, content)
		}, func(_ struct{}, err error) {
			if err != nil {
				p.notPrinted(err)
				return
			}
			p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconPrint, Text: lang.L("Document envoyé à l’imprimante.")})
		})
	})
}

// notPrinted says why nothing came out of the printer, and offers a copy.
func (p *Page) notPrinted(err error) {
	text := lang.L("Aucune imprimante ne répond sur ce poste. Enregistrez une copie et imprimez-la depuis un autre logiciel, ou vérifiez l’imprimante et recommencez.")
	if fhir.CodeOf(err) == fhir.UnsupportedMedia {
		text = lang.L("Ce genre de document ne s’imprime pas d’ici. Enregistrez une copie et imprimez-la depuis un autre logiciel.")
	}
	p.confirm(widget.IconDownload, cautionWords{lang.L("Rien n’a été imprimé"), text, lang.L("Enregistrer une copie")}, widget.Main, p.save)
}

// save writes a copy outside Carnet, after a reminder of secrecy.
func (p *Page) save() {
	if !p.showing() {
		return
	}
	choose.SaveDocument(choose.SaveConfig{Scope: p.cfg.Scope, Shell: p.cfg.Shell, Saver: p.cfg.Saver, Saved: func() {
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconDownload, Text: lang.L("Copie enregistrée.")})
	}}, *p.reader.content)
}

// cancel makes the button that closes a sheet which is being built.
func cancel(sheet **widget.Sheet) *widget.Button {
	return widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { (*sheet).Close() })
}
