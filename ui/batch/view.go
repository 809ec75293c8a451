package batch

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like.
type view struct {
	page *Page
	root fyne.CanvasObject

	responsible *widget.Text
	change, add *widget.Button
	progress    *widget.Progress
	bar         *fyne.Container // the progress, as wide as it needs to be
	going       *said
	pause, stop *widget.Button
	line        *fyne.Container
	filter      *widget.Filter
	box         *widget.Entry
	controls    fyne.CanvasObject
	list        *widget.List
	table       fyne.CanvasObject
	skeleton    fyne.CanvasObject
	state       *widget.StatePanel
	marks       *widget.Text
	notices     *widget.Button
	export      *widget.Button
	send        *widget.Button
	foot        *fyne.Container
	head        *fyne.Container
	frame       *fyne.Container // head, rows and foot
	high        float32         // of the filter, which may need two lines

	stated string           // what the state panel says now, so that it keeps its buttons
	length int              // rows that the list was drawn with
	drawn  map[int]*rowView // by their places; some may be out of sight by now
	isBusy bool             // files are being added
}

func newView(p *Page) *view {
	v := &view{
		page:        p,
		responsible: widget.NewText("", widget.Style{Tone: widget.Secondary, Truncate: true}),
		progress:    widget.NewProgress(),
		going:       newSaid(),
		box:         widget.NewSearchEntry(lang.L("Filtrer : fichier, patient")),
		skeleton:    widget.Panel(widget.GapTight, widget.NewSkeleton(10, widget.RowTable)),
		state:       widget.NewStatePanel(),
		marks:       widget.NewText("", widget.Style{Tone: widget.Primary, Bold: true, Truncate: true}),
		drawn:       map[int]*rowView{},
	}
	v.buttons()
	v.filter = widget.NewFilter(func(i int) { p.filtered(Filter(i)) })
	v.filter.OnKey = v.leaveToRows
	v.box.OnChanged = p.typed
	v.box.OnKey = v.boxKey
	v.list = widget.NewList(
		func() int { return p.state.Total },
		func() fyne.CanvasObject { return newRowView() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*rowView); ok {
				v.drawn[id] = r
				v.fill(id, r)
			}
		},
	)
	v.list.OnMove = p.state.Hold
	v.list.OnActivate = p.openRow
	v.root = v.layout()
	v.skeleton.Hide()
	return v
}

func (v *view) buttons() {
	p := v.page
	v.change = widget.NewButton(widget.Quiet, widget.IconEdit, lang.L("Changer"), p.chooseResponsible).
		WithHint(lang.L("Choisir le professionnel responsable") + " · " + responsibleKeys().String()).Dense()
	v.add = widget.NewButton(widget.Ordinary, widget.IconAdd, lang.L("Ajouter…"), p.openAdd).WithCaption(widget.Ctrl(fyne.KeyO))
	v.pause = widget.NewButton(widget.Ordinary, widget.IconClock, lang.L("Pause"), p.pause).WithCaption(widget.Ctrl(fyne.KeyP)).Dense()
	v.stop = widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Annuler…"), p.cancel).
		WithHint(lang.L("Annuler ce qui n’est pas parti") + " · " + cancelKeys().String()).Dense()
	v.notices = widget.NewButton(widget.Quiet, widget.IconInfo, "", p.tellNotices).WithHint(lang.L("Ce qui n’est pas envoyé, et pourquoi") + " · " + noticeKeys().String()).Dense()
	v.notices.Hide()
	v.export = widget.NewButton(widget.Ordinary, widget.IconDownload, lang.L("Exporter (CSV)"), p.export).WithCaption(widget.Ctrl(fyne.KeyS))
	v.send = widget.NewButton(widget.Main, widget.IconUpload, lang.L("Envoyer"), p.send).WithCaption(widget.Ctrl(fyne.KeyReturn))
}

