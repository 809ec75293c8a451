package outbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/cache/killtest"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// keyIn gives the sealer of a vault in a folder, made on the first call.
func keyIn(dir string) (*vault.Sealer, error) {
	v, err := killtest.Vault(dir)
	if err != nil {
		return nil, err
	}
	return v.For("outbox"), nil
}

// place is a folder with a key, in which outboxes are opened one after another.
type place struct {
	t    testing.TB
	dir  string
	seal *vault.Sealer
	fake *clienttest.Fake
}

func newPlace(t testing.TB) *place {
	t.Helper()
	dir := t.TempDir()
	seal, err := keyIn(dir)
	ok(t, "key", err)
	return &place{t, filepath.Join(dir, "outbox"), seal, clienttest.New(clienttest.Options{Documents: 12})}
}

func (p *place) config() Config {
	return Config{Dir: p.dir, Seal: p.seal, Sender: NewSender(p.fake, nil), Random: func() float64 { return 0.5 }}
}

func (p *place) open() *Outbox {
	p.t.Helper()
	o, err := Open(p.config())
	ok(p.t, "open", err)
	p.t.Cleanup(func() { ok(p.t, "close", o.Close()) })
	return o
}

// run runs an outbox until stop, which waits for its end.
func run(t testing.TB, o *Outbox) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; fhir.CodeOf(err) != fhir.Canceled {
			t.Errorf("Run ended with %v", err)
		}
	}
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v (%v)", what, err, errors.Unwrap(err))
	}
}

func want(t testing.TB, what string, err error, code fhir.Code) {
	t.Helper()
	if fhir.CodeOf(err) != code {
		t.Fatalf("%s: %v, want %s", what, err, code)
	}
}

func pdf(text string) []byte { return []byte("%PDF-1.4\n" + text) }

// filing is an item that files a report to Léa.
func filing(title string) client.OutboxItem {
	return client.OutboxItem{
		Kind: client.OutboxFile, PatientID: clienttest.PatientLea,
		Draft: &client.Draft{
			Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"}, Title: title, ContentType: "application/pdf",
			ActDate: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		},
	}
}

func masking(after string, d *client.Document) client.OutboxItem {
	yes := true
	return client.OutboxItem{Kind: client.OutboxChange, PatientID: clienttest.PatientLea, Document: d, Change: &client.Change{Masked: &yes}, After: after}
}

func consent(patient string) client.OutboxItem {
	return client.OutboxItem{
		Kind: client.OutboxConsent, PatientID: patient,
		Consent: &client.ConsentDeclaration{PatientID: patient, Form: "oral", Visit: true},
	}
}

func put(t testing.TB, o *Outbox, it client.OutboxItem) client.OutboxItem {
	t.Helper()
	var content io.Reader
	if it.Kind == client.OutboxFile {
		content = bytes.NewReader(pdf(it.Draft.Title))
	}
	got, err := o.Put(context.Background(), it, content)
	ok(t, "put", err)
	return got
}

func list(t testing.TB, o *Outbox) []client.OutboxItem {
	t.Helper()
	items, err := o.List(context.Background())
	ok(t, "list", err)
	return items
}

func item(t testing.TB, o *Outbox, id string) client.OutboxItem {
	t.Helper()
	for _, it := range list(t, o) {
		if it.ID == id {
			return it
		}
	}
	t.Fatalf("item is not in the list")
	return client.OutboxItem{}
}

func state(t testing.TB, o *Outbox, id string, state client.OutboxState, reason fhir.Code) client.OutboxItem {
	t.Helper()
	it := item(t, o, id)
	if it.State != state || it.Reason != reason {
		t.Fatalf("the item is %s (%s), want %s (%s)", it.State, it.Reason, state, reason)
	}
	return it
}

// disk is a Sender whose server is a folder: one file an id, made once, so that
// effects outlive whoever is killed.
type disk struct{ dir string }

func (d disk) Send(_ context.Context, it client.OutboxItem, content io.ReadSeeker, _ client.Progress) (client.Document, error) {
	var data []byte
	if content != nil {
		var err error
		if data, err = io.ReadAll(content); err != nil {
			return client.Document{}, err
		}
	}
	path := filepath.Join(d.dir, it.ID)
	if _, err := os.Stat(path); err == nil {
		return client.Document{ID: it.ID}, nil // the same key: the same answer
	}
	tmp := path + ".part-" + uuid.NewString()
	if err := os.WriteFile(tmp, []byte(whole(it, data)), 0o600); err != nil {
		return client.Document{}, fhir.Wrap(fhir.Unavailable, err)
	}
	return client.Document{ID: it.ID}, os.Rename(tmp, path)
}

func (d disk) Kept(context.Context, client.OutboxItem, string) (client.Document, [32]byte, error) {
	return client.Document{}, [32]byte{}, fhir.E(fhir.NotFound, "")
}
