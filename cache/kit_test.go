package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// watchClock is a clock that tests move.
type watchClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *watchClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *watchClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClock() *watchClock {
	return &watchClock{at: time.Date(2026, time.November, 21, 10, 40, 0, 0, time.UTC)}
}

// sealersIn gives the two sealers of a vault in a folder, made on the first call.
func sealersIn(dir string) (seal, reads *vault.Sealer, v *vault.Vault, err error) {
	ctx, key := context.Background(), filepath.Join(dir, "key")
	v, err = vault.Open(vault.Config{Dir: filepath.Join(dir, "vault")}, vault.Owner{Issuer: "test", ID: "1"})
	if err != nil {
		return nil, nil, nil, err
	}
	if v.State() == vault.Absent {
		if err := vault.NewKeyFile(key); err != nil {
			return nil, nil, nil, err
		}
		err = v.Create(ctx, vault.FromKeyFile(key))
	} else {
		err = v.Unlock(ctx, vault.FromKeyFile(key))
	}
	return v.For("cache"), v.For("offline reads"), v, err
}

// bench is a cache over a fake server whose time, network and leases are steered.
type bench struct {
	t      testing.TB
	clock  *watchClock
	fake   *clienttest.Fake
	copies *leases
	vault  *vault.Vault
	cfg    Config
	*Cache
}

func newBench(t testing.TB, o clienttest.Options) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t, clock: newClock()}
	seal, reads, v, err := sealersIn(dir)
	ok(t, "vault", err)
	o.Now = b.clock.now
	b.fake, b.vault = clienttest.New(o), v
	b.copies = &leases{fake: b.fake, now: b.clock.now, held: map[string]*lease{}, span: 72 * time.Hour}
	b.cfg = Config{
		Dir: filepath.Join(dir, "cache"), Seal: seal, Reads: reads, Records: b.fake, Copies: b.copies,
		Auto: true, Rate: -1, Now: b.clock.now,
	}
	b.open()
	t.Cleanup(func() { ok(t, "shut", b.Shut()) })
	return b
}

func (b *bench) open() {
	b.t.Helper()
	c, err := Open(b.cfg)
	ok(b.t, "open", err)
	b.Cache = c
}

// again shuts the cache and opens it anew.
func (b *bench) again() {
	b.t.Helper()
	ok(b.t, "shut", b.Shut())
	b.open()
}

func (b *bench) offline(off bool) {
	b.fake.SetOffline(off)
	b.copies.mu.Lock()
	b.copies.off = off
	b.copies.mu.Unlock()
}

// copied opens records online and synchronises.
func (b *bench) copied(ids ...string) Synced {
	b.t.Helper()
	ctx := context.Background()
	_, err := b.MyPatients(ctx, client.PatientQuery{Limit: 1000})
	ok(b.t, "my patients", err)
	for _, id := range ids {
		_, err := b.Cache.Open(ctx, id, client.OpenRequest{})
		ok(b.t, "open a record", err)
	}
	return b.sync()
}

func (b *bench) sync() Synced {
	b.t.Helper()
	r, err := b.Sync(context.Background())
	ok(b.t, "sync", err)
	return r
}

// lease is a copy as the server knows it.
type lease struct {
	client.Lease
	ended bool
	given map[string]bool
}

// leases is the server's side of copies over the fake: what a session in normal
// mode may read.
type leases struct {
	fake *clienttest.Fake
	now  func() time.Time
	span time.Duration

	mu       sync.Mutex
	off      bool
	refuse   bool // the patient wants no copies
	held     map[string]*lease
	requests int
	reads    []client.OfflineRead
	receipt  func(client.OfflineRead) client.ReadReceipt
	bytes    int64
	house    // of a member of an establishment
}

func (l *leases) begin(ctx context.Context) error {
	l.requests++
	switch {
	case ctx.Err() != nil:
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	case l.off:
		return fhir.E(fhir.Offline, "no answer")
	}
	return nil
}

// readable gives what may be read of a record now, and its stamp.
func (l *leases) readable(ctx context.Context, patientID string) ([]client.Document, string, error) {
	var all []client.Document
	q := client.DocumentQuery{Limit: 100_000}
	p, err := l.fake.Documents(ctx, client.Access{PatientID: patientID}, q)
	if err != nil {
		return nil, "", err
	}
	for _, d := range p.Documents {
		if l.sees == nil || l.sees(d) {
			all = append(all, d)
		}
	}
	sum := sha256.New()
	for _, d := range all {
		sum.Write([]byte(d.ID + d.Version + d.Status + d.Attachment.Hash))
	}
	for _, i := range l.profile(ctx, patientID).Items {
		sum.Write([]byte(i.ID + i.Version))
	}
	return all, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

func (l *leases) TakeCopy(ctx context.Context, a client.Access) (client.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return client.Lease{}, err
	}
	return l.take(ctx, a)
}

