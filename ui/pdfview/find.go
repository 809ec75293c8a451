package pdfview

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"carnet/ui/task"
	"carnet/ui/widget"
)

// typingPause is how long typing must rest before the document is searched.
const typingPause = 200 * time.Millisecond

// finding is the search in the document: its field, what it found, and where
// one stands among that.
type finding struct {
	view  *View
	query string // what hits answers
	hits  []hit
	at    int // -1 when one stands on none

	entry    *widget.Entry
	count    *widget.Text
	previous *widget.Button
	next     *widget.Button
	root     *fyne.Container
	pause    *task.Debounce
	quiet    bool // the field is being set, not typed in
}

func newFinding(v *View) finding {
	f := finding{
		view: v, at: -1, pause: v.cfg.Scope.Debounce(typingPause),
		entry: widget.NewSearchEntry(lang.L("Rechercher dans le document")),
		count: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Align: fyne.TextAlignTrailing}),
	}
	f.previous = widget.NewIconButton(widget.IconUp, lang.L("Résultat précédent"), func() { v.find.step(-1) })
	f.next = widget.NewIconButton(widget.IconDown, lang.L("Résultat suivant"), func() { v.find.step(1) })
	f.entry.OnChanged = func(q string) { v.find.typed(q) }
	f.entry.OnSubmitted = func(q string) { v.find.submitted(q) }
	f.entry.OnKey = func(ev *fyne.KeyEvent) bool { return v.find.key(ev) }
	f.root = widget.Inset(widget.GapTight, widget.Gap, widget.Sides(widget.Gap, nil, f.entry, widget.Row(widget.GapTight, widget.Width(92, f.count), f.previous, f.next)))
	return f
}

// Find goes to the field for searching in the document; false when this kind of
// document cannot be searched.
func (v *View) Find() bool {
	if v.doc == nil || !v.doc.hasText() {
		return false
	}
	if c := canvasOf(v.find.entry); c != nil {
		c.Focus(v.find.entry)
	}
	v.find.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	return true
}

// clear forgets everything.
func (f *finding) clear() {
	f.pause.Cancel()
	f.query, f.hits, f.at = "", nil, -1
	f.quiet = true
	f.entry.SetText("")
	f.quiet = false
	f.show()
}

func (f *finding) typed(query string) {
	if !f.quiet {
		f.pause.Do(func() { f.view.find.search(query) })
	}
}

// submitted is Return: the next hit, or the search itself when it was not made
// yet. The keys go to the page, where N is the next hit and no letter.
func (f *finding) submitted(query string) {
	f.leave()
	if query == f.query {
		f.step(1)
		return
	}
	f.pause.Now(func() { f.view.find.search(query) })
}

// key: Escape leaves the field for the page.
func (f *finding) key(ev *fyne.KeyEvent) bool {
	return ev.Name == fyne.KeyEscape && f.leave()
}

// leave gives the keys to the page.
func (f *finding) leave() bool {
	c := canvasOf(f.entry)
	if c == nil {
		return false
	}
	c.Focus(f.view.paper)
	return true
}

// search asks the document.
func (f *finding) search(query string) {
	v := f.view
	if v.doc == nil {
		return
	}
	doc := v.doc
	task.Run(v.searching, func(ctx context.Context) ([]hit, error) {
		return doc.search(ctx, query)
	}, func(hits []hit, err error) {
		if err == nil || len(hits) > 0 {
			f.found(query, hits)
		}
	})
}

// found takes the answer and goes to the first hit from the present page on.
func (f *finding) found(query string, hits []hit) {
	f.query, f.hits, f.at = query, hits, -1
	for i, h := range hits {
		if h.page >= f.view.g.page {
			f.at = i
			break
		}
	}
	if f.at < 0 && len(hits) > 0 {
		f.at = 0
	}
	f.reveal()
}

// step goes n hits on, round the ends.
func (f *finding) step(n int) {
	if len(f.hits) == 0 {
		return
	}
	f.at = ((f.at+n)%len(f.hits) + len(f.hits)) % len(f.hits)
	f.reveal()
}

// reveal shows where one stands.
func (f *finding) reveal() {
	f.show()
	v := f.view
	if f.at < 0 || v.doc == nil {
		v.refresh()
		return
	}
	h := f.hits[f.at]
	g := v.g
	if g.page != h.page {
		g = g.goTo(h.page, false)
	}
	if len(h.boxes) > 0 {
		g = g.reveal(h.boxes[0])
	}
	v.turnTo(g)
}

// mark gives the paper the highlights of its page.
func (f *finding) mark() {
	p := f.view.paper
	p.marks, p.current = nil, nil
	for i, h := range f.hits {
		if h.page != f.view.g.page || len(p.marks)+len(h.boxes) > maxMarks {
			continue
		}
		if i == f.at {
			p.current = h.boxes
			continue
		}
		p.marks = append(p.marks, h.boxes...)
	}
}

// show writes how many hits there are.
func (f *finding) show() {
	text := ""
	switch {
	case f.query == "":
	case len(f.hits) == 0:
		text = lang.L("Aucun résultat")
	default:
		text = lang.L("{{.At}} sur {{.All}}", map[string]any{"At": f.at + 1, "All": len(f.hits)})
	}
	f.count.Set(text)
	for _, b := range []*widget.Button{f.previous, f.next} {
		if len(f.hits) > 0 {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}
