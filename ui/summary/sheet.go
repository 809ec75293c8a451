package summary

import (
	"context"
	"slices"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
)

// Limits of what is typed, as the server has them.
const (
	textMost = 200
	noteMost = 500
)

// itemSheet is where an item is typed: what the tables say of it is told while it is
// typed, and nothing is kept before one says so.
type itemSheet struct {
	*widget.Sheet
	page    *Page
	form    Form
	key     string // idempotency: sending again takes effect once
	entries map[Field]*widget.Entry
	said    *widget.Paragraph
	fields  *fyne.Container
	save    *widget.Button
	fault   Fault
	item    client.Item
	sending bool
}

// add opens the sheet of a new item, of the kind of the section where one is.
func (p *Page) add() {
	if !p.mayAdd() {
		return
	}
	kind := "AllergyIntolerance"
	if s, ok := p.focused().section(); ok {
		for k, of := range map[string][]Section{
			"MedicationStatement": {Treatments, Warnings}, "Condition": {Conditions}, "FamilyMemberHistory": {Family}, "Immunization": {Due, Vaccines},
		} {
			if slices.Contains(of, s) {
				kind = k
			}
		}
	}
	p.openForm(NewForm(kind))
}

// focused is the column in use.
func (p *Page) focused() *column {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.view.right.list); c != nil && c.Focused() == fyne.Focusable(p.view.right.list) {
		return p.view.right
	}
	return p.view.left
}

// openForm opens the sheet of a form.
func (p *Page) openForm(f Form) {
	s := &itemSheet{page: p, form: f, key: p.cfg.NewID(), said: widget.NewParagraph("", widget.Style{Tone: widget.Secondary})}
	s.save = widget.NewButton(widget.Main, widget.IconCheck, lang.L("Enregistrer"), s.keep)
	s.fields = widget.Column(widget.Gap)
	s.fill()
	var top []fyne.CanvasObject
	title := lang.L("Ajouter à la synthèse")
	if f.Item.ID != "" {
		title = lang.L("Corriger : {{.What}}", map[string]any{"What": kindWords(f.Resource)})
	} else {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = kindWords(k)
		}
		kind := widget.NewChoice(names, func(word string) {
			if i := slices.Index(names, word); i >= 0 && kinds[i] != s.form.Resource {
				s.form.Resource = kinds[i]
				s.fill()
			}
		})
		kind.Selected = kindWords(f.Resource)
		top = append(top, widget.Labelled(lang.L("Quoi"), kind))
	}
	content := widget.Column(widget.Gap, append(top, s.fields, widget.AtLeast(0, 44, s.said))...)
	s.Sheet = &widget.Sheet{Title: title, Width: 700, Content: content, First: s.entries[FieldText], Return: s.keep, Actions: s.actions()}
	if advice.UnderAge(p.cfg.Patient.BirthDate, p.now()) && f.Item.ID == "" {
		s.Shortcuts = []widget.Shortcut{{ID: "minor", Keys: []widget.Keys{minorKeys()}, Label: lang.L("Soin confidentiel d’un mineur"), Do: s.keepOut}}
	}
	s.judge()
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// actions are the sheet's buttons.
func (s *itemSheet) actions() []*widget.Button {
	p := s.page
	out := []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() })}
	switch {
	case s.form.Item.ID != "":
		out = append(out, widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Saisi par erreur : retirer"), func() {
			s.Close()
			p.drop(s.form.Item)
		}))
	case advice.UnderAge(p.cfg.Patient.BirthDate, p.now()):
		out = append(out, widget.NewButton(widget.Ordinary, widget.IconShield, lang.L("Soin confidentiel…"), s.keepOut).WithCaption(minorKeys()))
	}
	return append(out, s.save)
}

// minorKeys keep an item out of the record; they are those of filing.
func minorKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyC, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

