package cache

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// The counter's connection drops: a patient seen before is found, the record is
// read with its age, and the history is told afterwards.
func TestTheNetworkDropsAndComesBack(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 60})
	r := b.copied(clienttest.PatientLea)
	if r.Taken != 1 || r.Fetched == 0 {
		t.Fatalf("the copy: %+v", r)
	}
	online, err := b.Cache.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	copiedAt := b.clock.now()

	b.clock.move(20 * time.Minute)
	b.offline(true)
	b.again() // and the desktop is started anew
	lea := b.fake.Patient(clienttest.PatientLea)
	day := lea.BirthDate[8:10] + "/" + lea.BirthDate[5:7] + "/" + lea.BirthDate[:4]
	for _, text := range []string{"lea mart", "MARTIN", day, lea.BirthDate[:4], lea.INS.Value[:7], ""} {
		p, err := b.MyPatients(ctx, client.PatientQuery{Text: text})
		ok(t, "find "+text, err)
		if !p.Cached || !p.AsOf.Equal(copiedAt) || len(p.Patients) != 1 || p.Patients[0].ID != clienttest.PatientLea {
			t.Fatalf("%q found %d, %+v", text, len(p.Patients), p.Provenance)
		}
	}
	a, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	if strings.Join(a.Rights, " ") != "read read-masked-own read-masked-all upload mask unmask-own unmask-all show-to-patient archive-own archive-all delete-own manage-patient-documents" {
		t.Errorf("rights offline: %v", a.Rights)
	}
	page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	if !page.Cached || !page.AsOf.Equal(copiedAt) || page.Total != online.Total || len(page.Documents) != len(online.Documents) {
		t.Fatalf("%d documents offline, %d online, %+v", page.Total, online.Total, page.Provenance)
	}
	c, err := b.Content(ctx, a, page.Documents[0])
	ok(t, "content", err)
	if !c.Cached || int64(len(c.Bytes)) != page.Documents[0].Attachment.Size {
		t.Errorf("content: %d bytes, %+v", len(c.Bytes), c.Provenance)
	}
	_, err = b.Change(ctx, a, page.Documents[0], client.Change{Archived: new(bool)})
	refused(t, "a change", err, fhir.Offline)
	b.again()
	reads, err := b.Unreported(ctx)
	ok(t, "journal", err)
	if len(reads) != 2 || !reads[0].At.Equal(b.clock.now()) {
		t.Fatalf("the journal holds %+v", reads)
	}

	b.offline(false)
	b.clock.move(time.Hour)
	if r := b.sync(); r.Reported != 2 || len(b.copies.reads) != 2 {
		t.Fatalf("reported %+v", r)
	}
	if r := b.sync(); r.Reported != 0 || r.Requests != 2 || r.Documents != 0 {
		t.Fatalf("a second sync with no change: %+v", r)
	}
}

// A right that was withdrawn takes the copy with it at first contact, and what
// the disk still has of it opens no more.
func TestARevokedCopyGoesAtFirstContact(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 30})
	b.copied(clienttest.PatientLea, clienttest.PatientHelene)
	e := b.entry(clienttest.PatientLea)
	key := b.keys.get(e.record)
	b.copies.end(clienttest.PatientLea)
	if r := b.sync(); r.Purged != 1 {
		t.Fatalf("purged: %+v", r)
	}
	b.offline(true)
	b.again()
	_, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	refused(t, "open", err, fhir.Offline)
	p, err := b.MyPatients(ctx, client.PatientQuery{})
	ok(t, "my patients", err)
	if len(p.Patients) != 1 || p.Patients[0].ID != clienttest.PatientHelene {
		t.Fatalf("found %d patients", len(p.Patients))
	}
	if b.contents.has(e.record, "") || b.keys.has(e.record) {
		t.Error("the record is still there")
	}
	table, err := loadKeys(b.cfg.Dir, b.seal)
	ok(t, "table", err)
	if table.has(e.record) || len(table.names()) != 1 || len(key) != keySize {
		t.Error("the purged key is in the table")
	}
}

// A lease that ends closes the record without any server.
func TestALeaseEndsOffline(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	b.offline(true)
	a, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	b.clock.move(73 * time.Hour)
	_, err = b.Documents(ctx, a, client.DocumentQuery{})
	refused(t, "documents after the lease", err, fhir.Offline)
	_, err = b.MyPatients(ctx, client.PatientQuery{})
	refused(t, "my patients after the lease", err, fhir.Offline)
	b.again()
	if b.Report().Records != 0 || len(b.keys.names()) != 0 {
		t.Error("an ended copy is still there")
	}
}

