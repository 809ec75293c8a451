package pdfview

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"carnet/ui/widget"
)

const (
	lineStep = 48.0 // of an arrow key, in screen units
	overlap  = 40.0 // what stays on the screen when a key moves by a screen
)

// key implements surface: the keys that are no characters.
func (v *View) key(name fyne.KeyName, shift bool) bool {
	switch name {
	case fyne.KeySpace:
		if shift {
			v.screen(-1)
		} else {
			v.screen(1)
		}
	case fyne.KeyPageDown:
		v.screen(1)
	case fyne.KeyPageUp:
		v.screen(-1)
	case fyne.KeyDown:
		v.scrolled(0, lineStep)
	case fyne.KeyUp:
		v.scrolled(0, -lineStep)
	case fyne.KeyRight:
		v.sideways(1)
	case fyne.KeyLeft:
		v.sideways(-1)
	case fyne.KeyHome:
		v.First()
	case fyne.KeyEnd:
		v.Last()
	default:
		return false
	}
	return true
}

// char implements surface: the keys that are characters, as the keyboard's
// layout makes them.
func (v *View) char(r rune) {
	switch r {
	case '+', '=':
		v.Zoom(1)
	case '-':
		v.Zoom(-1)
	case '0', 'à':
		v.FitTo(FitWidth)
	case 'r', 'R':
		v.Turn()
	case 'n':
		v.find.step(1)
	case 'N':
		v.find.step(-1)
	}
}

// screen moves by what the window shows.
func (v *View) screen(direction float64) {
	v.scrolled(0, direction*max(v.g.window.h-overlap, lineStep))
}

// sideways scrolls a wide page, and turns the pages of a narrow one.
func (v *View) sideways(direction int) {
	if v.g.most().x > 0 {
		v.scrolled(float64(direction)*lineStep, 0)
		return
	}
	v.Page(direction)
}

// First goes to the first page, Last to the last.
func (v *View) First() { v.turnTo(v.g.goTo(0, false)) }

// Last goes to the last page.
func (v *View) Last() { v.turnTo(v.g.goTo(len(v.g.sizes)-1, false)) }

// Zoom enlarges by n steps of a quarter; negative n make smaller.
func (v *View) Zoom(n int) {
	zoom := v.g.zoom
	for range max(n, 0) {
		zoom *= zoomStep
	}
	for range max(-n, 0) {
		zoom /= zoomStep
	}
	v.turnTo(v.g.zoomTo(zoom))
}

// FitTo makes the zoom follow the window.
func (v *View) FitTo(f Fit) { v.turnTo(v.g.fitTo(f)) }

// Turn turns the page a quarter clockwise.
func (v *View) Turn() { v.turnTo(v.g.turn()) }

// Shortcuts gives what keys do here, for a page that shows them and routes the
// keys that no control used; letters work while no field has the focus.
func (v *View) Shortcuts() []widget.Shortcut {
	if v.doc == nil {
		return nil
	}
	list := []widget.Shortcut{
		{ID: "view-down", Keys: []widget.Keys{widget.Key(fyne.KeyPageDown)}, Label: lang.L("Avancer d’un écran dans le document"), Do: func() { v.screen(1) }},
		{ID: "view-up", Keys: []widget.Keys{widget.Key(fyne.KeyPageUp)}, Label: lang.L("Reculer d’un écran dans le document"), Do: func() { v.screen(-1) }},
		{ID: "view-in", Keys: []widget.Keys{widget.Key(fyne.KeyPlus), widget.Key(fyne.KeyEqual)}, Label: lang.L("Agrandir"), Do: func() { v.Zoom(1) }},
		{ID: "view-out", Keys: []widget.Keys{widget.Key(fyne.KeyMinus)}, Label: lang.L("Réduire"), Do: func() { v.Zoom(-1) }},
		{ID: "view-fit", Keys: []widget.Keys{widget.Key(fyne.Key0)}, Label: lang.L("Ajuster à la largeur"), Do: func() { v.FitTo(FitWidth) }},
		{ID: "view-turn", Keys: []widget.Keys{widget.Key(fyne.KeyR)}, Label: lang.L("Tourner la page"), Do: v.Turn},
	}
	if v.doc.hasText() {
		list = append(list,
			widget.Shortcut{ID: "view-copy", Keys: []widget.Keys{widget.Ctrl(fyne.KeyC)}, Label: lang.L("Copier le texte sélectionné, ou celui de la page"), Do: v.copy},
			widget.Shortcut{ID: "view-next", Keys: []widget.Keys{widget.Key(fyne.KeyN)}, Label: lang.L("Résultat suivant dans le document"), Do: func() { v.find.step(1) }},
		)
	}
	return list
}
