package summary

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

const pdfType = "application/pdf"

// print asks first: paper leaves the protection of Carnet. It offers a file, too.
func (p *Page) print() {
	if p.phase != Shown || p.cfg.Draw == nil {
		return
	}
	var sheet *widget.Sheet
	yes := widget.NewButton(widget.Main, widget.IconPrint, lang.L("Imprimer"), func() {
		sheet.Close()
		p.draw(p.toPaper)
	})
	actions := []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { sheet.Close() })}
	if p.cfg.Saver != nil {
		actions = append(actions, widget.NewButton(widget.Ordinary, widget.IconDownload, lang.L("Enregistrer une copie"), func() {
			sheet.Close()
			p.draw(p.toFile)
		}))
	}
	sheet = &widget.Sheet{
		Title: lang.L("Imprimer la synthèse ?"), Actions: append(actions, yes), First: yes,
		Content: widget.Column(widget.Gap,
			widget.NewParagraph(lang.L("Une page : allergies, traitements, antécédents, vaccinations, dernières mesures. Elle ne contient que ce que vous pouvez lire."), widget.Style{}),
			widget.NewParagraph(lang.L("Le papier sort de la protection de Carnet : il reste couvert par le secret professionnel. Ne le laissez pas sur l’imprimante ; remettez-le au patient ou détruisez-le."), widget.Style{})),
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// draw makes the PDF off the UI goroutine.
func (p *Page) draw(then func(client.Content)) {
	known, me, prov := p.known(), p.cfg.Me, p.prov
	task.Run(p.cfg.Scope, func(context.Context) (client.Content, error) {
		data, err := p.cfg.Draw(handoutOf(known, me, prov))
		return client.Content{Type: pdfType, Bytes: data}, err
	}, func(c client.Content, err error) {
		if err != nil {
			p.cfg.Shell.Present(fhir.Wrap(fhir.Internal, err), nil)
			return
		}
		then(c)
	})
}

func (p *Page) toPaper(c client.Content) {
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Printer.Print(ctx, c)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.notPrinted(c)
			return
		}
		p.say(widget.IconPrint, widget.Ink, lang.L("Synthèse envoyée à l’imprimante."))
	})
}

// notPrinted says that nothing came out of the printer, and offers a copy.
func (p *Page) notPrinted(c client.Content) {
	var sheet *widget.Sheet
	actions := []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })}
	if p.cfg.Saver != nil {
		actions = append(actions, widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer une copie"), func() {
			sheet.Close()
			p.toFile(c)
		}))
	}
	sheet = &widget.Sheet{
		Title: lang.L("Rien n’a été imprimé"), Actions: actions, First: actions[len(actions)-1],
		Content: widget.NewParagraph(lang.L("Aucune imprimante ne répond sur ce poste. Enregistrez une copie et imprimez-la depuis un autre logiciel, ou vérifiez l’imprimante et recommencez."), widget.Style{}),
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// toFile asks where the copy goes.
func (p *Page) toFile(c client.Content) {
	choose.SaveDocument(choose.SaveConfig{Scope: p.cfg.Scope, Shell: p.cfg.Shell, Saver: p.cfg.Saver, Saved: func() {
		p.say(widget.IconDownload, widget.Ink, lang.L("Copie enregistrée."))
	}}, c)
}
