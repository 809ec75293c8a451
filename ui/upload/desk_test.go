package upload

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

// desk is the sheet in a window without a screen, before a server in memory.
type desk struct {
	*Uploader
	t      *testing.T
	h      *tasktest.Harness
	fake   *clienttest.Fake
	window fyne.Window

	disk      map[string][]byte
	seen      Inspection
	cannot    error // of the inspection
	pages     int   // pictures drawn
	toasts    []widget.Toast
	presented []error
	filed     []client.Document
	undone    []client.Document
	drafts    int
}

func sit(t *testing.T) *desk { return sitFor(t, clienttest.PatientLea) }

func sitFor(t *testing.T, patient string) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	d := &desk{t: t, h: tasktest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12}), seen: biology}
	d.seen.ContentType, d.seen.Report.Pages = "application/pdf", 1
	p := d.fake.Patient(patient)
	d.disk = map[string][]byte{"/home/anne/bilan.pdf": clienttest.PDF(p, "Bilan", 1)}
	d.window = test.NewTempWindow(t, widget.NewBox(widget.Window, widget.Clear, 0))
	d.window.Resize(fyne.NewSize(1180, 760))
	access, err := d.fake.Open(t.Context(), patient, client.OpenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	d.Uploader = New(Config{
		Scope: d.h.Scope(), Writer: d.fake, Files: d, Inspector: d, Preview: d, Shell: d, Me: d.fake.Me(), Patient: p, Access: access,
		NewID: func() string {
			d.drafts++
			return fmt.Sprintf("0d1f0d0e-6d1c-4c8f-9a39-%012d", d.drafts)
		},
		Filed:  func(x client.Document) { d.filed = append(d.filed, x) },
		Undone: func(x client.Document) { d.undone = append(d.undone, x) },
	})
	return d
}

// The world around the sheet.

func (d *desk) Read(_ context.Context, path string, limit int64) ([]byte, error) {
	data, ok := d.disk[path]
	switch {
	case !ok:
		return nil, fhir.E(fhir.NotFound, "")
	case int64(len(data)) > limit:
		return nil, fhir.E(fhir.TooLarge, "")
	}
	return data, nil
}

func (d *desk) Inspect(context.Context, []byte, client.Patient) (Inspection, error) {
	return d.seen, d.cannot
}

func (d *desk) FirstPage(context.Context, string, []byte, int) (image.Image, error) {
	d.pages++
	return image.NewRGBA(image.Rect(0, 0, 10, 14)), nil
}

func (d *desk) Explain(err error) widget.Problem {
	p := widget.Problem{Icon: widget.IconServer, Tone: widget.Attention, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez."}
	var e *client.Error
	if errors.As(err, &e) {
		p.Reference = e.RequestID
	}
	return p
}
func (d *desk) Present(err error, _ func()) { d.presented = append(d.presented, err) }
func (d *desk) OpenSheet(s *widget.Sheet)   { s.Open(d.window.Canvas()) }
func (d *desk) Toast(x widget.Toast)        { d.toasts = append(d.toasts, x) }
func (d *desk) Focus(f fyne.Focusable)      { d.window.Canvas().Focus(f) }
func (d *desk) Window() fyne.Window         { return d.window }
func (d *desk) drop(path string)            { d.Dropped([]fyne.URI{storage.NewFileURI(path)}); d.h.Settle() }
func (d *desk) toast() widget.Toast         { return d.toasts[len(d.toasts)-1] }
func (d *desk) settled(f func())            { f(); d.h.Settle() }

// press gives keys to whatever has the focus, as the window would.
func (d *desk) press(keys ...fyne.KeyName) *desk {
	d.t.Helper()
	d.type1(keys...)
	d.h.Settle()
	return d
}

// type1 presses without waiting for what the keys started.
func (d *desk) type1(keys ...fyne.KeyName) {
	d.t.Helper()
	for _, k := range keys {
		ev := &fyne.KeyEvent{Name: k}
		if f := d.window.Canvas().Focused(); f != nil {
			f.TypedKey(ev)
		} else {
			d.window.Canvas().OnTypedKey()(ev)
		}
	}
}

func (d *desk) shortcut(k widget.Keys) {
	d.t.Helper()
	if !d.sheet.TypedShortcut(k) {
		d.t.Fatalf("no shortcut on %s", k)
	}
	d.h.Settle()
}

// screen gives all visible words, in order.
func (d *desk) screen() string {
	var words []string
	for _, o := range d.window.Canvas().Overlays().List() {
		look(o, &words)
	}
	return strings.Join(words, " ")
}

func look(o fyne.CanvasObject, words *[]string) {
	if o == nil || !o.Visible() {
		return
	}
	switch t := o.(type) {
	case *canvas.Text:
		if s := strings.TrimSpace(t.Text); s != "" {
			*words = append(*words, s)
		}
	case *fyne.Container:
		for _, child := range t.Objects {
			look(child, words)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(t).Objects() {
			look(child, words)
		}
	}
}

func (d *desk) sees(words ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, w := range words {
		if !strings.Contains(screen, w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, screen)
		}
	}
}

func (d *desk) seesNot(words ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, w := range words {
		if strings.Contains(screen, w) {
			d.t.Errorf("%q is on the screen:\n%s", w, screen)
		}
	}
}

// sentDrafts are the drafts that reached the server.
func (d *desk) sentDrafts() []client.Draft {
	var out []client.Draft
	for _, c := range d.fake.Calls() {
		if c.Op == clienttest.OpFile {
			out = append(out, c.Argument.(client.Draft))
		}
	}
	return out
}

// documents counts what the record holds.
func (d *desk) documents() int {
	d.t.Helper()
	p, err := d.fake.Documents(d.t.Context(), d.cfg.Access, client.DocumentQuery{Limit: 500})
	if err != nil {
		d.t.Fatal(err)
	}
	return p.Total
}
