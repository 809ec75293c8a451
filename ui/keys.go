package ui

import (
	"context"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
)

func withTimeout(c ctx, d time.Duration) (ctx, context.CancelFunc) { return context.WithTimeout(c, d) }

// bindKeys makes every key that no control uses come here. The canvas only gives
// away shortcuts that were registered, so all combinations are.
func (s *Shell) bindKeys() {
	c := s.win.Canvas()
	c.SetOnTypedKey(s.typedKey)
	c.SetOnTypedRune(s.typedRune)
	names := []fyne.KeyName{
		fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown,
		fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyDelete, fyne.KeyBackspace, fyne.KeyPlus, fyne.KeyMinus,
		fyne.KeyEqual, fyne.KeyRightBracket, fyne.KeyLeftBracket, fyne.KeyComma, fyne.KeyPeriod, fyne.KeyTab, fyne.KeyAsterisk,
	}
	for r := 'A'; r <= 'Z'; r++ {
		names = append(names, fyne.KeyName(string(r)))
	}
	for r := '0'; r <= '9'; r++ {
		names = append(names, fyne.KeyName(string(r)))
	}
	names = append(names, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12)
	const ctrl, alt, shift = fyne.KeyModifierControl, fyne.KeyModifierAlt, fyne.KeyModifierShift
	for _, modifier := range []fyne.KeyModifier{ctrl, alt, ctrl | shift, alt | shift} {
		for _, name := range names {
			c.AddShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: modifier}, s.typedShortcut)
		}
	}
	for _, editing := range []fyne.Shortcut{
		&fyne.ShortcutCopy{}, &fyne.ShortcutCut{}, &fyne.ShortcutPaste{},
		&fyne.ShortcutSelectAll{}, &fyne.ShortcutUndo{}, &fyne.ShortcutRedo{},
	} {
		c.AddShortcut(editing, s.typedShortcut)
	}
}

// lockKeys lock the window. With Shift, so that pages keep the plain letters.
var lockKeys = widget.Keys{Name: fyne.KeyL, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}

// shortcuts are the window's own.
func (s *Shell) shortcuts() []widget.Shortcut {
	list := []widget.Shortcut{
		{ID: "help", Keys: []widget.Keys{widget.Key(fyne.KeyF1)}, Label: lang.L("Liste des raccourcis"), Do: s.help},
	}
	if s.desk != nil && s.gate == nil {
		list = append(list, widget.Shortcut{ID: "search", Keys: []widget.Keys{widget.Ctrl(fyne.KeyK)}, Label: lang.L("Rechercher un patient"), Do: s.searchPatient})
		for _, section := range s.desk.sections {
			list = append(list, widget.Shortcut{ID: string(section.id), Keys: []widget.Keys{section.keys}, Label: section.label, Do: func() { s.desk.goTo(section.id) }})
		}
		list = append(list,
			widget.Shortcut{ID: "back", Keys: []widget.Keys{widget.Alt(fyne.KeyLeft)}, Label: lang.L("Page d’avant"), Do: func() { s.travel(-1) }},
			widget.Shortcut{ID: "forward", Keys: []widget.Keys{widget.Alt(fyne.KeyRight)}, Label: lang.L("Page d’après"), Do: func() { s.travel(1) }},
			widget.Shortcut{ID: "lock", Keys: []widget.Keys{lockKeys}, Label: lang.L("Verrouiller"), Do: s.lockNow})
		if s.cfg.Seats != nil {
			list = append(list, widget.Shortcut{ID: "change", Keys: []widget.Keys{changeKeys}, Label: lang.L("Changer de personne"), Do: s.changePerson})
		}
	}
	if s.root.alarm.doubt.raised() {
		list = append(list, widget.Shortcut{ID: "alarm", Keys: []widget.Keys{alarmKeys()}, Label: lang.L("Journal des accès : que s’est-il passé ?"), Do: s.explainDoubt})
	}
	if s.undo != nil {
		list = append(list, widget.Shortcut{ID: "undo", Keys: []widget.Keys{widget.Ctrl(fyne.KeyZ)}, Label: s.undoLabel, Do: s.undo})
	}
	return append(list, widget.Shortcut{ID: "quit", Keys: []widget.Keys{widget.Ctrl(fyne.KeyQ)}, Label: lang.L("Quitter Carnet"), Do: s.quit})
}

// signs are the keys that a keyboard's layout moves: the minus of a French
// keyboard is the key that the toolkit calls 6. They count by what is written.
var signs = map[rune]fyne.KeyName{'+': fyne.KeyPlus, '-': fyne.KeyMinus, '=': fyne.KeyEqual}

// typedRune gets the characters that no control used and no sheet took.
func (s *Shell) typedRune(r rune) {
	if name, ok := signs[r]; ok {
		s.root.Touched()
		s.route(widget.Key(name))
	}
}

// typedKey gets the keys without modifier that no control used and no sheet
// took. Signs come as characters, too, and count there.
func (s *Shell) typedKey(ev *fyne.KeyEvent) {
	s.root.Touched()
	switch ev.Name {
	case fyne.KeyPlus, fyne.KeyMinus, fyne.KeyEqual:
		return
	}
	if h, ok := s.page().(KeyHandler); ok && h.TypedKey(ev) {
		return
	}
	s.route(widget.Key(ev.Name))
}

// typedShortcut gets the keys with modifiers.
func (s *Shell) typedShortcut(sc fyne.Shortcut) {
	s.root.Touched()
	keys, ok := widget.KeysOf(sc)
	if !ok {
		return
	}
	if keys == lockKeys {
		s.lockNow() // whatever is in front
		return
	}
	if top := s.win.Canvas().Overlays().Top(); top != nil {
		if sheet := widget.SheetOf(top); sheet != nil {
			sheet.TypedShortcut(keys)
		}
		return
	}
	s.route(keys)
}

// route does what a key is for: on the page first, then in the window.
func (s *Shell) route(k widget.Keys) {
	if page := s.page(); page != nil {
		for _, sc := range page.Shortcuts() {
			if sc.Matches(k) && sc.Do != nil {
				sc.Do()
				return
			}
		}
	}
	for _, sc := range s.shortcuts() {
		if sc.Matches(k) {
			sc.Do()
			return
		}
	}
}

// dropped gives files dropped on the window to the page, if it takes files.
func (s *Shell) dropped(files []fyne.URI) {
	s.root.Touched()
	if s.win.Canvas().Overlays().Top() != nil || len(files) == 0 {
		return
	}
	if d, ok := s.page().(Dropper); ok && d.Dropped(files) {
		return
	}
	if s.gate == nil {
		s.Toast(widget.Toast{
			Icon: widget.IconInfo, Tone: widget.Attention,
			Text: lang.L("Ouvrez d’abord le dossier d’un patient, puis déposez-y le fichier."),
		})
	}
}