func (v *view) layout() fyne.CanvasObject {
	title := widget.NewText(lang.L("Lots"), widget.Style{Size: widget.SizeTitle, Bold: true})
	who := widget.Sides(widget.Gap, title, widget.Sides(widget.GapTight, nil, v.responsible, v.change), v.add)
	v.bar = widget.Width(200, container.NewVBox(widget.Flexible(), v.progress, widget.Flexible()))
	v.line = widget.Sides(widget.GapWide, v.bar, v.going.box, widget.Row(widget.Gap, v.pause, v.stop))
	v.controls = widget.Column(widget.Gap, v.filter, v.box)
	v.head = widget.Column(widget.Gap, who, widget.AtLeast(0, 28, v.line), v.controls)
	v.table = widget.Panel(widget.GapTight, widget.Stacked(0, widget.Column(0, heading(), widget.Rule()), v.list, nil))
	body := container.NewStack(v.table, v.skeleton, v.state)
	v.foot = widget.Sides(widget.Gap, v.notices, v.marks, widget.Row(widget.Gap, v.export, v.send))
	v.frame = container.New(frame{}, v.head, body, v.foot)
	return widget.Inset(widget.GapWide, widget.GapPage, v.frame)
}

// frame is a page's head, its rows and its foot. The head is laid out twice: what wraps
// in it knows its height only once it has its width.
type frame struct{}

// MinSize implements fyne.Layout.
func (frame) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	for _, part := range o {
		m := part.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height + widget.Gap
	}
	return size
}

// Layout implements fyne.Layout.
func (frame) Layout(o []fyne.CanvasObject, size fyne.Size) {
	head, body, foot := o[0], o[1], o[2]
	for range 2 {
		head.Resize(fyne.NewSize(size.Width, head.MinSize().Height))
	}
	top, bottom := head.Size().Height+widget.Gap, size.Height
	if foot.Visible() {
		high := foot.MinSize().Height
		foot.Move(fyne.NewPos(0, size.Height-high))
		foot.Resize(fyne.NewSize(size.Width, high))
		bottom -= high + widget.Gap
	}
	body.Move(fyne.NewPos(0, top))
	body.Resize(fyne.NewSize(size.Width, max(bottom-top, 0)))
}

// first is where the hands should be.
func (v *view) first(s *State) fyne.Focusable {
	switch s.Phase {
	case Shown:
		if v.list.Cursor() < 0 {
			v.list.MoveTo(0)
		}
		return v.list
	case NoMatch:
		return v.filter
	case Empty:
		return v.add
	}
	return nil
}

// leaveToRows goes from the filter down to the rows.
func (v *view) leaveToRows(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnter:
		return v.toRows()
	}
	return false
}

// boxKey moves from the filter's words to the rows, and empties them.
func (v *view) boxKey(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnter:
		return v.toRows()
	case fyne.KeyEscape:
		if v.box.Text == "" {
			return v.toRows()
		}
		v.box.SetText("")
		return true
	}
	return false
}

func (v *view) toRows() bool {
	if v.page.state.Phase != Shown {
		return false
	}
	v.page.cfg.Shell.Focus(v.list)
	if v.list.Cursor() < 0 {
		v.list.MoveTo(0)
	}
	return true
}

// busy shows bars instead of nothing, once opening takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// adding says that files are being looked for.
func (v *view) adding(on bool) {
	v.isBusy = on
	v.counts(&v.page.state)
}

// fresh shows rows that answer another question: the first one is in hand.
func (v *view) fresh(s *State) {
	v.list.Forget()
	v.length = -1
	v.show(s)
	v.list.MoveTo(0)
}

// show puts the state on the screen.
func (v *view) show(s *State) {
	open := s.Phase == Empty || s.Phase == NoMatch || s.Phase == Shown
	v.responsible.Set("")
	if s.Responsible.ID != "" {
		v.responsible.Set(lang.L("Responsable : {{.Name}}", map[string]any{"Name": partyName(s.Responsible)}))
	}
	widget.Visible(v.change, open)
	widget.Visible(v.add, open)
	if s.Phase != Opening {
		v.skeleton.Hide() // shown by busy, after 300 ms
	}
	v.counts(s)
	v.rows(s)
}

