package patients

import (
	"time"

	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like: the box, a line of notice, the list or what
// stands in its place.
type view struct {
	page *Page
	root fyne.CanvasObject

	box        *widget.Entry
	noticeIcon *widget.Icon
	noticeText *widget.Text
	title      *widget.Text
	age        *widget.Chip
	list       *widget.List
	more       *widget.Button
	listPanel  fyne.CanvasObject
	skeleton   fyne.CanvasObject
	state      *widget.StatePanel

	rows   []Row // as the list shows them
	phase  Phase
	stated string // what the state panel says now, so that it is not rebuilt at each key
}

func newView(p *Page) *view {
	v := &view{
		page: p, phase: -1,
		box:        widget.NewSearchEntry(lang.L("Nom, date de naissance ou INS")),
		noticeIcon: widget.NewIcon(widget.IconNone, widget.Ink, 18),
		noticeText: widget.NewText("", widget.Style{Truncate: true}),
		title:      widget.NewText("", widget.Style{Size: widget.SizeLead, Bold: true}),
		age:        widget.NewChip(widget.IconNone, "", widget.Attention),
		state:      widget.NewStatePanel(),
	}
	v.box.OnChanged = p.typed
	v.box.OnKey = p.key
	v.list = widget.NewList(
		func() int { return len(v.rows) },
		func() fyne.CanvasObject { return newRowView() },
		v.updateRow,
	)
	v.list.OnMove = p.selected
	v.list.OnActivate = p.open
	v.list.OnTap = p.open
	v.list.OnKey = v.listKey
	v.root = v.layout()
	return v
}

func (v *view) layout() fyne.CanvasObject {
	p := v.page
	scan := widget.NewButton(widget.Ordinary, widget.IconScan, lang.L("Scanner l’INS"), p.scan).WithCaption(widget.Ctrl(fyne.KeyI))
	strict := widget.NewButton(widget.Ordinary, widget.IconPerson, lang.L("Autre patient, traits stricts"), p.openStrict).WithCaption(widget.Ctrl(fyne.KeyN))
	ways := []fyne.CanvasObject{scan, strict}
	if p.cfg.Regulates {
		ways = []fyne.CanvasObject{scan, v.everyone()} // the strict traits stay on their key
	}
	top := widget.Sides(widget.Gap, nil, v.box, widget.Row(widget.Gap, ways...))
	notice := widget.AtLeast(0, 24, widget.Sides(widget.Gap, v.noticeIcon, v.noticeText, nil))
	head := widget.AtLeast(0, 28, widget.Sides(widget.Gap, v.title, nil, v.age))
	v.more = widget.NewButton(widget.Ordinary, widget.IconDown, lang.L("Afficher la suite"), p.showMore).Dense()
	v.listPanel = widget.Panel(widget.GapTight, widget.Stacked(widget.GapTight, nil, v.list, widget.Sides(0, v.more, nil, nil)))
	v.skeleton = widget.Panel(widget.GapTight, widget.NewSkeleton(8, rowHeight))
	body := container.NewStack(v.listPanel, v.skeleton, v.state)
	return widget.Inset(widget.GapWide, widget.GapPage, widget.Stacked(widget.GapTight, widget.Column(widget.GapTight, top, notice, head), body, nil))
}

// everyone is the way of who regulates to anyone by name.
func (v *view) everyone() *widget.Button {
	return widget.NewButton(widget.Ordinary, widget.IconEmergency, lang.L("Centre 15, par le nom"), v.page.openEveryone).WithCaption(everyoneKeys)
}

// updateRow fills a recycled row.
func (v *view) updateRow(id int, o fyne.CanvasObject) {
	if id >= len(v.rows) {
		return
	}
	if r, ok := o.(*rowView); ok {
		r.set(v.rows[id], v.page.now())
	}
}

// listKey gives typing back to the box when the list has the focus.
func (v *view) listKey(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyEscape:
		v.page.focusBox()
		return v.page.clear()
	case fyne.KeyBackspace:
		v.page.focusBox()
		v.box.TypedKey(ev)
		return true
	}
	return false
}

// show puts the state on the screen.
func (v *view) show(s *State, now time.Time) {
	n := noticeOf(s, v.page.scanning)
	v.noticeIcon.Set(n.icon, n.tone)
	v.noticeText.Set(n.text)
	v.noticeText.SetTone(n.tone)
	v.title.Set(heading(s))
	widget.Visible(v.more, s.Next != "")
	v.age.SetCopy(s.Prov.Cached && s.Phase == Shown, s.Prov.AsOf, now)
	v.showBody(s)
}

func (v *view) showBody(s *State) {
	v.showState(s)
	widget.Visible(v.listPanel, s.Phase == Shown)
	widget.Visible(v.state, s.Phase == Empty || s.Phase == Offer || s.Phase == Failed)
	if s.Phase != Loading {
		v.skeleton.Hide()
	} else if v.phase != Loading {
		v.skeleton.Hide() // until 300 ms have passed: see busy
	}
	v.phase = s.Phase
	if s.Phase != Shown {
		v.rows = nil
		return
	}
	if len(v.rows) != len(s.Rows) || len(s.Rows) > 0 && &v.rows[0] != &s.Rows[0] {
		v.rows = s.Rows
		v.list.Refresh()
	}
	if v.list.Cursor() != s.Selected {
		v.list.MoveTo(s.Selected)
	}
}

// busy shows bars instead of nothing, once the answer takes its time.
func (v *view) busy(stage task.Stage, s *State) {
	widget.Visible(v.skeleton, stage != task.Finished && s.Phase == Loading)
}

// showState fills the panel that stands where rows would be.
func (v *view) showState(s *State) {
	said := ""
	switch s.Phase {
	case Empty:
		said = emptyState(s).Title
	case Offer:
		said = "offer " + s.Ask.Text
	case Failed:
		said = "failed " + s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch s.Phase {
	case Empty:
		state := emptyState(s)
		state.Actions = []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconScan, lang.L("Scanner l’INS"), v.page.scan).WithCaption(widget.Ctrl(fyne.KeyI)),
			widget.NewButton(widget.Ordinary, widget.IconPerson, lang.L("Autre patient, traits stricts"), v.page.openStrict).WithCaption(widget.Ctrl(fyne.KeyN)),
		}
		if v.page.cfg.Regulates {
			state.Actions = append([]*widget.Button{v.everyone()}, state.Actions...)
		}
		v.state.Set(state)
	case Offer:
		v.state.Set(widget.State{
			Icon: widget.IconSearch, Tone: widget.Primary,
			Title:   lang.L("Aucun de vos patients n’a cet INS"),
			Text:    lang.L("Vous pouvez chercher cette personne parmi tous les dossiers. Votre recherche figurera dans son historique."),
			Actions: []*widget.Button{widget.NewButton(widget.Main, widget.IconSearch, lang.L("Chercher dans tous les dossiers"), v.page.enter).WithCaption(widget.Key(fyne.KeyReturn))},
		})
	case Failed:
		v.state.SetProblem(v.page.cfg.Shell.Explain(s.Err), func() { v.page.do(v.page.state.Again()) })
	}
}
