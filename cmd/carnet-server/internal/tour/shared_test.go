package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/internal/cable"
)

// codeAssistant is the code of the pharmacist's colleague.
const codeAssistant = "918264"

// sharedStory is a counter at which two pharmacists of one pharmacy work.
type sharedStory struct {
	*seatStory
	wire *cable.Cable
}

// A pharmacist serves a patient; her colleague signs in at the same computer, and the
// cable is pulled. He finds the patient whom he never saw and opens the record; so does
// she when they change by their codes. What each read stands under their own name in the
// patient's history.
func TestAColleaguesPatientInARealWindow(t *testing.T) {
	playing(t, func(tr *tour) []step {
		s := &sharedStory{seatStory: &seatStory{tour: tr}}
		return append(append(s.serving(), s.relieved()...), s.without()...)
	})
}

func (s *sharedStory) serving() []step {
	return []step{
		{slug: "sign-in", title: "a pharmacist signs in, over a cable", do: func(ctx context.Context) (err error) {
			if err := s.meet(ctx); err != nil {
				return err
			}
			if s.wire, err = cable.Lay(s.desk.base); err != nil {
				return err
			}
			if err := s.desk.startApp(ctx, "-server", s.wire.Address(), "-issuer", s.desk.base+"/oidc", "-account", "pharmacist"); err != nil {
				return err
			}
			return s.desk.sees(ctx, "Comptoir", "En ligne")
		}},
		s.typing("lefe", "a patient comes to the counter", "ROUX-LEFÈBVRE"),
		s.pressing("Return", "is served", "Pénicilline", "Traitements en cours"),
		s.pressing("ctrl+shift+p", "who has no code chooses one first", "Code à six chiffres"),
		s.coding(codePharmacist, codePharmacist, "and has a place", "Votre code est pris"),
		s.copied("the record is copied"),
	}
}

// copied waits until the settings say that one record is copied.
func (s *sharedStory) copied(title string) step {
	return step{slug: "copied", title: title, do: func(ctx context.Context) error {
		return until(ctx, patience, func() error {
			if err := s.desk.display.keys(ctx, "alt+c", "alt+r"); err != nil {
				return err
			}
			shown, err := s.desk.look(ctx)
			if err == nil && !strings.Contains(plain(shown), "1 dossier copié") {
				err = errors.New("the settings do not say that a record is copied")
			}
			return err
		})
	}}
}

// relieved is the colleague, who opens nothing.
func (s *sharedStory) relieved() []step {
	return []step{
		s.pressing("ctrl+shift+p", "who sits down?", "Claire LE GOFF"),
		s.pressing("Tab Return", "who has no code here signs in", "Pharmacien adjoint"),
		s.pressing("Down Down Down Down Down Down Down Down Return", "her colleague", "Comptoir", "Mathieu LE BRAS"),
		s.pressing("ctrl+shift+p", "chooses a code, too", "Code à six chiffres"),
		s.coding(codeAssistant, codeAssistant, "and has a place", "Votre code est pris"),
		s.copied("whom she served is copied for him, too"),
	}
}

func (s *sharedStory) without() []step {
	return []step{
		{slug: "pulled", title: "the cable is pulled", do: func(ctx context.Context) error {
			s.wire.Pull()
			return s.desk.sees(ctx, "Hors ligne")
		}},
		s.pressing("alt+c", "the counter", "Comptoir"),
		s.typing("lefebvre", "he finds whom he never saw", "ROUX-LEFÈBVRE"),
		s.pressing("Return", "and reads, from the copy", "Pénicilline", "Traitements en cours", "Copie de "),
		s.leaving("ctrl+shift+p", "who sits down? nothing of the patient stays", s.ofTheRecord()...),
		{slug: "back", title: "the pharmacist, by her code, without the server", do: func(ctx context.Context) error {
			return s.sits(ctx, "Claire LE GOFF", codePharmacist, "Scannez le code de l’attestation INS")
		}},
		s.typing("lefebvre", "finds the patient as well", "ROUX-LEFÈBVRE"),
		s.pressing("Return", "and reads", "Pénicilline", "Copie de "),
		{slug: "told", title: "the cable is back: each reading stands under its reader's name", do: func(ctx context.Context) error {
			s.wire.Plug()
			if err := s.desk.sees(ctx, "En ligne"); err != nil {
				return err
			}
			if err := s.toldFor(ctx, "Claire LE GOFF"); err != nil {
				return err
			}
			if err := s.desk.display.keys(ctx, "ctrl+shift+p"); err != nil {
				return err
			}
			if err := s.desk.sees(ctx, "Qui êtes-vous"); err != nil {
				return err
			}
			if err := s.sits(ctx, "Mathieu LE BRAS", codeAssistant, "Scannez le code de l’attestation INS"); err != nil {
				return err
			}
			return s.toldFor(ctx, "Mathieu LE BRAS")
		}},
	}
}

// toldFor waits until the patient's history tells of somebody's reading of the profile.
// He never asked the server for it: his can only be the one from the copy.
func (s *sharedStory) toldFor(ctx context.Context, name string) error {
	return until(ctx, patience, func() error {
		who, err := s.witness.names(ctx, s.mine.ID, fhir.KindProfile, s.began)
		if err == nil && who[name] == 0 {
			err = fmt.Errorf("the profile was read by %v", who)
		}
		return err
	})
}