// take gives a lease; the caller holds mu.
func (l *leases) take(ctx context.Context, a client.Access) (client.Lease, error) {
	if l.refuse {
		return client.Lease{}, fhir.E(fhir.BusinessRule, "no copies")
	}
	if l.blocked[a.PatientID] {
		return client.Lease{}, fhir.E(fhir.NoConsent, "no")
	}
	_, stamp, err := l.readable(ctx, a.PatientID)
	if err != nil {
		return client.Lease{}, err
	}
	x := &lease{Lease: client.Lease{ID: "lease-" + a.PatientID, PatientID: a.PatientID, Basis: a.Basis, Until: l.now().Add(l.span), Stamp: stamp, Shared: l.org != ""}, given: map[string]bool{}}
	l.held[x.ID] = x
	return x.Lease, nil
}

func (l *leases) CheckCopies(ctx context.Context, held []client.CopyCheck) ([]client.CopyState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	out := make([]client.CopyState, len(held))
	for i, h := range held {
		out[i].Lease = h.Lease
		x := l.held[h.Lease]
		if x == nil || x.ended || l.blocked[x.PatientID] {
			continue
		}
		_, stamp, err := l.readable(ctx, x.PatientID)
		if err != nil {
			continue
		}
		out[i] = client.CopyState{Lease: h.Lease, Runs: true, Until: l.now().Add(l.span), Stamp: stamp}
	}
	return out, nil
}

// CopyChanges gives everything from "" on, and from a stamp on everything again
// with what is gone: clients must bear being told twice. Stamps in between are
// "stamp@place".
func (l *leases) CopyChanges(ctx context.Context, id, since string) (client.CopyChanges, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return client.CopyChanges{}, err
	}
	x := l.held[id]
	if x == nil || x.ended {
		return client.CopyChanges{}, fhir.E(fhir.NoConsent, "over")
	}
	all, stamp, err := l.readable(ctx, x.PatientID)
	if err != nil {
		return client.CopyChanges{}, err
	}
	at := 0
	if _, place, found := strings.Cut(since, "@"); found {
		at = len(place)
	}
	end := min(at+client.CopyBatch, len(all))
	out := client.CopyChanges{Documents: slices.Clone(all[at:end]), Stamp: stamp}
	for _, d := range out.Documents {
		x.given[d.ID] = true
	}
	if end < len(all) {
		out.More, out.Stamp = true, "part@"+strings.Repeat(".", end)
		return out, nil
	}
	for given := range x.given {
		if !slices.ContainsFunc(all, func(d client.Document) bool { return d.ID == given }) {
			out.Gone = append(out.Gone, given)
			delete(x.given, given)
		}
	}
	return out, nil
}

func (l *leases) CopyContent(ctx context.Context, id string, d client.Document) (client.Content, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return client.Content{}, err
	}
	x := l.held[id]
	if x == nil || x.ended {
		return client.Content{}, fhir.E(fhir.NoConsent, "over")
	}
	c, err := l.fake.Content(ctx, client.Access{PatientID: x.PatientID}, d)
	l.bytes += int64(len(c.Bytes))
	return c, err
}

func (l *leases) ReturnCopy(ctx context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return err
	}
	delete(l.held, id)
	return nil
}

func (l *leases) ReportReads(ctx context.Context, reads []client.OfflineRead) ([]client.ReadReceipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	out := make([]client.ReadReceipt, len(reads))
	for i, r := range reads {
		out[i] = client.ReadReceipt{ID: r.ID, Kept: true}
		if l.receipt != nil {
			out[i] = l.receipt(r)
		}
		if out[i].Kept {
			l.reads = append(l.reads, r)
		}
	}
	return out, nil
}

// end makes a lease end at the server.
func (l *leases) end(patientID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held["lease-"+patientID].ended = true
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v (%v)", what, err, errors.Unwrap(err))
	}
}

func refused(t testing.TB, what string, err error, code fhir.Code) {
	t.Helper()
	if fhir.CodeOf(err) != code {
		t.Fatalf("%s: %v, want %s", what, err, code)
	}
}

// tree gives all that a folder holds, names and bytes.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all.WriteString(path + "\n")
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			all.Write(data)
			return err
		}
		return nil
	})
	ok(t, "walk", err)
	return all.String()
}
