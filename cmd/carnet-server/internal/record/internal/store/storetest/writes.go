package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

var errRefused = errors.New("refused by the op itself")

// failureAlone: ops that share a transaction with one that fails half-way
// take effect; of that one nothing does, its entry neither.
func failureAlone(t *testing.T, k *kit) {
	r := k.person()
	var results []<-chan error
	for i := range 20 {
		d := k.newDoc(r)
		d.Size = 1
		stored := k.put(r, d, []byte("x"))
		entry := k.entry(r, other, fmt.Sprintf("%d", i))
		results = append(results, k.Start(bg, store.Op{Log: []store.Entry{entry}, Do: func(tx store.Tx) error {
			if err := tx.AddDocument(d, stored); err != nil {
				return err
			}
			if i%3 == 0 {
				return errRefused
			}
			return nil
		}}))
	}
	for i, result := range results {
		if err := <-result; (i%3 == 0) != errors.Is(err, errRefused) || i%3 != 0 && err != nil {
			t.Errorf("op %d: %v", i, err)
		}
	}
	r = k.fresh(r)
	page, err := k.Documents(bg, k.grant(r), r, store.DocQuery{Statuses: []string{consent.StatusCurrent}, Limit: 50})
	if err != nil || page.Total != 13 {
		t.Errorf("%d documents, %v", page.Total, err)
	}
	log, err := k.Entries(bg, store.EntryQuery{Record: r.N, Limit: 50})
	if err != nil || log.Total != 13 {
		t.Errorf("%d entries, %v", log.Total, err)
	}
}

func (k *kit) entry(r *store.Record, actor, body string) store.Entry {
	box := k.Keys().System()
	about := store.About{At: k.at, Actor: actor}
	if r != nil {
		var err error
		box, err = k.Keys().Box(r.N, r.Key)
		k.must(err)
		about.Record, about.Patient = r.N, r.Facts.PatientID
	}
	return store.Prepare(box, about, []byte(body))
}

// staleDoesNothing: every change of who may read moves the epoch, and an op
// that was decided before it does nothing and logs nothing.
func staleDoesNothing(t *testing.T, k *kit) {
	r := k.person()
	provision := func(kind store.ProvisionKind) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			k.n++
			return tx.AddProvision(&store.Provision{ID: fmt.Sprintf("pr%d", k.n), Record: r.N, Kind: kind, Actor: other, Active: true, Version: 1})
		}
	}
	for name, change := range map[string]func(tx store.Tx) error{
		"a block":          provision(store.KindBlock),
		"an authorisation": provision(store.KindAuthorisation),
		"a team":           provision(store.KindTeam),
		"a closure": func(tx store.Tx) error {
			return tx.SetRecord(r.N, store.RecordState{State: consent.StateClosed, MT: reader})
		},
		"an opposition": func(tx store.Tx) error {
			return tx.SetRecord(r.N, store.RecordState{State: consent.StateOpen, OpposeBTG: true})
		},
		"an end of consents": func(tx store.Tx) error { return end(tx, provision(store.KindAuthorisation), r.N, k.at) },
	} {
		seen := k.fresh(r)
		k.do(change)
		ran := false
		err := k.Do(bg, store.Op{
			Still: []store.Still{{Record: r.N, Epoch: seen.Facts.Epoch}}, Log: []store.Entry{k.entry(r, reader, "read")},
			Do: func(store.Tx) error { ran = true; return nil },
		})
		if !errors.Is(err, store.ErrStale) || ran {
			t.Errorf("%s: %v, ran %v", name, err, ran)
		}
	}
	if log, err := k.Entries(bg, store.EntryQuery{Record: r.N, Limit: 5}); err != nil || log.Total != 0 {
		t.Errorf("stale ops left entries: %+v, %v", log, err)
	}
}

// end adds an authorisation and ends it.
func end(tx store.Tx, add func(store.Tx) error, record int64, at time.Time) error {
	if err := add(tx); err != nil {
		return err
	}
	n, err := tx.EndProvisions(record, store.KindAuthorisation, other, at)
	if err == nil && n == 0 {
		err = errors.New("nothing ended")
	}
	return err
}

