package record

import (
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// documentsView is the tab of documents: the list with its tools at the left,
// the selected document at the right.
type documentsView struct {
	page *Page
	root fyne.CanvasObject

	filter      *widget.Entry
	order       [3]*widget.Button
	masked, old *widget.Check
	count       *widget.Text
	age         *widget.Chip
	more        *widget.Button // the next page failed: again
	news        *widget.Button // others filed something since
	list        *widget.List
	listBox     fyne.CanvasObject
	skeleton    fyne.CanvasObject
	state       *widget.StatePanel
	reader      *readerView
	low         map[int]bool // rows that have the height of a heading
	lowScale    float32      // at this size of texts
	setting     bool         // controls are being set by the page, not by a hand
}

func newDocumentsView(p *Page) *documentsView {
	v := &documentsView{
		page:   p,
		filter: widget.NewSearchEntry(lang.L("Filtrer : type, titre, auteur")),
		count:  widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		age:    widget.NewChip(widget.IconNone, "", widget.Attention),
		state:  widget.NewStatePanel(),
	}
	v.filter.OnChanged = v.filtered
	v.filter.OnKey = v.filterKey
	for o := ByDate; o <= ByAuthor; o++ {
		v.order[o] = widget.NewButton(widget.Quiet, widget.IconNone, o.label(), func() { v.sortBy(o) }).Dense()
	}
	v.masked = widget.NewCheck(lang.L("Masqués"), func(on bool) { v.byHand(func() { p.showMasked(on) }) })
	v.old = widget.NewCheck(lang.L("Archivés et remplacés"), func(on bool) { v.byHand(func() { p.showOld(on) }) })
	v.more = widget.NewButton(widget.Quiet, widget.IconRefresh, "", func() { p.loadPage(p.list.next) }).Dense()
	v.news = widget.NewButton(widget.Quiet, widget.IconRefresh, "", p.showNews).WithCaption(widget.Key(fyne.KeyF5)).Dense()
	v.list = widget.NewList(
		func() int { return len(p.docs.Items()) },
		func() fyne.CanvasObject { return newDocRow() },
		v.updateRow,
	)
	v.list.Skip = func(id int) bool { return p.docs.Items()[id].Entry == nil }
	v.list.OnMove = func(id int) {
		if e := p.docs.Items()[id].Entry; e != nil {
			p.choose(e.Doc.ID)
		}
	}
	v.list.OnKey = v.listKey
	v.list.OnActivate = func(id int) { v.readRow(id) }
	v.list.OnTap = func(id int) { v.readRow(id) }
	v.reader = newReaderView(p)
	v.root = v.layout()
	return v
}

func (v *documentsView) layout() fyne.CanvasObject {
	sorts := widget.Row(0, widget.NewText(lang.L("Trier"), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}), widget.Space(4, 1),
		v.order[ByDate], v.order[ByType], v.order[ByAuthor])
	checks := widget.Row(0, v.masked, v.old)
	foot := widget.AtLeast(0, 20, widget.Sides(widget.Gap, v.count, nil, widget.Row(widget.Gap, v.news, v.more, v.age)))
	v.skeleton = widget.NewSkeleton(9, docRowHeight)
	v.skeleton.Hide()
	v.listBox = container.NewStack(v.list, v.skeleton, v.state)
	left := widget.Panel(widget.Gap, container.New(&leftLayout{v.filter, sorts, checks, v.listBox, foot}, v.filter, sorts, checks, v.listBox, foot))
	split := container.NewHSplit(left, v.reader.root)
	split.Offset = 0.45
	return split
}

func (v *documentsView) readRow(id int) {
	if e := v.page.docs.Items()[id].Entry; e != nil {
		v.page.choose(e.Doc.ID)
		v.page.read(e.Doc.ID)
	}
}

// listKey turns the pages of the document that is read: the keys stay with the
// list, so that J, K and the arrows go on from there.
func (v *documentsView) listKey(ev *fyne.KeyEvent) bool {
	p := v.page
	if ev.Name != fyne.KeyPageDown && ev.Name != fyne.KeyPageUp || p.docs.Selected == "" || p.reader.id != p.docs.Selected {
		return false
	}
	if !p.showing() {
		return p.reader.loading // on its way: it is not replaced by another meanwhile
	}
	for _, s := range p.cfg.Viewer.Shortcuts() {
		if s.Matches(widget.Key(ev.Name)) {
			s.Do()
			return true
		}
	}
	return false
}

func (v *documentsView) updateRow(id int, o fyne.CanvasObject) {
	items := v.page.docs.Items()
	if r, ok := o.(*docRow); ok && id < len(items) {
		r.set(items[id], v.page.docs.By, v.page.now())
	}
}

