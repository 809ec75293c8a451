package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// fullProfile gives a record two thousand items: most are measures, as in a life.
func (w *world) fullProfile(patient string, n int) {
	w.Helper()
	for i := range n {
		item := w.pressure(i, 120+i%40, 60+i%30)
		switch i % 40 {
		case 0:
			item = client.Item{Resource: "AllergyIntolerance", Text: fmt.Sprint("Allergène ", i), Status: "active", Category: "medication", Reaction: "urticaire"}
		case 1:
			item = client.Item{Resource: "MedicationStatement", Text: fmt.Sprint("Médicament ", i), Status: "active", Dosage: "1 comprimé le matin", Substances: []fhir.Coding{{Display: "substance"}}}
		case 2:
			item = disease(fmt.Sprint("Maladie ", i))
		}
		w.must(w.seeder.AddItem(record.ItemSeed{PatientID: patient, ID: fmt.Sprintf("item-%d", i), Item: item, By: party(gp), At: w.now()}))
	}
	w.must(w.seeder.Flush())
}

// BenchmarkProfile reads the first page of a profile of 2,000 items, as the
// desktop does: over HTTP, decided, logged, opened, parsed.
func BenchmarkProfile(b *testing.B) {
	w := newWorld(b)
	w.fullProfile(alice, 2000)
	first := profileOf(mt, alice)
	first.body = string(fhir.ItemsAsk{Count: 200}.JSON())
	raw := w.do(first)
	profiles, a := w.profiles(w.base, mt), client.Access{PatientID: alice}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		page, err := profiles.Items(b.Context(), a, client.ItemQuery{})
		w.must(err)
		if page.Total != 2000 || len(page.Items) != 200 {
			b.Fatalf("%d of %d", len(page.Items), page.Total)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(len(raw.body)), "bytes")
}