// counts shows what the lot counts: filters, progress, buttons. It is called at every
// event.
func (v *view) counts(s *State) {
	open := s.Phase == Empty || s.Phase == NoMatch || s.Phase == Shown
	full := open && s.Count(All)+s.Count(Removed) > 0
	if full != v.foot.Visible() {
		widget.Visible(v.controls, full)
		widget.Visible(v.foot, full)
		v.frame.Refresh()
	}
	options := make([]widget.FilterOption, filters)
	for i, w := range filterWords() {
		f := Filter(i)
		n := s.Count(f)
		options[i] = widget.FilterOption{Icon: w.icon, Tone: w.tone, Label: w.word, Count: n, Hide: n == 0 && !f.Always() && f != s.Filter}
	}
	v.filter.Set(options, int(s.Filter))
	if high := v.filter.MinSize().Height; high != v.high {
		v.high = high
		v.frame.Refresh()
	}
	v.showProgress(s, full)
	n, _ := s.Sendable()
	v.send.Set(widget.IconUpload, sendWords(n, len(s.Marks) > 0))
	if n > 0 == v.send.Disabled() {
		if n > 0 {
			v.send.Enable()
		} else {
			v.send.Disable()
		}
	}
	v.marks.Set(marksWords(len(s.Marks)))
	v.notices.Set(widget.IconInfo, noticeWords(s.Counts.Notices))
	widget.Visible(v.notices, s.Counts.Notices > 0)
	v.foot.Refresh()
}

func (v *view) showProgress(s *State, full bool) {
	p := s.Progress()
	says := progressOf(p, s.Away)
	if v.isBusy {
		says = saying{widget.IconFolder, widget.Ink, lang.L("Recherche des fichiers…")}
	}
	v.going.set(says, false)
	v.going.box.Refresh()
	v.progress.Set(int64(p.Done), int64(p.Total))
	widget.Visible(v.bar, p.Work != AtRest && !v.isBusy)
	widget.Visible(v.pause, full && (p.Work != AtRest || p.Paused))
	if p.Paused {
		v.pause.Set(widget.IconNext, lang.L("Reprendre"))
	} else {
		v.pause.Set(widget.IconClock, lang.L("Pause"))
	}
	widget.Visible(v.stop, full && p.Work == InSends)
	on := says.word != "" || v.pause.Visible()
	if on != v.line.Visible() {
		widget.Visible(v.line, on)
		v.frame.Refresh()
	}
	v.line.Refresh()
}

// rows draws what is in sight anew, and keeps in hand what was.
func (v *view) rows(s *State) {
	widget.Visible(v.table, s.Phase == Shown)
	widget.Visible(v.state, s.Phase != Shown && s.Phase != Opening)
	v.showState(s)
	if s.Phase != Shown {
		return
	}
	at := v.list.Cursor()
	to := s.Held(at)
	if to != at && to >= 0 && v.list.Shows(at) {
		v.list.MoveTo(to)
	}
	if s.Total == v.length {
		v.redraw()
	} else {
		v.length = s.Total
		clear(v.drawn)
		v.list.Refresh()
	}
	if at >= 0 {
		s.Hold(v.list.Cursor())
	}
}

// fill writes a row.
func (v *view) fill(id int, r *rowView) {
	if row, ok := v.page.state.At(id); ok {
		r.set(row, v.page.state.Marks[row.ID], v.page.now())
	}
}

// redraw writes the rows in sight anew, where they say something else: as many as there
// were stand where they stood, and the toolkit's list would lay all of them out again.
func (v *view) redraw() {
	for id, r := range v.drawn {
		if !v.list.Shows(id) {
			delete(v.drawn, id)
			continue
		}
		v.fill(id, r)
	}
}
