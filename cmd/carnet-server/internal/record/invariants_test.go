package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// spy is a store that notes its calls, and can fail or be overtaken at the
// moment of a write.
type spy struct {
	store.Store
	mu     sync.Mutex
	calls  []string
	before func(op store.Op) error // runs before a write is handed over
}

func (s *spy) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func (s *spy) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

func shape(op store.Op) string {
	out := fmt.Sprintf("write(still %d, do %v", len(op.Still), op.Do != nil)
	for _, e := range op.Log {
		out += fmt.Sprintf(", entry of %d bytes about %v", len(e.Sealed), e.Record != 0)
	}
	return out + ")"
}

func (s *spy) Start(ctx context.Context, op store.Op) <-chan error {
	s.note(shape(op))
	if s.before != nil {
		if err := s.before(op); err != nil {
			failed := make(chan error, 1)
			failed <- err
			return failed
		}
	}
	return s.Store.Start(ctx, op)
}

func (s *spy) Do(ctx context.Context, op store.Op) error { return <-s.Start(ctx, op) }

func (s *spy) Locate(ctx context.Context, id, unique string) (store.Doc, *store.Record, error) {
	s.note("locate")
	return s.Store.Locate(ctx, id, unique)
}

func (s *spy) Record(ctx context.Context, n int64) (*store.Record, error) {
	s.note("record")
	return s.Store.Record(ctx, n)
}

func (s *spy) RecordOf(ctx context.Context, id string) (*store.Record, error) {
	s.note("record of")
	return s.Store.RecordOf(ctx, id)
}

func (s *spy) Reveal(ctx context.Context, g *consent.Grant, d store.Doc, r *store.Record) ([]byte, error) {
	s.note("reveal")
	return s.Store.Reveal(ctx, g, d, r)
}

func (s *spy) Access(ctx context.Context, id string) (store.Access, error) {
	s.note("access")
	return s.Store.Access(ctx, id)
}

// watch puts a spy between a world's service and its store.
func (w *world) watch() *spy {
	s := &spy{Store: w.st}
	w.st = s
	w.panels.st = s
	return s
}

// block is what a patient does on their own page.
func (w *world) provide(kind store.ProvisionKind, patient, actor string) {
	w.t.Helper()
	rec, err := w.st.RecordOf(context.Background(), patient)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.st.Do(context.Background(), store.Op{Do: func(tx store.Tx) error {
		return tx.AddProvision(&store.Provision{
			ID: newID(), Record: rec.N, Kind: kind, Actor: actor, Org: isOrg(actor), Active: true, Version: 1,
		})
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// secretWorld has one patient, and documents that the pharmacist, who is
// authorised, may not see.
func secretWorld(t testing.TB) *world {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		_ = s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé"))
		_ = s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID})
		_ = s.Authorise(AuthorisationSeed{PatientID: "pat-1", Actor: pharmacist().ID})
		_ = s.AddDocument(w.documentSeed("pat-1", "open"))
		masked := w.documentSeed("pat-1", "masked")
		masked.Masked = true
		_ = s.AddDocument(masked)
		withdrawn := w.documentSeed("pat-1", "withdrawn")
		withdrawn.Masked, withdrawn.Status = true, consent.StatusWithdrawn
		_ = s.AddDocument(withdrawn)
		type15 := w.documentSeed("pat-1", "type")
		type15.Type = fhir.Coding{Code: unreadable(t, "21")}
		_ = s.AddDocument(type15)
		_ = s.AddPatient(patientSeed(2, "AUTRE", "Ugo"))
		_ = s.AddDocument(w.documentSeed("pat-2", "elsewhere"))
	})
	return w
}

// Invariant 3: hidden is absent.
func TestHiddenCannotBeToldFromUnknown(t *testing.T) {
	ctx := context.Background()
	unknown := newID()
	hidden := map[string]string{
		"masked": docID("masked"), "withdrawn and masked": docID("withdrawn"), "of a type that the profession does not read": docID("type"),
		"of another record": docID("elsewhere"),
	}
	for call, ask := range map[string]func(w *world, session, id string) error{
		"metadata": func(w *world, session, id string) error {
			_, err := w.Document(ctx, pharmacist(), session, id)
			return err
		},
		"content": func(w *world, session, id string) error { _, err := w.content(pharmacist(), session, id); return err },
		"mask": func(w *world, session, id string) error {
			_, err := w.PatchDocument(ctx, pharmacist(), session, PatchTarget{ID: id, IfMatch: "1"}, Patch{Labels: []fhir.Coding{}})
			return err
		},
		"a bad status": func(w *world, session, id string) error {
			_, err := w.PatchDocument(ctx, pharmacist(), session, PatchTarget{ID: id}, Patch{Status: "superseded"})
			return err
		},
		"undo": func(w *world, session, id string) error { return w.Undo(ctx, pharmacist(), session, id) },
	} {
		t.Run(call, func(t *testing.T) {
			w := secretWorld(t)
			access, err := w.OpenAccess(ctx, pharmacist(), "pat-1", fhir.ModeNormal, "")
			if err != nil {
				t.Fatal(err)
			}
			spy := w.watch()
			for _, session := range []string{"", access.Session} {
				for range 2 { // from the database, then from memory
					wantErr := ask(w, session, unknown)
					want := spy.taken()
					for name, id := range hidden {
						err := ask(w, session, id)
						if code(err) != fhir.NotFound || err.Error() != wantErr.Error() {
							t.Errorf("%s: %v, unknown: %v", name, err, wantErr)
						}
						if got := spy.taken(); !slices.Equal(got, want) {
							t.Errorf("%s: %v\nunknown: %v", name, got, want)
						}
					}
				}
			}
		})
	}
}