// filtered narrows the list while the person types: it is there already, so
// nothing has to be asked or waited for.
func (v *documentsView) filtered(text string) {
	d := v.page.docs
	if text == d.Filter {
		return
	}
	d.Filter = text
	d.Refresh()
	if d.Row(d.Selected) < 0 {
		d.Selected = d.Neighbour(1)
	}
	v.refresh()
}

// filterKey lets the list be moved in while the filter is typed.
func (v *documentsView) filterKey(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyDown, fyne.KeyUp, fyne.KeyPageDown, fyne.KeyPageUp:
		v.list.TypedKey(ev)
	case fyne.KeyReturn, fyne.KeyEnter:
		v.page.cfg.Shell.Focus(v.list) // a reading stands in the patient's history: it takes a Return in the list
	case fyne.KeyEscape:
		if v.filter.Text == "" {
			return false
		}
		v.filter.SetText("")
		v.page.cfg.Shell.Focus(v.list)
	default:
		return false
	}
	return true
}

func (v *documentsView) sortBy(o Order) {
	v.page.docs.SortBy(o)
	v.refresh()
	v.follow()
}

// byHand runs do only when a person changed a control.
func (v *documentsView) byHand(do func()) {
	if !v.setting {
		do()
	}
}

// refresh puts list and reader on the screen as they are now.
func (v *documentsView) refresh() {
	p := v.page
	v.setting = true
	v.masked.SetChecked(p.docs.Masked)
	v.old.SetChecked(p.list.old)
	v.setting = false
	widget.Visible(v.masked, MayShowMasked(p.access))
	for o := ByDate; o <= ByAuthor; o++ {
		icon := widget.IconNone
		if p.docs.By == o {
			icon = widget.IconDown
			if p.docs.Reverse {
				icon = widget.IconUp
			}
		}
		v.order[o].Set(icon, o.label())
	}
	v.count.Set(countWords(p))
	v.showFoot()
	v.showBody()
	v.showReader()
}

// showFoot tells the age of the list, and a page of it that did not come.
func (v *documentsView) showFoot() {
	p := v.page
	v.age.SetCopy(p.list.prov.Cached, p.list.prov.AsOf, p.now())
	widget.Visible(v.news, p.following.news > 0)
	if p.following.news > 0 {
		v.news.Set(widget.IconRefresh, newsWords(p.following.news))
	}
	incomplete := p.list.err != nil && p.docs.Len() > 0
	widget.Visible(v.more, incomplete)
	if incomplete {
		v.more.Set(widget.IconRefresh, lang.L("Liste incomplète : réessayer"))
	}
}

// showBody shows the rows, or why there are none.
func (v *documentsView) showBody() {
	p := v.page
	empty := len(p.docs.Items()) == 0
	switch {
	case !empty:
	case p.list.err != nil:
		v.state.SetProblem(p.cfg.Shell.Explain(p.list.err), p.load)
	case p.list.loading:
	case p.docs.Len() > 0:
		v.state.Set(filteredState(v))
	default:
		v.state.Set(emptyState(p))
	}
	waiting := empty && p.list.loading
	widget.Visible(v.state, empty && !waiting)
	if !waiting {
		v.skeleton.Hide()
	}
	widget.Visible(v.list, !empty)
	v.sizeRows()
	v.list.Refresh()
	v.follow()
}

// sizeRows gives headings less height than documents. The toolkit draws the
// list anew at each change of a height, so only those that change are set.
func (v *documentsView) sizeRows() {
	low := map[int]bool{}
	for i, it := range v.page.docs.Items() {
		if it.Entry == nil {
			low[i] = true
		}
	}
	k := scale()
	for i := range v.low {
		if !low[i] {
			v.list.SetItemHeight(i, docRowHeight*k)
		}
	}
	for i := range low {
		if !v.low[i] || k != v.lowScale {
			v.list.SetItemHeight(i, headingHeight*k)
		}
	}
	v.low, v.lowScale = low, k
}

// busy shows bars once the first page takes its time.
func (v *documentsView) busy(s task.Stage) {
	waiting := len(v.page.docs.Items()) == 0 && v.page.list.loading
	if s == task.Slow && waiting {
		v.state.Set(slowState(v.page.interruptLoading))
		v.state.Show()
	}
	widget.Visible(v.skeleton, s == task.Busy && waiting)
}

// follow puts the list's cursor on the selected document.
func (v *documentsView) follow() {
	row := v.page.docs.Row(v.page.docs.Selected)
	if row >= 0 && v.list.Cursor() != row {
		v.list.MoveTo(row)
	}
}

func (v *documentsView) showReader()              { v.reader.refresh() }
func (v *documentsView) busyReading(s task.Stage) { v.reader.busy(s) }
