package ui

import (
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// lockLook is how often the shell looks at how long nobody was there.
const lockLook = 5 * time.Second

// idle tells whether the window is to be locked. A delay of 0 is never.
func idle(touched, now time.Time, delay time.Duration) bool {
	return delay > 0 && now.Sub(touched) >= delay
}

// lookAtClock locks when nobody was there for long enough.
func (s *Shell) lookAtClock() {
	s.root.showStatus()
	if s.desk != nil && s.gate == nil && idle(s.touchedAt, s.scope.Now(), s.values.LockAfter) {
		s.lock(lang.L("Carnet est verrouillé : personne n’a utilisé le clavier ni la souris."))
	}
}

// lockNow locks because the person asked.
func (s *Shell) lockNow() {
	if s.desk != nil && s.gate == nil {
		s.lock(lang.L("Carnet est verrouillé."))
	}
}

// lock hides everything, sheets and toasts too, until someone signs in.
func (s *Shell) lock(reason string) {
	s.hideToast()
	s.locked = park(s.win.Canvas(), s.typedKey)
	s.hideKept()
	s.showGate(reason, s.desk.person, s.desk.account)
}

// parked is what a lock takes off the window and puts back.
type parked struct {
	overlays []fyne.CanvasObject
	keys     func(*fyne.KeyEvent)
	runes    func(rune)
	focus    fyne.Focusable
}

// park takes sheets and keys off a canvas; keys go to listen meanwhile.
func park(c fyne.Canvas, listen func(*fyne.KeyEvent)) *parked {
	p := &parked{keys: c.OnTypedKey(), runes: c.OnTypedRune(), focus: c.Focused()}
	p.overlays = append(p.overlays, c.Overlays().List()...)
	for i := len(p.overlays) - 1; i >= 0; i-- {
		c.Overlays().Remove(p.overlays[i])
	}
	c.SetOnTypedKey(listen)
	c.SetOnTypedRune(nil)
	return p
}

// restore puts them back.
func (p *parked) restore(c fyne.Canvas) {
	for _, o := range p.overlays {
		c.Overlays().Add(o)
		o.Resize(c.Size())
	}
	c.SetOnTypedKey(p.keys)
	c.SetOnTypedRune(p.runes)
	if p.focus != nil {
		c.Focus(p.focus)
	}
}

// forget lets go of what was hidden, without showing it again; a nil parked hid
// nothing.
func (p *parked) forget(c fyne.Canvas) {
	if p == nil {
		return
	}
	p.focus = nil
	p.restore(c)
	closeOverlays(c)
}

// closeOverlays closes what is in front of the page.
func closeOverlays(c fyne.Canvas) {
	overlays := c.Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		if sheet := widget.SheetOf(top); sheet != nil {
			sheet.Close()
		} else {
			overlays.Remove(top)
		}
	}
}
