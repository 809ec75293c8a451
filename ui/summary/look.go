package summary

import (
	"strings"

	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// openItem shows an item: one's own to be corrected, another's to be read.
func (p *Page) openItem(r Row) {
	if r.Own && p.mayAdd() {
		p.openForm(FormOf(r.Item))
		return
	}
	i := r.Item
	text := func(s string, style widget.Style) fyne.CanvasObject { return widget.NewParagraph(s, style) }
	all := []fyne.CanvasObject{text(titleWords(i), widget.Style{Bold: true})}
	if w := whenWords(i); w != "" {
		all = append(all, text(upperFirst(w), widget.Style{}))
	}
	for _, s := range []string{i.Note, lotWords(i.Lot)} {
		if s != "" {
			all = append(all, text(s, widget.Style{}))
		}
	}
	all = append(all, text(sourceWords(i, p.cfg.Me.ID, p.now().Location()), widget.Style{Tone: widget.Secondary}))
	if !r.Own {
		all = append(all, text(lang.L("Seul son auteur peut le corriger ou le retirer."), widget.Style{Tone: widget.Secondary}))
	}
	var more []*widget.Button
	if i.Source != "" && p.cfg.Read != nil {
		more = append(more, widget.NewButton(widget.Ordinary, widget.IconDocument, lang.L("Lire le document d’origine"), func() { p.cfg.Read(i.Source) }))
	}
	p.show(kindWords(i.Resource), all, more)
}

// show opens a sheet that is read and closed.
func (p *Page) show(title string, content []fyne.CanvasObject, more []*widget.Button) {
	var sheet *widget.Sheet
	done := widget.NewButton(widget.Main, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	for _, b := range more {
		do := b.OnTapped
		b.OnTapped = func() {
			sheet.Close()
			do()
		}
	}
	sheet = &widget.Sheet{
		Title: title, Width: 620, Content: widget.Column(widget.Gap, content...),
		Actions: append(more, done), First: done, Return: func() { sheet.Close() },
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// openWarning shows all that the tables say of a warning.
func (p *Page) openWarning(w advice.Warning) {
	f := warningFace(w)
	all := []fyne.CanvasObject{
		widget.Row(widget.Gap, widget.NewChip(f.icon, f.word, f.tone), widget.Flexible()),
		widget.NewParagraph(upperFirst(w.Title(choose.Language())), widget.Style{Bold: true}),
	}
	if d := w.Detail(choose.Language()); d != "" {
		all = append(all, widget.NewParagraph(widget.FormatLabel(upperFirst(d)), widget.Style{}))
	}
	for _, rule := range w.Rules {
		all = append(all, widget.NewParagraph(ruleWords(rule), widget.Style{}))
	}
	all = append(all,
		widget.NewParagraph(lang.L("Écrit au dossier : {{.One}} et {{.Two}}.", map[string]any{"One": w.A.Written, "Two": w.B.Written}), widget.Style{Tone: widget.Secondary}),
		widget.NewParagraph(w.Cite.Text(choose.Language()), widget.Style{Tone: widget.Secondary}),
		widget.NewParagraph(advice.Limits(p.picture.Edition, choose.Language()), widget.Style{Tone: widget.Secondary, Size: widget.SizeCaption}))
	p.show(lang.L("À vérifier (aide à la décision)"), all, nil)
}

// ruleWords is a rule of a table: its two headings and its levels.
func ruleWords(r advice.Rule) string {
	names := make([]string, len(r.Levels))
	for i, l := range r.Levels {
		names[i] = l.Label(choose.Language())
	}
	return "· " + widget.FormatLabel(upperFirst(r.A)+" + "+r.B) + widget.Nbsp + ": " + strings.ToLower(strings.Join(names, ", "))
}

// openUnverified says what could not be checked, and what to do.
func (p *Page) openUnverified(u advice.Unverified) {
	all := []fyne.CanvasObject{
		widget.NewParagraph(u.Written, widget.Style{Bold: true}), widget.NewParagraph(u.Message(choose.Language()), widget.Style{}),
	}
	if len(u.Classes) > 0 {
		all = append(all, widget.NewParagraph(lang.L("Classes sans règle : {{.Names}}", map[string]any{"Names": strings.Join(u.Classes, ", ")}), widget.Style{}))
	}
	all = append(all, widget.NewParagraph(advice.Limits(p.picture.Edition, choose.Language()), widget.Style{Tone: widget.Secondary, Size: widget.SizeCaption}))
	p.show(lang.L("Non vérifié"), all, nil)
}

// openDue shows a vaccination that is due, and leads to recording one.
func (p *Page) openDue(v advice.Vaccination) {
	f := dueFace(v)
	all := []fyne.CanvasObject{
		widget.Row(widget.Gap, widget.NewChip(f.icon, f.word, f.tone), widget.Flexible()),
		widget.NewParagraph(v.Label(choose.Language()), widget.Style{Bold: true}),
		widget.NewParagraph(upperFirst(dueWords(v)), widget.Style{}), widget.NewParagraph(v.Cite.Text(choose.Language()), widget.Style{Tone: widget.Secondary}),
		widget.NewParagraph(advice.CalendarLimits(v.Cite.Edition, choose.Language()), widget.Style{Tone: widget.Secondary, Size: widget.SizeCaption}),
	}
	var more []*widget.Button
	if p.mayAdd() {
		more = append(more, widget.NewButton(widget.Ordinary, widget.IconVaccine, lang.L("Enregistrer une vaccination…"), func() {
			form := NewForm("Immunization")
			form.Values[FieldText] = v.Label(choose.Language())
			for _, c := range advice.VaccineChoices(choose.Language()) {
				if c.Display == v.Label(choose.Language()) {
					form.Vaccine = c
				}
			}
			p.openForm(form)
		}))
	}
	p.show(lang.L("Vaccinations attendues (aide)"), all, more)
}
