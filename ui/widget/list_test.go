package widget

import (
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

func replaceNbsp(s string) string { return strings.ReplaceAll(s, Nbsp, " ") }

// shelf is a list of n rows in a window, and what it said.
type shelf struct {
	*List
	canvas fyne.Canvas
	moved  []int
	opened []int
}

func newShelf(t *testing.T, n int, skip func(int) bool) *shelf {
	t.Helper()
	test.NewTempApp(t)
	s := &shelf{}
	s.List = NewList(func() int { return n },
		func() fyne.CanvasObject { return AtLeast(100, 36, NewText("", Style{})) },
		func(id int, o fyne.CanvasObject) {
			o.(*fyne.Container).Objects[0].(*Text).Set(FormatNumber(id))
		})
	s.Skip = skip
	s.OnMove = func(id int) { s.moved = append(s.moved, id) }
	s.OnActivate = func(id int) { s.opened = append(s.opened, id) }
	w := test.NewTempWindow(t, container.NewStack(s.List))
	w.Resize(fyne.NewSize(300, 400)) // about ten rows
	s.canvas = w.Canvas()
	s.canvas.Focus(s.List)
	return s
}

func (s *shelf) wantMoves(t *testing.T, want ...int) {
	t.Helper()
	if !reflect.DeepEqual(s.moved, want) {
		t.Errorf("the cursor went %v, want %v", s.moved, want)
	}
	s.moved = nil
}

func TestCursorMovesByKeys(t *testing.T) {
	s := newShelf(t, 5000, nil)
	if s.Cursor() != -1 {
		t.Fatal("a cursor before any key")
	}
	press(s.canvas, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp)
	s.wantMoves(t, 0, 1, 0)
	press(s.canvas, fyne.KeyUp)
	s.wantMoves(t)
	press(s.canvas, fyne.KeyEnd, fyne.KeyDown, fyne.KeyHome)
	s.wantMoves(t, 4999, 0)
	press(s.canvas, fyne.KeyPageDown)
	if s.Cursor() < 5 || s.Cursor() > 10 {
		t.Errorf("PageDown went to %d", s.Cursor())
	}
	press(s.canvas, fyne.KeyReturn)
	if len(s.opened) != 1 || s.opened[0] != s.Cursor() {
		t.Errorf("Return opened %v", s.opened)
	}
}

func TestCursorPassesOverHeadings(t *testing.T) {
	headings := map[int]bool{0: true, 3: true, 6: true}
	s := newShelf(t, 7, func(id int) bool { return headings[id] })
	press(s.canvas, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown)
	s.wantMoves(t, 1, 2, 4, 5)
	press(s.canvas, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	s.wantMoves(t, 4, 2, 1)
	press(s.canvas, fyne.KeyEnd)
	s.wantMoves(t, 5)
	press(s.canvas, fyne.KeyHome)
	s.wantMoves(t, 1)
}

func TestClickMovesAndOpensAgain(t *testing.T) {
	s := newShelf(t, 20, nil)
	taps := 0
	s.OnTap = func(int) { taps++ }
	test.TapCanvas(s.canvas, fyne.NewPos(50, 100))
	test.TapCanvas(s.canvas, fyne.NewPos(50, 100))
	if s.Cursor() != 2 || taps != 2 {
		t.Errorf("cursor %d after %d taps", s.Cursor(), taps)
	}
}

func TestEmptyListHasNoCursor(t *testing.T) {
	s := newShelf(t, 0, nil)
	press(s.canvas, fyne.KeyDown, fyne.KeyEnd, fyne.KeyReturn)
	if s.Cursor() != -1 || s.opened != nil {
		t.Errorf("cursor %d, opened %v", s.Cursor(), s.opened)
	}
}

func TestForgetTakesTheCursorAway(t *testing.T) {
	s := newShelf(t, 20, nil)
	s.MoveTo(7)
	s.Forget()
	if s.Cursor() != -1 {
		t.Errorf("cursor %d", s.Cursor())
	}
	s.MoveTo(7)
	s.wantMoves(t, 7, 7)
}
