package record

import (
	"context"

	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// mostWords is how many characters of a request the patient is shown, and the
// server takes.
const mostWords = 400

// openRequest lets the professional ask the patient to be let in.
func (p *Page) openRequest() {
	words := widget.NewTextArea(lang.L("par exemple : votre médecin vous adresse à moi pour une consultation le 3 décembre"), 3)
	var sheet *widget.Sheet
	send := func() {
		sheet.Close()
		p.request(words.Text)
	}
	yes := widget.NewButton(widget.Main, widget.IconMessage, lang.L("Envoyer la demande"), send).WithCaption(widget.Ctrl(fyne.KeyReturn))
	sheet = &widget.Sheet{
		Title: lang.L("Demander l’accès au patient"),
		Content: widget.Column(
			widget.GapWide,
			widget.NewParagraph(lang.L("{{.Name}} lira votre nom, votre lieu d’exercice et votre message, et répondra quand bon lui semble : accepter pour un temps, sans limite, ou ne pas donner suite.", map[string]any{"Name": nameOf(p.cfg.Patient)}), widget.Style{}),
			widget.Limited(lang.L("Message au patient (facultatif)"), words, mostWords),
			widget.NewParagraph(lang.L("N’y écrivez rien de médical. Si le patient accepte pendant que ce dossier est ouvert, la page vous le dit aussitôt."), widget.Style{Tone: widget.Secondary}),
		),
		Actions:   []*widget.Button{cancel(&sheet), yes},
		First:     words,
		Shortcuts: []widget.Shortcut{{ID: "send-request", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn)}, Label: lang.L("Envoyer la demande"), Do: send}},
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// request sends what the professional wrote.
func (p *Page) request(words string) {
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Records.RequestAccess(ctx, p.cfg.Patient.ID, words)
	}, func(_ struct{}, err error) {
		if err != nil {
			var retry func()
			if fhir.CodeOf(err) == fhir.Offline || fhir.CodeOf(err) == fhir.Unavailable {
				retry = func() { p.request(words) }
			}
			p.cfg.Shell.Present(err, retry)
			return
		}
		p.requested = true
		p.view.refresh()
		if !p.covered() { // what had the keyboard is drawn anew, asleep
			p.cfg.Shell.Focus(p.view.focus())
		}
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconMessage, Text: lang.L("Demande envoyée. Le patient y répond quand il le souhaite.")})
	})
}
