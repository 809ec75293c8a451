package widget_test

import (
	"strings"
	"testing"

	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A field takes what the server does; what does not fit is said, not lost in
// silence.
func TestALimitedFieldTakesWhatFits(t *testing.T) {
	d := widgettest.New(t)
	e := widget.NewTextArea("", 2)
	d.Window().SetContent(widget.Limited("Motif", e, 5))
	const said = "Motif · 5 caractères au plus"
	test.Type(e, "éééé")
	d.SeesNot(said)
	test.Type(e, "éé")
	d.Sees(said)
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if e.Text != "ééééé" {
		t.Errorf("%q", e.Text)
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	d.SeesNot(said)
	board := test.NewClipboard()
	board.SetContent("ab")
	paste := &fyne.ShortcutPaste{Clipboard: board}
	e.TypedShortcut(paste)
	d.Sees(said)
	if e.Text != "éééé"+"a" {
		t.Errorf("%q", e.Text)
	}
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	board.SetContent(strings.Repeat("x", 5)) // over the selection there is room
	e.TypedShortcut(paste)
	d.SeesNot(said)
	if e.Text != "xxxxx" {
		t.Errorf("%q", e.Text)
	}
}

// What was selected before the words became others is not selected any more: the
// first character typed into a field that was just emptied is kept.
func TestNothingIsSelectedInWordsThatAreSet(t *testing.T) {
	d := widgettest.New(t)
	e := widget.NewSearchEntry("")
	d.Window().SetContent(e)
	for _, words := range []string{"", "a", "longer than before"} {
		e.SetText("19")
		e.TypedShortcut(&fyne.ShortcutSelectAll{})
		e.SetText(words)
		if selected := e.SelectedText(); selected != "" {
			t.Errorf("%q is selected in %q", selected, words)
		}
		e.CursorColumn = len([]rune(words))
		test.Type(e, "62")
		if e.Text != words+"62" {
			t.Errorf("%q became %q", words, e.Text)
		}
	}
}
