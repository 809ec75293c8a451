package widgettest

import (
	"errors"
	"testing"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// judge takes a test's failures, so that a test can be seen to fail.
type judge struct {
	testing.TB
	errors int
}

func (j *judge) Errorf(string, ...any) { j.errors++ }

func TestDeskReadsAndPresses(t *testing.T) {
	d := New(t)
	hidden := widget.NewText("caché", widget.Style{})
	hidden.Hide()
	pressed := 0
	d.Window().SetContent(widget.Column(0, widget.NewText("Bonjour", widget.Style{}), hidden,
		widget.NewButton(widget.Main, widget.IconNone, "Déposer un document", func() { pressed++ })))
	d.Window().Resize(fyne.NewSize(400, 300))
	d.Sees("Bonjour Déposer")
	d.SeesNot("caché")
	d.Tap("Déposer")
	heard := fyne.KeyName("")
	d.Window().Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) { heard = ev.Name })
	d.Press(fyne.KeyF1)
	if pressed != 1 || heard != fyne.KeyF1 {
		t.Errorf("pressed %d times, heard %q", pressed, heard)
	}

	j := &judge{TB: t}
	d.TB = j
	d.Sees("Bonsoir", "Bonjour")
	d.SeesNot("Bonjour", "caché")
	if j.errors != 2 {
		t.Errorf("%d failures, want 2", j.errors)
	}
}

func TestDeskKeepsWhatTheShellWasTold(t *testing.T) {
	d := New(t)
	if d.Failure() != nil {
		t.Error("a failure of nothing")
	}
	first, last := errors.New("first"), errors.New("last")
	d.Present(first, nil)
	d.Present(last, nil)
	d.Toast(widget.Toast{Text: "Copié"})
	d.Copy("2 79")
	if d.Failure() != last || len(d.Presented) != 2 || d.Toasts[0].Text != "Copié" || d.Copied != "2 79" {
		t.Errorf("%v, %+v, %q", d.Presented, d.Toasts, d.Copied)
	}
}
