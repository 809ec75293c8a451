package ui

import (
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

// openLea finds MARTIN Léa by typing and opens her record.
func openLea(t *testing.T) *story {
	t.Helper()
	s := tell(t, "morel")
	test.Type(s.win.Canvas().Focused(), "mart")
	s.pass(time.Second)
	s.press(fyne.KeyReturn)
	s.sees("Vous êtes son médecin traitant", "Déposer un document")
	return s
}

func TestRecordByKeysAndBack(t *testing.T) {
	s := openLea(t)
	if s.PageName() != "Dossier" || s.desk.history.section() != sectionPatients {
		t.Errorf("on page %q of section %q", s.PageName(), s.desk.history.section())
	}
	s.chord(widget.Ctrl(fyne.KeyK))
	s.seesNot("Vous êtes son médecin traitant")
	s.chord(widget.Alt(fyne.KeyLeft))
	s.sees("Vous êtes son médecin traitant")
	if s.fake.Count(clienttest.OpOpen) != 1 {
		t.Errorf("the record was opened %d times", s.fake.Count(clienttest.OpOpen))
	}
}

func TestAFileDroppedOnTheRecordOpensTheSheet(t *testing.T) {
	s := openLea(t)
	s.dropped([]fyne.URI{storage.NewFileURI("/nowhere/report.pdf")})
	s.h.Settle()
	s.sees("Déposer un document", "Ce fichier est introuvable")
	s.press(fyne.KeyEscape)
	s.seesNot("Ce fichier est introuvable")
}

func TestLeavingClosesTheAccessSession(t *testing.T) {
	for name, leave := range map[string]func(*story){
		"sign out":               func(s *story) { s.signOut() },
		"close the window":       func(s *story) { s.quit() },
		"go on to other records": func(s *story) { visit(s, deepest) },
	} {
		t.Run(name, func(t *testing.T) {
			s := openLea(t)
			leave(s)
			s.pass(time.Second)
			if s.fake.Count(clienttest.OpClose) == 0 {
				t.Error("the access session was left open")
			}
		})
	}
}

// visit opens the same record n times more.
func visit(s *story, n int) {
	for range n {
		s.chord(widget.Ctrl(fyne.KeyK))
		s.press(fyne.KeyReturn)
	}
}

func TestPagesDoNotShadowTheWindowsKeys(t *testing.T) {
	s := openLea(t)
	for _, page := range s.page().Shortcuts() {
		for _, window := range s.shortcuts() {
			for _, k := range window.Keys {
				if page.Matches(k) {
					t.Errorf("%s is both %q and %q", k, page.Label, window.Label)
				}
			}
		}
	}
}

func TestThemeReachesPagesThatAreNotInFront(t *testing.T) {
	s := openLea(t)
	s.chord(widget.Alt(fyne.KeyR))
	v := s.values
	v.Scale = 1.5
	s.apply(v)
	s.chord(widget.Alt(fyne.KeyLeft))
	s.sees("Vous êtes son médecin traitant")
	if n := len(s.root.host.Objects); n != 3 { // patients, settings, the record
		t.Errorf("%d pages are alive", n)
	}
}