// fill makes the fields of the form's type; what was typed stays where the type has
// the same field.
func (s *itemSheet) fill() {
	s.entries = map[Field]*widget.Entry{}
	var rows []fyne.CanvasObject
	if s.form.Resource == "FamilyMemberHistory" {
		rows = append(rows, widget.Labelled(lang.L("Qui"), s.relation()))
	}
	if s.form.Resource == "Immunization" {
		rows = append(rows, widget.Labelled(lang.L("Vaccin"), s.vaccine()))
	}
	var line []fyne.CanvasObject
	for _, x := range fieldsOf(s.form.Resource) {
		e := widget.NewEntry(exampleWords(s.form.Resource, x))
		e.SetText(s.form.Values[x])
		e.OnChanged = func(text string) {
			s.form.Values[x] = text
			s.judge()
		}
		s.entries[x] = e
		most := textMost
		if x == FieldNote {
			most = noteMost
		}
		field := widget.Limited(fieldWords(s.form.Resource, x), e, most)
		if x != FieldText && x != FieldSubstance && x != FieldNote {
			line = append(line, field) // the short ones share a line
			continue
		}
		if x == FieldNote && len(line) > 0 {
			rows = append(rows, container.New(layout.NewGridLayoutWithColumns(len(line)), line...))
		}
		rows = append(rows, field)
	}
	s.fields.Objects = append(rows, widget.Row(widget.Gap, s.checks()...))
	s.fields.Refresh()
	s.judge()
}

// checks are the yes-or-no questions of the type.
func (s *itemSheet) checks() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	add := func(label string, on bool, set func(bool)) {
		c := widget.NewCheck(label, func(on bool) {
			set(on)
			s.judge()
		})
		c.SetChecked(on)
		out = append(out, c)
	}
	switch s.form.Resource {
	case "AllergyIntolerance":
		add(lang.L("Réaction grave"), s.form.Grave, func(on bool) { s.form.Grave = on })
		add(lang.L("Ancienne"), s.form.Over, func(on bool) { s.form.Over = on })
	case "Condition":
		add(lang.L("Résolu"), s.form.Over, func(on bool) { s.form.Over = on })
	case "MedicationStatement":
		add(lang.L("Arrêté"), s.form.Over, func(on bool) { s.form.Over = on })
	}
	if slices.Contains(s.page.cfg.Access().Rights, fhir.RightMask) {
		add(lang.L("Masquer aux professionnels"), s.form.Masked, func(on bool) { s.form.Masked = on })
	}
	return out
}

func (s *itemSheet) relation() *widget.Choice {
	all := relations()
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Display
	}
	c := widget.NewChoice(names, func(word string) {
		if i := slices.Index(names, word); i >= 0 {
			s.form.Relation = all[i]
		}
	})
	at := slices.IndexFunc(all, func(r fhir.Coding) bool { return r.Code == s.form.Relation.Code })
	if at < 0 {
		at = len(all) - 1
	}
	c.Selected, s.form.Relation = names[at], all[at]
	return c
}

func (s *itemSheet) vaccine() *widget.Choice {
	all := advice.VaccineChoices(choose.Language())
	names := []string{lang.L("autre : l’écrire dessous")}
	for _, v := range all {
		names = append(names, v.Display)
	}
	c := widget.NewChoice(names, func(word string) {
		i := slices.Index(names, word)
		if i < 0 {
			return
		}
		s.form.Vaccine = fhir.Coding{}
		if i > 0 {
			s.form.Vaccine = all[i-1]
			s.entries[FieldText].SetText(word)
		}
		s.judge()
	})
	c.Selected = names[0]
	for i, v := range all {
		if v.Code == s.form.Vaccine.Code {
			c.Selected = names[i+1]
		}
	}
	return c
}

// judge says what is thought of what is typed: a wrong field, or what the tables
// tell.
func (s *itemSheet) judge() {
	p := s.page
	s.item, s.fault = s.form.Read(p.cfg.Patient.BirthDate, p.now())
	tone, said := widget.Secondary, lang.L("Chacun qui peut lire ce dossier voit qui l’a écrit, et quand.")
	switch {
	case s.fault.Kind == Empty:
		said = faultWords(s.fault)
	case s.fault.Kind != Fine:
		tone, said = widget.Danger, faultWords(s.fault)
	default:
		if words, worst := reportWords(p.known().Judge(s.item)); words != "" {
			said, tone = words, worst
		}
	}
	s.said.Set(said)
	s.said.SetTone(tone)
	widget.Enable(s.save, s.fault.Kind == Fine && !s.sending)
}

