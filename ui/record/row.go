package record

import (
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// docRow draws one row of the list: a heading, or a document in two lines. It
// lays its parts out itself, so that a recycled row costs little.
type docRow struct {
	fynewidget.BaseWidget
	icon, stateIcon           *widget.Icon
	title, date, under, state *widget.Text
	heading                   *widget.Text
}

// docRowHeight leaves room for two lines of text.
const docRowHeight = 44

// headingHeight is the height of a heading.
const headingHeight = 28

func newDocRow() *docRow {
	small := widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}
	r := &docRow{
		icon:      widget.NewIcon(widget.IconDocument, widget.Secondary, 20),
		stateIcon: widget.NewIcon(widget.IconNone, widget.Attention, 14),
		title:     widget.NewText("", widget.Style{Truncate: true}),
		date:      widget.NewText("", widget.Style{Tone: widget.Secondary, Align: fyne.TextAlignTrailing}),
		under:     widget.NewText("", small),
		state:     widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Attention}),
		heading:   widget.NewText("", widget.Style{Bold: true, Truncate: true}),
	}
	r.ExtendBaseWidget(r)
	return r
}

// set fills the row.
func (r *docRow) set(it Item, by Order, now time.Time) {
	if it.Entry == nil {
		r.setHeading(it.Heading)
		return
	}
	e := it.Entry
	r.heading.Set("")
	tone := widget.Secondary
	if e.New {
		tone = widget.Primary
	}
	r.icon.Set(typeIcon(e.Doc.Type.Code, e.Doc.Category.Code), tone)
	r.title.Set(titleOf(e))
	r.title.SetStyle(widget.Style{Truncate: true, Bold: e.New})
	r.date.Set(widget.FormatDate(e.Act.In(now.Location())))
	r.under.Set(underTitle(e, by))
	icon, words := stateWords(e.Doc)
	if e.Wait != NoWait {
		icon, words = waitWords(e.Wait)
	}
	r.stateIcon.Set(icon, widget.Attention)
	r.state.Set(words)
	r.place(r.Size())
}

func (r *docRow) setHeading(h Heading) {
	r.icon.Set(widget.IconNone, widget.Ink)
	r.stateIcon.Set(widget.IconNone, widget.Ink)
	for _, t := range []*widget.Text{r.title, r.date, r.under, r.state} {
		t.Set("")
	}
	r.heading.Set(headingWords(h))
	tone := widget.Secondary
	if h.Kind == HeadNew {
		tone = widget.Primary
	}
	r.heading.SetTone(tone)
	r.place(r.Size())
}

// place lays the parts out, at the size of texts that the person wants.
func (r *docRow) place(size fyne.Size) {
	k := scale()
	const left, gap, iconSide = float32(8), float32(8), float32(20)
	upper, lower := 20*k, 17*k
	box(r.heading, left, size.Height-22*k, size.Width-2*left, upper)
	box(r.icon, left, 6*k, iconSide, iconSide)
	x, right := left+iconSide+gap, size.Width-left
	dateWidth := r.date.MinSize().Width
	box(r.date, right-dateWidth, 3, dateWidth, upper)
	box(r.title, x, 3, max(right-dateWidth-gap-x, 0), upper)
	second := 3 + upper
	stateWidth := r.state.MinSize().Width
	stateX := right - stateWidth
	box(r.state, stateX, second, stateWidth, lower)
	box(r.stateIcon, stateX-18, second+(lower-14)/2, 14, 14)
	underRight := right
	if r.state.String() != "" {
		underRight = stateX - 18 - gap
	}
	box(r.under, x, second, max(underRight-x, 0), lower)
}

// scale is how much larger than ordinary the person wants texts.
func scale() float32 { return theme.TextSize() / 14 }

func box(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, height))
}

// CreateRenderer implements fyne.Widget.
func (r *docRow) CreateRenderer() fyne.WidgetRenderer { return &docRowRenderer{row: r} }

type docRowRenderer struct{ row *docRow }

func (r *docRowRenderer) Layout(size fyne.Size) { r.row.place(size) }
func (r *docRowRenderer) MinSize() fyne.Size    { return fyne.NewSize(200, docRowHeight*scale()) }

func (r *docRowRenderer) Refresh() {
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *docRowRenderer) Objects() []fyne.CanvasObject {
	w := r.row
	return []fyne.CanvasObject{w.icon, w.title, w.date, w.under, w.stateIcon, w.state, w.heading}
}
func (r *docRowRenderer) Destroy() {}
