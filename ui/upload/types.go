package upload

import (
	"carnet/client/terminology"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// picker is the searchable list of types: typing narrows it, Up and Down move,
// Return takes, Escape leaves.
type picker struct {
	box       *fyne.Container
	entry     *widget.Entry
	list      *widget.List
	none      *widget.Text // in the list's place when nothing fits
	rows      []terminology.Type
	suggested []string
	take      func(terminology.Type)
	leave     func()
}

func newPicker(take func(terminology.Type), leave func()) *picker {
	p := &picker{take: take, leave: leave}
	p.entry = widget.NewSearchEntry(lang.L("Rechercher un type : biologie, ordonnance, imagerie…"))
	p.entry.OnChanged = func(string) { p.filter() }
	p.entry.OnKey = p.key
	p.list = widget.NewList(func() int { return len(p.rows) }, func() fyne.CanvasObject {
		return widget.AtLeast(0, widget.RowTable, widget.Sides(
			widget.Gap, nil,
			widget.NewText("", widget.Style{Truncate: true}),
			widget.Width(190, widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true})),
		))
	}, p.fill)
	p.list.OnTap = p.choose
	p.list.OnActivate = p.choose
	p.none = widget.NewText(lang.L("Aucun type ne correspond"), widget.Style{Tone: widget.Secondary})
	p.box = widget.Column(widget.GapTight, p.entry, p.none, widget.AtLeast(0, 220, p.list))
	p.box.Hide()
	return p
}

// fill writes a recycled row.
func (p *picker) fill(id int, o fyne.CanvasObject) {
	if id >= len(p.rows) {
		return
	}
	texts := textsOf(o)
	if len(texts) == 2 {
		texts[0].Set(typeLabel(p.rows[id]))
		texts[1].Set(widget.FormatLabel(terminology.ClassLabel(p.rows[id].Class)))
	}
}

// textsOf finds the texts of a row, in order.
func textsOf(o fyne.CanvasObject) []*widget.Text {
	switch t := o.(type) {
	case *widget.Text:
		return []*widget.Text{t}
	case *fyne.Container:
		var out []*widget.Text
		for _, child := range t.Objects {
			out = append(out, textsOf(child)...)
		}
		return out
	}
	return nil
}

// open shows all types, the suggested ones first.
func (p *picker) open(suggested []string) {
	if p.box.Visible() {
		return
	}
	p.suggested = suggested
	p.entry.SetText("")
	p.box.Show()
	p.filter()
}

func (p *picker) filter() {
	p.rows = Choices(p.entry.Text, p.suggested)
	p.list.Forget()
	p.list.Refresh()
	p.list.MoveTo(0)
	visible(p.none, len(p.rows) == 0)
}

func (p *picker) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyUp:
		p.list.Step(-1)
	case fyne.KeyDown:
		p.list.Step(1)
	case fyne.KeyPageUp:
		p.list.Step(-5)
	case fyne.KeyPageDown:
		p.list.Step(5)
	case fyne.KeyReturn, fyne.KeyEnter:
		p.choose(p.list.Cursor())
	case fyne.KeyEscape:
		p.leave()
	default:
		return false
	}
	return true
}

func (p *picker) choose(id int) {
	if id >= 0 && id < len(p.rows) {
		p.take(p.rows[id])
	}
}

// typeLabel is a type in the language of the screens.
func typeLabel(t terminology.Type) string {
	if language() == "en" {
		return t.LabelEN
	}
	return widget.FormatLabel(t.Label)
}

// language is that of the screens, as the findings of a check want it.
func language() string { return lang.X("carnet.language", "fr") }
