package summary

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	*widgettest.Desk
	fake     *clienttest.Fake
	alert    string
	read     string
	measures int
	drawn    []Handout
	printed  int
	saved    map[string]string
	outside  error // what the printer and the disk answer
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: fhir.CodeOf(err) != fhir.Forbidden}
}

func (d *desk) Print(context.Context, client.Content) error {
	if d.outside == nil {
		d.printed++
	}
	return d.outside
}
func (d *desk) Suggest(string) string { return "/copies/synthese.pdf" }
func (d *desk) Save(_ context.Context, path string, c client.Content) error {
	if d.outside == nil {
		d.saved[path] = string(c.Bytes)
	}
	return d.outside
}

func seat(t testing.TB, patient string) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), saved: map[string]string{}}
	scope := d.Scope()
	d.fake = clienttest.New(clienttest.Options{Documents: 12, Now: scope.Now})
	a, err := d.fake.Open(t.Context(), patient, client.OpenRequest{Mode: fhir.ModeNormal})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	d.Page = New(Config{
		Scope: scope, Profiles: d.fake, Access: func() client.Access { return a }, Patient: d.fake.Patient(patient), Me: d.fake.Me(), Shell: d,
		NewID: func() string { n++; return fmt.Sprintf("11111111-2222-4333-8444-%012d", n) },
		Read:  func(id string) { d.read = id }, Measures: func() { d.measures++ }, Alert: func(text string) { d.alert = text },
		Draw:    func(h Handout) ([]byte, error) { d.drawn = append(d.drawn, h); return []byte("%PDF"), nil },
		Printer: d, Saver: d,
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 2400)) // high enough for all rows to be drawn
	return d
}

func sit(t testing.TB, patient string) *desk {
	t.Helper()
	d := seat(t, patient)
	d.Shown()
	d.Settle()
	return d
}

// key does what one of the page's shortcuts does.
func (d *desk) key(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("%s does nothing now", k)
}

// typed types into the field that has the focus.
func (d *desk) typed(text string) {
	d.Helper()
	e, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		d.Fatalf("no field has the focus")
	}
	test.Type(e, text)
	d.Settle()
}

// stand puts the cursor on the row whose title begins with a word.
func (d *desk) stand(c *column, word string) {
	d.Helper()
	for i, r := range c.rows {
		if strings.HasPrefix(linesOf(r, d.cfg.Me.ID, d.now().Location()).title, word) {
			d.Focus(c.list)
			c.list.MoveTo(i)
			return
		}
	}
	d.Fatalf("no row %q", word)
}