// unreadable gives a type that a profession may not read.
func unreadable(t testing.TB, profession string) string {
	t.Helper()
	w := newMatrix()
	for _, code := range w.Column("10") {
		if allowed, known := w.Allowed(code, profession); known && !allowed {
			return code
		}
	}
	t.Fatal("the matrix lets this profession read everything")
	return ""
}

// What the caller's own history says of hidden and unknown is the same, too.
func TestHistoryDoesNotTellHiddenFromUnknown(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	for _, id := range []string{docID("masked"), newID()} {
		if _, err := w.content(pharmacist(), "", id); code(err) != fhir.NotFound {
			t.Fatal(err)
		}
	}
	all, err := w.Audit(ctx, pharmacist(), AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all.Items {
		v, err := fhir.ParseAuditEvent(r.JSON)
		if err != nil {
			t.Fatal(err)
		}
		if v.Kind != fhir.KindMiss || v.PatientID != "" || v.DocumentTitle != "" || v.PatientName != "" {
			t.Errorf("%+v", v)
		}
	}
	if all.Total != 2 {
		t.Errorf("%d entries", all.Total)
	}
	if of, err := w.Audit(ctx, pharmacist(), AuditQuery{PatientID: "pat-1"}); err != nil || of.Total != 0 {
		t.Errorf("about the patient: %+v, %v", of, err)
	}
}

// Lists and counts hold nothing of what is hidden, however one asks.
func TestListsHoldNothingHidden(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	yes := true
	unique := fhir.Identifier{Value: "urn:oid:1.2.3.masked"}
	for name, q := range map[string]DocumentQuery{
		"by unique id":      {Identifier: &unique},
		"by label":          {Labels: []fhir.Coding{{Code: fhir.LabelMasked}}},
		"by type":           {Types: []fhir.Coding{{Code: unreadable(t, "21")}}},
		"by what it is not": {Statuses: []string{consent.StatusWithdrawn}},
		"counting":          {Types: []fhir.Coding{{Code: unreadable(t, "21")}}, Count: true},
		"by archive":        {Archived: &yes},
		"by link":           {Related: "DocumentReference/" + docID("masked")},
	} {
		q.PatientID = "pat-1"
		if q.Statuses == nil {
			q.Statuses = []string{consent.StatusCurrent}
		}
		page, err := w.SearchDocuments(ctx, pharmacist(), "", q)
		if err != nil || page.Total != 0 || len(page.Items) != 0 || page.Next != "" {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	page, err := w.list(pharmacist(), "", "pat-1")
	if err != nil || page.Total != 1 || page.Items[0].ID != docID("open") {
		t.Errorf("all: %+v, %v", page, err)
	}
	sets, err := w.SearchSets(ctx, pharmacist(), "", SetQuery{PatientID: "pat-1", Statuses: []string{"current"}})
	if err != nil || sets.Total != 1 || !strings.Contains(string(sets.Items[0].JSON), docID("open")) {
		t.Errorf("sets: %+v, %v", sets, err)
	}
}

// Invariant 2: what cannot be logged is not answered, and nothing is done.
func TestWhatCannotBeLoggedIsNotAnswered(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	spy := w.watch()
	full := errors.New("disk full")
	spy.before = func(store.Op) error { return full }
	for name, ask := range map[string]func() error{
		"my patients": func() error { _, err := w.MyPatients(ctx, gp(), PatientQuery{}); return err },
		"lookup":      func() error { i := ins(1); _, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &i}); return err },
		"patient":     func() error { _, err := w.Patient(ctx, gp(), "pat-1"); return err },
		"open":        func() error { _, err := w.OpenAccess(ctx, gp(), "pat-1", "", ""); return err },
		"list":        func() error { _, err := w.list(gp(), "", "pat-1"); return err },
		"sets": func() error {
			_, err := w.SearchSets(ctx, gp(), "", SetQuery{PatientID: "pat-1", Statuses: []string{"current"}})
			return err
		},
		"metadata": func() error { _, err := w.Document(ctx, gp(), "", docID("open")); return err },
		"content":  func() error { _, err := w.content(gp(), "", docID("open")); return err },
		"a miss":   func() error { _, err := w.content(gp(), "", "none"); return err },
		"a denial": func() error { _, err := w.list(optician(), "", "pat-1"); return err },
		"a filing": func() error { _, _, err := w.file(gp(), newDraft(1, "1", gp())); return err },
		"history":  func() error { _, err := w.Audit(ctx, gp(), AuditQuery{PatientID: "pat-1"}); return err },
		"undo":     func() error { return w.Undo(ctx, otherGP(), "", docID("open")) },
		"withdraw": func() error { return w.WithdrawOwn(ctx, pharmacist(), "pat-1") },
	} {
		if err := ask(); code(err) != fhir.Unavailable || !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Invariants 2 and 4: what changes between the decision and the commit of its
// entry is decided again.
func TestARevocationOvertakesARead(t *testing.T) {
	ctx := context.Background()
	for name, ask := range map[string]func(w *world) (string, error){
		"content": func(w *world) (string, error) { return w.content(pharmacist(), "", docID("open")) },
		"metadata": func(w *world) (string, error) {
			r, err := w.Document(ctx, pharmacist(), "", docID("open"))
			return string(r.JSON), err
		},
		"list": func(w *world) (string, error) {
			p, err := w.list(pharmacist(), "", "pat-1")
			return fmt.Sprint(len(p.Items), p.Total), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := secretWorld(t)
			if _, err := ask(w); err != nil { // all is in memory now
				t.Fatal(err)
			}
			spy := w.watch()
			overtaken := false
			spy.before = func(op store.Op) error {
				if !overtaken && len(op.Still) > 0 {
					overtaken = true
					w.provide(store.KindBlock, "pat-1", pharmacist().ID)
				}
				return nil
			}
			got, err := ask(w)
			if want := map[string]fhir.Code{"content": fhir.NotFound, "metadata": fhir.NotFound, "list": fhir.NoConsent}[name]; code(err) != want {
				t.Errorf("%v, %q", err, got)
			}
			if got != "" && got != "0 0" {
				t.Errorf("something came out: %q", got)
			}
		})
	}
}

// Invariant 4: no read that starts after a revocation was acknowledged
// succeeds, whatever else goes on.
func TestRevokedMeansNow(t *testing.T) {
	ctx := context.Background()
	for name, revoke := range map[string]func(w *world) error{
		"block": func(w *world) error { w.provide(store.KindBlock, "pat-1", pharmacist().ID); return nil },
		"mask": func(w *world) error {
			_, err := w.PatchDocument(ctx, gp(), "", PatchTarget{ID: docID("open")}, Patch{Labels: []fhir.Coding{{Code: fhir.LabelMasked}}})
			return err
		},
		"withdrawal": func(w *world) error { return w.WithdrawOwn(ctx, pharmacist(), "pat-1") },
		"deletion":   func(w *world) error { return w.Undo(ctx, otherGP(), "", docID("open")) },
		"closure": func(w *world) error {
			rec, err := w.st.RecordOf(ctx, "pat-1")
			if err != nil {
				return err
			}
			return w.st.Do(ctx, store.Op{Do: func(tx store.Tx) error {
				return tx.SetRecord(rec.N, store.RecordState{State: consent.StateClosed, ClosedAt: w.now()})
			}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := secretWorld(t)
			var revoked atomic.Bool
			var readers sync.WaitGroup
			var before atomic.Int64
			for range 6 {
				readers.Go(func() {
					for i := 0; i < 40 || !revoked.Load(); i++ {
						late := revoked.Load()
						_, err := w.content(pharmacist(), "", docID("open"))
						_, listErr := w.Document(ctx, pharmacist(), "", docID("open"))
						switch {
						case late && (err == nil || listErr == nil):
							t.Errorf("read after the revocation: %v, %v", err, listErr)
							return
						case !late && err == nil:
							before.Add(1)
						}
					}
				})
			}
			for before.Load() < 20 {
				if _, err := w.MyPatients(ctx, gp(), PatientQuery{}); err != nil {
					t.Error(err)
				}
			}
			if err := revoke(w); err != nil {
				t.Error(err)
			}
			revoked.Store(true)
			readers.Wait()
			if before.Load() == 0 {
				t.Error("nobody read before")
			}
			if _, err := w.content(pharmacist(), "", docID("open")); err == nil {
				t.Error("read after all")
			}
		})
	}
}
