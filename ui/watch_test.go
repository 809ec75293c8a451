package ui

import (
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

func TestAServerThatHangsShowsInTheBarWhileOneWaits(t *testing.T) {
	s := tell(t, "morel")
	s.sees("En ligne")
	gate := s.fake.Hold(clienttest.OpAccesses)
	for _, sc := range s.shortcuts() {
		if sc.Matches(widget.Alt(fyne.KeyA)) {
			sc.Do()
		}
	}
	<-gate.Entered()
	s.h.Advance(3 * time.Second)
	s.sees("Lent")
	s.h.Advance(4 * time.Second)
	s.sees("Serveur en difficulté")
	gate.Release()
	s.h.Settle()
	s.sees("En ligne", "La connexion est rétablie.")
}
