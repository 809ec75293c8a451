package ui

import (
	"reflect"
	"testing"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// blank is a page of a name.
type blank string

func (b blank) Title() string              { return string(b) }
func (blank) Content() fyne.CanvasObject   { return nil }
func (blank) Shown()                       {}
func (blank) Hidden()                      {}
func (blank) Shortcuts() []widget.Shortcut { return nil }

func TestHistory(t *testing.T) {
	var h history
	var closed []string
	push := func(name string, kept bool) {
		h.push(place{page: blank(name), kept: kept, close: func() { closed = append(closed, name) }})
	}
	at := func(want string) {
		t.Helper()
		if got := h.current().Title(); got != want {
			t.Errorf("at %q, want %q", got, want)
		}
	}
	if h.current() != nil || h.move(-1) {
		t.Error("an empty history goes somewhere")
	}
	push("patients", true)
	push("record 1", false)
	h.move(-1)
	at("patients")
	if h.move(-1) {
		t.Error("went before the first page")
	}
	h.move(1)
	at("record 1")
	h.move(-1)
	push("record 2", false)
	at("record 2")
	if !reflect.DeepEqual(closed, []string{"record 1"}) {
		t.Errorf("closed %v", closed)
	}
	for _, name := range []string{"3", "4", "5", "6", "7"} {
		push(name, false)
	}
	if len(h.places) != deepest || h.current().Title() != "7" {
		t.Errorf("%d places, at %q", len(h.places), h.current().Title())
	}
	closed = nil
	h.clear()
	if len(closed) != deepest || h.current() != nil {
		t.Errorf("clear closed %v", closed)
	}
}

func TestKeptPagesOutliveTheirPlace(t *testing.T) {
	var h history
	closed := 0
	h.push(place{page: blank("patients"), kept: true, close: func() { closed++ }})
	h.push(place{page: blank("settings"), kept: true, close: func() { closed++ }})
	h.move(-1)
	h.push(place{page: blank("accesses"), kept: true, close: func() { closed++ }})
	if closed != 0 {
		t.Error("a section was closed while the person is signed in")
	}
}
