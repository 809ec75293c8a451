package pdfium

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	gopdfium "github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/tetratelabs/wazero/sys"

	"carnet/client/fhir"
)

var (
	// errBroken means that the sandbox trapped: it is of no use any more.
	errBroken = errors.New("the sandbox broke down")
	// errClosed means that the document was closed meanwhile.
	errClosed = errors.New("the document is closed")
)

// MaxPages is the most pages a Document has; what follows is not shown.
const MaxPages = 10_000

// Size is a page's size in points, as shown.
type Size struct{ Width, Height float64 }

// Document is an open PDF. Close it.
type Document struct {
	engine *Engine
	data   []byte
	turn   chan struct{} // holds one token: who has it uses the sandbox
	closed atomic.Bool
	gone   chan struct{} // closed with the document, for those who wait for their turn
	lost   atomic.Bool   // hung, or trapped twice: given up
	freed  atomic.Bool   // the engine's slot was given back

	// Used only by who has the turn.
	inst   gopdfium.Pdfium
	doc    references.FPDF_DOCUMENT
	traps  int
	forms  bool
	flat   map[int]bool // pages whose form fields were drawn into them
	folded map[int]page

	pages int
	sizes []Size
}

// Open opens a PDF. It waits while as many documents are open as
// Options.Documents allows. data is kept, not copied, until Close: do not change
// it. Errors: Invalid when PDFium cannot read the file, Unavailable, Canceled.
func (e *Engine) Open(ctx context.Context, data []byte) (*Document, error) {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	d := &Document{engine: e, data: data, turn: make(chan struct{}, 1), gone: make(chan struct{}), folded: map[int]page{}}
	d.turn <- struct{}{}
	_, err := do(ctx, d, func() (struct{}, error) { return struct{}{}, d.measure() })
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// measure reads the number of pages and their sizes.
func (d *Document) measure() error {
	n, err := d.inst.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.doc})
	if err != nil {
		return err
	}
	pages := min(n.PageCount, MaxPages)
	if pages <= 0 {
		return pdfiumerrors.ErrPage
	}
	sizes := make([]Size, 0, pages)
	for i := range pages {
		s, err := d.inst.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: d.doc, Index: i})
		if err != nil && !ordinary(err) {
			return err
		}
		size := Size{595, 842} // a page that cannot be measured is shown as an empty A4
		if err == nil && s.Width > 0 && s.Height > 0 {
			size = Size{s.Width, s.Height}
		}
		sizes = append(sizes, size)
	}
	d.pages, d.sizes = pages, sizes
	return nil
}

// Pages is the number of pages, at least 1.
func (d *Document) Pages() int { return d.pages }

// Size gives a page's size; the zero Size for a page that is not there.
func (d *Document) Size(page int) Size {
	if page < 0 || page >= d.pages {
		return Size{}
	}
	return d.sizes[page]
}

// Close gives the sandbox back. It never blocks: a call that still runs ends
// first, by itself. Closing twice does nothing.
func (d *Document) Close() {
	if d.closed.Swap(true) {
		return
	}
	close(d.gone)
	if d.lost.Load() {
		d.free()
		return
	}
	go func() {
		patience := time.NewTimer(d.engine.opts.Patience)
		defer patience.Stop()
		select {
		case <-d.turn:
			d.drop()
			d.free()
		case <-patience.C:
			d.giveUp()
		}
	}()
}

// giveUp leaves a sandbox whose call may never end; if it does, that call throws
// it away. The slot is given back, so that other documents can be opened.
func (d *Document) giveUp() {
	d.lost.Store(true)
	d.engine.lost.Store(true)
	d.free()
}

// free gives the engine's slot back, once.
func (d *Document) free() {
	if !d.freed.Swap(true) {
		<-d.engine.slots
	}
}

// answer is what a call in the sandbox gave.
type answer[T any] struct {
	value T
	err   error
}

