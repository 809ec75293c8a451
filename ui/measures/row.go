package measures

import (
	"time"

	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// kindRow draws one kind of measure with its newest value; it is recycled.
type kindRow struct {
	fynewidget.BaseWidget
	body       fyne.CanvasObject
	name, last *widget.Text
}

func newKindRow() *kindRow {
	r := &kindRow{
		name: widget.NewText("", widget.Style{Truncate: true}),
		last: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
	}
	r.body = widget.AtLeast(0, widget.RowHeight, widget.Inset(2, widget.Gap, widget.Column(0, r.name, r.last)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *kindRow) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the row.
func (r *kindRow) set(k Kind, now time.Time) {
	tone := widget.Ink
	if len(k.Rows) == 0 {
		tone = widget.Secondary
	}
	r.name.SetStyle(widget.Style{Truncate: true, Tone: tone, Bold: len(k.Rows) > 0})
	r.name.Set(k.Name(choose.Language()))
	r.last.Set(lastWords(k, now))
}

// columns are those of the table and of its heading.
func columns() *widget.TableLine {
	return &widget.TableLine{Gap: 12, Columns: []widget.TableColumn{
		{Width: 170},
		{Width: 130},
		{Width: 150, Grow: 2.2, Order: 2}, // who wrote the one in hand stands above the curve, too
		{Width: 160, Grow: 1, Order: 1},
	}}
}

// tableHead names the columns.
func tableHead() fyne.CanvasObject {
	style := widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}
	return container.New(columns(),
		widget.NewText(lang.L("Date"), style), widget.NewText(lang.L("Valeur"), style),
		widget.NewText(lang.L("Saisie par"), style), widget.NewText(lang.L("Remarque"), style))
}

// measureRow draws one measure; it is recycled.
type measureRow struct {
	fynewidget.BaseWidget
	body                     fyne.CanvasObject
	when, value, who, remark *widget.Text
}

func newMeasureRow() *measureRow {
	r := &measureRow{
		when:   widget.NewText("", widget.Style{Tone: widget.Secondary, Truncate: true}),
		value:  widget.NewText("", widget.Style{Bold: true, Truncate: true}),
		who:    widget.NewText("", widget.Style{Truncate: true}),
		remark: widget.NewText("", widget.Style{Tone: widget.Secondary, Truncate: true}),
	}
	line := container.New(columns(), r.when, r.value, r.who, r.remark)
	r.body = widget.AtLeast(0, widget.RowTable, widget.Inset(0, widget.Gap, line))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *measureRow) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(r.body)
}

// set fills the row.
func (r *measureRow) set(row Row) {
	r.when.Set(whenWords(row))
	r.value.Set(valueWords(row))
	r.who.Set(whoWords(row))
	r.remark.Set(remarkWords(row))
}
