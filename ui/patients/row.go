package patients

import (
	"strings"
	"time"

	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// rowHeight leaves room for two lines.
const rowHeight = 46

// The widths of the columns, in points.
const (
	widthBirth    = 96
	widthIdentity = 226
	widthRelation = 150
	widthVisit    = 100
	widthFlag     = 166
)

// rowView draws one person's two lines. Rows are recycled: set writes
// everything.
type rowView struct {
	fynewidget.BaseWidget
	body                                   fyne.CanvasObject
	name, birth, identity, relation, visit *cell
	seal                                   *widget.Icon
	flag                                   *widget.Chip
}

func newRowView() *rowView {
	r := &rowView{
		name: newCell(), birth: newCell(), identity: newCell(), relation: newCell(), visit: newCell(),
		seal: widget.NewIcon(widget.IconOK, widget.Good, 16),
		flag: widget.NewChip(widget.IconNone, "", widget.Ink),
	}
	flag := container.NewVBox(widget.Flexible(), container.NewHBox(r.flag), widget.Flexible())
	identity := widget.Sides(6, r.seal, r.identity.box, nil)
	line := container.New(columns{}, r.name.box, r.birth.box, identity, r.relation.box, r.visit.box, flag)
	r.body = widget.Inset(0, 12, line)
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// The styles of the two lines.
func upper() widget.Style { return widget.Style{Truncate: true} }

func lower() widget.Style {
	return widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}
}

// set fills the row.
func (r *rowView) set(row Row, now time.Time) {
	p, d := row.Patient, row.Differs
	name := upper()
	if row.Closed {
		name.Tone = widget.Secondary
	}
	r.name.set(widget.FormatName(p.BirthName, p.UsedName, choose.FirstGiven(p)), name,
		detailOf(row), emphasis(lower(), d.Has(TraitBirthName|TraitGiven|TraitCity)))

	birth := upper()
	birth.Mono = true
	sexAge := strings.TrimSpace(widget.FormatSex(p.Gender) + "  " + widget.Age(p.BirthDate, now))
	r.birth.set(widget.FormatBirth(p.BirthDate), emphasis(birth, d.Has(TraitBirthDate)),
		sexAge, emphasis(lower(), d.Has(TraitSex)))

	r.setIdentity(row)
	words, until, tone := relationWords(row, now)
	relation := upper()
	relation.Tone = tone
	r.relation.set(words, relation, until, lower())
	r.visit.set(lastVisit(p, now), lower(), "", lower())
	r.flag.Set(flagOf(row))
}

// setIdentity shows the INS and how good the identity is.
func (r *rowView) setIdentity(row Row) {
	if row.NoINS {
		r.seal.Set(widget.IconWarning, widget.Attention)
		words := upper()
		words.Tone = widget.Attention
		r.identity.set(qualityWords(row.Patient), words, "", lower())
		return
	}
	r.seal.Set(widget.IconOK, widget.Good)
	number := upper()
	number.Mono = true
	good := lower()
	good.Tone = widget.Good
	r.identity.set(widget.FormatINS(row.Patient.INS.Value), emphasis(number, row.Differs == TraitINS), qualityWords(row.Patient), good)
}

// detailOf words what stands under the name: the birth name when it is not the
// one in use, and what tells a namesake apart beyond the columns.
func detailOf(row Row) string {
	p := row.Patient
	var parts []string
	switch {
	case row.Renamed:
		parts = append(parts, widget.FormatBirthName(p.BirthName, p.Given, p.Gender))
	case row.Differs.Has(TraitGiven) && len(p.Given) > 1:
		parts = append(parts, strings.Join(p.Given, " "))
	}
	if row.Differs.Has(TraitCity) && p.City != "" {
		parts = append(parts, p.City)
	}
	return strings.Join(parts, " · ")
}

// emphasis makes a style bold and dark where a namesake differs.
func emphasis(s widget.Style, on bool) widget.Style {
	if on {
		s.Bold, s.Tone = true, widget.Ink
	}
	return s
}

// columns sets the columns of a row: the name takes what the others leave. In a
// narrow window the last visit goes first, then the relation, so that a name
// is never cut to nothing.
type columns struct{}

// leastName is the least width of the name.
const leastName = 190

// MinSize implements fyne.Layout.
func (columns) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(leastName, rowHeight*scale())
}

// Layout implements fyne.Layout.
func (columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const gap = widget.GapWide
	widths := [...]float32{0, widthBirth, widthIdentity, widthRelation, widthVisit, widthFlag}
	widths[0] = size.Width
	for i := 1; i < len(widths); i++ {
		widths[i] *= scale()
		widths[0] -= widths[i] + gap
	}
	for _, drop := range []int{4, 3} {
		if widths[0] < leastName*scale() {
			widths[0] += widths[drop] + gap
			widths[drop] = 0
		}
	}
	x := float32(0)
	for i, o := range objects {
		widget.Visible(o, widths[i] > 0)
		if widths[i] <= 0 {
			continue
		}
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(widths[i], size.Height))
		x += widths[i] + gap
	}
}

// scale is how much larger than ordinary the person wants texts.
func scale() float32 { return theme.TextSize() / 14 }

// cell is two lines of text, or one in the middle.
type cell struct {
	box         *fyne.Container
	first, next *widget.Text
}

func newCell() *cell {
	c := &cell{first: widget.NewText("", upper()), next: widget.NewText("", lower())}
	c.box = container.New(c, c.first, c.next)
	return c
}

func (c *cell) set(first string, style widget.Style, next string, nextStyle widget.Style) {
	c.first.Set(first)
	c.first.SetStyle(style)
	c.next.Set(next)
	c.next.SetStyle(nextStyle)
	c.Layout(nil, c.box.Size())
}

// MinSize implements fyne.Layout.
func (c *cell) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(60, 36*scale()) }

// Layout implements fyne.Layout.
func (c *cell) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	high, low := 20*scale(), 16*scale()
	top := (size.Height - high) / 2
	if c.next.String() != "" {
		top = (size.Height - high - low) / 2
	}
	c.first.Move(fyne.NewPos(0, top))
	c.first.Resize(fyne.NewSize(size.Width, high))
	c.next.Move(fyne.NewPos(0, top+high))
	c.next.Resize(fyne.NewSize(size.Width, low))
}
