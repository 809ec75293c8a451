package outbox

import (
	"strings"

	"carnet/client"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// rowHeight leaves room for two lines.
const rowHeight = 46

// columns of an item: what it is; for whom and since when; where it stands.
var columns = &widget.TableLine{Gap: widget.GapWide, Columns: []widget.TableColumn{
	{Width: 22},
	{Width: 260, Grow: 2},
	{Width: 300, Grow: 3}, // why is a sentence
}}

// rowView draws a group's heading or an item; it is recycled.
type rowView struct {
	fynewidget.BaseWidget
	body      fyne.CanvasObject
	heading   *widget.Text
	line      *fyne.Container
	icon      *widget.Icon
	what, who *widget.Text
	state     *widget.Text
	mark      *widget.Icon
	reason    *widget.Text
	progress  *widget.Progress
}

func newRowView() *rowView {
	r := &rowView{
		heading:  widget.NewText("", widget.Style{Bold: true, Tone: widget.Secondary}),
		icon:     widget.NewIcon(widget.IconNone, widget.Secondary, 20),
		what:     widget.NewText("", widget.Style{Truncate: true}),
		who:      widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		state:    widget.NewText("", widget.Style{Truncate: true}),
		mark:     widget.NewIcon(widget.IconNone, widget.Secondary, 16),
		reason:   widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		progress: widget.NewProgress(),
	}
	r.progress.Hide()
	left := widget.Column(0, r.what, r.who)
	right := widget.Column(0, widget.Sides(6, r.mark, r.state, nil), container.NewStack(r.reason, container.NewVBox(widget.Flexible(), r.progress, widget.Flexible())))
	r.line = container.New(columns, r.icon, left, right)
	r.body = widget.AtLeast(0, rowHeight, widget.Inset(4, widget.Gap+2, container.NewStack(r.heading, r.line)))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *rowView) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }

// set fills the row.
func (r *rowView) set(p *Page, row Row) {
	widget.Visible(r.heading, row.Head)
	widget.Visible(r.line, !row.Head)
	if row.Head {
		r.heading.Set(groupWords(row.Group) + widget.Nbsp + "(" + widget.FormatNumber(row.Count) + ")")
		return
	}
	it, now := row.Item, p.cfg.Scope.Now()
	r.icon.Set(kindIcon(it), widget.Secondary)
	r.what.Set(whatWords(it))
	r.who.Set(strings.Join(nonEmpty(p.whose(it), lang.L("fait {{.When}}", map[string]any{"When": whenWords(it.Created, now)})), " · "))
	s := stateOf(it, now)
	r.mark.Set(s.icon, s.tone)
	r.state.Set(s.word)
	r.state.SetTone(s.tone)
	sending := it.State == client.OutboxSending && row.Total > 0
	widget.Visible(r.progress, sending)
	widget.Visible(r.reason, !sending)
	if sending {
		r.progress.Set(row.Sent, row.Total)
		return
	}
	r.reason.Set(why(it, p.cfg.Shell.Explain))
}

// whose says for whom an item is: by name when this computer knows it.
func (p *Page) whose(it client.OutboxItem) string {
	if p.cfg.Name != nil {
		if name := p.cfg.Name(it); name != "" {
			return name
		}
	}
	if w := it.Whose; w != (client.OutboxPerson{}) {
		return choose.Name(client.Patient{BirthName: w.BirthName, UsedName: w.UsedName, FirstGiven: w.FirstGiven, BirthDate: w.BirthDate})
	}
	if ins := insOf(it); ins != "" {
		return "INS " + widget.FormatINS(ins)
	}
	return ""
}

// kindIcon is the picture of an item's kind.
func kindIcon(it client.OutboxItem) widget.IconName {
	switch it.Kind {
	case client.OutboxFile:
		return widget.IconDocument
	case client.OutboxChange:
		return widget.IconEdit
	case client.OutboxUndo:
		return widget.IconUndo
	case client.OutboxConsent, client.OutboxWithdraw:
		return widget.IconConsent
	case client.OutboxItemKeep, client.OutboxItemDrop:
		return widget.IconSynthesis
	case client.OutboxRequest, client.OutboxMessage:
		return widget.IconMessage
	}
	return widget.IconWarning
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
