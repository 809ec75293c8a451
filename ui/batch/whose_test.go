package batch

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A name that is too long is shortened in its middle; the day of birth, which tells
// namesakes apart, stays whole at any width that a column has.
func TestALongNameLeavesTheDayOfBirth(t *testing.T) {
	test.NewApp()
	const birth = "28/03/1979"
	long := "DE LA TOUR-D’AUVERGNE-LAURAGUAIS (née VAN DEN BROUCKE-SAINT-CLAIR) Marie-Éléonore"
	w := newWhose()
	w.set(saying{word: long + " " + birth}, birth)
	for _, width := range []float32{160, 214, 300, 2000, 214} {
		w.box.Resize(fyne.NewSize(width, 24))
		name := w.word.String()
		end := w.birth.Position().X + w.birth.Size().Width
		if w.birth.String() != birth || w.birth.Size().Width < w.birth.MinSize().Width || end > width {
			t.Errorf("%v: the day of birth ends at %v, %v wide", width, end, w.birth.Size().Width)
		}
		if w.word.MinSize().Width > w.word.Size().Width || w.word.Position().X+w.word.Size().Width > w.birth.Position().X {
			t.Errorf("%v: %q reaches into the day of birth", width, name)
		}
		if width == 2000 {
			if name != long {
				t.Errorf("%q is shortened although there is room", name)
			}
		} else if begin, end, cut := strings.Cut(name, "…"); !cut || !strings.HasPrefix(long, begin) || !strings.HasSuffix(long, end) || begin == "" || end == "" {
			t.Errorf("%v: %q", width, name)
		}
	}
	w.set(saying{word: "MARTIN Léa " + birth}, birth) // recycled
	if w.word.String() != "MARTIN Léa" {
		t.Errorf("%q", w.word.String())
	}
	w.set(saying{word: "à trouver"}, "")
	if w.word.String() != "à trouver" || w.birth.String() != "" {
		t.Errorf("%q %q", w.word.String(), w.birth.String())
	}
}
