package widget

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestSheetTakesAndGivesBackFocusAndKeys(t *testing.T) {
	page, inside := NewEntry(""), NewEntry("")
	c, keys := stage(t, page)
	c.Focus(page)
	closed := 0
	s := &Sheet{Title: "Accès d’urgence", Content: inside, First: inside, OnClose: func() { closed++ }}
	s.Open(c)
	if c.Focused() != fyne.Focusable(inside) || SheetOf(c.Overlays().Top()) != s {
		t.Fatal("the sheet is not in front")
	}
	press(c, fyne.KeyF1)
	if len(*keys) != 0 {
		t.Error("a key reached the page behind")
	}
	press(c, fyne.KeyEscape)
	if s.IsOpen() || closed != 1 || c.Overlays().Top() != nil {
		t.Error("Escape does not close")
	}
	if c.Focused() != fyne.Focusable(page) {
		t.Error("the focus did not come back")
	}
	press(c, fyne.KeyF1)
	if len(*keys) != 1 {
		t.Error("the keys did not come back")
	}
	s.Close()
	if closed != 1 {
		t.Error("closing twice was told twice")
	}
}

func TestSheetReturnAndLock(t *testing.T) {
	c, _ := stage(t, NewEntry(""))
	sent := 0
	inside := NewEntry("")
	s := &Sheet{
		Content: inside, First: inside, Return: func() { sent++ }, Locked: true,
		Shortcuts: []Shortcut{{Keys: []Keys{Ctrl(fyne.KeyM)}, Do: func() { sent += 10 }}},
	}
	s.Open(c)
	press(c, fyne.KeyReturn, fyne.KeyEscape)
	if !s.TypedShortcut(Ctrl(fyne.KeyReturn)) || !s.TypedShortcut(Ctrl(fyne.KeyM)) || s.TypedShortcut(Ctrl(fyne.KeyK)) {
		t.Error("the sheet's shortcuts")
	}
	if sent != 12 || !s.IsOpen() {
		t.Errorf("sent %d, open %v", sent, s.IsOpen())
	}
}

func TestSheetsStack(t *testing.T) {
	c, _ := stage(t, NewEntry(""))
	first, second := &Sheet{Content: NewEntry("")}, &Sheet{Content: NewEntry("")}
	first.Open(c)
	second.Open(c)
	press(c, fyne.KeyEscape)
	if second.IsOpen() || !first.IsOpen() {
		t.Fatal("Escape closed the wrong one")
	}
	press(c, fyne.KeyEscape)
	if first.IsOpen() {
		t.Error("the first sheet lost its keys")
	}
}
