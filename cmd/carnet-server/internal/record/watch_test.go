package record

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

func TestBecomes(t *testing.T) {
	read, mt := []string{fhir.RightRead, fhir.RightUpload}, []string{fhir.RightRead, fhir.RightReadMaskedAll}
	may := func(rights []string, fresh, total int) standing {
		return standing{access: fhir.Access{Rights: rights}, fresh: fresh, total: total}
	}
	not := func(refusal string) standing {
		return standing{access: fhir.Access{Rights: []string{fhir.RightUpload}, Refusal: refusal}}
	}
	until := may(read, 0, 3)
	until.access.Until = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name         string
		was, is      standing
		first        bool
		kind, reason string
	}{
		{"first look, may read", standing{}, may(read, 0, 3), true, fhir.EventRights, ""},
		{"first look, may not", standing{}, not("no-consent"), true, fhir.EventClosed, fhir.ReasonConsent},
		{"nothing happened", may(read, 0, 3), may(read, 0, 3), false, "", ""},
		{"may not, still", not("no-consent"), not("no-consent"), false, "", ""},
		{"withdrawn or blocked", may(read, 0, 3), not("no-consent"), false, fhir.EventClosed, fhir.ReasonConsent},
		{"closed", may(read, 0, 3), not("no-record"), false, fhir.EventClosed, fhir.ReasonRecord},
		{"closed after it was withdrawn", not("no-consent"), not("no-record"), false, fhir.EventClosed, fhir.ReasonRecord},
		{"no profession that reads", may(read, 0, 3), not("profession"), false, fhir.EventClosed, fhir.ReasonProfession},
		{"not in this mode", may(read, 0, 3), not("mode"), false, fhir.EventClosed, fhir.ReasonFunction},
		{"session over", may(read, 0, 3), standing{over: true}, false, fhir.EventClosed, fhir.ReasonSession},
		{"session over, could not read", not("no-consent"), standing{over: true}, false, fhir.EventClosed, fhir.ReasonSession},
		{"let in", not("no-consent"), may(read, 0, 3), false, fhir.EventRights, ""},
		{"more rights", may(read, 0, 3), may(mt, 0, 3), false, fhir.EventRights, ""},
		{"another end", may(read, 0, 3), until, false, fhir.EventRights, ""},
		{"rights and documents are one event", may(read, 0, 3), may(mt, 2, 5), false, fhir.EventRights, ""},
		{"filed", may(read, 0, 3), may(read, 1, 4), false, fhir.EventDocuments, ""},
		{"one less", may(read, 1, 4), may(read, 1, 3), false, fhir.EventDocuments, ""},
	} {
		e, changed := becomes(c.was, c.is, c.first)
		if !changed && c.kind == "" {
			continue
		}
		if e.Kind != c.kind || e.Reason != c.reason || !slices.Equal(e.Access.Rights, c.is.access.Rights) || e.New != c.is.fresh || e.Total != c.is.total {
			t.Errorf("%s: %+v (%v)", c.name, e, changed)
		}
	}
}

func TestAWatchWaitsForWhatIsNext(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		end, until, want time.Duration
	}{{time.Hour, 0, watchBeat}, {time.Second, 0, time.Second}, {time.Hour, 2 * time.Second, 2 * time.Second}, {-time.Second, -time.Minute, watchBeat}} {
		s := standing{access: fhir.Access{End: now.Add(c.end)}}
		if c.until != 0 {
			s.access.Until = now.Add(c.until)
		}
		if got := s.wait(now); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestWatchersForgetWhoLeaves(t *testing.T) {
	w := newWatchers()
	var all []*watcher
	for range watchesPerSignIn {
		one, err := w.add(7, "s", "sign-in")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if _, err := w.add(8, "t", "sign-in"); code(err) != fhir.Throttled {
		t.Errorf("one too many: %v", err)
	}
	if _, err := w.add(8, "t", "another"); err != nil {
		t.Errorf("another sign-in: %v", err)
	}
	for range 3 { // many changes are one wake
		w.changed(store.Changed{Record: 7, Rights: true})
	}
	w.changed(store.Changed{Record: 9})
	for _, one := range all {
		if len(one.wake) != 1 {
			t.Errorf("woken %d times", len(one.wake))
		}
		w.remove(one)
	}
	if len(w.byRecord) != 1 || len(w.byAccess) != 1 || len(w.signIns) != 1 || w.all != 1 {
		t.Errorf("left behind: %+v", w)
	}
}

// follow follows a session until stop; events come in order, those of no kind
// left out. beat makes the watch look by itself.
func (w *world) follow(p Principal, session string) (events chan fhir.AccessEvent, beat chan time.Time, stop func() error) {
	w.t.Helper()
	events, beat = make(chan fhir.AccessEvent, 100), make(chan time.Time)
	w.watchers.after = func(time.Duration) <-chan time.Time { return beat }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		defer close(events)
		ended <- w.Watch(ctx, p, "pat-1", session, func(e fhir.AccessEvent) error {
			if e.Kind != "" {
				events <- e
			}
			return nil
		})
	}()
	return events, beat, func() error { cancel(); return <-ended }
}

func (w *world) next(events chan fhir.AccessEvent, kind, reason string) fhir.AccessEvent {
	w.t.Helper()
	select {
	case e := <-events:
		if e.Kind != kind || e.Reason != reason {
			w.t.Fatalf("told %+v, want %s %s", e, kind, reason)
		}
		return e
	case <-time.After(20 * time.Second):
		w.t.Fatalf("nothing was told; want %s %s", kind, reason)
	}
	return fhir.AccessEvent{}
}

func watchedWorld(t *testing.T) (*world, *Seeder, string) {
	w := newWorld(t)
	s, err := w.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.AddPatient(patientSeed(1, "MARTIN", "Léa")), s.Authorise(AuthorisationSeed{PatientID: "pat-1", Actor: gp().ID}),
		s.AddDocument(w.documentSeed("pat-1", "1")), s.Flush()); err != nil {
		t.Fatal(err)
	}
	a, err := w.OpenAccess(context.Background(), gp(), "pat-1", fhir.ModeNormal, "")
	if err != nil {
		t.Fatal(err)
	}
	return w, s, a.Session
}

