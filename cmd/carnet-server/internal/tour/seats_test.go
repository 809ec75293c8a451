package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"carnet/client/fhir"
)

// The codes of the two people who share the computer; a guessable one is refused.
const (
	codeDoctor     = "482913"
	codePharmacist = "730465"
)

// Two people share a computer: each takes a place by a code, and they change by it in
// a moment. Nothing of the one before is left on the screen, and what each does stands
// under their own name in the patient’s history.
func TestASharedComputerInARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		s := &seatStory{tour: t}
		return append(append(s.first(), s.second()...), s.changing()...)
	})
}

type seatStory struct {
	*tour
	handed []time.Duration
}

func (s *seatStory) first() []step {
	return []step{
		{slug: "sign-in", title: "the desktop opens on its sign-in page", do: s.open},
		{slug: "patients", title: "a general practitioner signs in", do: s.signIn},
		s.pressing("ctrl+shift+p", "who has no code chooses one first", "Choisir mon code sur ce poste", "Code à six chiffres"),
		s.coding("111111", "111111", "six times the same digit is guessed by anybody", "Ce code se devine"),
		s.coding(codeDoctor, codePharmacist, "twice the same, or not at all", "Les deux codes diffèrent"),
		s.typing(codeDoctor, "once more", "Choisir mon code"),
		s.pressing("Return", "is taken", "Votre code est pris"),
		s.pressing("F1", "the window’s keys", "Changer de personne"),
		s.leaving("Escape", "closes the list", "Liste des raccourcis"),
		{slug: "found", title: "find a patient", do: s.find},
		s.pressing("Return", "the record is open", "Allergies et effets indésirables", "Pénicilline"),
		s.leaving("ctrl+shift+p", "who sits down? the record is off the screen", s.ofTheRecord()...),
	}
}

// coding is a step of a code typed twice, and Return.
func (s *seatStory) coding(code, again, title string, shows ...string) step {
	return step{slug: "code", title: title, do: func(ctx context.Context) error {
		if err := s.desk.display.write(ctx, code+"\t"+again); err != nil {
			return err
		}
		if err := s.desk.display.keys(ctx, "Return"); err != nil {
			return err
		}
		return s.desk.sees(ctx, shows...)
	}}
}

// ofTheRecord is what must not be seen by who sits down next.
func (s *seatStory) ofTheRecord() []string {
	return []string{"LEFÈBVRE", "Hélène", "Pénicilline", "Metformine", "14/03/1951", "210 documents"}
}

func (s *seatStory) second() []step {
	return []step{
		s.pressing("Tab Return", "who has no code here signs in", "Pharmacienne titulaire"),
		s.pressing("Down Return", "a pharmacist", "Comptoir", "Claire LE GOFF"),
		{slug: "clear", title: "nothing of the former person is on the screen", do: func(ctx context.Context) error {
			return s.desk.misses(ctx, append(s.ofTheRecord(), "MOREL")...)
		}},
		s.pressing("ctrl+shift+p", "chooses a code, too", "Choisir mon code sur ce poste"),
		s.coding(codePharmacist, codePharmacist, "and has a place", "Votre code est pris"),
	}
}

func (s *seatStory) changing() []step {
	return []step{
		s.pressing("ctrl+shift+p", "who sits down?", "Qui êtes-vous", "Dr Anne MOREL", "Claire LE GOFF"),
		s.typing("000999", "not the code", "Ce n’est pas le bon code"),
		{slug: "back", title: "the doctor’s own", do: func(ctx context.Context) error {
			return s.sits(ctx, "Dr Anne MOREL", codeDoctor, "derniers vus d’abord")
		}},
		{slug: "five", title: "five changes, with a patient in hand each time", do: s.fiveChanges},
		{slug: "names", title: "what each did stands under their own name", do: s.underTheirNames},
	}
}

// sits types somebody’s code on the page that asks who sits down, and waits for their
// desk.
func (s *seatStory) sits(ctx context.Context, name, code, desk string) error {
	if err := s.takeInHand(ctx, name); err != nil {
		return err
	}
	if err := s.desk.display.write(ctx, code); err != nil {
		return err
	}
	began := time.Now() // the sixth digit is in
	if err := s.desk.sees(ctx, desk, name); err != nil {
		return err
	}
	s.handed = append(s.handed, time.Since(began))
	return nil
}

// takeInHand chooses a name with the arrows.
func (s *seatStory) takeInHand(ctx context.Context, name string) error {
	chosen := func() error {
		shown, err := s.desk.look(ctx)
		if err == nil && !inHand(shown, name) {
			err = errors.New("another person is in hand")
		}
		return err
	}
	for _, chord := range []string{"Up", "Down"} {
		if chosen() == nil {
			return nil
		}
		if err := s.desk.display.keys(ctx, chord); err != nil {
			return err
		}
		if until(ctx, 2*time.Second, chosen) == nil {
			return nil
		}
	}
	return chosen()
}

func (s *seatStory) fiveChanges(ctx context.Context) error {
	s.handed = nil
	for n := range 5 {
		name, code, desk := "Claire LE GOFF", codePharmacist, "Scannez le code de l’attestation INS"
		former := "MOREL"
		if n%2 == 1 {
			name, code, desk, former = "Dr Anne MOREL", codeDoctor, "derniers vus d’abord", "LE GOFF"
		}
		if err := s.desk.display.write(ctx, "lefe"); err != nil { // the box has the keyboard on both desks
			return err
		}
		if err := s.desk.sees(ctx, "ROUX-LEFÈBVRE"); err != nil {
			return err
		}
		if err := s.desk.display.keys(ctx, "Return"); err != nil {
			return err
		}
		if err := s.desk.sees(ctx, "Pénicilline", "Traitements en cours"); err != nil {
			return err
		}
		if err := s.desk.display.keys(ctx, "ctrl+shift+p"); err != nil {
			return err
		}
		if err := s.desk.misses(ctx, s.ofTheRecord()...); err != nil {
			return err
		}
		if err := s.sits(ctx, name, code, desk); err != nil {
			return err
		}
		gone := []string{former, "Pénicilline", "Metformine", "210 documents", "Traitements en cours"}
		if n%2 == 0 { // the doctor’s list has the patient as one of her own
			gone = append(gone, s.ofTheRecord()...)
		}
		if err := s.desk.misses(ctx, gone...); err != nil {
			return err
		}
	}
	slices.Sort(s.handed)
	s.desk.say("%66s p50 %d ms, all %v", "from the sixth digit to the other’s desk:", s.handed[2].Milliseconds(), rounded(s.handed))
	if s.handed[2] > slowest {
		return fmt.Errorf("half of the changes took more than %s", slowest)
	}
	return nil
}

// underTheirNames asks the record’s history who opened it.
func (s *seatStory) underTheirNames(ctx context.Context) error {
	return until(ctx, patience, func() error {
		who, err := s.witness.names(ctx, s.mine.ID, fhir.KindOpen, s.began)
		if err == nil && (who["Dr Anne MOREL"] != 4 || who["Claire LE GOFF"] != 2) {
			err = fmt.Errorf("the record was opened by %v", who)
		}
		return err
	})
}
