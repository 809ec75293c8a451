package record

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// rowsOf makes a panel of n patients.
func rowsOf(n int, family func(i int) string) store.Panel {
	var p store.Panel
	for i := range n {
		v := fhir.Patient{ID: fmt.Sprintf("p%d", i), BirthName: family(i), Given: []string{"Zoé", "Anne-Lise"}, BirthDate: fmt.Sprintf("19%02d-03-12", i%100), INS: ins(i)}
		p.Rows = append(p.Rows, store.PanelRow{
			Person: store.Person{N: int64(i + 1), Patient: v, State: consent.StateOpen, SortName: sortName(v)},
			Kind:   store.KindAuthorisation,
		})
	}
	return p
}

// The index finds what a look at every patient finds, in the same order.
func TestPanelFindsWhatALookAtAllFinds(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	families := []string{"MARTIN", "LEFÈVRE", "LE GUEN", "D'ŒUVRE", "MARTINEZ", "ZOLA"}
	rapid.Check(t, func(rt *rapid.T) {
		rows := rowsOf(rapid.IntRange(0, 40).Draw(rt, "patients"), func(int) string { return rapid.SampledFrom(families).Draw(rt, "family") })
		for i := range rows.Rows {
			rows.Rows[i].Visit = now.Add(-time.Duration(rapid.IntRange(0, 3).Draw(rt, "visit")) * time.Hour)
			if rapid.Bool().Draw(rt, "ended") {
				rows.Rows[i].Ends = now
			}
		}
		p := newPanel(rows, gp())
		for range rapid.IntRange(0, 3).Draw(rt, "visits") {
			if n := len(rows.Rows); n > 0 {
				p = p.visited(int64(1+rapid.IntRange(0, n-1).Draw(rt, "who")), now)
			}
		}
		c := criteria{words: rapid.SliceOfN(rapid.SampledFrom([]string{"m", "martin", "le", "zo", "lise", "x", "oeuvre"}), 0, 2).Draw(rt, "words")}
		var want []int32
		for _, place := range p.order {
			if _, in := p.people[place].best(now); in && p.people[place].matches(c) {
				want = append(want, place)
			}
		}
		if got := p.find(c, now); !slices.Equal(got, want) {
			rt.Fatalf("%v: %v, want %v", c.words, got, want)
		}
		for i := 1; i < len(p.order); i++ {
			a, b := p.order[i-1], p.order[i]
			if p.visits[a] < p.visits[b] || p.visits[a] == p.visits[b] && a > b {
				rt.Fatalf("out of order at %d", i)
			}
		}
	})
}

func BenchmarkPanel(b *testing.B) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	families := []string{"MARTIN", "BERNARD", "PETIT", "LEFÈVRE", "LE GUEN", "ROUX", "GARCIA", "FAURE"}
	p := newPanel(rowsOf(10_000, func(i int) string { return families[i%8] + " " + families[i/8%8] }), gp())
	for _, text := range []string{"", "m", "martin", "lef zoe"} {
		b.Run("find "+text, func(b *testing.B) {
			c := PatientQuery{Text: text}.criteria()
			for b.Loop() {
				p.find(c, now)
			}
		})
	}
	b.Run("visited", func(b *testing.B) {
		for i := range b.N {
			p = p.visited(int64(1+i%10_000), now.Add(time.Duration(i)*time.Second))
		}
	})
}

// The list says of each patient what the decision says: the same relation with
// the same end, and filing alone to who never reads.
func TestTheListSaysWhatTheDecisionSays(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	soon, later := w.clock.now().Add(24*time.Hour), w.clock.now().Add(48*time.Hour)
	type ends struct{ team, auth *time.Time }
	forever := time.Time{}
	cases := []ends{{team: &soon}, {auth: &soon}, {&soon, &later}, {&later, &soon}, {&soon, &soon}, {&soon, &forever}, {&forever, &soon}}
	bySector := otherGP()
	bySector.Sector = "SA66" // médecine du travail, whatever the specialty
	readers := []Principal{otherGP(), bySector}
	w.seed(func(s *Seeder) {
		for i, c := range cases {
			_ = s.AddPatient(patientSeed(i+1, "MARTIN", "Lena"))
			_ = s.SetRecord(RecordSeed{PatientID: fmt.Sprintf("pat-%d", i+1), MT: gp().ID})
			if c.team != nil {
				_ = s.AddTeam(TeamSeed{PatientID: fmt.Sprintf("pat-%d", i+1), Actor: otherGP().ID, End: *c.team})
			}
			if c.auth != nil {
				_ = s.Authorise(AuthorisationSeed{PatientID: fmt.Sprintf("pat-%d", i+1), Actor: otherGP().ID, End: *c.auth})
			}
		}
	})
	for _, reader := range readers {
		page, err := w.MyPatients(ctx, reader, PatientQuery{})
		got := views(t, page, err)
		if len(got) != len(cases) {
			t.Fatalf("%d patients of %d", len(got), len(cases))
		}
		for _, v := range got {
			a, err := w.OpenAccess(ctx, reader, v.ID, "", "")
			if err != nil {
				t.Fatal(err)
			}
			want, until := a.Basis, a.Until
			if reader.Sector == bySector.Sector {
				if a.Refusal != "profession" {
					t.Errorf("refusal %q", a.Refusal)
				}
				want, until = fhir.BasisFiling, time.Time{}
			}
			if v.Relation != want || !v.RelationEnd.Equal(until) {
				t.Errorf("%s as %s: listed as %q until %v, decided as %q until %v", v.ID, reader.Sector, v.Relation, v.RelationEnd, want, until)
			}
		}
	}
}
