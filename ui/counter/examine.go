package counter

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// examine asks which examination is meant, and tells whether it was done lately.
func (p *Page) examine() {
	if p.state.Phase != Served {
		return
	}
	language := choose.Language()
	all := advice.Examinations()
	picker := widget.NewPicker(lang.L("Quel examen est prescrit ?"), 300)
	var shown []advice.Examination
	var sheet *widget.Sheet
	picker.OnTyped = func(text string) {
		shown = nil
		var rows []widget.PickRow
		for _, e := range all {
			if e.Matches(text) {
				shown = append(shown, e)
				rows = append(rows, widget.PickRow{Icon: widget.IconLab, Tone: widget.Secondary, Label: e.Label(language), Detail: monthsWords(e.Months)})
			}
		}
		picker.SetRows(rows)
		picker.SetNote("", widget.Secondary)
		if len(rows) == 0 {
			picker.SetNote(lang.L("La table ne connaît pas cet examen : non vérifié. Cherchez-le dans le dossier."), widget.Attention)
		}
	}
	picker.OnTake = func(i int) {
		sheet.Close()
		p.examined(shown[i])
	}
	picker.OnLeave = func() { sheet.Close() }
	sheet = &widget.Sheet{Title: lang.L("Un examen déjà fait ?"), Content: picker.Box, First: picker.Entry, Width: 600}
	picker.Open()
	p.cfg.Shell.OpenSheet(sheet)
}

// examined asks for the documents and measures that this reader may read, and says
// which of them are that examination.
func (p *Page) examined(e advice.Examination) {
	a, since := p.state.Access, p.now().AddDate(0, -e.Months, 0)
	task.Run(p.cfg.Scope, func(ctx context.Context) (advice.Done, error) {
		docs, err := p.documentsSince(ctx, a, since)
		if err != nil {
			return advice.Done{}, err
		}
		items, err := client.AllItems(ctx, p.cfg.Profiles, a, client.ItemQuery{Resources: []string{"Observation"}, From: since})
		return advice.Done{Documents: docs, Measures: items.Items}, err
	}, func(done advice.Done, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		if p.state.Access.Session == a.Session {
			p.tellExamined(e, advice.Again(e, done, p.now()))
		}
	})
}

// mostPages bounds how many documents are looked through.
const mostPages = 20

// documentsSince gives the documents of a time, all of them: an examination on a later
// page was done like any other.
func (p *Page) documentsSince(ctx context.Context, a client.Access, since time.Time) ([]client.Document, error) {
	q := client.DocumentQuery{From: since, Limit: 200}
	var all []client.Document
	for range mostPages {
		page, err := p.cfg.Records.Documents(ctx, a, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Documents...)
		if q.Page = page.Next; q.Page == "" {
			break
		}
	}
	return all, nil
}

func (p *Page) tellExamined(e advice.Examination, r advice.Report) {
	language := choose.Language()
	var lines []fyne.CanvasObject
	for _, w := range r.Warnings {
		lines = append(lines, warningView(w), widget.NewParagraph(doneWords(w), widget.Style{Bold: true}))
	}
	for _, u := range r.Unverified {
		lines = append(lines, widget.NewParagraph(u.Written+" · "+u.Message(language), widget.Style{Tone: widget.Attention}))
	}
	if len(lines) == 0 {
		lines = append(lines, widget.NewParagraph(lang.L("Rien de tel n’a été trouvé dans ce que vous pouvez lire. L’examen a pu être fait sans être versé au dossier."), widget.Style{}))
	}
	lines = append(lines, widget.NewParagraph(lang.L("Recherche sur {{.Months}}. C’est une aide : elle ne voit que les documents et mesures que vous pouvez lire.", map[string]any{"Months": monthsWords(e.Months)}), widget.Style{Tone: widget.Secondary}))
	var sheet *widget.Sheet
	done := widget.NewButton(widget.Main, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	sheet = &widget.Sheet{Title: e.Label(language), Content: widget.Column(widget.Gap, lines...), Actions: []*widget.Button{done}, First: done, Return: func() { sheet.Close() }, Width: 640}
	p.cfg.Shell.OpenSheet(sheet)
}