// do runs f in the document's sandbox, one f at a time. When ctx ends first, or
// patience does, f is left to end by itself and its answer is dropped: f must
// touch nothing but the document.
func do[T any](ctx context.Context, d *Document, f func() (T, error)) (T, error) {
	var zero T
	select {
	case <-d.turn:
	case <-d.gone:
		return zero, fhir.Wrap(fhir.Canceled, errClosed)
	case <-ctx.Done():
		return zero, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	if err := d.usable(ctx); err != nil {
		d.turn <- struct{}{}
		return zero, err
	}
	done := make(chan answer[T], 1)
	go func() {
		v, err := attempt(d, f)
		if d.lost.Load() {
			d.drop() // it came back after all
		}
		d.turn <- struct{}{}
		done <- answer[T]{v, err}
	}()
	patience := time.NewTimer(d.engine.opts.Patience)
	defer patience.Stop()
	select {
	case a := <-done:
		return a.value, d.outcome(a.err)
	case <-ctx.Done():
		return zero, fhir.Wrap(fhir.Canceled, ctx.Err())
	case <-patience.C:
		d.giveUp()
		return zero, errGivenUp()
	}
}

// usable tells whether a call may begin.
func (d *Document) usable(ctx context.Context) error {
	switch {
	case d.closed.Load():
		return fhir.Wrap(fhir.Canceled, errClosed)
	case d.lost.Load():
		return errGivenUp()
	case ctx.Err() != nil:
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	return nil
}

func errGivenUp() error {
	return fhir.E(fhir.Invalid, "Ce document ne peut pas être affiché ici\u00a0: enregistrez-le pour l'ouvrir autrement.")
}

// outcome puts an error in our words.
func (d *Document) outcome(err error) error {
	var known *fhir.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, errBroken):
		return errGivenUp()
	}
	return &fhir.Error{Code: fhir.Invalid, Message: "Ce document est endommagé et ne peut pas être affiché\u00a0: demandez-en une autre version.", Err: err}
}

// attempt runs f, and once more in a new sandbox when the first trapped: a
// trap may come from memory that earlier pages used up.
func attempt[T any](d *Document, f func() (T, error)) (T, error) {
	for {
		v, err := guarded(d, f)
		if err == nil || ordinary(err) {
			return v, err
		}
		d.drop()
		if d.traps++; d.traps > 2 {
			d.lost.Store(true)
			return v, errBroken
		}
		if d.traps > 1 && len(d.sizes) == 0 {
			return v, errBroken // it never opened
		}
	}
}

// guarded opens the document in a sandbox if need be and runs f; a trap or a
// panic gives errBroken.
func guarded[T any](d *Document, f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errBroken
		}
	}()
	if d.inst == nil {
		if err := d.load(); err != nil {
			return v, err
		}
	}
	return f()
}

// load opens the document in a new sandbox.
func (d *Document) load() error {
	inst, err := d.engine.sandbox()
	if err != nil {
		return err
	}
	d.inst = inst
	doc, err := inst.OpenDocument(&requests.OpenDocument{File: &d.data})
	if err != nil {
		return err
	}
	d.doc = doc.Document
	form, err := inst.FPDF_GetFormType(&requests.FPDF_GetFormType{Document: d.doc})
	d.forms, d.flat = err == nil && form.FormType != 0, map[int]bool{}
	return nil
}

// drop throws the sandbox away.
func (d *Document) drop() {
	if d.inst == nil {
		return
	}
	inst := d.inst
	d.inst = nil
	defer func() { _ = recover() }()
	_ = inst.Close()
}

// ordinary tells PDFium's own refusals, after which the sandbox is sound, from
// a trap. wazero wraps its traps in an error of a type that it does not export,
// and always begins their text so.
func ordinary(err error) bool {
	var exit *sys.ExitError
	return !errors.Is(err, errBroken) && !errors.As(err, &exit) && !strings.Contains(err.Error(), "wasm error:")
}
