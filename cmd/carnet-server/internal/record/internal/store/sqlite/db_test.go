package sqlite

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/storetest"
)

// options are those of a store for tests.
func options(t testing.TB, now func() time.Time) Options {
	t.Helper()
	dir := t.TempDir()
	keys, err := store.OpenKeys(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	file, err := audit.NewKey(rand.Reader, "test-log")
	if err != nil {
		t.Fatal(err)
	}
	signer, verifier, err := audit.ParseKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Dir: dir, Keys: keys, Signer: signer, Verifier: verifier, Now: now, NoSync: true}
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t testing.TB, now func() time.Time) store.Store {
		db, err := Open(context.Background(), options(t, now))
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}

func TestOneServerADirectory(t *testing.T) {
	o := options(t, time.Now)
	db, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), o); !errors.Is(err, ErrInUse) {
		t.Errorf("a second server: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// The log goes on where it was after a restart.
func TestTheLogGoesOn(t *testing.T) {
	o := options(t, time.Now)
	for range 3 {
		db, err := Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			now := time.Now()
			entry := store.Prepare(o.Keys.System(), store.About{At: now, Actor: "a"}, audit.Entry{Kind: "test", At: now, Agent: audit.Agent{ID: "a"}}.Encode())
			if err := db.Do(context.Background(), store.Op{Log: []store.Entry{entry}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenReader(context.Background(), o.Dir, o.Keys)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	report, err := audit.Verify(r.Rows(context.Background()))
	if err != nil || report.Leaves != 15 || len(report.Problems) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A leaf can be neither changed nor taken away, whoever has the database open.
func TestLeavesAreForEver(t *testing.T) {
	o := options(t, time.Now)
	db, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	entry := store.Prepare(o.Keys.System(), store.About{Actor: "a"}, []byte("x"))
	if err := db.Do(context.Background(), store.Op{Log: []store.Entry{entry}}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`UPDATE leaf SET hashes = x'00'`, `DELETE FROM leaf`} {
		err := db.Do(context.Background(), store.Op{Do: func(s store.Tx) error { _, err := s.(*tx).run(text); return err }})
		if err == nil {
			t.Errorf("%s went through", text)
		}
	}
}

func TestAValueOpensInItsPlaceOnly(t *testing.T) {
	keys, err := store.OpenKeys(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(keys.MakeSlots(t.TempDir()), keys.MakeRecordKey(1), keys.MakeRecordKey(2)); err != nil {
		t.Fatal(err)
	}
	one, err := keys.Box(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := keys.Box(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := one.Seal("content", 7, 1, []byte("clear"))
	if got, err := one.Open(nil, "content", 7, 1, sealed); err != nil || !bytes.Equal(got, []byte("clear")) {
		t.Errorf("in its place: %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another kind":   func() ([]byte, error) { return one.Open(nil, "served", 7, 1, sealed) },
		"another row":    func() ([]byte, error) { return one.Open(nil, "content", 8, 1, sealed) },
		"another part":   func() ([]byte, error) { return one.Open(nil, "content", 7, 2, sealed) },
		"another record": func() ([]byte, error) { return two.Open(nil, "content", 7, 1, sealed) },
		"changed":        func() ([]byte, error) { return one.Open(nil, "content", 7, 1, changed) },
		"cut short":      func() ([]byte, error) { return one.Open(nil, "content", 7, 1, sealed[:5]) },
	} {
		if _, err := open(); !errors.Is(err, store.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A full disk fails what needs room, harms nothing that was written, and is
// over when there is room again.
func TestFullDisk(t *testing.T) {
	o := options(t, time.Now)
	db, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	write := func(size int) error {
		entry := store.Prepare(o.Keys.System(), store.About{Actor: "a"}, make([]byte, size))
		return db.Do(context.Background(), store.Op{Log: []store.Entry{entry}})
	}
	limit := func(pages int) error {
		return db.Do(context.Background(), store.Op{Do: func(s store.Tx) error {
			return s.(*tx).w.row(`PRAGMA max_page_count = `+strconv.Itoa(pages), []any{new(int)})
		}})
	}
	if err := errors.Join(write(10), limit(1)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := write(1 << 20); err == nil {
			t.Fatal("there was room")
		}
		if err := db.Ready(context.Background()); err == nil {
			t.Error("ready on a full disk")
		}
	}
	if err := errors.Join(limit(1<<30), write(1<<20), db.Ready(context.Background())); err != nil {
		t.Fatal(err)
	}
	page, err := db.Entries(context.Background(), store.EntryQuery{Actor: "a", Limit: 9})
	if err != nil || page.Total != 2 {
		t.Errorf("%d entries, %v", page.Total, err)
	}
}

// An op that panics fails alone.
func TestAnOpThatPanics(t *testing.T) {
	db, err := Open(context.Background(), options(t, time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Do(context.Background(), store.Op{Do: func(store.Tx) error { panic("oops") }}); err == nil {
		t.Error("no error")
	}
	if err := db.Do(context.Background(), store.Op{Do: func(store.Tx) error { return nil }}); err != nil {
		t.Error(err)
	}
}

// Entries of before they were numbered count: the next one has the number that
// follows, also after a restart.
func TestNumbersGoOnFromOldEntries(t *testing.T) {
	ctx := context.Background()
	o := options(t, time.Now)
	for restart := range 3 {
		db, err := Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		p := store.Person{MatchKey: "x"}
		p.ID = "p" + strconv.Itoa(restart)
		if err := db.Do(ctx, store.Op{Do: func(tx store.Tx) error { return tx.AddPerson(&p, store.RecordState{State: consent.StateOpen}) }}); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			box, err := db.sealed(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Do(ctx, store.Op{Log: []store.Entry{store.Prepare(box, store.About{At: time.Now(), Actor: "a", Record: 1}, []byte("{}"))}}); err != nil {
				t.Fatal(err)
			}
		}
		want, got := int64(0), int64(0)
		for e, err := range db.Chronicle(ctx, 1, 1<<40) {
			if err != nil {
				t.Fatal(err)
			}
			want, got = want+1, e.Number
		}
		if want != int64(4*(restart+1)) || got != want {
			t.Errorf("after %d restarts the last of %d entries has number %d", restart, want, got)
		}
		if restart == 0 { // as an upgraded database has them
			if err := db.Do(ctx, store.Op{Do: func(s store.Tx) error {
				_, err := s.(*tx).run(`UPDATE entry SET number = 0`)
				return err
			}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
