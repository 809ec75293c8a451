package record

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"carnet/client/fhir"
)

// Who had their record erased represents nobody from then on; those whom they
// represented find that in their history. What they reach as an heir stays.
func TestAnErasedPersonRepresentsNobody(t *testing.T) {
	w := childWorld(t, "2015-01-01")
	w.must(w.AddMandate(bg, operator(), Mandate{
		ID: "later", Patient: "pat-3", Person: "pat-2", Relation: RelationRepresentative, Start: w.now().AddDate(0, 0, 1), End: w.now().AddDate(0, 1, 0),
	}))
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "over", Patient: "pat-3", Person: "pat-2", Relation: RelationRepresentative, End: w.now().AddDate(0, 0, 1)}))
	w.must(w.EndMandate(bg, operator(), "pat-3", "over"))
	if reaches, err := w.EntersOthers(bg, "pat-2"); err != nil || reaches {
		t.Errorf("as an heir: %v, %v", reaches, err)
	}
	w.must(w.AddMandate(bg, operator(), Mandate{ID: "heir", Patient: "pat-3", Person: "pat-2", Relation: RelationHeir, End: w.now().AddDate(0, 1, 0)}))
	if reaches, err := w.EntersOthers(bg, "pat-2"); err != nil || !reaches {
		t.Errorf("as an heir: %v, %v", reaches, err)
	}
	w.must(w.erase("pat-2"))
	if all, err := w.Held(bg, mother()); err != nil || len(all) != 0 {
		t.Errorf("holds %+v, %v", all, err)
	}
	_, err := w.Rules(bg, mother(), "pat-1")
	w.wants("the child's rules", err, fhir.NotFound)
	all, err := w.Mandates(bg, zoe(), "pat-1")
	w.must(err)
	if len(all) != 1 || !all[0].End.Equal(w.now()) {
		t.Errorf("%+v", all)
	}
	for _, patient := range []string{"pat-1", "pat-3"} {
		history, err := w.History(bg, Citizen{ID: patient, Session: "s"}, patient, HistoryQuery{})
		w.must(err)
		ended := 0
		for _, v := range history.Visits {
			for _, a := range v.Acts {
				if a.Detail == detailEndMandate && v.Role == "server" {
					ended++
				}
			}
		}
		if ended != 1 {
			t.Errorf("%s is told %d ends in %+v", patient, ended, history.Visits)
		}
	}
	w.wants("named anew", w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-2", Relation: RelationRepresentative}), fhir.NotFound)
	if report, err := Verify(bg, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A server that erases records while it is checked, and copied, is whole at
// every moment.
func TestVerifiedWhileRecordsAreErased(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	const people = 40
	w.seed(func(s *Seeder) {
		for i := 1; i <= people; i++ {
			_ = s.AddPatient(patientSeed(i, fmt.Sprintf("NOM%d", i), "Zoé"))
			for d := range 3 {
				_ = s.AddDocument(w.documentSeed(fmt.Sprintf("pat-%d", i), fmt.Sprintf("%d.%d", i, d)))
			}
		}
	})
	var check sync.WaitGroup
	over := make(chan struct{})
	check.Go(func() {
		for i := 0; ; i++ {
			report, err := Verify(ctx, w.dir)
			if err != nil || len(report.Problems) != 0 {
				t.Errorf("%+v, %v", report, err)
			}
			if err := BackupData(ctx, w.dir, fmt.Sprintf("%s/%d", t.TempDir(), i)); err != nil {
				t.Error(err)
			}
			select {
			case <-over:
				return
			default:
			}
		}
	})
	for i := 1; i <= people; i++ {
		w.must(w.erase(fmt.Sprintf("pat-%d", i)))
	}
	close(over)
	check.Wait()
}