// A clock turned back closes every copy until the server says the time.
func TestTheClockTurnedBack(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	b.offline(true)
	b.clock.move(70 * time.Hour)
	a, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	for _, restart := range []bool{false, true} {
		if restart {
			b.again()
		} else {
			b.clock.move(-24 * time.Hour)
		}
		_, err = b.Documents(ctx, a, client.DocumentQuery{})
		refused(t, "documents", err, fhir.Offline)
		_, err = b.MyPatients(ctx, client.PatientQuery{})
		refused(t, "my patients", err, fhir.Offline)
	}
	b.offline(false)
	b.sync()
	b.offline(true)
	_, err = b.Documents(ctx, a, client.DocumentQuery{})
	ok(t, "documents once the server said the time", err)
}

// A document that was masked goes with its bytes, and the record gets a new key.
func TestADocumentThatMayNoLongerBeKept(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 30})
	b.copied(clienttest.PatientLea)
	before := b.entry(clienttest.PatientLea)
	key := b.keys.get(before.record)
	a := client.Access{PatientID: clienttest.PatientLea}
	page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	gone := page.Documents[0]
	yes := true
	for _, d := range page.Documents {
		if _, err := b.fake.Change(ctx, a, d, client.Change{Archived: &yes}); err == nil {
			gone = d
			break
		}
	}
	if r := b.sync(); r.Gone != 1 {
		t.Fatalf("gone: %+v", r)
	}
	b.offline(true)
	b.again()
	_, err = b.Content(ctx, a, gone)
	refused(t, "the content", err, fhir.Offline)
	left, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	if left.Total != page.Total-1 {
		t.Errorf("%d documents are left of %d", left.Total, page.Total)
	}
	if bytes.Equal(key, b.keys.get(before.record)) {
		t.Error("the key is that of before")
	}
	if _, err := b.Content(ctx, a, left.Documents[0]); err != nil {
		t.Errorf("a content that may stay: %v", err)
	}
}

// Nothing is clear on the disk, and nothing opens while the vault is locked.
func TestNothingIsClear(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 40})
	b.copied(clienttest.PatientLea, clienttest.PatientHelene)
	b.offline(true)
	a, err := b.Cache.Open(ctx, clienttest.PatientLea, client.OpenRequest{})
	ok(t, "open", err)
	page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	content, err := b.Content(ctx, a, page.Documents[0])
	ok(t, "content", err)
	p := b.fake.Patient(clienttest.PatientLea)
	needles := []string{p.ID, p.INS.Value, p.BirthName, p.FirstGiven, p.BirthDate, "Léa", "MARTIN-DUBOIS", "Pénicilline", "urticaire", "Ramipril", "Nadia ROUXEL", string(content.Bytes[:16]), "lease-"}
	for _, d := range page.Documents {
		needles = append(needles, d.ID, d.Attachment.Title, d.Author.Name, d.Attachment.Hash)
	}
	disk := tree(t, b.cfg.Dir)
	for _, n := range needles {
		if n != "" && strings.Contains(disk, n) {
			t.Errorf("the disk tells %q", n)
		}
	}
	b.vault.Lock()
	_, err = b.Documents(ctx, a, client.DocumentQuery{})
	refused(t, "documents, locked", err, fhir.Unauthenticated)
	_, err = b.MyPatients(ctx, client.PatientQuery{})
	refused(t, "my patients, locked", err, fhir.Unauthenticated)
}

// Clear erases the copies, and keeps what is still to be reported.
func TestClear(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	b.offline(true)
	_, err := b.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
	ok(t, "documents", err)
	ok(t, "clear", b.Clear(ctx))
	_, err = b.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
	refused(t, "documents", err, fhir.Offline)
	b.again()
	if reads, err := b.Unreported(ctx); err != nil || len(reads) != 1 || b.Report().Records != 0 || b.Report().Rebuilt {
		t.Fatalf("after clear: %v, %v, %+v", reads, err, b.Report())
	}
	b.offline(false)
	if r := b.copied(clienttest.PatientLea); r.Taken != 1 || r.Reported != 1 {
		t.Fatalf("a copy after clear: %+v", r)
	}
}

// The budget holds, the least recently used contents go first, and what work
// waits on stays.
func TestTheBudget(t *testing.T) {
	s, err := openContents(t.TempDir(), 1000, newClock().now)
	ok(t, "contents", err)
	clock := newClock()
	s.now = clock.now
	held := func(k string) bool { return k == "r/a" }
	for _, name := range []string{"a", "b", "c"} {
		clock.move(time.Second)
		ok(t, "put", s.put("r", name, make([]byte, 300), held))
	}
	clock.move(time.Second)
	_, err = s.get("r", "b")
	ok(t, "get", err)
	ok(t, "put", s.put("r", "d", make([]byte, 300), held))
	for name, want := range map[string]bool{"a": true, "b": true, "c": false, "d": true} {
		if s.has("r", name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	again, err := openContents(strings.TrimSuffix(s.root, "/"+contentsName), 1000, clock.now)
	ok(t, "again", err)
	if again.total != 900 || s.total != 900 {
		t.Errorf("%d and %d bytes", s.total, again.total)
	}
}
