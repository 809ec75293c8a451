package pdfview

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// deaf is a surface that does nothing.
type deaf struct{}

func (deaf) resized(float64, float64)    {}
func (deaf) scrolled(float64, float64)   {}
func (deaf) key(fyne.KeyName, bool) bool { return false }
func (deaf) char(rune)                   {}
func (deaf) copy()                       {}
func (deaf) selected(*box)               {}

// What is drawn by hand: the sheet with its picture, a hit, the hit that one
// stands on, a selection; straight and turned.
func TestPaperDrawsPageMarksAndSelection(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, test.NewTheme())
	for name, rotation := range map[string]int{"straight": 0, "turned": 1} {
		p := newPaper(deaf{})
		w := test.NewTempWindow(t, p)
		w.Resize(fyne.NewSize(320, 260))
		p.blank = false
		p.g = geometry{sizes: []size{{120, 160}}, fit: FitPage, rotation: rotation, window: size{float64(p.Size().Width), float64(p.Size().Height)}}.settle()
		img, err := (&picture{testPicture(160, 213)}).draw(t.Context(), 0, 1.5, rotation)
		if err != nil {
			t.Fatal(err)
		}
		p.picture = img
		p.marks = []box{{10, 60, 70, 72}}
		p.current = []box{{10, 90, 70, 102}, {10, 106, 40, 118}}
		on := p.g.onScreen(box{80, 60, 110, 120})
		p.selection = &on
		p.Refresh()
		test.AssertRendersToImage(t, "paper-"+name+".png", w.Canvas())
	}
}
