package patients

import (
	"strings"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// rowView draws one person's line. Rows are recycled: set writes everything.
type rowView struct {
	fynewidget.BaseWidget
	body                               fyne.CanvasObject
	names                              *fyne.Container
	name, detail, sex, birth, age, ins *widget.Text
	quality, relation, visit           *widget.Text
	seal                               *widget.Icon
	flag                               *widget.Chip
}

// The widths of the columns, in points.
const (
	widthSex      = 16
	widthBirth    = 92
	widthAge      = 52
	widthIdentity = 184
	widthRelation = 212
	widthVisit    = 96
	widthFlag     = 132
)

func newRowView() *rowView {
	small := widget.Style{Tone: widget.Secondary, Truncate: true}
	r := &rowView{
		name:     widget.NewText("", widget.Style{Truncate: true}),
		detail:   widget.NewText("", small),
		sex:      widget.NewText("", widget.Style{}),
		birth:    widget.NewText("", widget.Style{Mono: true}),
		age:      widget.NewText("", small),
		ins:      widget.NewText("", widget.Style{Size: widget.SizeCaption, Mono: true, Truncate: true}),
		quality:  widget.NewText("", widget.Style{Tone: widget.Attention, Truncate: true}),
		relation: widget.NewText("", widget.Style{Truncate: true}),
		visit:    widget.NewText("", small),
		seal:     widget.NewIcon(widget.IconOK, widget.Good, 16),
		flag:     widget.NewChip(widget.IconNone, "", widget.Ink),
	}
	flag := container.NewVBox(widget.Flexible(), container.NewHBox(r.flag), widget.Flexible())
	columns := widget.Row(
		12,
		widget.Width(widthSex, r.sex),
		widget.Width(widthBirth, r.birth),
		widget.Width(widthAge, r.age),
		widget.Width(widthIdentity, widget.Sides(6, r.seal, container.NewStack(r.ins, r.quality), nil)),
		widget.Width(widthRelation, r.relation),
		widget.Width(widthVisit, r.visit),
		widget.Width(widthFlag, flag),
	)
	r.names = container.New(nameLayout{}, r.name, r.detail)
	r.body = widget.AtLeast(0, widget.RowHeight, widget.Inset(0, 12, widget.Sides(12, nil, r.names, columns)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the line.
func (r *rowView) set(row Row, now time.Time) {
	p, d := row.Patient, row.Differs
	r.name.Set(widget.FormatName(p.BirthName, p.UsedName, firstGiven(p)))
	r.name.SetStyle(widget.Style{Truncate: true, Tone: dimmed(row.Closed)})
	r.detail.Set(detailOf(row))
	r.detail.SetStyle(emphasis(widget.Style{Tone: widget.Secondary, Truncate: true}, d.Has(TraitBirthName|TraitGiven|TraitCity)))
	r.names.Layout.Layout(r.names.Objects, r.names.Size())
	r.sex.Set(widget.FormatSex(p.Gender))
	r.sex.SetStyle(emphasis(widget.Style{}, d.Has(TraitSex)))
	r.birth.Set(widget.FormatBirth(p.BirthDate))
	r.birth.SetStyle(emphasis(widget.Style{Mono: true}, d.Has(TraitBirthDate)))
	r.age.Set(widget.Age(p.BirthDate, now))
	r.setIdentity(row)
	words, tone := relationWords(p, now)
	r.relation.Set(words)
	r.relation.SetTone(tone)
	r.visit.Set(lastVisit(p, now))
	r.flag.Set(flagOf(row))
}

// setIdentity shows the INS with its seal, or how good the identity is without.
func (r *rowView) setIdentity(row Row) {
	if row.NoINS {
		r.seal.Set(widget.IconWarning, widget.Attention)
		r.quality.Set(qualityWords(row.Patient))
		r.ins.Set("")
		return
	}
	r.seal.Set(widget.IconOK, widget.Good)
	r.quality.Set("")
	r.ins.Set(widget.FormatINS(row.Patient.INS.Value))
	r.ins.SetStyle(emphasis(widget.Style{Size: widget.SizeCaption, Mono: true, Truncate: true}, row.Differs == TraitINS))
}

// detailOf words what stands after the name: the birth name when it is not the
// one in use, and what tells a namesake apart beyond the columns.
func detailOf(row Row) string {
	p := row.Patient
	var parts []string
	switch {
	case row.Renamed:
		parts = append(parts, widget.FormatBirthName(p.BirthName, p.Given, p.Gender))
	case row.Differs.Has(TraitGiven) && len(p.Given) > 1:
		parts = append(parts, strings.Join(p.Given[1:], " "))
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

func dimmed(closed bool) widget.Tone {
	if closed {
		return widget.Secondary
	}
	return widget.Ink
}

// nameLayout gives the name what it needs and the detail what is left.
type nameLayout struct{}

// MinSize implements fyne.Layout.
func (nameLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(60, objects[0].MinSize().Height)
}

// Layout implements fyne.Layout.
func (nameLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	name, detail := objects[0], objects[1]
	width := size.Width
	if text, ok := name.(*widget.Text); ok {
		width = min(fyne.MeasureText(text.String(), theme.TextSize(), fyne.TextStyle{}).Width+1, size.Width)
	}
	name.Resize(fyne.NewSize(width, size.Height))
	name.Move(fyne.NewPos(0, 0))
	rest := size.Width - width - widget.Gap
	detail.Resize(fyne.NewSize(max(rest, 0), size.Height))
	detail.Move(fyne.NewPos(width+widget.Gap, 0))
}