func panelMoves(t *testing.T, k *kit) {
	r := k.person()
	version := func() store.PanelVersion {
		v, err := k.PanelVersion(bg, []string{other})
		k.must(err)
		return v
	}
	was := version()
	for name, change := range map[string]func(tx store.Tx) error{
		"an authorisation": func(tx store.Tx) error {
			return tx.AddProvision(&store.Provision{ID: "a", Record: r.N, Kind: store.KindAuthorisation, Actor: other, Active: true, Version: 1})
		},
		"a block": func(tx store.Tx) error {
			return tx.AddProvision(&store.Provision{ID: "b", Record: r.N, Kind: store.KindBlock, Actor: other, Active: true, Version: 1})
		},
		"a visit": func(tx store.Tx) error { _, err := tx.Touch(other, r.N, k.at); return err },
		"becoming MT": func(tx store.Tx) error {
			return tx.SetRecord(r.N, store.RecordState{State: consent.StateOpen, MT: other})
		},
	} {
		k.do(change)
		if now := version(); now == was {
			t.Errorf("%s did not move the panel", name)
		} else {
			was = now
		}
	}
	k.do(func(tx store.Tx) error { return tx.SetRecord(r.N, store.RecordState{State: consent.StateOpen}) })
	if now := version(); now == was {
		t.Error("a former MT's panel did not move")
	} else {
		was = now
	}
	k.do(func(tx store.Tx) error { return tx.SetRecord(r.N, store.RecordState{State: consent.StateClosed}) })
	if version() == was {
		t.Error("a closure did not move the panel of who was authorised")
	}
}

func panelLeaves(t *testing.T, k *kit) {
	r := k.person()
	k.do(func(tx store.Tx) error {
		return tx.AddProvision(&store.Provision{ID: "a", Record: r.N, Kind: store.KindAuthorisation, Actor: other, Active: true, Version: 1})
	})
	rows := func() []store.PanelRow {
		p, err := k.Panel(bg, []string{other})
		k.must(err)
		return p.Rows
	}
	if got := rows(); len(got) != 1 || got[0].N != r.N || got[0].Kind != store.KindAuthorisation || got[0].Blocked {
		t.Fatalf("%+v", got)
	}
	k.do(func(tx store.Tx) error {
		return tx.AddProvision(&store.Provision{ID: "b", Record: r.N, Kind: store.KindBlock, Actor: other, Active: true, Version: 1})
	})
	if got := rows(); len(got) != 1 || !got[0].Blocked {
		t.Errorf("blocked: %+v", got)
	}
	k.do(func(tx store.Tx) error {
		_, err := tx.EndProvisions(r.N, store.KindAuthorisation, other, k.at)
		return err
	})
	if got := rows(); len(got) != 0 {
		t.Errorf("ended: %+v", got)
	}
}

func logKeepsOrder(t *testing.T, k *kit) {
	r := k.person()
	for i := range 7 {
		who, about := reader, r
		if i%2 == 1 {
			who, about = other, nil
		}
		k.must(k.Do(bg, store.Op{Log: []store.Entry{k.entry(about, who, fmt.Sprint(i))}}))
	}
	for name, c := range map[string]struct {
		q    store.EntryQuery
		want string
	}{
		"of a record":       {store.EntryQuery{Record: r.N}, "6420"},
		"of an actor":       {store.EntryQuery{Actor: other}, "531"},
		"of both":           {store.EntryQuery{Actor: reader, Record: r.N}, "6420"},
		"of both, none":     {store.EntryQuery{Actor: other, Record: r.N}, ""},
		"before some time":  {store.EntryQuery{Record: r.N, Date: []store.Range{{To: k.at}}}, ""},
		"since that moment": {store.EntryQuery{Record: r.N, Date: []store.Range{{From: k.at}}}, "6420"},
	} {
		var got string
		q := c.q
		q.Limit = 3
		for {
			page, err := k.Entries(bg, q)
			k.must(err)
			if page.Total != len(c.want) {
				t.Errorf("%s: total %d", name, page.Total)
			}
			for _, e := range page.Entries {
				got += string(e.Body)
				q.Before = e.Seq
			}
			if !page.More {
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if head, err := k.Head(bg); err != nil || len(head) == 0 {
		t.Errorf("head %q, %v", head, err)
	}
}

func manyWriters(t *testing.T, k *kit) {
	r := k.person()
	const writers, each = 8, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := k.Do(bg, store.Op{Log: []store.Entry{k.entry(r, fmt.Sprint(w), fmt.Sprint(i))}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	page, err := k.Entries(bg, store.EntryQuery{Record: r.N, Limit: 1})
	if err != nil || page.Total != writers*each {
		t.Errorf("%d entries, %v", page.Total, err)
	}
	if s := k.Stats(); s.Ops < writers*each || s.Batches > s.Ops || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}
