package pdfview

import (
	"context"
	"errors"
	"image"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"carnet/ui/task"
	"carnet/ui/widget"
)

// Config is what a View needs.
type Config struct {
	Scope   *task.Scope                // the life of the page that holds the view
	Engine  Engine                     // opens PDF
	Explain func(error) widget.Problem // puts an error in words
	Copy    func(text string)          // to the clipboard
	Drawn   func()                     // told when a document's first page stands there; may be nil
}

// resizePause is how long the window must rest before pages are drawn anew.
const resizePause = 120 * time.Millisecond

// View shows one document at a time. Its methods are called on the UI
// goroutine.
type View struct {
	cfg Config

	lease *lease
	doc   document // nil while nothing is open
	media string
	data  []byte
	g     geometry
	pics  *pictures
	find  finding

	opening, drawing, ahead, searching, copying *task.Latest
	redraw                                      *task.Debounce

	paper *paper
	bar   *bar
	state *widget.StatePanel
	bones *widget.Skeleton
	root  *fyne.Container
}

// New makes a View that shows nothing.
func New(c Config) *View {
	v := &View{
		cfg: c, lease: &lease{}, pics: newPictures(),
		opening: c.Scope.Latest(), drawing: c.Scope.Latest(), ahead: c.Scope.Latest(),
		searching: c.Scope.Latest(), copying: c.Scope.Latest(),
		redraw: c.Scope.Debounce(resizePause),
		state:  widget.NewStatePanel(), bones: widget.NewSkeleton(12, 28),
	}
	v.paper = newPaper(v)
	v.bar = newBar(v)
	v.find = newFinding(v)
	over := container.NewStack(container.NewClip(v.paper), widget.Inset(margin*2, margin*2, v.bones), v.state)
	v.root = widget.Stacked(0, v.bar.root, over, v.find.root)
	v.Clear()
	return v
}

// Content is what a page shows.
func (v *View) Content() fyne.CanvasObject { return v.root }

// Surface is what takes the keys for paging and zooming when it has the focus.
func (v *View) Surface() fyne.Focusable { return v.paper }

// Show replaces what was shown by a document: its media type and its bytes,
// which must not change while it is shown.
func (v *View) Show(mediaType string, data []byte) {
	v.Clear()
	v.media, v.data = mediaType, data
	mine, engine := v.lease, v.cfg.Engine
	mono := fyne.CurrentApp().Settings().Theme().Font(fyne.TextStyle{Monospace: true}).Content()
	task.RunStaged(v.opening, v.busy, func(ctx context.Context) (document, error) {
		doc, err := open(ctx, engine, mediaType, data, mono)
		if err == nil {
			mine.put(doc)
		}
		return doc, err
	}, func(doc document, err error) {
		if err != nil {
			v.fail(err)
			return
		}
		v.opened(doc)
	})
}

// Clear leaves nothing of a document on the screen or in memory.
func (v *View) Clear() {
	for _, l := range []*task.Latest{v.opening, v.drawing, v.ahead, v.searching, v.copying} {
		l.Cancel()
	}
	v.redraw.Cancel()
	v.lease.end()
	v.lease = &lease{}
	v.doc, v.data, v.media = nil, nil, ""
	v.pics.clear()
	v.find.clear()
	v.g = geometry{fit: FitWidth, window: v.g.window}
	v.paper.blank, v.paper.picture, v.paper.selection = true, nil, nil
	v.bones.Hide()
	v.state.Hide()
	v.refresh()
}

// opened takes an open document and draws its first page.
func (v *View) opened(doc document) {
	v.doc = doc
	v.g.sizes = doc.pages()
	v.paper.blank = false
	v.turnTo(v.g.goTo(0, false))
}

// Page goes n pages on, or back.
func (v *View) Page(n int) { v.turnTo(v.g.goTo(v.g.page+n, false)) }

// turnTo takes a new geometry and draws what it needs.
func (v *View) turnTo(g geometry) {
	if v.doc == nil {
		return
	}
	if g.page != v.g.page || g.rotation != v.g.rotation {
		v.paper.picture, v.paper.selection = nil, nil
	}
	v.g = g.settle()
	v.draw()
	v.refresh()
}

// key gives the name of the present page's picture, and its scale.
func (v *View) pictureKey(page int) (pictureKey, float64) {
	scale := v.g.scale() * v.density()
	rounded := int(math.Round(scale * 1000))
	return pictureKey{page: page, rotation: v.g.rotation, scale: rounded}, float64(rounded) / 1000
}

