package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"carnet/client/fhir"
)

// typeDispensed is the type of a dispensation (LOINC).
const typeDispensed = "60593-1"

// A pharmacist’s five minutes at the counter: the keyboard alone, from the sign-in to
// the patient who leaves. What was handed out is in the record, once; the patient’s
// history says who did it; and nothing of the patient is left on the screen.
func TestThePharmacistsCounterInARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		c := &counterStory{tour: t}
		steps := append(c.serving(), c.handing()...)
		return append(append(steps, c.others()...), c.leave()...)
	})
}

// counterStory is what a pharmacist does, with what there was before.
type counterStory struct {
	*tour
	given     int // dispensations in the record before
	injected  int // injections
	dispensed fhir.Dispensation
}

func (c *counterStory) serving() []step {
	return []step{
		{slug: "sign-in", title: "a pharmacist signs in: the counter waits", do: func(ctx context.Context) error {
			if err := c.meet(ctx); err != nil {
				return err
			}
			if err := c.witness.signIn(ctx, "pharmacist"); err != nil {
				return err
			}
			given, err := c.documents(ctx)
			if err != nil {
				return err
			}
			injected, err := c.witness.items(ctx, "Immunization", c.mine.ID)
			if err != nil {
				return err
			}
			c.given, c.injected = len(given), len(injected)
			if err := c.desk.startApp(ctx, "-account", "pharmacist"); err != nil {
				return err
			}
			return c.desk.sees(ctx, "Comptoir", "Scannez le code de l’attestation INS", "En ligne")
		}},
		c.typing("lefe", "the keyboard is there at once", "ROUX-LEFÈBVRE"),
		c.pressing("Return", "the three columns, side by side", "Ordonnances et dispensations", "Traitements en cours", "Metformine", "Pénicilline"),
	}
}

func (c *counterStory) handing() []step {
	return []step{
		c.pressing("Home Return", "ticks a treatment", "Ôter"),
		c.pressing("ctrl+m", "to a medicine", "Médicament, tel qu’écrit sur la boîte"),
		c.typing("amoxicilline", "its name", "amoxicilline"),
		c.pressing("Return", "it is there, and the allergy is told", "Allergie", "Pénicilline"),
		c.pressing("F1", "every key of the counter", "Enregistrer la dispensation", "Enregistrer une vaccination", "Un examen déjà fait ?", "Patient suivant", "Ajouter un médicament"),
		c.leaving("Escape", "closes the list", "Liste des raccourcis"),
		c.pressing("ctrl+Return", "the allergy must be answered", "À vérifier avant de dispenser", "Dispenser quand même"),
		c.leaving("Escape", "back to the dispensation; nothing was filed", "À vérifier avant de dispenser"),
		c.pressing("ctrl+Return", "once more", "Dispenser quand même"),
		c.pressing("ctrl+Return", "and it is filed", "Dispensation enregistrée dans le dossier"),
		{slug: "once", title: "the server has it once, as it was typed", do: c.filedOnce},
		{slug: "history", title: "the patient’s history says who, and what", do: c.told},
	}
}

func (c *counterStory) others() []step {
	return []step{
		c.pressing("ctrl+j", "a vaccination", "Vaccination", "Numéro de lot"),
		c.typing("grippe", "which vaccine", "rippe"),
		c.pressing("Return", "is taken", "Numéro de lot"),
		c.pressing("ctrl+Return", "but the lot is missing, and it says so", "Le numéro de lot est sur la boîte"),
		c.typing("A12B34", "the lot, where the keyboard is", "A12B34"),
		c.pressing("ctrl+Return", "is recorded", "Vaccination enregistrée dans le dossier"),
		{slug: "injected", title: "the server has one injection more", do: func(ctx context.Context) error {
			all, err := c.witness.items(ctx, "Immunization", c.mine.ID)
			if err == nil && len(all) != c.injected+1 {
				err = fmt.Errorf("%d injections, there were %d", len(all), c.injected)
			}
			return err
		}},
		c.pressing("ctrl+e", "an examination that may have been done", "Quel examen est prescrit"),
		c.typing("hba1c", "which one", "HbA1c"),
		c.pressing("Return", "says what is known", "Recherche sur"),
		c.leaving("Return", "closes it", "Recherche sur"),
		c.pressing("F5", "asks anew", "Traitements en cours"),
	}
}

func (c *counterStory) leave() []step {
	return []step{
		c.pressing("ctrl+d", "the patient leaves", "Scannez le code de l’attestation INS"),
		{slug: "nothing", title: "nothing of the patient is left on the screen", do: func(ctx context.Context) error {
			return c.desk.misses(ctx, "LEFÈBVRE", "Hélène", "Metformine", "Pénicilline", "amoxicilline", "A12B34", "1951", c.mine.INS.Value)
		}},
		c.pressing("ctrl+n", "another one by strict traits", "Nom de naissance"),
	}
}

// documents are the dispensations of the record.
func (c *counterStory) documents(ctx context.Context) ([]fhir.DocumentReference, error) {
	body, err := c.witness.call(ctx, "/fhir/DocumentReference/_search", url.Values{
		"patient": {"Patient/" + c.mine.ID}, "status": {"current"}, "type": {typeDispensed}, "_count": {"100"},
	})
	if err != nil {
		return nil, err
	}
	return entriesOf(body, fhir.ParseDocumentReference)
}

// filedOnce reads the one dispensation more from the server.
func (c *counterStory) filedOnce(ctx context.Context) error {
	all, err := c.documents(ctx)
	if err != nil {
		return err
	}
	if len(all) != c.given+1 {
		return fmt.Errorf("%d dispensations, there were %d", len(all), c.given)
	}
	found := 0
	for _, d := range all {
		if d.Attachment.ContentType != fhir.TypeFHIRDocument {
			continue
		}
		body, err := c.witness.send(ctx, http.MethodGet, "/fhir/Binary/"+d.ID, nil)
		if err != nil {
			return err
		}
		given, err := fhir.ParseDispensation(body)
		if err != nil {
			return err
		}
		if given.At.Before(c.began.Add(-time.Second)) {
			continue
		}
		found++
		c.dispensed = given
	}
	if found != 1 || len(c.dispensed.Lines) != 2 {
		return fmt.Errorf("%d structured dispensations of now, the last with %d lines", found, len(c.dispensed.Lines))
	}
	if c.dispensed.Lines[1].Text != "amoxicilline" || c.dispensed.Author.Name != "Claire LE GOFF" {
		return fmt.Errorf("the dispensation says %q, by %q", c.dispensed.Lines[1].Text, c.dispensed.Author.Name)
	}
	return nil
}

// told asks what the patient reads of it.
func (c *counterStory) told(ctx context.Context) error {
	if err := c.witness.signIn(ctx, "gp"); err != nil { // who may read the record’s history
		return err
	}
	filed, err := c.witness.filings(ctx, c.mine.ID, c.began.Add(-time.Second))
	if err != nil {
		return err
	}
	if len(filed) != 1 {
		return fmt.Errorf("the history tells of %d filings", len(filed))
	}
	if err := c.witness.signIn(ctx, "pharmacist"); err != nil {
		return err
	}
	patient, err := visit(ctx, c.desk.base, "helene")
	if err != nil {
		return err
	}
	if err := patient.open(ctx, "/mon/historique"); err != nil {
		return err
	}
	return patient.shows("Claire LE GOFF")
}
