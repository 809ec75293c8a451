package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
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

// keyWords are the names of keys as people say them; others are called as the
// toolkit does.
var keyWords = map[fyne.KeyName]string{
	fyne.KeyReturn: "Entrée", fyne.KeyEnter: "Entrée", fyne.KeyEscape: "Échap", fyne.KeySpace: "Espace",
	fyne.KeyUp: "Haut", fyne.KeyDown: "Bas", fyne.KeyLeft: "Gauche", fyne.KeyRight: "Droite",
	fyne.KeyHome: "Début", fyne.KeyEnd: "Fin", fyne.KeyPageUp: "Page préc.", fyne.KeyPageDown: "Page suiv.",
	fyne.KeyDelete: "Suppr", fyne.KeyBackspace: "Retour arr.", fyne.KeyTab: "Tab",
}

// String writes the keys as on a French keyboard: "Ctrl K".
func (k Keys) String() string {
	s := ""
	if k.Modifier&fyne.KeyModifierControl != 0 {
		s += "Ctrl" + Nbsp
	}
	if k.Modifier&fyne.KeyModifierAlt != 0 {
		s += "Alt" + Nbsp
	}
	if k.Modifier&fyne.KeyModifierShift != 0 {
		s += "Maj" + Nbsp
	}
	if word, ok := keyWords[k.Name]; ok {
		return s + word
	}
	return s + string(k.Name)
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

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	app := fyne.CurrentApp()
	if app == nil || o == nil {
		return nil
	}
	return app.Driver().CanvasForObject(o)
}
