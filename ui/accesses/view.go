package accesses

import (
	"slices"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like.
type view struct {
	page *Page
	root fyne.CanvasObject

	filter   *widget.Entry
	period   *widget.Choice
	count    *widget.Text
	age      *widget.Chip
	list     *widget.List
	panel    fyne.CanvasObject
	skeleton fyne.CanvasObject
	state    *widget.StatePanel
	more     *widget.Button
	trouble  *widget.Text // a failure while rows are shown
	foot     *fyne.Container
	head     *fyne.Container

	stated string // what the state panel says now, so that it keeps its buttons
}

func newView(p *Page) *view {
	v := &view{
		page:     p,
		filter:   widget.NewSearchEntry(lang.L("Filtrer : patient, document, action…")),
		count:    widget.NewText("", widget.Style{Tone: widget.Secondary}),
		age:      widget.NewChip(widget.IconNone, "", widget.Attention),
		state:    widget.NewStatePanel(),
		trouble:  widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
		skeleton: widget.Panel(widget.GapTight, widget.NewSkeleton(10, widget.RowTable)),
	}
	v.filter.OnChanged = p.filtered
	v.period = widget.NewChoice(periodWords(), func(word string) {
		if i := slices.Index(periodWords(), word); i >= 0 {
			p.choose(Period(i))
		}
	})
	v.period.Selected = periodWords()[p.state.Period]
	v.list = widget.NewList(
		func() int { return len(p.state.Rows) },
		func() fyne.CanvasObject { return newRowView() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*rowView); ok && id < len(p.state.Rows) {
				r.set(p.state.Rows[id], p.now())
			}
		},
	)
	v.filter.OnKey = widget.FilterKeys(v.filter, v.list, p.cfg.Shell.Focus)
	v.list.OnMove = p.moved
	v.list.Skip = func(id int) bool { return id < len(p.state.Rows) && p.state.Rows[id].Heading() }
	v.more = widget.NewButton(widget.Ordinary, widget.IconDown, lang.L("Afficher plus"), func() { p.load(true) })
	v.root = v.layout()
	v.skeleton.Hide()
	return v
}

func (v *view) layout() fyne.CanvasObject {
	title := widget.NewText(lang.L("Mes accès"), widget.Style{Size: widget.SizeTitle, Bold: true})
	note := widget.NewParagraph(
		lang.L("Ce que vous avez fait, tel que le serveur l’a noté. Personne ne peut le modifier."),
		widget.Style{Tone: widget.Secondary},
	)
	v.head = widget.Sides(widget.Gap, v.count, nil, v.age)
	controls := widget.Sides(widget.Gap, nil, v.filter, widget.Width(200, v.period))
	v.panel = widget.Panel(widget.GapTight, v.list)
	v.foot = widget.Sides(widget.Gap, v.more, v.trouble, nil)
	body := container.NewStack(v.panel, v.skeleton, v.state)
	top := widget.Column(widget.GapTight, title, note, controls, widget.AtLeast(0, 28, v.head))
	return widget.Inset(widget.GapWide, widget.GapPage, widget.Stacked(widget.GapTight, top, body, v.foot))
}

// busy shows bars instead of nothing, once the answer takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// show puts the state on the screen.
func (v *view) show(s *State, now time.Time) {
	v.count.Set(countWords(s))
	v.age.SetCopy(s.Prov.Cached, s.Prov.AsOf, now)
	v.head.Refresh()
	widget.Visible(v.panel, s.Phase == Shown)
	widget.Visible(v.state, s.Phase == Empty || s.Phase == NoMatch || s.Phase == Failed)
	if s.Phase != Loading {
		v.skeleton.Hide() // shown by busy, after 300 ms
	}
	widget.Visible(v.more, s.Next != "" && (s.Phase == Shown || s.Phase == NoMatch))
	v.trouble.Set("")
	if s.Err != nil && s.Phase != Failed {
		p := v.page.cfg.Shell.Explain(s.Err)
		v.trouble.Set(p.Words())
	}
	widget.Visible(v.foot, v.more.Visible() || v.trouble.String() != "")
	v.foot.Refresh()
	v.showState(s)
	v.list.Refresh()
}

// showState fills the panel that stands where rows would be.
func (v *view) showState(s *State) {
	said := ""
	switch s.Phase {
	case Empty, NoMatch:
		said = string(rune('0'+s.Phase)) + s.Text + s.Next
	case Failed:
		said = "failed " + s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch s.Phase {
	case Empty:
		v.state.Set(widget.State{
			Icon: widget.IconHistory, Tone: widget.Secondary, Title: lang.L("Aucun accès sur cette période"),
			Text: lang.L("Chaque dossier ouvert, chaque document lu ou déposé apparaîtra ici."),
		})
	case NoMatch:
		text := lang.L("Essayez un autre mot, ou une période plus longue.")
		if s.Next != "" {
			text = lang.L("Rien parmi les accès chargés : affichez-en plus, ou essayez un autre mot.")
		}
		v.state.Set(widget.State{
			Icon: widget.IconFilter, Tone: widget.Secondary, Title: lang.L("Aucun accès ne correspond"), Text: text,
			Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Effacer le filtre"), func() { v.filter.SetText("") })},
		})
	case Failed:
		v.state.SetProblem(v.page.cfg.Shell.Explain(s.Err), func() { v.page.load(false) })
	}
}
