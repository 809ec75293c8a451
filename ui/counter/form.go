package counter

import (
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// form is where one writes what is handed out.
type form struct {
	page     *Page
	root     fyne.CanvasObject
	text     *widget.Entry
	quantity *widget.Entry
	unit     *widget.Entry
	dosage   *widget.Entry
	days     *widget.Entry
	instead  *widget.Entry
	lines    *fyne.Container
	offered  *fyne.Container // substances that a prescription names
	said     *widget.Text
	send     *widget.Button
	from     *client.Document // the prescription that was read last
	drawn    []Line
}

func newForm(p *Page) *form {
	f := &form{
		page: p, text: widget.NewEntry(lang.L("Médicament, tel qu’écrit sur la boîte")), quantity: widget.NewEntry("1"), unit: widget.NewEntry(lang.L("boîte")),
		dosage: widget.NewEntry(lang.L("par exemple : 1 le matin")), days: widget.NewEntry(lang.L("jours")), instead: widget.NewEntry(lang.L("si substitué : le prescrit")),
		lines: widget.Column(2), offered: widget.Row(widget.GapTight), said: widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
	}
	for _, e := range []*widget.Entry{f.text, f.quantity, f.unit, f.dosage, f.days, f.instead} {
		e.OnKey = f.key
	}
	add := widget.NewButton(widget.Ordinary, widget.IconAdd, lang.L("Ajouter"), f.take)
	f.send = widget.NewButton(widget.Main, widget.IconCheck, lang.L("Enregistrer la dispensation"), p.dispense).WithCaption(widget.Ctrl(fyne.KeyReturn))
	fields := widget.Sides(widget.Gap, nil, container.New(
		fieldsLine(),
		widget.Labelled(lang.L("Médicament"), f.text), widget.Labelled(lang.L("Quantité"), f.quantity), widget.Labelled(lang.L("Unité"), f.unit),
		widget.Labelled(lang.L("Posologie"), f.dosage), widget.Labelled(lang.L("Durée"), f.days), widget.Labelled(lang.L("À la place de"), f.instead),
	), widget.Column(0, widget.Space(1, 18), add))
	vaccine := widget.NewButton(widget.Ordinary, widget.IconVaccine, lang.L("Vaccination…"), p.vaccinate).WithCaption(vaccineKeys())
	exam := widget.NewButton(widget.Quiet, widget.IconLab, lang.L("Un examen déjà fait ?"), p.examine).WithCaption(examKeys())
	title := widget.NewText(lang.L("Dispensation"), widget.Style{Size: widget.SizeLead, Bold: true})
	f.root = widget.Panel(widget.Gap, widget.Column(widget.GapTight, widget.Sides(widget.Gap, title, f.said, widget.Row(widget.Gap, exam, vaccine, f.send)), f.offered, f.lines, fields))
	return f
}

// fieldsLine gives the medicine the room that there is: a narrow window takes it from
// how it is taken and from what it replaces.
func fieldsLine() *widget.TableLine {
	return &widget.TableLine{Gap: widget.Gap, Columns: []widget.TableColumn{
		{Width: 120, Grow: 3},
		{Width: 62},
		{Width: 66, Grow: 0.3},
		{Width: 80, Grow: 1.6},
		{Width: 56},
		{Width: 80, Grow: 1.4},
	}}
}

// key adds the line at Return, from any of its fields.
func (f *form) key(ev *fyne.KeyEvent) bool {
	if ev.Name != fyne.KeyReturn && ev.Name != fyne.KeyEnter {
		return false
	}
	f.take()
	f.page.cfg.Shell.Focus(f.text)
	return true
}

// take adds what stands in the fields.
func (f *form) take() {
	l := Line{Text: f.text.Text, Quantity: f.quantity.Text, Unit: f.unit.Text, Dosage: f.dosage.Text, Days: f.days.Text, Instead: f.instead.Text}
	if !f.page.state.Add(l) {
		return
	}
	f.empty()
	f.say("")
	f.page.show()
}

func (f *form) empty() {
	for _, e := range []*widget.Entry{f.text, f.quantity, f.unit, f.dosage, f.days, f.instead} {
		e.SetText("")
	}
}

// clear forgets the patient's.
func (f *form) clear() {
	f.empty()
	f.say("")
	f.from, f.offered.Objects = nil, nil
	f.offered.Refresh()
}

// say says why the dispensation does not leave.
func (f *form) say(words string) { f.said.Set(words) }

// sending keeps the button from being pressed twice.
func (f *form) sending(on bool) {
	if on {
		f.send.Disable()
		f.say(lang.L("Enregistrement…"))
		return
	}
	f.send.Enable()
	f.say("")
}

// prescription is the unique id of the prescription that was read for this
// dispensation; empty where it is on paper.
func (f *form) prescription() string {
	if f.from == nil {
		return ""
	}
	return f.from.UniqueID
}

// propose offers the substances that a prescription names, to be ticked.
func (f *form) propose(d client.Document, found []string) {
	f.from = &d
	f.offered.Objects = nil
	if len(found) > 0 {
		f.offered.Objects = append(f.offered.Objects, widget.NewText(lang.L("Lu dans l’ordonnance :"), widget.Style{Tone: widget.Secondary}))
	}
	for _, name := range found {
		f.offered.Objects = append(f.offered.Objects, widget.NewButton(widget.Ordinary, widget.IconAdd, name, func() { f.ticked(name) }).Dense())
	}
	f.offered.Refresh()
	f.page.view.root.Refresh()
}

// ticked adds a substance that the prescription names, once.
func (f *form) ticked(name string) {
	s := &f.page.state
	if !slices.ContainsFunc(s.Lines, func(l Line) bool { return strings.EqualFold(l.Text, name) }) {
		s.Add(Line{Text: name, Substances: []fhir.Coding{{Display: name}}})
	}
	f.page.show()
}

// show draws the lines.
func (f *form) show(s *State) {
	if slices.EqualFunc(f.drawn, s.Lines, func(a, b Line) bool {
		return a.Text == b.Text && a.Quantity == b.Quantity && a.From == b.From && a.Dosage == b.Dosage
	}) {
		return
	}
	f.drawn = slices.Clone(s.Lines)
	f.lines.Objects = nil
	for i, l := range s.Lines {
		out := widget.NewButton(widget.Quiet, widget.IconDelete, lang.L("Ôter"), func() {
			s.Remove(i)
			f.page.show()
		}).Dense()
		f.lines.Objects = append(f.lines.Objects, widget.Sides(widget.Gap, widget.NewIcon(widget.IconPrescription, widget.Primary, 18),
			widget.NewText(lineWords(l), widget.Style{Size: widget.SizeLead, Truncate: true}), out))
	}
	f.lines.Refresh()
}
