package summary

import (
	"context"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
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

// toFile asks where the copy goes; the sheet stays until it is written.
func (p *Page) toFile(c client.Content) {
	path, message := widget.NewEntry(""), widget.NewParagraph("", widget.Style{Tone: widget.Danger})
	path.SetText(p.cfg.Saver.Suggest(c.Type))
	message.Hide()
	var sheet *widget.Sheet
	writing := false
	write := func() {
		if writing {
			return
		}
		writing = true
		to := strings.TrimSpace(path.Text)
		task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, p.cfg.Saver.Save(ctx, to, c)
		}, func(_ struct{}, err error) {
			writing = false
			if err != nil {
				message.Set(notWritten(err))
				message.Show()
				p.cfg.Shell.Focus(path)
				return
			}
			sheet.Close()
			p.say(widget.IconDownload, widget.Ink, lang.L("Copie enregistrée."))
		})
	}
	sheet = &widget.Sheet{
		Title: lang.L("Enregistrer une copie"), First: path, Return: write,
		Content: widget.Column(widget.Gap,
			widget.NewParagraph(lang.L("La copie n’est plus chiffrée ni tracée par Carnet, et reste couverte par le secret professionnel. Enregistrez-la sur un support protégé et supprimez-la après usage."), widget.Style{}),
			widget.Labelled(lang.L("Fichier"), path), message),
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { sheet.Close() }),
			widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer"), write),
		},
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// notWritten words why nothing was written.
func notWritten(err error) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Un fichier porte déjà ce nom : il n’a pas été touché. Choisissez-en un autre.")
	case fhir.Invalid:
		return lang.L("Rien ne peut être écrit à cet endroit. Choisissez un dossier qui existe et où vous pouvez écrire.")
	}
	return lang.L("La copie n’a pas pu être écrite. Vérifiez la place qui reste sur le disque, puis recommencez.")
}
