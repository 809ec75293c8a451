package record

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
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

// saveSheet asks where a copy is to be written; it stays until the copy is.
type saveSheet struct {
	*widget.Sheet
	page    *Page
	content client.Content
	path    *widget.Entry
	message *widget.Paragraph
	writing bool
}

// save writes a copy outside Carnet, after a reminder of secrecy.
func (p *Page) save() {
	if !p.showing() {
		return
	}
	s := &saveSheet{
		page: p, content: *p.reader.content, path: widget.NewEntry(""),
		message: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	s.path.SetText(p.cfg.Saver.Suggest(s.content.Type))
	s.message.Hide()
	s.Sheet = &widget.Sheet{
		Title: lang.L("Enregistrer une copie"),
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("La copie n’est plus chiffrée ni tracée par Carnet, et reste couverte par le secret professionnel. Enregistrez-la sur un support protégé et supprimez-la après usage."), widget.Style{}),
			widget.Labelled(lang.L("Fichier"), s.path),
			s.message,
		),
		Actions: []*widget.Button{cancel(&s.Sheet), widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer"), s.write)},
		First:   s.path,
		Return:  s.write,
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// write writes the copy; what goes wrong is said beside the path, to be
// corrected there.
func (s *saveSheet) write() {
	if s.writing {
		return
	}
	s.writing = true
	to := s.path.Text
	task.Run(s.page.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.page.cfg.Saver.Save(ctx, to, s.content)
	}, func(_ struct{}, err error) {
		s.writing = false
		if err != nil {
			s.message.Set(notSaved(err))
			s.message.Show()
			s.page.cfg.Shell.Focus(s.path)
			return
		}
		s.Close()
		s.page.cfg.Shell.Toast(widget.Toast{Icon: widget.IconDownload, Text: lang.L("Copie enregistrée.")})
	})
}

// notSaved words why a copy was not written.
func notSaved(err error) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Un fichier porte déjà ce nom : il n’a pas été touché. Choisissez-en un autre.")
	case fhir.Invalid:
		return lang.L("Rien ne peut être écrit à cet endroit. Choisissez un dossier qui existe et où vous pouvez écrire.")
	}
	return lang.L("La copie n’a pas pu être écrite. Vérifiez la place qui reste sur le disque, puis recommencez.")
}

// cancel makes the button that closes a sheet which is being built.
func cancel(sheet **widget.Sheet) *widget.Button {
	return widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { (*sheet).Close() })
}
