package measures

import (
	"context"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// noteMost is how many characters a note may have.
const noteMost = 500

// entrySheet is where a measure is typed: what is thought of the value is said
// as it is typed, an unusual one is kept only once one is sure.
type entrySheet struct {
	*widget.Sheet
	page *Page
	form Form
	key  string // idempotency: sending again takes effect once

	value, when, note *widget.Entry
	unit              *widget.Choice
	said              *widget.Paragraph
	ask               *widget.Text // what was probably meant, with meant beside it
	meant             *widget.Button
	sure              *widget.Check
	save              *widget.Button
	judged            Judgement
	sending           bool
}

// openSheet opens the sheet of a form.
func (p *Page) openSheet(f Form) {
	s := &entrySheet{page: p, form: f, key: p.cfg.NewID(), said: widget.NewParagraph("", widget.Style{Tone: widget.Secondary})}
	s.value, s.when, s.note = widget.NewEntry(exampleOf(f)), widget.NewEntry("22/11/2026 8:30"), widget.NewEntry("")
	s.value.SetText(f.Value)
	s.when.SetText(f.When)
	s.note.SetText(f.Note)
	s.value.OnChanged = func(text string) { s.changed(func() { s.form.Value = text }) }
	s.when.OnChanged = func(text string) { s.changed(func() { s.form.When = text }) }
	s.note.OnChanged = func(text string) { s.form.Note = text }
	s.unit = widget.NewChoice(unitWords(f), func(word string) {
		if i := slices.Index(unitWords(s.form), word); i >= 0 {
			s.changed(func() { s.form.Unit = s.form.Measure.Units[i].Code })
		}
	})
	for i, u := range f.Measure.Units {
		if u.Code == f.Unit {
			s.unit.Selected = unitWords(f)[i]
		}
	}
	s.ask = widget.NewText("", widget.Style{Tone: widget.Attention})
	s.meant = widget.NewButton(widget.Ordinary, widget.IconCheck, "", s.takeMeant).Dense()
	s.sure = widget.NewCheck(lang.L("J’ai vérifié cette valeur (Espace)"), func(on bool) {
		s.form.Sure = on
		s.judge()
	})
	s.sure.Deliberate = true
	s.open()
}

func (s *entrySheet) open() {
	p := s.page
	title := s.form.Measure.Name(choose.Language())
	if s.form.Item.ID != "" {
		title = lang.L("Corriger : {{.What}}", map[string]any{"What": title})
	}
	actions := []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() })}
	if s.form.Item.ID != "" {
		actions = append(actions, widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Saisie par erreur : retirer"), func() {
			s.Close()
			p.drop(s.form.Item)
		}))
	}
	s.save = widget.NewButton(widget.Main, widget.IconCheck, lang.L("Enregistrer"), s.keep)
	line := widget.Sides(widget.Gap, nil, widget.Labelled(lang.L("Valeur"), s.value), widget.Width(170, widget.Labelled(lang.L("Unité"), s.unit)))
	s.Sheet = &widget.Sheet{
		Title: title, Width: 560, First: s.value, Return: s.keep, Actions: append(actions, s.save),
		Content: widget.Column(
			widget.Gap, line,
			widget.AtLeast(0, 44, s.said), widget.Row(widget.Gap, s.ask, s.meant, widget.Flexible()), s.sure,
			widget.Labelled(lang.L("Date et heure de la mesure"), s.when),
			widget.Limited(lang.L("Remarque (facultative)"), s.note, noteMost),
		),
	}
	s.judge()
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// exampleOf shows how one writes a value.
func exampleOf(f Form) string {
	if len(f.Measure.Parts) > 1 {
		return "130/80"
	}
	return ""
}

func unitWords(f Form) []string {
	out := make([]string, len(f.Measure.Units))
	for i, u := range f.Measure.Units {
		out[i] = u.Name(choose.Language())
		if slices.Contains(out[:i], out[i]) {
			out[i] = u.Code
		}
	}
	return out
}

// changed takes a change of the value: being sure was about the one before.
func (s *entrySheet) changed(change func()) {
	change()
	s.form.Sure = false
	s.sure.SetChecked(false)
	s.judge()
}

