package accesses

import (
	"context"
	"strings"
	"testing"
	"time"

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
	fake *clienttest.Fake
}

// seat makes the page without showing it.
func seat(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12})}
	d.Page = New(Config{Scope: d.Scope(), Traces: d.fake, Shell: d})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 720))
	return d
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := seat(t)
	d.Shown()
	d.Settle()
	return d
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: fhir.CodeOf(err) != fhir.Forbidden}
}

func (d *desk) choosePeriod(p Period) {
	d.view.period.SetSelected(periodWords()[p])
	d.Settle()
}

func TestWhatIDidIsThereByDay(t *testing.T) {
	d := sit(t)
	d.Sees("Mes accès", "Aujourd’hui (", "Hier (", "MARTIN Léa", "Lecture d’un document", "accès au total")
	d.SeesNot("Dr Yann TESSIER") // what others did is not mine
}

func TestWhatIJustDidIsThereWhenIComeBack(t *testing.T) {
	d := sit(t)
	d.Hidden()
	a, err := d.fake.Open(t.Context(), clienttest.PatientNoah, client.OpenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.fake.Close(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	d.Shown()
	d.Settle()
	if first := d.state.Rows[1].Trace; first.PatientID != clienttest.PatientNoah || first.Kind != fhir.KindOpen {
		t.Errorf("the newest is %+v", first)
	}
}

func TestTheFilterAndThePeriodNarrow(t *testing.T) {
	d := sit(t)
	test.Type(d.view.filter, "bris de glace")
	d.Sees("BENALI Karim", "Bris de glace", "Perte de connaissance")
	d.SeesNot("MARTIN Léa")
	test.Type(d.view.filter, " zzz")
	d.Sees("Aucun accès ne correspond", "Effacer le filtre")
	d.view.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.Sees("MARTIN Léa")
	before := d.state.Total
	d.choosePeriod(Today)
	if d.state.Total == 0 || d.state.Total >= before {
		t.Errorf("today %d of %d", d.state.Total, before)
	}
	calls := d.fake.Calls()
	if q := calls[len(calls)-1].Argument.(client.TraceQuery); q.From.IsZero() || q.PatientID != "" {
		t.Errorf("asked %+v", q)
	}
}

func TestMoreComesAtTheEndOfTheRows(t *testing.T) {
	d := sit(t)
	d.choosePeriod(Always)
	if d.state.Loaded != 50 || d.state.Next == "" {
		t.Fatalf("%d of %d", d.state.Loaded, d.state.Total)
	}
	d.Sees("Afficher plus", "50 chargés")
	d.view.list.MoveTo(len(d.state.Rows) - 1)
	d.Settle()
	if d.state.Loaded != 100 {
		t.Fatalf("%d came", d.state.Loaded)
	}
	test.Tap(d.view.more)
	d.Settle()
	if d.state.Loaded != d.state.Total || d.state.Next != "" {
		t.Fatalf("%d of %d", d.state.Loaded, d.state.Total)
	}
	d.SeesNot("Afficher plus")
	seen := map[string]bool{}
	for _, r := range d.state.Rows {
		if !r.Heading() && seen[r.Trace.ID] {
			t.Fatal("a double")
		}
		seen[r.Trace.ID] = true
	}
}

func TestASlowAnswerShowsBarsAfterAWhile(t *testing.T) {
	d := seat(t)
	gate := d.fake.Hold(clienttest.OpAccesses)
	d.Shown()
	<-gate.Entered()
	if d.view.skeleton.Visible() {
		t.Error("bars at once")
	}
	d.Advance(350 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("no bars after 300 ms")
	}
	gate.Release()
	d.Settle()
	if d.view.skeleton.Visible() {
		t.Error("bars over the rows")
	}
	d.Sees("MARTIN Léa")
}

func TestFailuresSayWhatToDo(t *testing.T) {
	d := seat(t)
	d.fake.FailNext(clienttest.OpAccesses, clienttest.Failure(fhir.Offline, ""))
	d.Shown()
	d.Settle()
	d.Sees("panne offline", "Réessayez.", "réf-9", "Réessayer")
	d.Reconnected()
	d.Settle()
	d.Sees("MARTIN Léa")
	d.SeesNot("panne")
	d.fake.FailNext(clienttest.OpAccesses, clienttest.Failure(fhir.Unavailable, ""))
	d.Shown()
	d.Settle()
	d.Sees("MARTIN Léa", "panne unavailable") // what was there stays
	d.fake.FailNext(clienttest.OpAccesses, fhir.E(fhir.Forbidden, ""))
	d.choosePeriod(Year)
	d.Sees("panne forbidden")
	if strings.Contains(d.Screen(), "Réessayer") {
		t.Error("what is forbidden can be tried again")
	}
}

func TestAnOfflineCopySaysItsAge(t *testing.T) {
	d := seat(t)
	d.cfg.Traces = copied{d.fake}
	d.Shown()
	d.Settle()
	d.Sees("Copie du 20", "MARTIN Léa")
}

// copied answers from a copy of the day before.
type copied struct{ client.Traces }

func (c copied) Accesses(ctx context.Context, q client.TraceQuery) (client.TracePage, error) {
	p, err := c.Traces.Accesses(ctx, q)
	p.Provenance = client.Provenance{Cached: true, AsOf: time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)}
	return p, err
}

func TestNothingYet(t *testing.T) {
	d := seat(t)
	d.fake = clienttest.New(clienttest.Options{Now: func() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }})
	d.cfg.Traces = d.fake
	d.Shown()
	d.Settle()
	d.Sees("Aucun accès sur cette période")
}

// Down leaves the filter for the first row that is no heading, Escape empties it.
func TestTheFilterLeadsToItsRows(t *testing.T) {
	d := sit(t)
	d.Window().Canvas().Focus(d.view.filter)
	test.Type(d.view.filter, "MARTIN")
	d.Settle()
	d.Press(fyne.KeyDown)
	if at := d.view.list.Cursor(); d.Window().Canvas().Focused() != fyne.Focusable(d.view.list) || at < 0 || d.state.Rows[at].Heading() {
		t.Fatalf("the keyboard is on %T, the cursor on %d", d.Window().Canvas().Focused(), at)
	}
	d.Window().Canvas().Focus(d.view.filter)
	d.Press(fyne.KeyEscape)
	if d.view.filter.Text != "" {
		t.Errorf("the filter keeps %q", d.view.filter.Text)
	}
}
