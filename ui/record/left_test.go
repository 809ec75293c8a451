package record

import (
	"testing"

	"carnet/client/clienttest"

	"fyne.io/fyne/v2"
)

// On a screen of 1,024 points the navigation takes 148, and the controls of a
// PDF 400: what shows more goes below what sorts, and nothing lies over another.
func TestTheListLeavesRoomForAPageInANarrowWindow(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	v := d.view.documents
	if list := v.root.MinSize().Width - v.reader.root.MinSize().Width; list+400 > 1024-148-40 {
		t.Errorf("the list takes %v", list)
	}
	sorts, checks := func() float32 { return abs(v.order[ByAuthor]).Y }, func() float32 { return abs(v.old).Y }
	level := func() bool { return checks() < sorts()+v.order[ByAuthor].Size().Height }
	if !level() {
		t.Error("two lines in a wide window")
	}
	d.Window().Resize(fyne.NewSize(d.Content().MinSize().Width, 700))
	d.Settle()
	if level() {
		t.Error("one line in a narrow window")
	}
	if over := abs(v.old).Y + v.old.Size().Height - abs(v.list).Y; over > 0 {
		t.Errorf("the list begins %v too high", over)
	}
}

func abs(o fyne.CanvasObject) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
}
