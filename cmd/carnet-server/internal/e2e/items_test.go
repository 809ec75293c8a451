package e2e

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/record"
)

// profiles is the desktop's client of the health profile, for somebody.
func (w *world) profiles(base, who string) client.Profiles {
	w.Helper()
	c, err := client.New(client.Config{BaseURL: base, Tokens: tokenOf{w, who}, Timeout: 20 * time.Second})
	w.must(err)
	return c
}

// keeps adds an item as somebody.
func (w *world) keeps(who, patient string, i client.Item) client.Item {
	w.Helper()
	kept, err := w.profiles(w.base, who).KeepItem(w.Context(), client.Access{PatientID: patient}, "", i)
	w.must(err)
	return kept
}

// pressure is a blood pressure of some days ago.
func (w *world) pressure(back, high, low int) client.Item {
	loinc := func(code string) fhir.Coding { return fhir.Coding{System: fhir.SystemLOINC, Code: code} }
	return client.Item{
		Resource: "Observation", Code: loinc(fhir.MeasureBloodPressure), Status: "final", Start: w.now().AddDate(0, 0, -back).Format(time.DateOnly),
		Parts: []fhir.Part{
			{Code: loinc(fhir.MeasureSystolic), Value: fmt.Sprint(high), Unit: "mm[Hg]"},
			{Code: loinc(fhir.MeasureDiastolic), Value: fmt.Sprint(low), Unit: "mm[Hg]"},
		},
	}
}

// aLife fills a profile with some of everything, by two people.
func (w *world) aLife(patient string) {
	w.Helper()
	for n := range 14 {
		w.keeps(mt, patient, w.pressure(30*n, 140+n, 80+n%4))
	}
	for n := range 3 {
		for _, i := range []client.Item{
			{Resource: "AllergyIntolerance", Text: fmt.Sprint("Allergène ", n), Status: "active"},
			{Resource: "Condition", Text: fmt.Sprint("Maladie ", n), Status: "active", Masked: n == 2},
			{Resource: "FamilyMemberHistory", Text: "Diabète", Status: "completed"},
			{Resource: "MedicationStatement", Text: "Metformine 1000 mg", Status: "active"},
			{Resource: "Immunization", Text: "Grippe", Status: "completed", Start: "2025-10-10"},
			{Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureWeight}, Status: "final", Start: "2026-01-01", Value: "70.5", Unit: "kg"},
		} {
			w.keeps([]string{mt, gp, gp}[n], patient, i)
		}
	}
}

// TestDesktopClientKeepsProfiles runs the stories of the health profile with the
// desktop's HTTP client on the real server.
func TestDesktopClientKeepsProfiles(t *testing.T) {
	clienttest.RunProfiles(t, func(t *testing.T) clienttest.ProfilesHarness {
		w := newWorld(t)
		w.aLife(alice)
		doc := w.document(alice, nurse)
		for _, who := range []string{mt, gp} {
			w.must(w.seeder.Authorise(record.AuthorisationSeed{PatientID: bob, Actor: id(who), Form: "ecrit"}))
		}
		w.must(w.seeder.Flush())
		hidden := w.keeps(gp, bob, client.Item{Resource: "Condition", Text: "Titre-secret", Status: "active", Masked: true})
		gone := httptest.NewServer(nil)
		gone.Close()
		w.token(regulator)
		off := gone.URL + httpapi.Base
		records := func(base, who string) client.Records { r, _ := w.profiles(base, who).(client.Records); return r }
		person := func(patient string) client.Patient { return client.Patient{ID: patient} }
		return clienttest.ProfilesHarness{
			Harness: clienttest.Harness{
				Records: records(w.base, mt), Offline: records(off, mt), SignedOut: records(w.base, ""), Regulator: records(w.base, regulator),
				Mine: person(alice), Name: "pat", Stranger: person(carol), Objects: person(eve), Blocked: person(iris), Closed: person(dan), NoINS: person(gina),
				Forbidden: []string{"PAT-TROIS", "Titre-secret", id(mt), "MOREL"},
			},
			Profiles: w.profiles(w.base, mt), OfflineProfiles: w.profiles(off, mt), SignedOutProfiles: w.profiles(w.base, ""),
			Friend: person(bob), Hidden: hidden, Source: doc,
		}
	})
}
