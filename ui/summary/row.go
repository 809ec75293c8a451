package summary

import (
	"time"

	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Heights of rows, before scaling.
const (
	rowHeight  = 44 // two lines
	lowHeight  = 28 // one
	headHeight = 32
)

// lines are what a row writes: a title, what stands under it, and a word of its
// own tone at its right.
type lines struct {
	face
	heading, title, under string
	bold                  bool
}

// linesOf puts a row into words.
func linesOf(r Row, me string, zone *time.Location) lines {
	switch r.Kind {
	case Heading:
		return lines{heading: headWords(r)}
	case NoneRow:
		l := lines{title: noneWords(r)}
		l.tone = widget.Secondary
		return l
	case LimitRow:
		l := lines{title: lang.L("Par l’âge seul : maladie, grossesse, métier, voyage, BCG… non vérifiés")}
		l.tone = widget.Secondary
		return l
	case FoldRow:
		l := lines{title: foldWords(r), face: face{icon: widget.IconDown, tone: widget.Primary}}
		if r.Open {
			l.icon = widget.IconUp
		}
		return l
	case WarningRow:
		w := r.Warning
		return lines{face: warningFace(w), title: upperFirst(w.Title(choose.Language())), under: widget.FormatLabel(join(citeWords(w.Cite), upperFirst(w.Detail(choose.Language())))), bold: w.Worst() >= advice.NotAdvised}
	case UnverifiedRow:
		return lines{face: face{widget.IconInfo, widget.Attention, ""}, title: r.Unverified.Written, under: r.Unverified.Message(choose.Language())}
	case DueRow:
		return lines{face: dueFace(r.Due), title: r.Due.Label(choose.Language()), under: dueWords(r.Due)}
	case MeasureRow:
		l := lines{face: itemFace(r.Item), title: nameOf(r.Item), under: underWords(r, me, zone)}
		l.word, l.tone = r.Reading, widget.Ink
		return l
	case DocumentRow:
		title, under := documentWords(r.Document)
		return lines{face: face{icon: widget.IconDocument, tone: widget.Secondary}, title: title, under: under}
	case MemberRow:
		title, under := memberWords(r.Member)
		f := face{icon: widget.IconPerson, tone: widget.Secondary}
		if r.Member.MT {
			f.icon, f.tone = widget.IconConsultation, widget.Primary
		}
		return lines{face: f, title: title, under: under}
	case TroubleRow:
		l := lines{title: troubleWords(), face: face{icon: widget.IconOffline, tone: widget.Attention}}
		return l
	}
	return lines{
		face: itemFace(r.Item), title: titleWords(r.Item), under: underWords(r, me, zone),
		bold: r.Section == Allergies && advice.Live(r.Item),
	}
}

// low tells the rows of one line.
func (k RowKind) low() bool {
	return k == NoneRow || k == FoldRow || k == TroubleRow || k == LimitRow
}

// height is a row's, at the ordinary size of texts.
func (k RowKind) height() float32 {
	switch {
	case k == Heading:
		return headHeight
	case k.low():
		return lowHeight
	}
	return rowHeight
}

// rowView draws one row; it lays its parts out itself, so that a recycled row
// costs little.
type rowView struct {
	fynewidget.BaseWidget
	icon                        *widget.Icon
	heading, title, under, word *widget.Text
	low                         bool
}

func newRowView() *rowView {
	r := &rowView{
		icon:    widget.NewIcon(widget.IconNone, widget.Secondary, 18),
		heading: widget.NewText("", widget.Style{Bold: true, Tone: widget.Primary, Truncate: true}),
		title:   widget.NewText("", widget.Style{Truncate: true}),
		under:   widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		word:    widget.NewText("", widget.Style{Size: widget.SizeCaption, Bold: true}),
	}
	r.ExtendBaseWidget(r)
	return r
}

// set fills the row.
func (r *rowView) set(row Row, l lines) {
	r.low = row.Kind.low()
	r.icon.Set(l.icon, l.tone)
	r.heading.Set(l.heading)
	style := widget.Style{Truncate: true, Bold: l.bold}
	if r.low {
		style = widget.Style{Size: widget.SizeCaption, Truncate: true, Tone: l.tone}
	}
	r.title.SetStyle(style)
	r.title.Set(l.title)
	r.under.Set(l.under)
	r.word.SetStyle(widget.Style{Size: widget.SizeCaption, Bold: true, Tone: l.tone})
	if row.Kind == MeasureRow {
		r.word.SetStyle(widget.Style{Bold: true})
		r.icon.Set(l.icon, widget.Secondary)
	}
	r.word.Set(l.word)
	r.place(r.Size())
}

// place lays the parts out, at the size of texts that the person wants.
func (r *rowView) place(size fyne.Size) {
	k := scale()
	const left, gap, side, bar = float32(8), float32(8), float32(18), float32(6) // the bar that scrolls lies over the end of rows
	upper, lower := 20*k, 17*k
	box(r.heading, left, size.Height-23*k, size.Width-2*left, upper)
	x, right := left+side+gap, size.Width-left-bar
	if r.low {
		box(r.icon, left+1, (size.Height-14)/2, 14, 14)
		box(r.title, x, (size.Height-lower)/2, max(right-x, 0), lower)
		return
	}
	box(r.icon, left, 5*k, side, side)
	width := r.word.MinSize().Width
	box(r.word, right-width, 3*k, width, upper)
	if width > 0 {
		right -= width + gap
	}
	box(r.title, x, 3*k, max(right-x, 0), upper)
	box(r.under, x, 3*k+upper, max(size.Width-left-bar-x, 0), lower)
}

// scale is how much larger than ordinary the person wants texts.
func scale() float32 { return theme.TextSize() / 14 }

func box(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, height))
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return &rowRenderer{row: r} }

type rowRenderer struct{ row *rowView }

// Layout implements fyne.WidgetRenderer.
func (r *rowRenderer) Layout(size fyne.Size) { r.row.place(size) }

// MinSize implements fyne.WidgetRenderer.
func (r *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(160, rowHeight*scale()) }

// Refresh implements fyne.WidgetRenderer.
func (r *rowRenderer) Refresh() {
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer.
func (r *rowRenderer) Objects() []fyne.CanvasObject {
	w := r.row
	return []fyne.CanvasObject{w.icon, w.heading, w.title, w.under, w.word}
}

// Destroy implements fyne.WidgetRenderer.
func (r *rowRenderer) Destroy() {}
