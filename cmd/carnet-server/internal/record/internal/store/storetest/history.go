package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// entriesNumbered: the entries of each record count up, whatever fails and
// whatever is logged between them.
func entriesNumbered(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	broken := errors.New("broken")
	for i := range 30 {
		k.at = k.at.Add(time.Minute)
		k.must(k.Do(bg, store.Op{Log: []store.Entry{k.entry(a, reader, "a"), k.entry(nil, reader, "none"), k.entry(a, other, "a")}}))
		if i%3 == 0 {
			k.must(k.Do(bg, store.Op{Log: []store.Entry{k.entry(b, reader, "b")}}))
		}
		op := store.Op{Log: []store.Entry{k.entry(a, reader, "never")}, Do: func(store.Tx) error { return broken }}
		if err := k.Do(bg, op); !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	last, err := k.LastSeq(bg, a.N)
	k.must(err)
	for _, c := range []struct {
		record *store.Record
		want   int64
		body   string
	}{{a, 60, "a"}, {b, 10, "b"}} {
		number, seq := int64(0), int64(-1)
		for e, err := range k.Chronicle(bg, c.record.N, last+1) {
			k.must(err)
			if number++; e.Number != number || e.Seq <= seq || string(e.Body) != c.body {
				t.Fatalf("entry %d: %+v", number, e)
			}
			seq = e.Seq
		}
		if number != c.want {
			t.Errorf("%d entries, want %d", number, c.want)
		}
	}
	var some int
	for _, err := range k.Chronicle(bg, a.N, last-1) {
		k.must(err)
		if some++; some == 7 {
			break
		}
	}
	backwards(t, k, a)
}

// backwards reads entries newest first, whole, by actor, and from a time.
func backwards(t *testing.T, k *kit, a *store.Record) {
	t.Helper()
	var seqs []int64
	q := store.HistoryAsk{Record: a.N, Limit: 7}
	for {
		page, err := k.History(bg, q)
		k.must(err)
		for _, e := range page {
			seqs, q.Below = append(seqs, e.Seq), e.Seq
		}
		if len(page) < q.Limit {
			break
		}
	}
	if len(seqs) != 60 || !slices.IsSortedFunc(seqs, func(x, y int64) int { return int(y - x) }) {
		t.Errorf("%d entries", len(seqs))
	}
	own, err := k.History(bg, store.HistoryAsk{Record: a.N, Actor: other, Limit: 100})
	k.must(err)
	if len(own) != 30 || own[0].Actor != other {
		t.Errorf("%d of one actor", len(own))
	}
	for minutes, want := range map[time.Duration]int64{0: seqs[1], 10: seqs[21], 29: seqs[59], 90: seqs[59]} {
		got, err := k.SeqAt(bg, a.N, k.at.Add(-minutes*time.Minute))
		k.must(err)
		if got != want && !(want == seqs[59] && got == 0) {
			t.Errorf("%d minutes before: seq %d, want %d", minutes, got, want)
		}
	}
	if got, err := k.SeqAt(bg, a.N, k.at.Add(time.Second)); err != nil || got != 0 {
		t.Errorf("later than all: %d, %v", got, err)
	}
}

// noticesKept: what is told is kept in order, sealed, with each reader's mark,
// and one e-mail waits for all of it.
func noticesKept(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	hidden := k.newDoc(a)
	hidden.Facts.HiddenPatient = true
	reps := k.newDoc(a)
	reps.Facts.HiddenReps = true
	k.add(a, hidden, []byte("h"))
	k.add(a, reps, []byte("r"))
	add := func(r *store.Record, doc string) {
		k.at = k.at.Add(time.Minute)
		k.do(func(tx store.Tx) error {
			return tx.AddNotice(store.Notice{Record: r.N, Kind: "document", At: k.at, Body: []byte(doc), Document: doc})
		})
	}
	mails := func() (out []string) {
		all, err := k.Mails(bg, 10)
		k.must(err)
		for _, m := range all {
			out = append(out, fmt.Sprint(m.Record == a.N, m.HolderOnly, k.at.Sub(m.At)))
		}
		return out
	}
	add(a, hidden.ID)
	if got := mails(); len(got) != 0 {
		t.Errorf("an e-mail about what is hidden: %q", got)
	}
	add(a, reps.ID)
	add(a, "")
	add(a, "")
	add(b, "")
	if got, want := mails(), []string{"true true 3m0s", "true false 1m0s", "false false 0s"}; !slices.Equal(got, want) {
		t.Errorf("e-mails %q, want %q", got, want)
	}
	all, err := k.Notices(bg, a.N, 0, 10)
	k.must(err)
	if len(all) != 4 || string(all[3].Body) != hidden.ID || all[0].N <= all[1].N {
		t.Errorf("%+v", all)
	}
	for upto, want := range map[int64]int64{all[1].N: all[1].N, 1 << 40: all[0].N} {
		person := fmt.Sprint("p", upto)
		for _, n := range []int64{upto, 0} {
			k.do(func(tx store.Tx) error { return tx.MarkNoticesRead(a.N, person, n) })
		}
		if got, err := k.NoticesRead(bg, a.N, person); err != nil || got != want {
			t.Errorf("read up to %d, want %d (%v)", got, want, err)
		}
	}
	if got, err := k.NoticesRead(bg, a.N, "nobody"); err != nil || got != 0 {
		t.Errorf("%d, %v", got, err)
	}
}

// complaintsAndLeases: each is kept, found and ended once.
func complaintsAndLeases(t *testing.T, k *kit) {
	a := k.person()
	c := store.Complaint{ID: "c1", Record: a.N, Seq: 3, At: k.at, Body: []byte("pourquoi")}
	k.do(func(tx store.Tx) error { return tx.AddComplaint(c) })
	again := c
	again.ID = "c2"
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddComplaint(again) }}); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("contested twice: %v", err)
	}
	c.Body, c.Answered = []byte("parce que"), k.at.Add(time.Hour)
	k.do(func(tx store.Tx) error { return tx.AnswerComplaint(c) })
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AnswerComplaint(c) }}); !errors.Is(err, store.ErrVersion) {
		t.Errorf("answered twice: %v", err)
	}
	all, err := k.Complaints(bg, 10)
	k.must(err)
	if len(all) != 1 || string(all[0].Body) != "parce que" || !all[0].Answered.Equal(c.Answered) {
		t.Errorf("%+v", all)
	}
	if _, err := k.Complaint(bg, "c2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}

	lease := func(id, signin string) store.Lease {
		return store.Lease{ID: id, Record: a.N, Actor: reader, SignIn: signin, Taken: k.at, Until: k.at.Add(time.Hour), Body: []byte(id)}
	}
	for _, l := range []store.Lease{lease("l1", "s1"), lease("l2", "s2"), lease("l3", "s1")} {
		k.do(func(tx store.Tx) error { return tx.AddLease(l) })
	}
	running := func(at time.Time) (ids string) {
		all, err := k.Leases(bg, a.N, at)
		k.must(err)
		for _, l := range all {
			ids += string(l.Body)
		}
		return ids
	}
	if got := running(k.at); got != "l3l2" {
		t.Errorf("running %q", got)
	}
	k.do(func(tx store.Tx) error { return tx.EndLease("l2", k.at.Add(time.Minute)) })
	k.do(func(tx store.Tx) error { return tx.EndLease("l2", k.at.Add(time.Hour)) })
	if l, err := k.Lease(bg, "l2"); err != nil || !l.Ended.Equal(k.at.Add(time.Minute)) {
		t.Errorf("%+v, %v", l, err)
	}
	if got := running(k.at) + running(k.at.Add(time.Hour)); got != "l3" {
		t.Errorf("running %q", got)
	}
	if _, err := k.Lease(bg, "l9"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

// exportsKept: the sizes of heads, newest first, each once.
func exportsKept(t *testing.T, k *kit) {
	a := k.person()
	for _, size := range []int64{3, 9, 3, 5} {
		k.do(func(tx store.Tx) error { return tx.AddExport(a.N, size, k.at) })
	}
	got, err := k.Exports(bg, a.N, 2)
	k.must(err)
	if !slices.Equal(got, []int64{9, 5}) {
		t.Errorf("%v", got)
	}
}
