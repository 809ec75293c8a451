package record

import (
	"context"
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
	fynewidget "fyne.io/fyne/v2/widget"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	t      *testing.T
	h      *tasktest.Harness
	fake   *clienttest.Fake
	window fyne.Window

	toasts  []widget.Toast
	copied  string
	filings []Filing
	failure error // what Present was told last
	viewer  *paper
	printed int
	backs   int // pages gone back
	saved   string
	outside error // what the printer and the disk answer
}

// paper is a viewer that only says what it shows.
type paper struct {
	label *fynewidget.Label
	pages int
	found bool
}

func (v *paper) Content() fyne.CanvasObject { return v.label }
func (v *paper) Show(kind string, _ []byte) { v.label.SetText("contenu " + kind) }
func (v *paper) Clear()                     { v.label.SetText("") }
func (v *paper) Shortcuts() []widget.Shortcut {
	return []widget.Shortcut{{ID: "page", Keys: []widget.Keys{widget.Key(fyne.KeyPageDown)}, Do: func() { v.pages++ }}}
}
func (v *paper) Find() bool { v.found = true; return true }

func sit(t *testing.T, patientID string, o clienttest.Options) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	d := &desk{t: t, h: tasktest.New(t), viewer: &paper{label: fynewidget.NewLabel("")}}
	scope := d.h.Scope()
	o.Now = scope.Now
	d.fake = clienttest.New(o)
	d.window = test.NewTempWindow(t, nil)
	d.Page = New(Config{
		Scope: scope, Outlive: d.h.Scope(), Records: d.fake, Shell: d, Patient: patient(t, patientID),
		Viewer: d.viewer, Printer: d, Saver: d, Upload: func(f Filing) { d.filings = append(d.filings, f) },
	})
	d.window.SetContent(d.Content())
	d.window.Resize(fyne.NewSize(1180, 760))
	d.Shown()
	d.h.Settle()
	return d
}

// patient is somebody of the fictional world, as the patients page hands over.
func patient(t *testing.T, id string) client.Patient {
	t.Helper()
	fake := clienttest.New(clienttest.Options{})
	page, err := fake.MyPatients(t.Context(), client.PatientQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page.Patients {
		if p.ID == id {
			return p
		}
	}
	return client.Patient{ID: id, BirthName: "BENALI", FirstGiven: "Karim", Given: []string{"Karim"}, Gender: "male", BirthDate: "1984-12-05", Reliability: "QUAL", INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "184129306630854"}, Active: true}
}

// The window around the page.

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-1", Retry: true}
}
func (d *desk) Present(err error, _ func()) { d.failure = err }
func (d *desk) OpenSheet(s *widget.Sheet)   { s.Open(d.window.Canvas()) }
func (d *desk) Toast(t widget.Toast)        { d.toasts = append(d.toasts, t) }
func (d *desk) Copy(text string)            { d.copied = text }
func (d *desk) Back()                       { d.Hidden(); d.backs++ }
func (d *desk) Mark(string)                 {}
func (d *desk) Person() client.Person       { return d.fake.Me() }
func (d *desk) Focus(f fyne.Focusable) {
	if f != nil {
		d.window.Canvas().Focus(f)
	}
}

func (d *desk) Print(context.Context, client.Content) error {
	if d.outside == nil {
		d.printed++
	}
	return d.outside
}
func (d *desk) Suggest(string) string { return "/copies/document.pdf" }
func (d *desk) Save(_ context.Context, path string, _ client.Content) error {
	if d.outside == nil {
		d.saved = path
	}
	return d.outside
}

// The hands.

func (d *desk) press(keys ...fyne.KeyName) {
	d.t.Helper()
	for _, k := range keys {
		if f := d.window.Canvas().Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else {
			d.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
		}
	}
	d.h.Settle()
}

func (d *desk) shortcut(k widget.Keys) {
	d.t.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.h.Settle()
			return
		}
	}
	d.t.Fatalf("no shortcut on %s now", k)
}

func (d *desk) cannot(k widget.Keys) {
	d.t.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			d.t.Errorf("%s does something", k)
		}
	}
}

// tap presses the button with this word.
func (d *desk) tap(word string) {
	d.t.Helper()
	b := findButton(d.top(), word)
	if b == nil {
		d.t.Fatalf("no button %q on the screen:\n%s", word, d.screen())
	}
	if b.Disabled() {
		d.t.Fatalf("button %q is asleep", word)
	}
	b.Tapped(nil)
	d.h.Settle()
}

// top is what is in front: a sheet, or the page.
func (d *desk) top() fyne.CanvasObject {
	if o := d.window.Canvas().Overlays().Top(); o != nil {
		return o
	}
	return d.window.Content()
}

func findButton(o fyne.CanvasObject, word string) *widget.Button {
	if o == nil || !o.Visible() {
		return nil
	}
	if b, ok := o.(*widget.Button); ok && strings.HasPrefix(b.Label(), word) {
		return b
	}
	for _, child := range children(o) {
		if b := findButton(child, word); b != nil {
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

// The eyes.

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
	if text, ok := o.(*canvas.Text); ok && strings.TrimSpace(text.Text) != "" {
		*words = append(*words, strings.TrimSpace(text.Text))
	}
	for _, child := range children(o) {
		look(child, words)
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

func (d *desk) toasted(words string) {
	d.t.Helper()
	if n := len(d.toasts); n == 0 || !strings.Contains(d.toasts[n-1].Text, words) {
		d.t.Errorf("toasts %+v, want %q", d.toasts, words)
	}
}

// select puts the selection on the first document for which want is true.
func (d *desk) choosing(want func(e *Entry) bool) *Entry {
	d.t.Helper()
	for _, it := range d.docs.Items() {
		if it.Entry != nil && want(it.Entry) {
			d.choose(it.Entry.Doc.ID)
			return it.Entry
		}
	}
	d.t.Fatal("no such document in the list")
	return nil
}
