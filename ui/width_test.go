package ui

import (
	"testing"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// A window fits on a screen of 1,024 points, on every page.
func TestEveryPageFitsASmallScreen(t *testing.T) {
	s := openLea(t)
	fits := func(where string) {
		t.Helper()
		if least := s.root.MinSize().Width; least > 1024 {
			t.Errorf("%s: the window cannot be narrower than %v", where, least)
		}
	}
	fits("record")
	s.press(fyne.KeyReturn)
	fits("reading")
	s.chord(widget.Ctrl(fyne.KeyH))
	fits("who opened this record")
	for _, page := range []fyne.KeyName{fyne.KeyP, fyne.KeyA, fyne.KeyR} {
		s.chord(widget.Alt(page))
		fits("section " + string(page))
	}
}
