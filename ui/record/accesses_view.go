package record

import (
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// accessesView is the tab of accesses: who did what in this record, as far as
// the professional may see it.
type accessesView struct {
	page  *Page
	root  fyne.CanvasObject
	title *widget.Text
	age   *widget.Chip
	more  *widget.Button
	list  *widget.List
	state *widget.StatePanel
}

func newAccessesView(p *Page) *accessesView {
	v := &accessesView{
		page:  p,
		title: widget.NewText("", widget.Style{Tone: widget.Secondary}),
		age:   widget.NewChip(widget.IconNone, "", widget.Attention),
		state: widget.NewStatePanel(),
	}
	v.list = widget.NewList(
		func() int { return len(p.traces.rows) },
		func() fyne.CanvasObject { return newTraceRow() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*traceRow); ok && id < len(p.traces.rows) {
				r.set(p.traces.rows[id], p.now())
			}
		},
	)
	v.list.OnMove = func(id int) {
		if p.traces.next != "" && !p.traces.loading && id >= len(p.traces.rows)-10 {
			p.loadTraces(p.traces.next)
		}
	}
	v.more = widget.NewButton(widget.Ordinary, widget.IconDown, lang.L("Afficher la suite"), func() { p.loadTraces(p.traces.next) }).Dense()
	head := widget.Sides(widget.Gap, v.title, nil, v.age)
	foot := widget.Sides(widget.Gap, v.more, nil, nil)
	v.root = widget.Panel(widget.Gap, widget.Stacked(widget.Gap, head, container.NewStack(v.list, v.state), foot))
	v.root.Hide()
	return v
}

func (v *accessesView) refresh() {
	p := v.page
	v.title.Set(lang.L("Vos accès à ce dossier. Seul le médecin traitant voit aussi ceux des autres."))
	if Has(p.access, fhir.RightTracesAll) {
		v.title.Set(lang.L("Tous les accès à ce dossier, que vous voyez comme médecin traitant."))
	}
	v.age.SetCopy(p.traces.prov.Cached, p.traces.prov.AsOf, p.now())
	widget.Visible(v.more, p.traces.next != "")
	empty := len(p.traces.rows) == 0
	widget.Visible(v.list, !empty)
	widget.Visible(v.state, empty && !p.traces.loading)
	switch {
	case !empty || p.traces.loading:
	case p.traces.err != nil:
		v.state.SetProblem(p.cfg.Shell.Explain(p.traces.err), func() { p.loadTraces("") })
	default:
		v.state.Set(widget.State{Icon: widget.IconHistory, Tone: widget.Secondary, Title: lang.L("Aucun accès enregistré"), Text: lang.L("Chaque lecture et chaque dépôt apparaîtront ici.")})
	}
	v.list.Refresh()
}

// traceRow draws one access.
type traceRow struct {
	fynewidget.BaseWidget
	body                   fyne.CanvasObject
	when, who, what, where *widget.Text
	mode                   *widget.Chip
}

func newTraceRow() *traceRow {
	small := widget.Style{Tone: widget.Secondary, Truncate: true}
	r := &traceRow{
		when:  widget.NewText("", widget.Style{Tone: widget.Secondary}),
		who:   widget.NewText("", widget.Style{Truncate: true}),
		what:  widget.NewText("", widget.Style{Truncate: true}),
		where: widget.NewText("", small),
		mode:  widget.NewChip(widget.IconNone, "", widget.Danger),
	}
	columns := widget.Row(12, widget.Width(170, r.when), widget.Width(220, r.who), widget.Width(230, r.what))
	r.body = widget.AtLeast(0, widget.RowTable, widget.Inset(0, widget.Gap, widget.Sides(12, columns, r.where, container.NewVBox(widget.Flexible(), r.mode, widget.Flexible()))))
	r.ExtendBaseWidget(r)
	return r
}

// set fills the row.
func (r *traceRow) set(t client.Trace, now time.Time) {
	r.when.Set(widget.FormatDateTime(t.Recorded.In(now.Location())))
	r.who.Set(t.AgentName)
	r.what.Set(widget.FormatDeed(t.Kind, t.Action))
	r.where.Set(whereWords(t))
	icon, mode := widget.IconNone, widget.FormatMode(t.Mode)
	if mode != "" {
		icon = widget.IconEmergency
	}
	r.mode.Set(icon, mode, widget.Danger)
}

// CreateRenderer implements fyne.Widget.
func (r *traceRow) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.body) }
