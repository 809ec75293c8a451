package ui

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"

	"fyne.io/fyne/v2"
)

// handed is a context for a person of the fake server.
func (s *story) hand(c Context) {
	s.OpenContext(c)
	s.h.Settle()
}

// lea gives the person whom the practice's software shows.
func (s *story) lea(t *testing.T) (client.Patient, Context) {
	t.Helper()
	page, err := s.fake.MyPatients(t.Context(), client.PatientQuery{Text: "martin léa"})
	if err != nil || len(page.Patients) == 0 {
		t.Fatalf("nobody: %v", err)
	}
	p := page.Patients[0]
	sex := map[string]string{"male": "M", "female": "F"}[p.Gender]
	return p, Context{INS: p.INS, Traits: fhir.Traits{BirthName: p.BirthName, FirstGiven: p.FirstGiven, Sex: sex, BirthDate: p.BirthDate}}
}

func TestTheRecordOfWhomTheSoftwareShows(t *testing.T) {
	s := tell(t, "morel")
	_, c := s.lea(t)
	s.hand(c)
	s.sees("MARTIN Léa", "Dossier ouvert depuis votre logiciel.", "Documents")
	if s.PageName() != "Dossier" {
		t.Fatalf("the page is %q", s.PageName())
	}
}

// Someone who says another birth date of the person is not led into a record
// without a look.
func TestSoftwareThatSaysSomethingElse(t *testing.T) {
	s := tell(t, "morel")
	_, c := s.lea(t)
	c.Traits.BirthDate, c.Traits.Sex = "1980-01-02", "M"
	s.hand(c)
	s.sees("Est-ce la même personne ?", "02/01/1980", "Date de naissance", "Sexe")
	s.press(fyne.KeyReturn) // the careful answer has the keyboard
	s.seesNot("Est-ce la même personne ?")
	if s.PageName() == "Dossier" {
		t.Fatal("the record was opened all the same")
	}
}

func TestNobodyHasThisINS(t *testing.T) {
	s := tell(t, "morel")
	s.hand(Context{INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "199999999999983"}})
	s.sees("Cela n’a pas abouti")
}

// A patient who was handed over waits for the sign-in, but not for ever.
func TestAContextWaitsBehindTheLock(t *testing.T) {
	s := tell(t, "morel")
	_, c := s.lea(t)
	s.lockNow()
	s.hand(c)
	s.seesNot("MARTIN")
	s.press(fyne.KeyReturn)
	s.sees("Dossier ouvert depuis votre logiciel.")

	s.lockNow()
	s.hand(c)
	s.pass(contextLife + time.Second)
	s.press(fyne.KeyReturn)
	s.sees("a attendu trop longtemps")
}

func TestDifferences(t *testing.T) {
	p := client.Patient{BirthName: "GARNIER-DUPRÉ", FirstGiven: "Zoé", Given: []string{"Zoé", "Anne"}, Gender: "female", BirthDate: "2011-04-05"}
	for _, row := range []struct {
		said fhir.Traits
		want []trait
	}{
		{fhir.Traits{}, nil},
		{fhir.Traits{BirthName: "garnier dupre", FirstGiven: "ZOE", Sex: "F", BirthDate: "2011-04-05"}, nil},
		{fhir.Traits{FirstGiven: "Zoé Anne"}, nil},
		{fhir.Traits{FirstGiven: "Anne"}, nil},
		{fhir.Traits{FirstGiven: "Chloé"}, []trait{traitGiven}},
		{fhir.Traits{BirthName: "DUPRÉ", BirthDate: "2011-05-04"}, []trait{traitBirthName, traitBirthDate}},
		{fhir.Traits{Sex: "M"}, []trait{traitSex}},
	} {
		got := differences(row.said, p)
		ok := len(got) == len(row.want)
		for i := 0; ok && i < len(got); i++ {
			ok = got[i].trait == row.want[i]
		}
		if !ok {
			t.Errorf("%+v: %v, want %v", row.said, got, row.want)
		}
	}
}