// judge says what is thought of what is typed.
func (s *entrySheet) judge() {
	s.judged = s.form.Judge(s.page.now())
	j, tone, words := s.judged, widget.Secondary, ""
	switch j.Level {
	case Incomplete:
		words = lang.L("La valeur est gardée telle que vous l’écrivez, sans arrondi.")
	case Wrong:
		tone, words = widget.Danger, faultWords(j.Err)
	case Doubtful:
		tone, words = widget.Attention, lang.L("Cette valeur est inhabituelle. Vérifiez le nombre et l’unité.")
		if !j.Odd {
			words = lang.L("C’est loin de la dernière mesure ({{.Last}}). Vérifiez le nombre, l’unité et le patient.", map[string]any{"Last": beforeWords(j.Before)})
		}
	case Fine:
		words = lang.L("Valeur plausible.")
		switch {
		case s.form.Sure:
			words = lang.L("Valeur inhabituelle, vérifiée par vous.")
		case j.Before.Drawn:
			words += " " + lang.L("Dernière mesure : {{.Last}}.", map[string]any{"Last": beforeWords(j.Before)})
		}
	}
	meant := meantWords(s.form, j)
	offered := meant != "" && !s.form.Sure
	if offered {
		s.ask.Set(lang.L("Vouliez-vous dire {{.Value}} ?", map[string]any{"Value": meant}))
		s.meant.Set(widget.IconCheck, lang.L("Oui, {{.Value}}", map[string]any{"Value": meant}))
	}
	s.said.Set(words)
	s.said.SetTone(tone)
	widget.Visible(s.ask, offered)
	widget.Visible(s.meant, offered)
	widget.Visible(s.sure, j.Level == Doubtful || s.form.Sure)
	if s.save != nil {
		widget.Enable(s.save, j.Level == Fine && !s.sending)
	}
}

// beforeWords say a measure and its day.
func beforeWords(r Row) string {
	return valueWords(r) + ", " + widget.FormatDate(r.At)
}

// takeMeant writes what was probably meant.
func (s *entrySheet) takeMeant() {
	j := s.judged
	unit := j.Unit
	if j.Other != "" {
		unit = j.Other
	}
	if i := slices.IndexFunc(s.form.Measure.Units, func(u terminology.MeasureUnit) bool { return u.Code == unit }); i >= 0 {
		s.unit.SetSelectedIndex(i)
	}
	values := j.Values
	if j.Meant != nil {
		values = j.Meant
	}
	said := make([]string, len(values))
	for i, v := range values {
		said[i] = terminology.SayDecimal(v, choose.Language())
	}
	s.value.SetText(strings.Join(said, "/"))
	s.page.cfg.Shell.Focus(s.value)
}

// keep sends the measure.
func (s *entrySheet) keep() {
	p := s.page
	switch {
	case s.sending:
		return
	case s.judged.Level == Doubtful:
		p.cfg.Shell.Focus(s.sure)
		return
	case s.judged.Level != Fine:
		p.cfg.Shell.Focus(s.value)
		return
	}
	s.sending = true
	s.judge()
	item, was, access := s.form.ItemOf(s.judged), s.form.Item, p.cfg.Access()
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Item, error) {
		return p.cfg.Profiles.KeepItem(ctx, access, s.key, item)
	}, func(kept client.Item, err error) {
		s.sending = false
		s.judge()
		switch {
		case p.renews(err, s.keep):
			return
		case fhir.CodeOf(err) == fhir.Queued:
			s.Close()
			p.waits(err)
			return
		case err != nil:
			s.failed(err)
			return
		}
		s.Close()
		p.kept(kept, was)
	})
}

// failed says in the sheet why nothing was kept; what was typed stays.
func (s *entrySheet) failed(err error) {
	problem := s.page.cfg.Shell.Explain(err)
	words := problem.Words()
	if fhir.CodeOf(err) == fhir.VersionConflict {
		words = lang.L("Cette mesure a changé entre-temps. Fermez, relisez-la, puis recommencez.")
		s.page.load()
	}
	s.said.Set(words)
	s.said.SetTone(widget.Danger)
}
