// Package widgettest seats a test before a page: a window without a screen, the
// shell around it, hands that press keys and buttons, eyes that read what is
// shown. It knows widgets and tasks, no contract: what a page asks of the world
// besides stands with the page's own tests.
//
//	type desk struct {
//		*Page
//		*widgettest.Desk
//	}
//
//	d := &desk{Desk: widgettest.New(t)}
//	d.Page = New(Config{Scope: d.Scope(), Shell: d, …})
//	d.Window().SetContent(d.Content())
//	d.Press(fyne.KeyReturn)
//	d.Sees("MARTIN Léa")
package widgettest

import (
	"strings"
	"testing"

	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// Desk is a window of the light theme and what its shell was told. Of the shell
// Explain alone is left to the page's tests: the words for an error are no
// matter of widgets.
type Desk struct {
	testing.TB
	*tasktest.Harness
	Toasts    []widget.Toast
	Presented []error // what Present was told
	Copied    string  // what Copy was told last

	window fyne.Window
}

// New makes a desk with an empty window. All ends with the test.
func New(t testing.TB) *Desk {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	return &Desk{TB: t, Harness: tasktest.New(t), window: test.NewTempWindow(t, nil)}
}

// The shell.

// Window gives the window.
func (d *Desk) Window() fyne.Window { return d.window }

// OpenSheet opens a sheet over the window.
func (d *Desk) OpenSheet(s *widget.Sheet) { s.Open(d.window.Canvas()) }

// Focus gives the keys to a widget; to none when f is nil, as before.
func (d *Desk) Focus(f fyne.Focusable) {
	if f != nil {
		d.window.Canvas().Focus(f)
	}
}

// Toast keeps a toast.
func (d *Desk) Toast(t widget.Toast) { d.Toasts = append(d.Toasts, t) }

// Present keeps an error that was to be shown.
func (d *Desk) Present(err error, _ func()) { d.Presented = append(d.Presented, err) }

// Failure gives the error that was presented last, nil when none was.
func (d *Desk) Failure() error {
	if len(d.Presented) == 0 {
		return nil
	}
	return d.Presented[len(d.Presented)-1]
}

// Copy keeps what went to the clipboard.
func (d *Desk) Copy(text string) { d.Copied = text }

// Mark takes no measure.
func (d *Desk) Mark(string) {}

// The hands.

// Strike gives keys to what has the focus, else to the window, and does not
// wait for what they start.
func (d *Desk) Strike(keys ...fyne.KeyName) {
	d.Helper()
	for _, k := range keys {
		ev := &fyne.KeyEvent{Name: k}
		if f := d.window.Canvas().Focused(); f != nil {
			f.TypedKey(ev)
		} else if listen := d.window.Canvas().OnTypedKey(); listen != nil {
			listen(ev)
		} else {
			d.Fatalf("nobody hears %s", k)
		}
	}
}

// Press strikes keys and lets all that they start come to its end.
func (d *Desk) Press(keys ...fyne.KeyName) {
	d.Helper()
	d.Strike(keys...)
	d.Settle()
}

// Tap presses the button whose label starts with word, in what is in front.
func (d *Desk) Tap(word string) {
	d.Helper()
	switch b := button(d.front(), word); {
	case b == nil:
		d.Fatalf("no button %q on the screen:\n%s", word, d.Screen())
	case b.Disabled():
		d.Fatalf("button %q is asleep", word)
	default:
		b.Tapped(nil)
		d.Settle()
	}
}

// front is what is in front: a sheet, or the page.
func (d *Desk) front() fyne.CanvasObject {
	if o := d.window.Canvas().Overlays().Top(); o != nil {
		return o
	}
	return d.window.Content()
}

// The eyes.

// Screen gives all visible words, those of sheets after those under them.
func (d *Desk) Screen() string {
	words := Words(d.window.Content())
	for _, o := range d.window.Canvas().Overlays().List() {
		words = append(words, Words(o)...)
	}
	return strings.Join(words, " ")
}

// Sees fails the test for each text that is not on the screen.
func (d *Desk) Sees(texts ...string) {
	d.Helper()
	screen := d.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			d.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// SeesNot fails the test for each text that is on the screen.
func (d *Desk) SeesNot(texts ...string) {
	d.Helper()
	screen := d.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			d.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// Words gives the visible texts under an object in order, each without the
// blanks around it; those that are blank are left out.
func Words(o fyne.CanvasObject) []string {
	if o == nil || !o.Visible() {
		return nil
	}
	if text, ok := o.(*canvas.Text); ok {
		if s := strings.TrimSpace(text.Text); s != "" {
			return []string{s}
		}
		return nil
	}
	var words []string
	for _, child := range children(o) {
		words = append(words, Words(child)...)
	}
	return words
}

func button(o fyne.CanvasObject, word string) *widget.Button {
	if o == nil || !o.Visible() {
		return nil
	}
	if b, ok := o.(*widget.Button); ok && strings.HasPrefix(b.Label(), word) {
		return b
	}
	for _, child := range children(o) {
		if b := button(child, word); b != nil {
			return b
		}
	}
	return nil
}

func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch t := o.(type) {
	case *fyne.Container:
		return t.Objects
	case fyne.Widget:
		return test.WidgetRenderer(t).Objects()
	}
	return nil
}
