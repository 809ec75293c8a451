package main

import (
	"strings"
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/ui"
	"carnet/ui/settings"
	"carnet/ui/task/tasktest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// shellOf opens the desktop in front of a fake demonstration server.
func shellOf(t *testing.T) (*ui.Shell, *tasktest.Harness) {
	t.Helper()
	h := tasktest.New(t)
	fake := clienttest.New(clienttest.Options{})
	s := ui.New(ui.Config{
		App: test.NewTempApp(t), Runner: h.Runner, Records: fake, SignIn: fake, Marks: (*marks)(nil), Settings: settings.Default(),
		Server: usualServer, Version: "test", Account: "morel", Chance: func() float64 { return 0 },
	})
	s.Window().Resize(fyne.NewSize(1280, 800))
	return s, h
}

func TestDumpIsWhatTheScreenShows(t *testing.T) {
	s, h := shellOf(t)
	if got := dump(s); strings.Contains(got, "MARTIN") {
		t.Errorf("texts were written before the server said that its people are fictional: %s", got)
	}
	h.Settle()
	got := dump(s)
	for _, want := range []string{"page Patients\n", "MARTIN Léa", "En ligne"} {
		if !strings.Contains(got, want) {
			t.Errorf("the dump lacks %q: %s", want, got)
		}
	}
	test.Type(s.Window().Canvas().Focused(), "petit")
	h.Advance(time.Second)
	h.Settle()
	got = dump(s)
	if strings.Contains(got, "MARTIN") || !strings.Contains(got, "PETIT") {
		t.Errorf("the dump is not what is shown: %s", got)
	}
	focused := false
	for _, line := range strings.Split(got, "\n") {
		focused = focused || strings.HasPrefix(line, "*") && strings.HasSuffix(line, " petit")
	}
	if !focused {
		t.Errorf("the dump does not tell the focus: %s", got)
	}
}

func TestDumpTellsWhatIsInFront(t *testing.T) {
	s, h := shellOf(t)
	h.Settle()
	if listen := s.Window().Canvas().OnTypedKey(); listen != nil {
		listen(&fyne.KeyEvent{Name: fyne.KeyF1})
	}
	if got := dump(s); !strings.Contains(got, "front ") || !strings.Contains(got, "Raccourcis du clavier") {
		t.Errorf("the sheet is not told apart: %s", got)
	}
}
