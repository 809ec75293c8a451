package ui

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/ui/settings"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// logWitness is a witness that notices what a test says.
type logWitness struct {
	kept, doubt Doubt
	err         error
	looks       atomic.Int64
	told        []Explanation
	refuses     error
}

func (w *logWitness) Explained(_ context.Context, e Explanation) error {
	if w.refuses != nil {
		return w.refuses
	}
	w.told = append(w.told, e)
	w.doubt = Doubt{}
	return nil
}

func (w *logWitness) LastExplained() Explanation {
	if len(w.told) == 0 {
		return Explanation{}
	}
	return w.told[len(w.told)-1]
}

func (w *logWitness) Kept() Doubt { return w.kept }

func (w *logWitness) Check(context.Context) (Doubt, error) {
	w.looks.Add(1)
	return w.doubt, w.err
}

func doubted() Doubt {
	return Doubt{Code: "log-rewritten", Raised: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), Size: 1204, Reference: "log-rewritten 1204 9f2c"}
}

// watching is a desktop with a witness.
func watching(t *testing.T, w *logWitness) *story {
	t.Helper()
	s := &story{T: t, h: tasktest.New(t), fake: clienttest.New(clienttest.Options{})}
	values := settings.Default()
	values.Mode = widget.Light
	s.Shell = New(Config{
		App: test.NewTempApp(t), Runner: s.h.Runner, Records: s.fake, SignIn: s.fake, Marks: s, Settings: values, Witness: w,
		Server: "http://127.0.0.1:8443", Version: "test", Account: "morel", Chance: func() float64 { return 0.5 },
		Parts: Parts{NewID: func() string { return "11111111-2222-4333-8444-555555555555" }},
	})
	s.win.Resize(usualSize)
	s.h.Settle()
	return s
}

func TestALogThatHoldsSaysNothing(t *testing.T) {
	w := &logWitness{err: errors.New("not now")}
	s := watching(t, w)
	if w.looks.Load() != 1 || s.root.alarm.root.Visible() || s.win.Canvas().Overlays().Top() != nil {
		t.Errorf("%d looks, the banner is shown: %v", w.looks.Load(), s.root.alarm.root.Visible())
	}
	w.err = nil
	s.h.Advance(witnessEvery)
	s.h.Settle()
	if w.looks.Load() != 2 || s.root.alarm.root.Visible() {
		t.Errorf("%d looks", w.looks.Load())
	}
}

func TestARewrittenLogIsSaidLoudlyAndStays(t *testing.T) {
	w := &logWitness{}
	s := watching(t, w)
	w.doubt = doubted()
	s.h.Advance(witnessEvery)
	s.h.Settle()
	if !s.root.alarm.root.Visible() {
		t.Fatal("no banner")
	}
	sheet := widget.SheetOf(s.win.Canvas().Overlays().Top())
	if sheet == nil || sheet.Title != "Le journal des accès ne tient plus" {
		t.Fatalf("not explained: %+v", sheet)
	}
	s.press(fyne.KeyEscape)
	if s.win.Canvas().Overlays().Top() != nil {
		t.Fatal("Escape does not close the words")
	}
	w.doubt = Doubt{} // the server is made to hold again
	s.h.Advance(2 * witnessEvery)
	s.h.Settle()
	if !s.root.alarm.root.Visible() {
		t.Error("the banner went away by itself")
	}
	s.chord(alarmKeys())
	if widget.SheetOf(s.win.Canvas().Overlays().Top()) == nil {
		t.Error("the words cannot be read again by key")
	}
	s.press(fyne.KeyEscape)
	s.lockNow()
	s.h.Settle()
	if !s.root.alarm.root.Visible() {
		t.Error("the lock hides the banner")
	}
}

func TestADoubtOutlivesARestart(t *testing.T) {
	s := watching(t, &logWitness{kept: doubted(), err: errors.New("no server")})
	if !s.root.alarm.root.Visible() || s.root.alarm.doubt.Reference != doubted().Reference {
		t.Error("forgotten")
	}
}

func TestTheLogIsLookedAtWhenTheServerComesBack(t *testing.T) {
	w := &logWitness{}
	s := watching(t, w)
	s.fake.SetOffline(true)
	s.pass(calm * 2)
	s.sees("Hors ligne depuis")
	looks := w.looks.Load()
	w.doubt = doubted() // an older copy was put into service
	s.fake.SetOffline(false)
	s.until(lastRetry, "La connexion est rétablie.")
	if w.looks.Load() != looks+1 || !s.root.alarm.root.Visible() {
		t.Errorf("%d looks, %d before; the banner is shown: %v", w.looks.Load(), looks, s.root.alarm.root.Visible())
	}
}
