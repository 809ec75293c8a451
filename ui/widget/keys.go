package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
)

// Keys is a key with its modifiers, e.g. {fyne.KeyK, fyne.KeyModifierControl}.
type Keys struct {
	Name     fyne.KeyName
	Modifier fyne.KeyModifier
}

// Ctrl makes Keys with Control.
func Ctrl(name fyne.KeyName) Keys { return Keys{name, fyne.KeyModifierControl} }

// Alt makes Keys with Alt.
func Alt(name fyne.KeyName) Keys { return Keys{name, fyne.KeyModifierAlt} }

// Key makes Keys without a modifier.
func Key(name fyne.KeyName) Keys { return Keys{Name: name} }

// wordOf names a key as people say it; others are called as the toolkit does.
func wordOf(name fyne.KeyName) string {
	switch name {
	case fyne.KeyReturn, fyne.KeyEnter:
		return lang.L("Entrée")
	case fyne.KeyEscape:
		return lang.L("Échap")
	case fyne.KeySpace:
		return lang.L("Espace")
	case fyne.KeyUp:
		return lang.L("Haut")
	case fyne.KeyDown:
		return lang.L("Bas")
	case fyne.KeyLeft:
		return lang.L("Gauche")
	case fyne.KeyRight:
		return lang.L("Droite")
	case fyne.KeyHome:
		return lang.L("Début")
	case fyne.KeyEnd:
		return lang.L("Fin")
	case fyne.KeyPageUp:
		return lang.L("Page préc.")
	case fyne.KeyPageDown:
		return lang.L("Page suiv.")
	case fyne.KeyDelete:
		return lang.L("Suppr")
	default:
		return string(name)
	}
}

// String writes the keys as they stand on the keyboard: "Ctrl K".
func (k Keys) String() string {
	s := ""
	if k.Modifier&fyne.KeyModifierControl != 0 {
		s += "Ctrl" + Nbsp
	}
	if k.Modifier&fyne.KeyModifierAlt != 0 {
		s += "Alt" + Nbsp
	}
	if k.Modifier&fyne.KeyModifierShift != 0 {
		s += lang.L("Maj") + Nbsp
	}
	return s + wordOf(k.Name)
}

// Shortcut is something that a page or the window does at a key. Those of the
// page that is shown come first. Letters without a modifier work while no field
// for typing has the focus.
type Shortcut struct {
	ID    string // unique in its page, e.g. "next-document"; never shown
	Keys  []Keys // each of them does it
	Label string // what it does, for the list on F1
	Do    func()
}

// Matches reports whether one of the shortcut's keys is k.
func (s Shortcut) Matches(k Keys) bool {
	for _, mine := range s.Keys {
		if mine == k {
			return true
		}
	}
	return false
}

// KeysOf reads a toolkit shortcut: the keys that make it. The editing shortcuts
// (copy, paste …) are given as the keys that the toolkit turned into them.
func KeysOf(s fyne.Shortcut) (Keys, bool) {
	switch t := s.(type) {
	case *desktop.CustomShortcut:
		return Keys{t.KeyName, t.Modifier}, true
	case *fyne.ShortcutCopy:
		return Ctrl(fyne.KeyC), true
	case *fyne.ShortcutCut:
		return Ctrl(fyne.KeyX), true
	case *fyne.ShortcutPaste:
		return Ctrl(fyne.KeyV), true
	case *fyne.ShortcutSelectAll:
		return Ctrl(fyne.KeyA), true
	case *fyne.ShortcutUndo:
		return Ctrl(fyne.KeyZ), true
	case *fyne.ShortcutRedo:
		return Ctrl(fyne.KeyY), true
	}
	return Keys{}, false
}

// HandKey passes a key that the focused object o has no use for to whoever
// listens to the canvas: an open Sheet, or the shell.
func HandKey(o fyne.CanvasObject, ev *fyne.KeyEvent) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	if listen := c.OnTypedKey(); listen != nil {
		listen(ev)
	}
}

// HandRune is HandKey for characters.
func HandRune(o fyne.CanvasObject, r rune) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	if listen := c.OnTypedRune(); listen != nil {
		listen(r)
	}
}

// HandShortcut passes a shortcut that the focused object o has no use for to the
// window: to its content, if that listens, otherwise to the canvas.
func HandShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	if content, ok := c.Content().(fyne.Shortcutable); ok {
		content.TypedShortcut(s)
		return
	}
	if c, ok := c.(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// canvasOf finds the canvas of an object. The toolkit knows it from the object's
// first paint on (and forgets it a minute after its last): who types faster than
// the screen paints, on a page that has just come, is found by the focus.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	app := fyne.CurrentApp()
	if app == nil || o == nil {
		return nil
	}
	if c := app.Driver().CanvasForObject(o); c != nil {
		return c
	}
	for _, w := range app.Driver().AllWindows() {
		if focused, ok := w.Canvas().Focused().(fyne.CanvasObject); ok && focused == o {
			return w.Canvas()
		}
	}
	return nil
}
