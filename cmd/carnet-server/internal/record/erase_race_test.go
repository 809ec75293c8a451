package record

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
)

// No read that starts after an erasure was acknowledged succeeds, whatever was
// remembered, under readers who never stop.
func TestErasedUnderReaders(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	const people = 12
	w.seed(func(s *Seeder) {
		for i := 1; i <= people; i++ {
			_ = s.AddPatient(patientSeed(i, fmt.Sprintf("NOM%d", i), "Zoé"))
			_ = s.SetRecord(RecordSeed{PatientID: fmt.Sprintf("pat-%d", i), MT: gp().ID})
			_ = s.AddDocument(w.documentSeed(fmt.Sprintf("pat-%d", i), fmt.Sprint(i)))
		}
	})
	var erased [people + 1]atomic.Bool
	var stop atomic.Bool
	var reads, late atomic.Int64
	var readers sync.WaitGroup
	for r := range 8 {
		readers.Go(func() {
			for i := r; !stop.Load(); i++ {
				n := 1 + i%people
				gone := erased[n].Load()
				got, err := w.content(gp(), "", docID(fmt.Sprint(n)))
				page, listErr := w.list(gp(), "", fmt.Sprintf("pat-%d", n))
				reads.Add(1)
				// Of nobody a list is empty, until one asked for too many of them.
				if gone && (code(err) != fhir.NotFound || page.Total != 0 || listErr != nil && code(listErr) != fhir.Throttled) {
					late.Add(1)
				}
				if err == nil && got != "contenu de "+fmt.Sprint(n) {
					t.Errorf("a read gave %q", got)
				}
			}
		})
	}
	for i := 1; i <= people; i++ {
		for before := reads.Load(); reads.Load() < before+30; { // the readers are at work
			if err := w.Ready(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.erase(fmt.Sprintf("pat-%d", i)); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		erased[i].Store(true)
	}
	stop.Store(true)
	readers.Wait()
	if n := late.Load(); n != 0 {
		t.Errorf("%d of %d reads after the erasure were answered otherwise than of nobody", n, reads.Load())
	}
	if report, err := Verify(ctx, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// Whoever edits where a record stands in its life is noticed, and so is an
// erasure that was made in the database, or of which the log was robbed.
func TestVerifyNoticesEditedLives(t *testing.T) {
	ctx := context.Background()
	w := eraseWorld(t)
	l, err := w.LifeOf(ctx, "pat-2")
	if err != nil {
		t.Fatal(err)
	}
	l.State = LifeActivated
	if _, err := w.SaveLife(ctx, l, LifeChange{Detail: "activate", By: LifeBy{Citizen: Citizen{ID: "pat-2", Name: "Ugo AUTRE"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.erase("pat-1"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]string{
		"a state":              `UPDATE life SET state = 'closed' WHERE patient = 2`,
		"a term":               `UPDATE life SET due = 1 WHERE patient = 2`,
		"a life taken away":    `DELETE FROM life WHERE patient = 2`,
		"when it was erased":   `UPDATE life SET at = at - 1000 WHERE patient = 1`,
		"a traits given back":  `UPDATE patient SET birth_name = 'LEFÈVRE' WHERE n = 1`,
		"an erasure forged":    `UPDATE record SET state = 0 WHERE patient = 2`,
		"an erasure taken out": `UPDATE record SET state = 2 WHERE patient = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, copied); err != nil {
				t.Fatal(err)
			}
			if report, err := Verify(ctx, copied); err != nil || len(report.Problems) != 0 {
				t.Fatalf("before: %+v, %v", report, err)
			}
			execute(t, copied, edit)
			report, err := Verify(ctx, copied)
			if err != nil || len(report.Problems) == 0 {
				t.Errorf("nothing was noticed: %v", err)
			}
		})
	}
	w.open()
}

// The log tells that a record was erased and by whom, and nothing of the person.
func TestWhatTheLogKeepsOfAnErasure(t *testing.T) {
	ctx := context.Background()
	w := eraseWorld(t)
	if err := w.erase("pat-1"); err != nil {
		t.Fatal(err)
	}
	page, err := w.Audit(ctx, gp(), AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range page.Items { // what the GP did there is sealed under the destroyed key
		if strings.Contains(string(item.JSON), "pat-1") || strings.Contains(string(item.JSON), "LEFÈVRE") {
			t.Errorf("the GP's history still tells %s", item.JSON)
		}
	}
	if _, err := w.Audit(ctx, gp(), AuditQuery{PatientID: "pat-1"}); code(err) != fhir.NotFound {
		t.Errorf("its history: %v", err)
	}
}
