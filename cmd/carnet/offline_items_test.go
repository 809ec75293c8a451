package main

import (
	"slices"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"

	"github.com/google/uuid"
)

// looks counts the looks at a profile in somebody's own traces.
func (p *post) looks(direct *client.HTTP, patient string) (n int) {
	p.Helper()
	page, err := direct.Accesses(p.Context(), client.TraceQuery{PatientID: patient, Limit: 200})
	for _, trace := range must(p.T, page, err).Traces {
		if trace.Kind == fhir.KindProfile && trace.Action == "E" {
			n++
		}
	}
	return n
}

// A pharmacist's counter: a patient was served yesterday, the cable is pulled. Allergies
// and treatments are those of the copy; a dispensation and a vaccination are written;
// the cable is put back, and both are there once, the look at the profile told.
func TestServingAtTheCounterWithoutTheServer(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	server := demoServer(t)
	direct := doctor(t, server, "pharmacist")
	found, err := direct.MyPatients(ctx, client.PatientQuery{Text: "lefebvre"})
	who := must(t, found, err).Patients[0]
	p := newPost(t, dir, server, "pharmacist")
	kept := p.kept.Kept()
	_, err = kept.Records.MyPatients(ctx, client.PatientQuery{Limit: 200})
	a, opening := kept.Records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	if err != nil || opening != nil {
		t.Fatal(err, opening)
	}
	served := client.ItemQuery{Resources: []string{"AllergyIntolerance", "MedicationStatement", "Immunization"}}
	online, err := kept.Profiles.Items(ctx, a, served)
	if online = must(t, online, err); online.Cached || len(online.Items) == 0 {
		t.Fatalf("online: %d items, cached %v", len(online.Items), online.Cached)
	}
	p.copiesAre(1)
	before := p.looks(direct, who.ID)

	p.wire.Pull()
	a, err = kept.Records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	a = must(t, a, err)
	offline, err := kept.Profiles.Items(ctx, a, served)
	if offline = must(t, offline, err); !offline.Cached || offline.AsOf.IsZero() || !slices.EqualFunc(offline.Items, online.Items, func(x, y client.Item) bool {
		return string(x.JSON("p")) == string(y.JSON("p"))
	}) {
		t.Fatalf("without the server %d items of %d, %+v", len(offline.Items), len(online.Items), offline.Provenance)
	}
	if team, err := kept.Profiles.CareTeam(ctx, a); err != nil || len(team) == 0 {
		t.Errorf("the team without the server: %d, %v", len(team), err)
	}
	draft := p.report(who, "Dispensation sans réseau")
	kind, _ := terminology.TypeByCode("60593-1")
	draft.Type, draft.Class = fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label}, fhir.Coding{System: terminology.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)}
	if _, err := kept.Records.File(ctx, a, draft, nil); fhir.CodeOf(err) != fhir.Queued {
		t.Fatalf("a dispensation without the server: %v", err)
	}
	vaccine := client.Item{Resource: "Immunization", Text: "Grippe saisonnière", Status: "completed", Start: "2026-11-20", Lot: "SANSRESEAU1"}
	if _, err := kept.Profiles.KeepItem(ctx, a, uuid.NewString(), vaccine); fhir.CodeOf(err) != fhir.Queued {
		t.Fatalf("a vaccination without the server: %v", err)
	}
	shown, err := kept.Profiles.Items(ctx, a, served)
	if shown = must(t, shown, err); len(shown.Items) != len(online.Items)+1 || len(shown.Waiting) != 1 || shown.Items[0].Lot != vaccine.Lot {
		t.Errorf("%d items, %d wait", len(shown.Items), len(shown.Waiting))
	}
	p.hides(who, "SANSRESEAU1")

	p.wire.Plug()
	kept.Copies.Hurry()
	p.allSent(2)
	until(t, "the look at the profile is told", func() bool { return p.looks(direct, who.ID) == before+1 })
	if n := titled(t, direct, who.ID, draft.Title); n != 1 {
		t.Errorf("the dispensation is there %d times", n)
	}
	all, err := direct.Items(ctx, client.Access{PatientID: who.ID}, served)
	n := 0
	for _, i := range must(t, all, err).Items {
		if i.Lot == vaccine.Lot {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the vaccination is there %d times", n)
	}
}
