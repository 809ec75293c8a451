package cache

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// house is what the server knows of a member of an establishment.
type house struct {
	org     string                     // empty: they work in none
	away    bool                       // they work there no more
	sees    func(client.Document) bool // their profession's column and masked rules; nil: all
	blocked map[string]bool            // patients who blocked them
	given   map[string]bool            // patients who let the establishment in; nil: all
	asked   int                        // for keys
}

// CopyPool implements client.SharedCopies.
func (l *leases) CopyPool(ctx context.Context, pool string) (client.PoolKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return client.PoolKey{}, err
	}
	l.asked++
	if l.org == "" || l.away {
		return client.PoolKey{}, fhir.E(fhir.Forbidden, "no member")
	}
	key := sha256.Sum256([]byte("server's secret " + l.org + " " + pool))
	return client.PoolKey{OrgID: l.org, Key: key[:], Until: l.now().Add(72 * time.Hour)}, nil
}

// TakeCopies implements client.SharedCopies.
func (l *leases) TakeCopies(ctx context.Context, patients []string) (out []client.TakenCopy, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	for _, id := range patients {
		if l.away || l.given != nil && !l.given[id] {
			continue
		}
		if lease, err := l.take(ctx, client.Access{PatientID: id, Basis: fhir.BasisAuthorised}); err == nil {
			out = append(out, client.TakenCopy{Lease: lease, Rights: []string{fhir.RightRead, fhir.RightUpload}})
		}
	}
	return out, nil
}

// desk is a computer at which several people work, one after the other.
type desk struct {
	t     testing.TB
	dir   string
	clock *watchClock
}

func newDesk(t testing.TB) *desk { return &desk{t: t, dir: t.TempDir(), clock: newClock()} }

// worker is somebody who works at a desk, with a vault of their own.
type worker struct {
	*bench
	desk *desk
	id   string
}

// worker gives somebody who sits down at the desk when enters is called.
func (d *desk) worker(id string, h house) *worker {
	d.t.Helper()
	dir := filepath.Join(d.dir, id)
	b := &bench{t: d.t, clock: d.clock, fake: clienttest.New(clienttest.Options{Documents: 12, Now: d.clock.now})}
	b.copies = &leases{fake: b.fake, now: d.clock.now, held: map[string]*lease{}, span: 72 * time.Hour, house: h}
	ok(d.t, "folder", vaultFolder(dir))
	seal, reads, v, err := sealersIn(dir)
	ok(d.t, "vault", err)
	b.vault = v
	at, err := vault.Folder(filepath.Join(d.dir, "kept"), vault.Owner{Issuer: "test", ID: h.org})
	ok(d.t, "the establishment's folder", err)
	b.cfg = Config{
		Dir: filepath.Join(dir, "cache"), Seal: seal, Reads: reads, Records: b.fake, Copies: b.copies,
		Auto: true, Rate: -1, Now: d.clock.now, As: id + " at " + h.org, Log: func(what string) { d.t.Log(id, what) },
		Shared: &Shared{Dir: at, Seal: v.For("pool"), Server: b.copies, Org: h.org, Member: id},
	}
	return &worker{b, d, id}
}

// sits has somebody work at the desk; the one before has left.
func (w *worker) sits(f func()) {
	w.t.Helper()
	w.open()
	f()
	ok(w.t, "leave", w.Shut())
}

// finds gives the patients that are found without the server.
func (w *worker) finds() (ids []string) {
	w.t.Helper()
	w.offline(true)
	defer w.offline(false)
	p, err := w.MyPatients(context.Background(), client.PatientQuery{Limit: 100})
	if err != nil {
		refused(w.t, "find", err, fhir.Offline)
	}
	for _, one := range p.Patients {
		ids = append(ids, one.ID)
	}
	return ids
}

// reads opens a record without the server and gives its documents, each with its bytes.
func (w *worker) reads(patientID string) (docs []client.Document) {
	w.t.Helper()
	w.offline(true)
	defer w.offline(false)
	ctx := context.Background()
	a, err := w.Cache.Open(ctx, patientID, client.OpenRequest{})
	ok(w.t, w.id+" opens", err)
	page, err := w.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(w.t, w.id+" lists", err)
	for _, d := range page.Documents {
		if got, err := w.Content(ctx, a, d); err != nil || int64(len(got.Bytes)) != d.Attachment.Size || !got.Cached {
			w.t.Errorf("%s reads %d bytes: %v", w.id, len(got.Bytes), err)
		}
	}
	return page.Documents
}

// shut tells that a record does not open without the server.
func (w *worker) shutOff(patientID string) {
	w.t.Helper()
	w.offline(true)
	defer w.offline(false)
	_, err := w.Cache.Open(context.Background(), patientID, client.OpenRequest{})
	refused(w.t, w.id+" opens what is closed", err, fhir.Offline)
	if ids := w.finds(); len(ids) > 0 && contains(ids, patientID) {
		w.t.Errorf("%s finds who is closed", w.id)
	}
	w.offline(true)
}
