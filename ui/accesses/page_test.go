package accesses

import (
	"context"
	"strings"
	"testing"
	"time"

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
}

// seat makes the page without showing it.
func seat(t *testing.T) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	d := &desk{t: t, h: tasktest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12})}
	d.window = test.NewTempWindow(t, nil)
	d.Page = New(Config{Scope: d.h.Scope(), Traces: d.fake, Shell: d})
	d.window.SetContent(d.Content())
	d.window.Resize(fyne.NewSize(1180, 720))
	return d
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := seat(t)
	d.Shown()
	d.h.Settle()
	return d
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: fhir.CodeOf(err) != fhir.Forbidden}
}
func (d *desk) Focus(f fyne.Focusable) { d.window.Canvas().Focus(f) }

func (d *desk) screen() string {
	var words []string
	look(d.window.Content(), &words)
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

func (d *desk) choosePeriod(p Period) {
	d.view.period.SetSelected(periodWords()[p])
	d.h.Settle()
}

func TestWhatIDidIsThereByDay(t *testing.T) {
	d := sit(t)
	d.sees("Mes accès", "Aujourd’hui (", "Hier (", "MARTIN Léa", "Document lu", "accès au total")
	d.seesNot("Dr Yann TESSIER") // what others did is not mine
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
	d.h.Settle()
	if first := d.state.Rows[1].Trace; first.PatientID != clienttest.PatientNoah || first.Kind != fhir.KindOpen {
		t.Errorf("the newest is %+v", first)
	}
}

func TestTheFilterAndThePeriodNarrow(t *testing.T) {
	d := sit(t)
	test.Type(d.view.filter, "bris de glace")
	d.sees("BENALI Karim", "Bris de glace", "Perte de connaissance")
	d.seesNot("MARTIN Léa")
	test.Type(d.view.filter, " zzz")
	d.sees("Aucun accès ne correspond", "Effacer le filtre")
	d.view.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.sees("MARTIN Léa")
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
	d.sees("Afficher plus", "50 chargés")
	d.view.list.MoveTo(len(d.state.Rows) - 1)
	d.h.Settle()
	if d.state.Loaded != 100 {
		t.Fatalf("%d came", d.state.Loaded)
	}
	test.Tap(d.view.more)
	d.h.Settle()
	if d.state.Loaded != d.state.Total || d.state.Next != "" {
		t.Fatalf("%d of %d", d.state.Loaded, d.state.Total)
	}
	d.seesNot("Afficher plus")
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
	d.h.Advance(350 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("no bars after 300 ms")
	}
	gate.Release()
	d.h.Settle()
	if d.view.skeleton.Visible() {
		t.Error("bars over the rows")
	}
	d.sees("MARTIN Léa")
}

func TestFailuresSayWhatToDo(t *testing.T) {
	d := seat(t)
	d.fake.FailNext(clienttest.OpAccesses, clienttest.Failure(fhir.Offline, ""))
	d.Shown()
	d.h.Settle()
	d.sees("panne offline", "Réessayez.", "réf-9", "Réessayer")
	d.Reconnected()
	d.h.Settle()
	d.sees("MARTIN Léa")
	d.seesNot("panne")
	d.fake.FailNext(clienttest.OpAccesses, clienttest.Failure(fhir.Unavailable, ""))
	d.Shown()
	d.h.Settle()
	d.sees("MARTIN Léa", "panne unavailable") // what was there stays
	d.fake.FailNext(clienttest.OpAccesses, fhir.E(fhir.Forbidden, ""))
	d.choosePeriod(Year)
	d.sees("panne forbidden")
	if strings.Contains(d.screen(), "Réessayer") {
		t.Error("what is forbidden can be tried again")
	}
}

func TestAnOfflineCopySaysItsAge(t *testing.T) {
	d := seat(t)
	d.cfg.Traces = copied{d.fake}
	d.Shown()
	d.h.Settle()
	d.sees("Copie locale, confirmée le 20", "MARTIN Léa")
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
	d.h.Settle()
	d.sees("Aucun accès sur cette période")
}
