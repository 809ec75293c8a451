package batch

import (
	"context"
	"errors"
	"testing"
	"time"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
)

// biologist works in a laboratory.
var biologist = client.Person{
	ID: "899700000044", Name: "Dr Hugo LEFÈVRE", Profession: "10", Specialty: "G15_10/SM03", OrgID: "1997000044", OrgName: "Laboratoire de l’Estuaire", Sector: "SA25",
}

// desk is the page in a window without a screen, before an engine in memory.
type desk struct {
	*Page
	*widgettest.Desk
	lot     *fake
	world   *clienttest.Fake
	cannot  error // of opening
	opened  []fhir.Party
	offline bool
	saved   map[string]string
	full    error // of saving
	queue   int   // times that one went to what waits
}

// seat makes the page without showing it.
func seat(t testing.TB, rows ...engine.Row) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), lot: newFake(rows...), world: clienttest.New(clienttest.Options{Documents: 3}), saved: map[string]string{}}
	d.Page = New(Config{
		Scope: d.Scope(), Open: d.open, Finder: d.world, Saver: d, Shell: d, Me: biologist, TestIdentities: true, Waiting: func() { d.queue++ },
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 760))
	return d
}

// sit shows the page and waits until its lot is open.
func sit(t testing.TB, rows ...engine.Row) *desk {
	t.Helper()
	d := seat(t, rows...)
	d.enter()
	return d
}

func (d *desk) enter() {
	d.Shown()
	d.Settle()
	d.Until("the engine runs", func() bool { return d.Page.lot == nil || d.following() })
	d.Focus(d.InitialFocus())
}

func (d *desk) following() bool {
	d.lot.mu.Lock()
	defer d.lot.mu.Unlock()
	return d.lot.running > 0
}

func (d *desk) open(_ context.Context, me client.Person, responsible fhir.Party) (Engine, fhir.Party, error) {
	d.opened = append(d.opened, responsible)
	if d.cannot != nil {
		return nil, fhir.Party{}, d.cannot
	}
	if responsible.ID == "" {
		responsible = partyOf(me)
	}
	return d.lot, responsible, nil
}

func (d *desk) Offline() bool { return d.offline }

func (d *desk) Explain(err error) widget.Problem {
	reference := ""
	var e *client.Error
	if errors.As(err, &e) {
		reference = e.RequestID
	}
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: reference, Retry: true}
}

func (d *desk) Suggest(string) string { return "/home/hugo/document-2026-11-21" }

func (d *desk) Save(_ context.Context, path string, c client.Content) error {
	if d.full != nil {
		return d.full
	}
	d.saved[path] = c.Type + " " + string(c.Bytes)
	return nil
}

// strike does what a page's key does.
func (d *desk) shortcut(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("%s does nothing here", k)
}

// chord does what a key with modifiers does in the sheet that is open.
func (d *desk) chord(k widget.Keys) {
	d.Helper()
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	if sheet == nil || !sheet.TypedShortcut(k) {
		d.Fatalf("%s does nothing in the sheet", k)
	}
	d.Settle()
}

// moved lets what the engine told be shown.
func (d *desk) told() { d.Drain() }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
