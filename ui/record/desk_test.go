package record

import (
	"context"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	*widgettest.Desk
	fake    *clienttest.Fake
	filings []Filing
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
	d := &desk{Desk: widgettest.New(t), viewer: &paper{label: fynewidget.NewLabel("")}}
	scope := d.Scope()
	o.Now = scope.Now
	d.fake = clienttest.New(o)
	d.Page = New(Config{
		Scope: scope, Outlive: d.Scope(), Records: d.fake, Shell: d, Patient: patient(t, patientID),
		Viewer: d.viewer, Printer: d, Saver: d, Upload: func(f Filing) { d.filings = append(d.filings, f) },
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 760))
	d.Shown()
	d.Settle()
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
func (d *desk) Back()                 { d.Hidden(); d.backs++ }
func (d *desk) Person() client.Person { return d.fake.Me() }

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

func (d *desk) shortcut(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("no shortcut on %s now", k)
}

func (d *desk) cannot(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			d.Errorf("%s does something", k)
		}
	}
}

// The eyes.

func (d *desk) toasted(words string) {
	d.Helper()
	if n := len(d.Toasts); n == 0 || !strings.Contains(d.Toasts[n-1].Text, words) {
		d.Errorf("toasts %+v, want %q", d.Toasts, words)
	}
}

// choosing puts the selection on the first document for which want is true.
func (d *desk) choosing(want func(e *Entry) bool) *Entry {
	d.Helper()
	for _, it := range d.docs.Items() {
		if it.Entry != nil && want(it.Entry) {
			d.choose(it.Entry.Doc.ID)
			return it.Entry
		}
	}
	d.Fatal("no such document in the list")
	return nil
}