// density gives pixels a screen unit.
func (v *View) density() float64 {
	if c := canvasOf(v.paper); c != nil && c.Scale() > 0 {
		return float64(c.Scale())
	}
	return 1
}

// draw shows the page, drawn before or drawn now. Until then the same page's
// last picture is stretched, so that zooming never blanks.
func (v *View) draw() {
	k, scale := v.pictureKey(v.g.page)
	if img := v.pics.get(k); img != nil {
		v.drawing.Cancel()
		v.drawn(img)
		return
	}
	doc := v.doc
	task.RunStaged(v.drawing, v.busy, func(ctx context.Context) (image.Image, error) {
		return doc.draw(ctx, k.page, scale, k.rotation)
	}, func(img image.Image, err error) {
		if err != nil {
			v.fail(err)
			return
		}
		v.pics.put(k, img)
		v.drawn(img)
	})
}

// drawn shows a picture of the present page and prepares the next page.
func (v *View) drawn(img image.Image) {
	v.bones.Hide()
	v.state.Hide()
	first := v.paper.picture == nil
	v.paper.picture = img
	v.refresh()
	if first && v.cfg.Drawn != nil {
		v.cfg.Drawn()
	}
	next := v.g.page + 1
	k, scale := v.pictureKey(next)
	if next >= len(v.g.sizes) || v.pics.get(k) != nil {
		return
	}
	doc := v.doc
	task.Run(v.ahead, func(ctx context.Context) (image.Image, error) {
		return doc.draw(ctx, k.page, scale, k.rotation)
	}, func(img image.Image, err error) {
		if err == nil {
			v.pics.put(k, img)
		}
	})
}

// busy shows bars where the page will be, while there is nothing better.
func (v *View) busy(s task.Stage) {
	if s != task.Finished && v.paper.picture == nil {
		v.state.Hide()
		v.bones.Show()
		return
	}
	v.bones.Hide()
}

// fail says why there is no page.
func (v *View) fail(err error) {
	v.bones.Hide()
	v.paper.picture = nil
	var retry func()
	problem := v.problem(err)
	if problem.Retry {
		media, data := v.media, v.data
		retry = func() { v.Show(media, data) }
	}
	v.state.SetProblem(problem, retry)
	v.state.Show()
	v.refresh()
}

// problem puts an error in words.
func (v *View) problem(err error) widget.Problem {
	p := widget.Problem{Icon: widget.IconDocument, Tone: widget.Attention, Next: lang.L("Enregistrez une copie pour l’ouvrir avec un autre logiciel.")}
	switch {
	case errors.Is(err, errKind):
		p.Title = lang.L("Ce type de document ne s’affiche pas dans Carnet.")
	case errors.Is(err, errPicture):
		p.Title = lang.L("Cette image est trop grande ou endommagée.")
	case errors.Is(err, errFont) || v.cfg.Explain == nil:
		p.Title = lang.L("Ce document n’a pas pu être affiché.")
	default:
		return v.cfg.Explain(err)
	}
	return p
}

// refresh shows the present state.
func (v *View) refresh() {
	v.paper.g = v.g
	v.find.mark()
	v.paper.Refresh()
	v.bar.refresh()
}

// resized implements surface.
func (v *View) resized(w, h float64) {
	if v.g.window == (size{w, h}) {
		return
	}
	v.g = v.g.resize(w, h)
	v.paper.g = v.g
	if v.doc == nil {
		return
	}
	v.bar.refresh()
	if v.paper.picture == nil {
		v.draw()
		return
	}
	v.redraw.Do(v.draw)
}

// scrolled implements surface.
func (v *View) scrolled(dx, dy float64) {
	if v.doc == nil {
		return
	}
	g := v.g.scroll(dx, dy)
	if g.page != v.g.page {
		v.turnTo(g)
		return
	}
	v.g = g
	v.refresh()
}

// selected implements surface.
func (v *View) selected(b *box) {
	if v.doc == nil {
		return
	}
	v.paper.selection = b
	v.paper.Refresh()
}

// copy implements surface: the text in the selection, or of the whole page.
func (v *View) copy() {
	if v.doc == nil || !v.doc.hasText() || v.cfg.Copy == nil {
		return
	}
	doc, page := v.doc, v.g.page
	var part *box
	if v.paper.selection != nil {
		b := v.g.onPage(*v.paper.selection)
		part = &b
	}
	task.Run(v.copying, func(ctx context.Context) (string, error) {
		return doc.text(ctx, page, part)
	}, func(text string, err error) {
		if err == nil && text != "" {
			v.cfg.Copy(text)
		}
	})
}
