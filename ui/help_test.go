package ui

import (
	"testing"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

func TestHelpIsReadToItsEndByKeys(t *testing.T) {
	s := tell(t, "morel")
	s.win.Resize(fyne.NewSize(900, 420))
	s.press(fyne.KeyF1)
	sheet := widget.SheetOf(s.win.Canvas().Overlays().Top())
	scroll := sheet.Content.(*container.Scroll)
	bottom := scroll.Content.Size().Height - scroll.Size().Height
	if bottom < 40 {
		t.Fatalf("the list is only %v points longer than its window", bottom)
	}
	for _, step := range []struct {
		key        fyne.KeyName
		least, all float32
	}{
		{fyne.KeyUp, 0, 0},
		{fyne.KeyDown, 10, bottom - 1},
		{fyne.KeyPageDown, bottom, bottom},
		{fyne.KeyEnd, bottom, bottom},
		{fyne.KeyDown, bottom, bottom},
		{fyne.KeyPageUp, 0, 0},
		{fyne.KeyEnd, bottom, bottom},
		{fyne.KeyHome, 0, 0},
	} {
		s.press(step.key)
		if y := scroll.Offset.Y; y < step.least || y > step.all {
			t.Errorf("after %s the list stands at %v, want %v to %v", step.key, y, step.least, step.all)
		}
	}
	s.press(fyne.KeyReturn)
	s.seesNot("Raccourcis du clavier")
}
