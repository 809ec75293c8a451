package cache

import (
	"context"
	"path/filepath"
	"testing"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// Behind the lock neither who is copied nor a key is in memory; after it everything is
// there as before, a record that the server refused meanwhile is not.
func TestACacheSleepsBehindTheLock(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(lea, helene)
	key := b.keys.keys[b.entry(lea).record]
	b.vault.Lock()
	b.Sleep()
	b.Sleep() // twice is once
	if len(b.entries) != 0 || len(b.people) != 0 || len(b.keys.keys) != 0 || b.Holds().Records != 0 {
		t.Errorf("%d entries, %d people, %d keys", len(b.entries), len(b.people), len(b.keys.keys))
	}
	for _, x := range key {
		if x != 0 {
			t.Fatal("a key was not overwritten")
		}
	}
	_, err := b.Sync(ctx)
	refused(t, "a round behind the lock", err, fhir.Unauthenticated)
	_, err = b.Cache.Open(ctx, lea, client.OpenRequest{})
	ok(t, "online all goes on", err)
	if err := b.Watch(ctx, client.Access{PatientID: lea, Session: sessionPrefix + "1"}, func(client.AccessEvent) { t.Error("told behind the lock") }); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("the server answers: %v", err)
	}
	b.copies.end(helene)
	ok(t, "unlock", b.vault.Unlock(ctx, vault.FromKeyFile(filepath.Join(filepath.Dir(b.cfg.Dir), "key"))))
	b.offline(true)
	p, err := b.MyPatients(ctx, client.PatientQuery{})
	if err != nil || len(p.Patients) != 2 || b.Holds().Records != 2 {
		t.Fatalf("%d patients, %v", len(p.Patients), err)
	}
	a, err := b.Cache.Open(ctx, lea, client.OpenRequest{})
	ok(t, "open the copy", err)
	page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 100})
	ok(t, "list", err)
	_, err = b.Content(ctx, a, page.Documents[0])
	ok(t, "read", err)
	b.offline(false)
	if r := b.sync(); r.Purged != 1 || b.keys.has("") || len(b.keys.rows) != 1 {
		t.Errorf("%+v, %d rows", r, len(b.keys.rows))
	}
	b.again()
	if b.Report().Records != 1 {
		t.Errorf("%+v", b.Report())
	}
}