func TestAWatchFollowsWhatThePatientDecides(t *testing.T) {
	w, s, session := watchedWorld(t)
	events, _, stop := w.follow(gp(), session)
	if e := w.next(events, fhir.EventRights, ""); e.Total != 1 || e.New != 0 || e.Access.Basis != fhir.BasisAuthorised {
		t.Errorf("%+v", e)
	}
	w.clock.advance(time.Minute)
	// a document that the reader may not read is told of by nothing; the next is
	hidden, seen := w.documentSeed("pat-1", "2"), w.documentSeed("pat-1", "3")
	hidden.Masked, hidden.FiledAt, seen.FiledAt = true, w.clock.now(), w.clock.now()
	for _, d := range []DocumentSeed{hidden, seen} {
		if err := errors.Join(s.AddDocument(d), s.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	if e := w.next(events, fhir.EventDocuments, ""); e.New != 1 || e.Total != 2 {
		t.Errorf("%+v", e)
	}
	if err := errors.Join(s.Block(BlockSeed{PatientID: "pat-1", Actor: gp().ID}), s.Flush()); err != nil {
		t.Fatal(err)
	}
	e := w.next(events, fhir.EventClosed, fhir.ReasonConsent)
	if e.Access.Refusal != "no-consent" || slices.Contains(e.Access.Rights, fhir.RightRead) || e.Total != 0 || e.New != 0 {
		t.Errorf("a block is told: %+v", e)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// between has something done after the first list of documents that is asked
// for.
type between struct {
	store.Store
	once sync.Once
	do   func()
}

func (b *between) Documents(ctx context.Context, g *consent.Grant, r *store.Record, q store.DocQuery) (store.DocPage, error) {
	page, err := b.Store.Documents(ctx, g, r, q)
	b.once.Do(b.do)
	return page, err
}

// A document that comes while the watch counts is told of among all, or not at
// all yet.
func TestAWatchCountsAtOneMoment(t *testing.T) {
	w, s, session := watchedWorld(t)
	w.clock.advance(time.Minute)
	w.st = &between{Store: w.st, do: func() {
		d := w.documentSeed("pat-1", "2")
		d.FiledAt = w.clock.now()
		if err := errors.Join(s.AddDocument(d), s.Flush()); err != nil {
			t.Error(err)
		}
	}}
	events, _, stop := w.follow(gp(), session)
	if e := w.next(events, fhir.EventRights, ""); e.New != 1 || e.Total != 2 {
		t.Errorf("%+v", e)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAWatchEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(w *world, session string, beat chan time.Time){
		"given back": func(w *world, session string, _ chan time.Time) {
			if err := w.CloseAccess(context.Background(), gp(), session); err != nil {
				t.Error(err)
			}
		},
		"its time is over": func(w *world, _ string, beat chan time.Time) {
			w.clock.advance(5 * time.Hour)
			beat <- time.Time{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, session := watchedWorld(t)
			events, beat, stop := w.follow(gp(), session)
			w.next(events, fhir.EventRights, "")
			end(w, session, beat)
			if e := w.next(events, fhir.EventClosed, fhir.ReasonSession); !e.Over() {
				t.Errorf("%+v", e)
			}
			if _, more := <-events; more {
				t.Error("it goes on")
			}
			if err := stop(); err != nil || w.watchers.all != 0 {
				t.Errorf("%v, %d left", err, w.watchers.all)
			}
		})
	}
}

func TestAWatchSeesWhatTimeTakesAway(t *testing.T) {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		if err := errors.Join(s.AddPatient(patientSeed(1, "MARTIN", "Léa")),
			s.Authorise(AuthorisationSeed{PatientID: "pat-1", Actor: gp().ID, End: w.clock.now().Add(time.Minute)})); err != nil {
			t.Fatal(err)
		}
	})
	a, err := w.OpenAccess(context.Background(), gp(), "pat-1", fhir.ModeNormal, "")
	if err != nil {
		t.Fatal(err)
	}
	events, beat, stop := w.follow(gp(), a.Session)
	w.next(events, fhir.EventRights, "")
	w.clock.advance(time.Minute)
	beat <- time.Time{}
	w.next(events, fhir.EventClosed, fhir.ReasonConsent)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAWatchIsOnesOwn(t *testing.T) {
	w, _, session := watchedWorld(t)
	again := gp()
	again.Session = "another sign-in"
	for name, c := range map[string]struct {
		p                Principal
		patient, session string
	}{
		"another's":         {otherGP(), "pat-1", session},
		"another sign-in":   {again, "pat-1", session},
		"another record's":  {gp(), "pat-2", session},
		"no session":        {gp(), "pat-1", ""},
		"an unknown one":    {gp(), "pat-1", "nothing"},
		"nobody's":          {Principal{}, "pat-1", session},
		"a session as path": {gp(), session, session},
	} {
		err := w.Watch(context.Background(), c.p, c.patient, c.session, func(fhir.AccessEvent) error { t.Errorf("%s is told something", name); return nil })
		if code(err) != fhir.Forbidden && code(err) != fhir.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := errors.New("nobody listens")
	if err := w.Watch(context.Background(), gp(), "pat-1", session, func(fhir.AccessEvent) error { return gone }); !errors.Is(err, gone) {
		t.Error(err)
	}
}
