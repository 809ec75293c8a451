package patients

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	t      *testing.T
	h      *tasktest.Harness
	fake   *clienttest.Fake
	window fyne.Window
	opened []string // logical ids of the records gone to
}

func sit(t *testing.T) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	d := &desk{t: t, h: tasktest.New(t), fake: clienttest.New(clienttest.Options{})}
	d.window = test.NewTempWindow(t, nil)
	d.Page = New(Config{
		Scope: d.h.Scope(), Finder: d.fake, Shell: d, TestIdentities: true,
		Open: func(p client.Patient) { d.opened = append(d.opened, p.ID) },
	})
	d.window.SetContent(d.Content())
	d.window.Resize(fyne.NewSize(1180, 720))
	d.Shown()
	d.h.Settle()
	return d
}

// The window around the page.

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-1", Retry: true}
}
func (d *desk) OpenSheet(s *widget.Sheet) { s.Open(d.window.Canvas()) }
func (d *desk) Focus(f fyne.Focusable)    { d.window.Canvas().Focus(f) }
func (d *desk) Mark(string)               {}

// The hands.

func (d *desk) typeIn(text string) {
	test.Type(d.view.box, text)
}

func (d *desk) pause() {
	d.t.Helper()
	d.h.Advance(pauseScanning)
	d.h.Settle()
}

func (d *desk) press(keys ...fyne.KeyName) {
	d.t.Helper()
	for _, k := range keys {
		d.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: k})
	}
	d.h.Settle()
}

func (d *desk) shortcut(k widget.Keys) {
	d.t.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			return
		}
	}
	d.t.Fatalf("no shortcut on %s", k)
}

// The eyes.

// screen gives all visible words, in order.
func (d *desk) screen() string {
	var words []string
	look(d.window.Content(), &words)
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
