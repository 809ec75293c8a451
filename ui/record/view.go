package record

import (
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like: the identity, always there; below it one of
// the tabs, or what stands in their place.
type view struct {
	page *Page
	root fyne.CanvasObject

	banner    *widget.Banner
	remaining *widget.Chip // of an emergency access
	upload    *widget.Button
	withdraw  *widget.Button

	tabs       fyne.CanvasObject
	tabButtons [2]*tabButton

	otherButtons []*tabButton    // of the parts that others draw
	other        *fyne.Container // the part on the screen

	documents *documentsView
	accesses  *accessesView
	noRight   *noRightView
	state     *widget.StatePanel
	skeleton  fyne.CanvasObject
	stateFor  Phase
	stated    bool
}

func newView(p *Page) *view {
	v := &view{page: p, state: widget.NewStatePanel()}
	v.remaining = widget.NewChip(widget.IconNone, "", widget.Danger)
	v.upload = widget.NewButton(widget.Ordinary, widget.IconUpload, lang.L("Déposer un document"), func() { p.upload(nil, nil) }).
		WithCaption(widget.Ctrl(fyne.KeyU)).Dense()
	v.withdraw = widget.NewButton(widget.Quiet, widget.IconConsent, lang.L("Retirer mon autorisation…"), p.openWithdraw).Dense()
	v.banner = widget.NewBanner(v.remaining, v.withdraw, v.upload)
	v.banner.OnCopyINS = func() { p.cfg.Shell.Copy(p.cfg.Patient.INS.Value) }
	v.tabButtons[tabDocuments] = newTabButton(widget.IconDocument, widget.Ctrl(fyne.KeyD), func() { p.showTab(tabDocuments) })
	v.tabButtons[tabAccesses] = newTabButton(widget.IconHistory, widget.Ctrl(fyne.KeyH), func() { p.showTab(tabAccesses) })
	first, rest := v.otherTabs()
	v.tabs = widget.Row(widget.Gap, slices.Concat(first, []fyne.CanvasObject{v.tabButtons[tabDocuments].root}, rest, []fyne.CanvasObject{v.tabButtons[tabAccesses].root})...)
	v.other = container.NewStack()
	v.documents = newDocumentsView(p)
	v.accesses = newAccessesView(p)
	v.noRight = newNoRightView(p)
	v.skeleton = widget.Panel(widget.GapTight, widget.NewSkeleton(9, widget.RowHeight))
	v.skeleton.Hide()
	body := container.NewStack(v.documents.root, v.accesses.root, v.other, v.noRight.root, v.state, v.skeleton)
	head := widget.Column(widget.Gap, v.banner, v.tabs)
	v.root = widget.Inset(widget.Gap, widget.GapWide, widget.Stacked(widget.Gap, head, body, nil))
	return v
}

// refresh puts everything on the screen as it is now.
func (v *view) refresh() {
	p := v.page
	v.banner.Set(identityOf(p))
	v.showRemaining()
	widget.Visible(v.upload, Has(p.access, fhir.RightUpload) && p.phase == Reading && identified(p.cfg.Patient))
	reading := p.phase == Reading
	widget.Visible(v.withdraw, reading && MayWithdraw(p.access))
	widget.Visible(v.tabs, reading)
	widget.Visible(v.tabButtons[tabAccesses].root, MayOpenTraces(p.access))
	v.tabButtons[tabDocuments].set(documentsTab(p), p.tab == tabDocuments)
	v.tabButtons[tabAccesses].set(lang.L("Accès"), p.tab == tabAccesses)
	widget.Visible(v.documents.root, reading && p.tab == tabDocuments)
	widget.Visible(v.accesses.root, reading && p.tab == tabAccesses)
	widget.Visible(v.noRight.root, p.phase == NoRight)
	if p.phase != Opening {
		v.skeleton.Hide()
	}
	switch {
	case p.phase == NoRight:
		v.noRight.refresh()
	case reading && p.tab == tabAccesses:
		v.accesses.refresh()
	case reading:
		v.documents.refresh()
	}
	v.showOther()
	v.showState()
}

// showState fills the panel for the phases in which there is nothing else.
func (v *view) showState() {
	p := v.page
	state, ok := stateOf(p)
	widget.Visible(v.state, ok)
	if !ok {
		v.stated = false
		return
	}
	if v.stated && v.stateFor == p.phase {
		return
	}
	v.stated, v.stateFor = true, p.phase
	v.state.Set(state)
}

// busyOpening shows bars once opening takes its time.
func (v *view) busyOpening(s task.Stage) {
	p := v.page
	if s == task.Slow && p.phase == Opening {
		v.stated = false // what follows says something else in this panel
		v.state.Set(slowState(func() { p.interruptOpening() }))
		v.state.Show()
	}
	widget.Visible(v.skeleton, s == task.Busy && p.phase == Opening)
}

func (v *view) busyLoading(s task.Stage) { v.documents.busy(s) }

// showRemaining writes how long an emergency access still lasts.
func (v *view) showRemaining() {
	left, limited := Remaining(v.page.access, v.page.now())
	if !limited || v.page.phase != Reading {
		v.remaining.Set(widget.IconNone, "", widget.Danger)
		return
	}
	v.remaining.Set(widget.IconEmergency, lang.L("Accès d’urgence : {{.Left}}", map[string]any{"Left": countdown(left)}), widget.Danger)
}

// focus is where the hands should be now.
func (v *view) focus() fyne.Focusable {
	switch p := v.page; {
	case p.phase == Reading && p.tab == tabAccesses:
		return v.accesses.list
	case p.part(p.tab) != nil:
		return p.part(p.tab).InitialFocus()
	case p.phase == Reading:
		return v.documents.list
	case p.phase == NoRight:
		return v.noRight.first
	}
	return nil
}

// countdown writes what is left: "59 min", and seconds in the last minute.
func countdown(left time.Duration) string {
	if left > time.Minute {
		minutes := int((left + time.Minute - time.Second) / time.Minute)
		return lang.L("{{.N}} min", map[string]any{"N": minutes})
	}
	return lang.L("{{.N}} s", map[string]any{"N": int(left / time.Second)})
}

// tabButton is a word with a line under it when its tab is the one shown.
type tabButton struct {
	root   fyne.CanvasObject
	button *widget.Button
	line   *widget.Box
	icon   widget.IconName
}

func newTabButton(icon widget.IconName, keys widget.Keys, do func()) *tabButton {
	t := &tabButton{icon: icon, button: widget.NewButton(widget.Quiet, icon, "", do).WithCaption(keys).Dense(), line: widget.NewBox(widget.Clear, widget.Clear, 1)}
	t.root = widget.Stacked(0, nil, t.button, widget.AtLeast(0, 2, t.line))
	return t
}

func (t *tabButton) set(word string, on bool) {
	t.button.Set(t.icon, word)
	if on {
		t.line.Set(widget.Primary, widget.Clear)
	} else {
		t.line.Set(widget.Clear, widget.Clear)
	}
}
