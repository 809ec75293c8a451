package portal

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// visitBook is Visits as a provider keeps them, in memory.
type visitBook struct {
	mu  sync.Mutex
	all map[string]*visitRow
	// down is what every question answers while the store is away.
	down error
}

type visitRow struct {
	data           []byte
	version        int64
	ends           time.Time
	person, signIn string
}

// lists tells whether the world's provider still lists a sign-in.
func (w *world) lists(id string) bool {
	for _, ins := range w.signIns {
		if lists(ins, id) {
			return true
		}
	}
	return false
}

func (w *world) Visit(_ context.Context, key []byte) ([]byte, int64, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visits.mu.Lock()
	defer w.visits.mu.Unlock()
	r := w.visits.all[string(key)]
	if w.visits.down != nil || r == nil || !w.clock.Before(r.ends) || r.signIn != "" && !w.lists(r.signIn) {
		return nil, 0, false, w.visits.down
	}
	return bytes.Clone(r.data), r.version, true, nil
}

func (w *world) KeepVisit(_ context.Context, key []byte, version int64, ends time.Time, data []byte) (bool, error) {
	v := &w.visits
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[string]*visitRow{}
	}
	r := v.all[string(key)]
	switch {
	case v.down != nil:
		return false, v.down
	case version == 0 && r == nil:
		v.all[string(key)] = &visitRow{data: data, version: 1, ends: ends}
	case version == 0 || r == nil || r.version != version:
		return false, nil
	default:
		r.data, r.version, r.ends = data, version+1, ends
	}
	return true, nil
}

func (w *world) BindVisit(_ context.Context, key []byte, person, signIn string) error {
	w.visits.mu.Lock()
	defer w.visits.mu.Unlock()
	if r := w.visits.all[string(key)]; r != nil {
		r.person, r.signIn = person, signIn
	}
	return w.visits.down
}

func (w *world) EndVisit(_ context.Context, key []byte) error {
	w.visits.mu.Lock()
	defer w.visits.mu.Unlock()
	delete(w.visits.all, string(key))
	return w.visits.down
}

func (w *world) EndVisits(_ context.Context, person string) error {
	w.visits.mu.Lock()
	defer w.visits.mu.Unlock()
	for key, r := range w.visits.all {
		if r.person == person {
			delete(w.visits.all, key)
		}
	}
	return w.visits.down
}

func (w *world) SignOutStaff(ctx context.Context, account string) error {
	return w.SignOutEverywhere(ctx, "staff/"+account)
}
