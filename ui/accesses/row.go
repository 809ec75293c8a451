package accesses

import (
	"strings"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"
)

// rowView draws a day or an access; it is recycled.
type rowView struct {
	fynewidget.BaseWidget
	body    fyne.CanvasObject
	heading *widget.Text
	line    *fyne.Container
	icon    *widget.Icon
	when    *widget.Text
	what    *widget.Text
	who     *widget.Text
	detail  *widget.Text
	mode    string          // what the chip at the right says
	right   *fyne.Container // the chip, or nothing
}

func newRowView() *rowView {
	r := &rowView{
		heading: widget.NewText("", widget.Style{Bold: true, Tone: widget.Secondary}),
		icon:    widget.NewIcon(widget.IconNone, widget.Secondary, 18),
		when:    widget.NewText("", widget.Style{Tone: widget.Secondary}),
		what:    widget.NewText("", widget.Style{Truncate: true}),
		who:     widget.NewText("", widget.Style{Bold: true, Truncate: true}),
		detail:  widget.NewText("", widget.Style{Tone: widget.Secondary, Truncate: true}),
		right:   container.NewVBox(),
	}
	columns := widget.Row(12, widget.Width(70, r.when), widget.Width(18, r.icon), widget.Width(230, r.what), widget.Width(230, r.who))
	r.line = widget.Sides(12, columns, r.detail, r.right)
	r.body = widget.AtLeast(0, widget.RowTable, widget.Inset(0, widget.Gap, container.NewStack(r.heading, r.line)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the row.
func (r *rowView) set(row Row, now time.Time) {
	widget.Visible(r.heading, row.Heading())
	widget.Visible(r.line, !row.Heading())
	if row.Heading() {
		r.heading.Set(dayWords(row.Day, now) + " (" + widget.FormatNumber(row.Count) + ")")
		return
	}
	t := row.Trace
	tone := widget.Secondary
	if Emergency(t) {
		tone = widget.Danger
	}
	r.icon.Set(kindIcon(t.Kind), tone)
	r.when.Set(widget.FormatTime(t.Recorded.In(now.Location())))
	r.what.Set(whatWords(row))
	r.who.Set(t.PatientName)
	r.detail.Set(strings.Join(nonEmpty(widget.FormatLabel(t.DocumentTitle), t.Reason), " · "))
	r.setMode(widget.FormatMode(t.Mode))
}

// setMode puts a chip at the right of an emergency access.
func (r *rowView) setMode(word string) {
	if r.mode == word {
		return
	}
	r.mode = word
	r.right.Objects = nil
	if word != "" {
		r.right.Objects = []fyne.CanvasObject{widget.Flexible(), widget.NewChip(widget.IconEmergency, word, widget.Danger), widget.Flexible()}
	}
	r.right.Refresh()
	r.line.Refresh()
}

func nonEmpty(parts ...string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
