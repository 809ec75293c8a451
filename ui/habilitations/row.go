package habilitations

import (
	"carnet/client/terminology"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// rowView draws a class or a type; it is recycled.
type rowView struct {
	fynewidget.BaseWidget
	body    fyne.CanvasObject
	heading *widget.Text
	line    *fyne.Container
	icon    *widget.Icon
	may     *widget.Text
	label   *widget.Text
	code    *widget.Text
	source  *widget.Text
}

func newRowView() *rowView {
	small := widget.Style{Tone: widget.Secondary, Truncate: true}
	r := &rowView{
		heading: widget.NewText("", widget.Style{Bold: true, Tone: widget.Secondary, Truncate: true}),
		icon:    widget.NewIcon(widget.IconNone, widget.Secondary, 18),
		may:     widget.NewText("", widget.Style{Truncate: true}), label: widget.NewText("", widget.Style{Truncate: true}),
		code: widget.NewText("", small), source: widget.NewText("", small),
	}
	left := widget.Row(12, widget.Width(18, r.icon), widget.Width(110, r.may))
	right := widget.Row(12, widget.Width(130, r.code), widget.Width(110, r.source))
	r.line = widget.Sides(12, left, r.label, right)
	r.body = widget.AtLeast(0, widget.RowTable, widget.Inset(0, widget.Gap, container.NewStack(r.heading, r.line)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the row.
func (r *rowView) set(row Row) {
	widget.Visible(r.heading, row.Heading())
	widget.Visible(r.line, !row.Heading())
	if row.Heading() {
		r.heading.Set(widget.FormatLabel(row.Class) + widget.Nbsp + "(" + lang.L("lisibles : {{.May}} sur {{.All}}", map[string]any{
			"May": widget.FormatNumber(row.May), "All": widget.FormatNumber(row.Count),
		}) + ")")
		return
	}
	icon, tone, word := widget.IconRefused, widget.Danger, lang.L("Non lisible")
	if row.Allowed {
		icon, tone, word = widget.IconOK, widget.Good, lang.L("Lisible")
	}
	r.icon.Set(icon, tone)
	r.may.Set(word)
	r.label.Set(labelOf(row.Type))
	r.code.Set(row.Type.Code)
	r.source.Set(lang.L("proposition"))
	if row.Published {
		r.source.Set(lang.L("publié"))
	}
}

// labelOf says a type in the language of the screens.
func labelOf(t terminology.Type) string {
	if lang.X("carnet.language", "fr") == "en" {
		return t.LabelEN
	}
	return widget.FormatLabel(t.Label)
}

// professionWords says a column in the language of the screens.
func professionWords(column string) string {
	label := terminology.ProfessionLabel(column)
	if lang.X("carnet.language", "fr") == "en" {
		if en := terminology.ProfessionLabelEN(column); en != column {
			label = en
		}
	}
	return lang.L("Votre profession : {{.Label}}", map[string]any{"Label": widget.FormatLabel(label)})
}
