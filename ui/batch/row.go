package batch

import (
	"time"

	engine "carnet/client/batch"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// columns are shared by the heading and the rows. Where the window is narrow the
// verdict keeps its icon alone, then the type goes, then the date.
var columns = &widget.TableLine{Gap: 12, Columns: []widget.TableColumn{
	{Width: 18},
	{Width: 132, Grow: 1},
	{Width: 214, Grow: 3},
	{Width: 126, Grow: 1, Order: 3},
	{Width: 92, Order: 2},
	{Width: 92, Narrow: 20, Order: 1},
	{Width: 168, Grow: 2},
}}

// heading is the line above the rows.
func heading() fyne.CanvasObject {
	words := []string{"", lang.L("Fichier"), lang.L("Patient reconnu"), lang.L("Type"), lang.L("Date"), lang.L("Contrôle"), lang.L("État")}
	cells := make([]fyne.CanvasObject, len(words))
	for i, w := range words {
		cells[i] = widget.NewText(w, widget.Style{Size: widget.SizeCaption, Bold: true, Tone: widget.Secondary, Truncate: true})
	}
	return widget.Inset(2, widget.Gap, container.New(columns, cells...))
}

// rowView draws one file; it is recycled. Each part is touched only when what it says
// is another.
type rowView struct {
	fynewidget.BaseWidget
	body    fyne.CanvasObject
	mark    *widget.Icon
	file    *widget.Text
	patient *whose
	kind    *widget.Text
	day     *widget.Text
	verdict *said
	state   *said
}

func newRowView() *rowView {
	r := &rowView{
		mark:    widget.NewIcon(widget.IconNone, widget.Primary, 18),
		file:    widget.NewText("", widget.Style{Truncate: true}),
		patient: newWhose(),
		kind:    widget.NewText("", widget.Style{Truncate: true}),
		day:     widget.NewText("", widget.Style{Mono: true, Truncate: true}),
		verdict: newSaid(),
		state:   newSaid(),
	}
	line := container.New(columns, r.mark, r.file, r.patient.box, r.kind, r.day, r.verdict.box, r.state.box)
	r.body = widget.AtLeast(0, widget.RowTable-widget.GapTight, widget.Inset(0, widget.Gap, line))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the row.
func (r *rowView) set(row engine.Row, marked bool, now time.Time) {
	mark := widget.IconNone
	if marked {
		mark = widget.IconCheck
	}
	r.mark.Set(mark, widget.Primary)
	r.file.Set(row.Path)
	r.patient.set(patientOf(row), birthOf(row))
	r.kind.Set(typeOf(row))
	r.day.Set(widget.FormatTypedDate(row.ActDate))
	r.verdict.set(verdictOf(row), false)
	r.state.set(stateOf(row, now), false)
}

// said is an icon and a word.
type said struct {
	box  *fyne.Container
	icon *widget.Icon
	word *widget.Text
}

func newSaid() *said {
	s := &said{icon: widget.NewIcon(widget.IconNone, widget.Secondary, 16), word: widget.NewText("", widget.Style{Truncate: true})}
	s.box = container.New(s, s.icon, s.word)
	return s
}

// MinSize implements fyne.Layout.
func (s *said) MinSize([]fyne.CanvasObject) fyne.Size {
	icon, word := s.icon.MinSize(), s.word.MinSize()
	return fyne.NewSize(icon.Width+6+word.Width, max(icon.Height, word.Height))
}

// Layout implements fyne.Layout: where there is room for the icon alone, the word goes.
func (s *said) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	icon := s.icon.MinSize().Width
	s.icon.Resize(fyne.NewSize(icon, size.Height))
	left := size.Width - icon - 6
	widget.Visible(s.word, left >= icon)
	s.word.Move(fyne.NewPos(icon+6, 0))
	s.word.Resize(fyne.NewSize(max(left, 0), size.Height))
}

// set shows a saying; ink leaves the word in the colour of texts.
func (s *said) set(v saying, ink bool) {
	s.icon.Set(v.icon, v.tone)
	s.word.Set(v.word)
	tone := v.tone
	if ink && v.tone != widget.Secondary {
		tone = widget.Ink
	}
	s.word.SetTone(tone)
}
