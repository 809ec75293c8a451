package outbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// slow says which items may go by looking at all of them.
func slow(items map[string]*stored, now time.Time) (may []*stored, wait time.Duration) {
	var active []*stored
	for _, it := range items {
		if !final(it.State) {
			active = append(active, it)
		}
	}
	slices.SortFunc(active, bySeq)
	lines := map[string]bool{}
	for _, it := range active {
		key := orderKey(it.OutboxItem)
		behind := key != "" && lines[key]
		lines[key] = true
		if behind || !released(it, items) {
			continue
		}
		left := it.Next.Sub(now)
		switch {
		case it.State == client.OutboxQueued, it.State == client.OutboxWaiting && (left <= 0 || meanings()[it.Reason].everybody):
			may = append(may, it)
		case it.State == client.OutboxWaiting && (wait == 0 || left < wait):
			wait = left
		}
	}
	return may, wait
}

// The queue, changed at random, says the same as looking at everything.
func TestTheQueueKnowsWhatMayGo(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
		items, q, seq := map[string]*stored{}, newQueue(), uint64(0)
		for range 120 {
			id := fmt.Sprint(r.IntN(12))
			old := items[id]
			var it *stored
			switch {
			case old == nil:
				it = randomItem(r, id, now)
				seq++
				it.Seq = seq
				items[id] = it
			case r.IntN(8) == 0:
				delete(items, id)
			default:
				it = old.with(old.OutboxItem)
				it.State, it.Reason, it.Next = randomItem(r, id, now).State, fhir.Internal, now.Add(time.Duration(1+r.IntN(9))*time.Second)
				if r.IntN(3) == 0 {
					it.Reason = fhir.Offline
				}
				if r.IntN(4) == 0 {
					it.After = ""
				}
				items[id] = it
			}
			q.set(items, old, it)
			if r.IntN(6) == 0 {
				now = now.Add(time.Duration(r.IntN(4)) * time.Second)
			}
			may, wait := slow(items, now)
			got, left := q.next(nil, now)
			switch {
			case len(may) > 0 && got != may[0] || len(may) == 0 && (got != nil || left != wait):
				t.Fatalf("seed %d: %v in %v, want %v in %v", seed, got, left, may, wait)
			}
			busy := map[string]bool{}
			if len(may) > 1 {
				busy[may[0].ID] = true
				if got, _ := q.next(busy, now); got != may[1] {
					t.Fatalf("seed %d: a busy item stands in the way", seed)
				}
			}
		}
	}
}

func randomItem(r *rand.Rand, id string, now time.Time) *stored {
	kind := []client.OutboxKind{client.OutboxFile, client.OutboxConsent, client.OutboxMessage}[r.IntN(3)]
	state := []client.OutboxState{client.OutboxQueued, client.OutboxSending, client.OutboxWaiting, client.OutboxPaused, client.OutboxDone, client.OutboxRefused}[r.IntN(6)]
	it := &stored{OutboxItem: client.OutboxItem{ID: id, Kind: kind, PatientID: fmt.Sprint(r.IntN(2)), State: state, Reason: fhir.Internal, Next: now.Add(time.Second)}}
	if r.IntN(3) == 0 {
		if it.After = fmt.Sprint(r.IntN(12)); it.After == id {
			it.After = ""
		}
	}
	return it
}