// keep sends the item.
func (s *itemSheet) keep() {
	p := s.page
	if s.sending {
		return
	}
	if s.fault.Kind != Fine {
		if e := s.entries[s.fault.Field]; e != nil {
			p.cfg.Shell.Focus(e)
		}
		return
	}
	s.sending = true
	widget.Enable(s.save, false)
	item, access := s.item, p.cfg.Access()
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Item, error) {
		return p.cfg.Profiles.KeepItem(ctx, access, s.key, item)
	}, func(kept client.Item, err error) {
		s.sending = false
		s.judge()
		if fhir.CodeOf(err) == fhir.Queued {
			s.Close()
			p.waits(err)
			return
		}
		if err != nil {
			s.failed(err)
			return
		}
		s.Close()
		p.kept(kept, item.ID == "")
	})
}

// failed says in the sheet why nothing was kept; what was typed stays.
func (s *itemSheet) failed(err error) {
	problem := s.page.cfg.Shell.Explain(err)
	said := problem.Words()
	if fhir.CodeOf(err) == fhir.VersionConflict {
		said = lang.L("Cela a changé entre-temps. Fermez, relisez, puis recommencez.")
		s.page.load()
	}
	s.said.Set(said)
	s.said.SetTone(widget.Danger)
}

// keepOut explains what a minor may keep confidential, and forgets what was typed
// when that is what it is: nothing was sent, and nothing is.
func (s *itemSheet) keepOut() {
	var sheet *widget.Sheet
	back := widget.NewButton(widget.Ordinary, widget.IconBack, lang.L("Revenir à la saisie"), func() { sheet.Close() })
	yes := widget.NewButton(widget.Main, widget.IconShield, lang.L("Garder hors du dossier"), func() {
		sheet.Close()
		s.form = NewForm(s.form.Resource)
		for _, e := range s.entries {
			e.SetText("")
		}
		s.Close()
		s.page.say(widget.IconShield, widget.Ink, lang.L("Gardé hors du dossier : rien n’a été envoyé, rien n’est conservé."))
	})
	sheet = &widget.Sheet{
		Title: lang.L("Soin confidentiel d’un mineur"),
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Un mineur peut garder confidentiels ses soins de santé sexuelle : contraception, interruption de grossesse, dépistage. Ils ne sont alors pas enregistrés du tout dans son dossier."), widget.Style{Bold: true}),
			widget.NewParagraph(lang.L("Rien n’est envoyé de ce que vous avez saisi, et Carnet l’oublie aussitôt. Gardez-le dans votre propre dossier médical."), widget.Style{}),
			widget.NewParagraph(lang.L("Masquer ne suffit pas : ce qui est masqué existe, et le médecin traitant le lit."), widget.Style{Tone: widget.Secondary}),
		),
		Actions: []*widget.Button{back, yes}, First: yes,
	}
	s.page.cfg.Shell.OpenSheet(sheet)
}

// kept shows what the server keeps, and offers the way back.
func (p *Page) kept(item client.Item, added bool) {
	p.put(item)
	t := widget.Toast{Icon: widget.IconOK, Tone: widget.Good, Text: lang.L("Enregistré dans le dossier. Le patient le voit.")}
	if added {
		t.Action, t.Do = lang.L("Annuler la saisie"), func() { p.drop(item) }
	}
	p.cfg.Shell.Toast(t)
}

// waits says that what was written is kept on this computer, and shows it so.
func (p *Page) waits(err error) {
	p.cfg.Shell.Present(err, nil)
	p.load()
}

// put puts an item in the place of the same, first.
func (p *Page) put(item client.Item) {
	p.items = append([]client.Item{item}, without(p.items, item)...)
	p.build()
}

func without(items []client.Item, item client.Item) []client.Item {
	return slices.DeleteFunc(slices.Clone(items), func(i client.Item) bool { return i.ID == item.ID && i.Resource == item.Resource })
}

// drop takes out an own item: it was entered in error.
func (p *Page) drop(item client.Item) {
	access := p.cfg.Access()
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Profiles.DropItem(ctx, access, item)
	}, func(_ struct{}, err error) {
		if fhir.CodeOf(err) == fhir.Queued {
			p.waits(err)
			return
		}
		if err != nil {
			if fhir.CodeOf(err) == fhir.VersionConflict {
				p.load()
			}
			p.cfg.Shell.Present(err, func() { p.drop(item) })
			return
		}
		p.items = without(p.items, item)
		p.build()
		p.say(widget.IconOK, widget.Ink, lang.L("Retiré : saisi par erreur."))
	})
}
