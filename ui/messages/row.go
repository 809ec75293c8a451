package messages

import (
	"time"

	"carnet/client"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"
)

// dialogueHeight leaves room for two lines.
const dialogueHeight = 48

// dialogueRow draws one dialogue; it is recycled.
type dialogueRow struct {
	fynewidget.BaseWidget
	body          fyne.CanvasObject
	icon          *widget.Icon
	name, when    *widget.Text
	subject, note *widget.Text
}

func newDialogueRow() *dialogueRow {
	r := &dialogueRow{
		icon:    widget.NewIcon(widget.IconMessage, widget.Secondary, 18),
		name:    widget.NewText("", widget.Style{Truncate: true}),
		when:    widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		subject: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		note:    widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Primary, Bold: true}),
	}
	first := widget.Sides(widget.Gap, nil, r.name, r.when)
	second := widget.Sides(widget.Gap, nil, r.subject, r.note)
	icon := container.NewVBox(widget.Flexible(), r.icon, widget.Flexible())
	lines := container.NewVBox(widget.Flexible(), widget.Column(0, first, second), widget.Flexible())
	r.body = widget.AtLeast(0, dialogueHeight, widget.Inset(0, widget.Gap, widget.Sides(widget.Gap, icon, lines, nil)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *dialogueRow) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(r.body)
}

// set fills the row.
func (r *dialogueRow) set(d client.Dialogue, now time.Time) {
	icon, tone, note := dialogueState(d)
	r.icon.Set(icon, tone)
	r.name.Set(d.PatientName)
	r.name.SetStyle(widget.Style{Truncate: true, Bold: d.Unread > 0})
	r.when.Set(whenWords(d.Last, now))
	r.subject.Set(d.Subject)
	r.note.Set(note)
	r.note.SetTone(tone)
}
