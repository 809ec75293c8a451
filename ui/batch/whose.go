package batch

import (
	"strings"

	engine "carnet/client/batch"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// whose says for whom a file is: a name, shortened in its middle where it is too long,
// and the day of birth, which tells namesakes apart and is always there whole.
type whose struct {
	*said
	birth *widget.Text
	full  string  // the name, whole
	fits  string  // what was fitted last, and into how much
	wide  float32 //
}

func newWhose() *whose {
	w := &whose{said: newSaid(), birth: widget.NewText("", widget.Style{Mono: true})}
	w.word = widget.NewText("", widget.Style{})
	w.box = container.New(w, w.icon, w.word, w.birth)
	return w
}

// set shows whom patientOf names, and when they were born.
func (w *whose) set(v saying, birth string) {
	full := strings.TrimSuffix(v.word, " "+birth)
	v.word = w.word.String()
	if full != w.full {
		w.full, w.wide, v.word = full, -1, full
	}
	w.said.set(v, true)
	changed := w.birth.String() != birth
	w.birth.Set(birth)
	if size := w.box.Size(); size.Width > 0 && (changed || w.wide < 0) {
		w.Layout(nil, size)
	}
}

// MinSize implements fyne.Layout.
func (w *whose) MinSize([]fyne.CanvasObject) fyne.Size {
	icon, word, birth := w.icon.MinSize(), w.word.MinSize(), w.birth.MinSize()
	return fyne.NewSize(icon.Width+6+birth.Width, max(icon.Height, word.Height))
}

// Layout implements fyne.Layout.
func (w *whose) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	icon, birth := w.icon.MinSize().Width, w.birth.MinSize().Width
	gap := float32(6)
	if w.birth.String() == "" {
		birth, gap = 0, 0
	}
	w.icon.Resize(fyne.NewSize(icon, size.Height))
	left := max(size.Width-icon-6-gap-birth, 0)
	w.fit(left)
	wide := min(left, w.word.MinSize().Width)
	w.word.Move(fyne.NewPos(icon+6, 0))
	w.word.Resize(fyne.NewSize(wide, size.Height))
	w.birth.Move(fyne.NewPos(icon+6+wide+gap, 0))
	w.birth.Resize(fyne.NewSize(birth, size.Height))
}

// fit shortens the name to a width.
func (w *whose) fit(wide float32) {
	if w.fits == w.full && w.wide == wide {
		return
	}
	w.fits, w.wide = w.full, wide
	w.word.Set(w.full)
	runes := []rune(w.full)
	low, high := 0, len(runes)-1 // how many letters are left
	if w.word.MinSize().Width <= wide {
		return
	}
	for low < high {
		mid := (low + high + 1) / 2
		if w.word.Set(middle(runes, mid)); w.word.MinSize().Width <= wide {
			low = mid
		} else {
			high = mid - 1
		}
	}
	w.word.Set(middle(runes, low))
}

// middle keeps so many letters of a name, of its beginning and of its end.
func middle(name []rune, keep int) string {
	end := keep / 2
	return strings.TrimRight(string(name[:keep-end]), " ") + "…" + strings.TrimLeft(string(name[len(name)-end:]), " ")
}

// birthOf writes the day on which whom a file is for was born.
func birthOf(r engine.Row) string {
	if r.Patient == nil {
		return ""
	}
	return widget.FormatBirth(r.Patient.BirthDate)
}
