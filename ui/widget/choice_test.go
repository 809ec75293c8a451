package widget

import (
	"reflect"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestChoiceByKeys(t *testing.T) {
	var said []string
	choice := NewChoice([]string{"Comme le système", "Clair", "Sombre"}, func(s string) { said = append(said, s) })
	c, keys := stage(t, choice, NewEntry(""))
	c.Focus(choice)
	press(c, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	if want := []string{"Comme le système", "Clair", "Comme le système"}; !reflect.DeepEqual(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}

	press(c, fyne.KeyReturn) // opens
	if c.Overlays().Top() == nil {
		t.Fatal("Return does not open the list")
	}
	press(c, fyne.KeyEnd, fyne.KeyReturn)
	if choice.Selected != "Sombre" || c.Overlays().Top() != nil || c.Focused() != fyne.Focusable(choice) {
		t.Errorf("selected %q", choice.Selected)
	}

	press(c, fyne.KeySpace, fyne.KeyHome, fyne.KeyEscape)
	if choice.Selected != "Sombre" || c.Overlays().Top() != nil {
		t.Error("Escape does not leave things as they were")
	}
	press(c, fyne.KeyF1)
	if len(*keys) != 1 {
		t.Error("the keys did not come back to the window")
	}
}

func TestChoiceByPointer(t *testing.T) {
	choice := NewChoice([]string{"a", "b", "c"}, nil)
	c, _ := stage(t, choice)
	test.Tap(choice)
	menu := c.Overlays().Top().(*menu)
	at := menu.panel.Position()
	test.TapCanvas(c, at.AddXY(20, GapTight+RowTable+GapTight+10))
	if choice.Selected != "b" {
		t.Errorf("selected %q", choice.Selected)
	}
	test.Tap(choice)
	test.TapCanvas(c, fyne.NewPos(700, 590))
	if c.Overlays().Top() != nil {
		t.Error("a click beside does not leave the list")
	}
	choice.Disable()
	test.Tap(choice)
	if c.Overlays().Top() != nil {
		t.Error("a disabled choice opens")
	}
}
