package ui

import (
	"errors"
	"testing"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// explaining is a desktop with a doubt, on the sheet that lifts it.
func explaining(t *testing.T, w *logWitness) *story {
	t.Helper()
	s := watching(t, w)
	s.press(fyne.KeyEscape) // what the doubt means was read at the start
	s.chord(alarmKeys())
	s.sees("jusqu’à ce que le responsable du serveur")
	s.tap("Le responsable du serveur a expliqué…")
	s.sees("Qui vous l’a expliqué", "Pour confirmer, écrivez REPARTIR")
	return s
}

// tap presses a button of the sheet in front.
func (s *story) tap(label string) {
	s.Helper()
	sheet := widget.SheetOf(s.win.Canvas().Overlays().Top())
	for _, b := range sheet.Actions {
		if b.Label() == label {
			test.Tap(b)
			s.h.Settle()
			return
		}
	}
	s.Fatalf("no button %q", label)
}

// write types in the field that has the keyboard, and goes to the next.
func (s *story) write(text string) {
	s.Helper()
	e, ok := s.win.Canvas().Focused().(*widget.Entry)
	if !ok {
		s.Fatalf("nowhere to write %q", text)
	}
	test.Type(e, text)
	s.win.Canvas().FocusNext()
}

func TestADoubtIsLiftedOnSomebodysWord(t *testing.T) {
	w := &logWitness{kept: doubted(), doubt: doubted()}
	s := explaining(t, w)
	send := widget.Ctrl(fyne.KeyReturn)
	s.chordInFront(send)
	s.write("M. Durand, exploitant")
	s.write("une sauvegarde de la veille")
	s.write("repar")
	s.chordInFront(send)
	if len(w.told) != 0 || !s.root.alarm.root.Visible() {
		t.Fatal("lifted without the word")
	}
	sheet := widget.SheetOf(s.win.Canvas().Overlays().Top())
	s.win.Canvas().FocusPrevious()
	s.write("tir")
	w.refuses = errors.New("no server")
	sheet.TypedShortcut(send)
	s.h.Settle()
	s.sees("rien n’a changé")
	if !s.root.alarm.root.Visible() {
		t.Fatal("the banner left without a record")
	}
	w.refuses = nil
	sheet.TypedShortcut(send)
	s.h.Settle()
	if len(w.told) != 1 || w.told[0].Who != "M. Durand, exploitant" || w.told[0].Words != "une sauvegarde de la veille" ||
		w.told[0].By != "Dr Anne MOREL" || w.told[0].ByID == "" || !w.told[0].Given() {
		t.Errorf("written down: %+v", w.told)
	}
	if s.root.alarm.root.Visible() || s.win.Canvas().Overlays().Top() != nil {
		t.Error("the banner stays")
	}
	s.sees("L’explication est gardée")
	s.chord(widget.Alt(fyne.KeyR))
	s.sees("Journal des accès : reparti le", "par Dr Anne MOREL, sur l’explication de M. Durand, exploitant : une sauvegarde de la veille")
	w.doubt = doubted() // and again, later
	s.h.Advance(witnessEvery)
	s.h.Settle()
	if !s.root.alarm.root.Visible() {
		t.Error("a second doubt is not shown")
	}
}

// chordInFront gives a chord to the sheet in front.
func (s *story) chordInFront(k widget.Keys) {
	widget.SheetOf(s.win.Canvas().Overlays().Top()).TypedShortcut(k)
	s.h.Settle()
}

func TestNobodyLiftsADoubtUnnamed(t *testing.T) {
	s := watching(t, &logWitness{kept: doubted(), doubt: doubted()})
	s.press(fyne.KeyEscape)
	s.lockNow()
	s.h.Settle()
	s.explainDoubt()
	s.sees("Le journal des accès ne tient plus")
	s.seesNot("Le responsable du serveur a expliqué…")
}
