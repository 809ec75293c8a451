package demo

import (
	"context"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestProfilesAreBelievable: everybody with documents has a profile, the richest
// the one that the stories tell, and the server takes all of it.
func TestProfilesAreBelievable(t *testing.T) {
	w := plannedWorld(t)
	all, err := w.items()
	if err != nil {
		t.Fatal(err)
	}
	kinds, per, said := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, i := range all {
		kinds[i.Item.Resource]++
		per[i.PatientID]++
		if i.PatientID == richest {
			said[i.Item.Text] = true
		}
	}
	for _, kind := range fhir.ItemResources() {
		if kinds[kind] < 8 {
			t.Errorf("%d of %s", kinds[kind], kind)
		}
	}
	for _, p := range w.people {
		if has := per[p.seed.ID]; w.rel.hasDocuments(p) != (has > 0) {
			t.Errorf("%s has %d items", p.seed.ID, has)
		}
	}
	for _, text := range []string{"Pénicilline", "Arachide", "Metformine 1000 mg", "HbA1c", "Tension artérielle", "Poids"} {
		if !said[text] {
			t.Errorf("the richest record lacks %s", text)
		}
	}
	svc, err := record.Open(context.Background(), record.Config{Dir: t.TempDir(), Now: today, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = svc.Close() }()
	seeder, err := svc.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.people {
		if err := w.seedPerson(seeder, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.seedItems(seeder); err != nil {
		t.Fatal(err)
	}
	if err := seeder.Close(); err != nil {
		t.Fatal(err)
	}
	anne := cast["gp"]
	page, err := svc.Items(context.Background(), record.Principal{ID: anne.id, Name: anne.name, Profession: anne.profession, Session: "s"}, "", record.ItemQuery{PatientID: richest, Limit: 200})
	if err != nil || page.Total != per[richest] || len(page.Items) != page.Total {
		t.Errorf("the médecin traitant reads %d of %d: %v", page.Total, per[richest], err)
	}
	t.Logf("%d items, %d of the richest", len(all), per[richest])
}
