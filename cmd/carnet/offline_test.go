package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/session"
	"carnet/client/terminology"
	"carnet/cmd/internal/cable"
	"carnet/ui"
	"carnet/ui/unlock"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
)

// post is a desktop without its window: the sign-in, the line, what is kept.
type post struct {
	*testing.T
	dir    string
	wire   *cable.Cable
	kept   *keep
	person client.Person
	signIn *session.Session
	logs   *locked
}

// newPost signs a demonstration account in over a cable.
func newPost(t *testing.T, dir, server, account string) *post {
	t.Helper()
	wire, err := cable.Lay(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Cut)
	p := &post{T: t, dir: dir, wire: wire, logs: &locked{}}
	base := wire.Address()
	// the provider is asked at its own address: tokens name it
	p.signIn = session.New(session.Config{Base: base, Issuer: server + "/oidc", HTTP: &http.Client{Timeout: 20 * time.Second}})
	log := logrus.New()
	log.SetOutput(p.logs)
	records, err := client.New(client.Config{BaseURL: base + "/fhir", Tokens: p.signIn, Log: log, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p.kept = &keep{
		dir: filepath.Join(dir, "kept"), server: server, records: records, line: ui.Listen(records), log: log,
		keyring: &ring{kept: map[string]string{}}, demo: func(context.Context) (bool, error) { return true, nil },
	}
	t.Cleanup(func() { _ = p.kept.Close() })
	if p.person, err = p.signIn.SignIn(t.Context(), account, nil); err != nil {
		t.Fatal(err)
	}
	if need, err := p.kept.Enter(t.Context(), p.person); need != unlock.Nothing || err != nil {
		t.Fatalf("entering asks %q: %v", need, err)
	}
	return p
}

// locked is a writer that several goroutines use.
type locked struct {
	mu sync.Mutex
	to bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}

// must ends the test at an error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return v
}

// until waits for something that another goroutine brings about.
func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !f() {
		select {
		case <-limit.C:
			t.Fatalf("not within a minute: %s", what)
		case <-look.C:
		}
	}
}

// copiesAre waits until so many records are copied, with their contents: a whole round
// later.
func (p *post) copiesAre(n int) {
	p.Helper()
	copies := p.kept.Kept().Copies
	copies.Hurry()
	until(p.T, "copies", func() bool { return copies.Held().Records == n })
	whole := time.Now()
	copies.Hurry()
	until(p.T, "a whole round", func() bool { return copies.Held().Synced.After(whole) })
}

// opens reads a document from the copy.
func (p *post) opens(a client.Access, d client.Document) (got client.Content) {
	p.Helper()
	got, err := p.kept.Kept().Records.Content(p.Context(), a, d)
	if err != nil || !got.Cached || len(got.Bytes) == 0 {
		p.Fatalf("a copied document: %d bytes, cached %v, %v", len(got.Bytes), got.Cached, err)
	}
	return got
}

// report is a report to be filed.
func (p *post) report(who client.Patient, title string) client.Draft {
	data := clienttest.PDF(who, title, 2)
	kind, _ := terminology.TypeByCode("11488-4")
	facility, _ := terminology.FacilityByCode("SA07")
	practice, _ := terminology.PracticeByCode("AMBULATOIRE")
	return client.Draft{
		ID: uuid.NewString(), PatientID: who.ID, PatientINS: who.INS, Title: title, ActDate: time.Now().Add(-time.Hour), ContentType: "application/pdf",
		Type:     fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label},
		Class:    fhir.Coding{System: terminology.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)},
		Facility: fhir.Coding{System: facility.System, Code: facility.Code, Display: facility.Label},
		Practice: fhir.Coding{System: practice.System, Code: practice.Code, Display: practice.Label},
		Content:  bytes.NewReader(data), Size: int64(len(data)),
		Author: fhir.Party{ID: p.person.ID, Name: p.person.Name, Specialty: p.person.Specialty, OrgID: p.person.OrgID, OrgName: p.person.OrgName},
	}
}

// listed gives the first page of a record.
func (p *post) listed(a client.Access) client.DocumentPage {
	p.Helper()
	page, err := p.kept.Kept().Records.Documents(p.Context(), a, client.DocumentQuery{Limit: 200})
	return must(p.T, page, err)
}

// readings counts the readings of a document in somebody's own traces.
func (p *post) readings(direct *client.HTTP, patient, document string) (n int) {
	p.Helper()
	for cursor := ""; ; {
		page, err := direct.Accesses(p.Context(), client.TraceQuery{PatientID: patient, Limit: 200, Page: cursor})
		page = must(p.T, page, err)
		for _, trace := range page.Traces {
			if trace.Kind == fhir.KindRead && trace.DocumentID == document {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

// titled counts the documents of a title in a record, as the server has it.
func titled(t *testing.T, direct *client.HTTP, patient, title string) (n int) {
	t.Helper()
	a, err := direct.Open(t.Context(), patient, client.OpenRequest{Mode: fhir.ModeNormal})
	a = must(t, a, err)
	page, err := direct.Documents(t.Context(), a, client.DocumentQuery{Limit: 200})
	for _, d := range must(t, page, err).Documents {
		if d.Attachment.Title == title {
			n++
		}
	}
	return n
}

// allSent waits until nothing waits any more.
func (p *post) allSent(items int) {
	p.Helper()
	until(p.T, "everything is sent", func() bool {
		list, err := p.kept.Kept().Outbox.List(p.Context())
		for _, it := range list {
			if it.State != client.OutboxDone {
				return false
			}
		}
		return err == nil && len(list) == items
	})
}

// A counter's day: a record is opened, the cable is pulled, the record is found, opened
// and read from its copy, a report is filed and a consent recorded; the cable is put
// back, and everything is there once, the reading too. Then the right ends while the
// cable is out: at the first contact the copy is gone. Nothing of it all is in clear on
// the disk.
func TestADayWithoutTheServer(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	server := demoServer(t)
	direct := doctor(t, server, "gp")
	who := stranger(t, direct, doctor(t, server, "gp2"))
	if _, err := direct.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: who.ID, Form: "oral", End: time.Now().Add(90 * 24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	p := newPost(t, dir, server, "gp")
	records := p.kept.Kept().Records
	_, err := records.MyPatients(ctx, client.PatientQuery{Limit: 200})
	a, opening := records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	if err != nil || opening != nil {
		t.Fatal(err, opening)
	}
	online := p.listed(a)
	if online.Cached || len(online.Documents) == 0 {
		t.Fatalf("online: %d documents, cached %v", len(online.Documents), online.Cached)
	}
	p.copiesAre(1)
	doc := online.Documents[0]
	before := p.readings(direct, who.ID, doc.ID)

	p.wire.Pull()
	found, err := records.MyPatients(ctx, client.PatientQuery{Text: strings.ToLower(who.BirthName)})
	if err != nil || !found.Cached || len(found.Patients) != 1 || found.Patients[0].ID != who.ID {
		t.Fatalf("searching without the server: %+v, %v", found, err)
	}
	a, err = records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	a = must(t, a, err)
	if got := p.listed(a); !got.Cached || len(got.Documents) == 0 {
		t.Fatalf("the list without the server: %d documents, cached %v", len(got.Documents), got.Cached)
	}
	p.opens(a, doc)
	p.locks(a, doc)
	draft := p.report(who, "Compte rendu sans réseau")
	if _, err := records.File(ctx, a, draft, nil); fhir.CodeOf(err) != fhir.Queued {
		t.Fatalf("filing without the server: %v", err)
	}
	if _, err := records.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: who.ID, Form: "ecrit", Visit: true}); fhir.CodeOf(err) != fhir.Queued {
		t.Fatalf("a consent without the server: %v", err)
	}
	other := online.Documents[len(online.Documents)-1]
	if !slices.Contains(a.Rights, fhir.RightMask) || other.ID == doc.ID {
		t.Fatalf("a record opened from its copy gives %v, and %d documents", a.Rights, len(online.Documents))
	}
	yes := true
	if _, err := records.Change(ctx, a, other, client.Change{Masked: &yes}); fhir.CodeOf(err) != fhir.Queued {
		t.Fatalf("masking without the server: %v", err)
	}
	p.hides(who, draft.Title)

	p.wire.Plug()
	p.kept.Kept().Copies.Hurry()
	p.allSent(3)
	if n := titled(t, direct, who.ID, draft.Title); n != 1 {
		t.Errorf("the report is there %d times", n)
	}
	until(t, "the reading is told", func() bool { return p.readings(direct, who.ID, doc.ID) == before+1 })

	p.wire.Pull()
	if err := direct.WithdrawOwn(ctx, who.ID); err != nil {
		t.Fatal(err)
	}
	p.opens(a, doc) // nobody can know yet
	p.wire.Plug()
	p.copiesAre(0)
	p.wire.Pull()
	if _, err := records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal}); !errors.Is(err, client.ErrNoCopy) {
		t.Errorf("a revoked record opens without the server: %v", err)
	}
	if need, err := p.kept.Enter(ctx, louis); need != unlock.Nothing || err != nil {
		t.Fatalf("somebody else: %q, %v", need, err)
	}
	if page, err := p.kept.Kept().Records.MyPatients(ctx, client.PatientQuery{}); !errors.Is(err, client.ErrNoCopy) || p.kept.Kept().Copies.Held().Records != 0 {
		t.Errorf("somebody else finds %d people: %v", len(page.Patients), err)
	}
	p.hides(who, draft.Title)
}

// locks locks the screen and unlocks it: meanwhile nothing is read from the copies.
func (p *post) locks(a client.Access, d client.Document) {
	p.Helper()
	records := p.kept.Kept().Records
	p.kept.Hide()
	if got, err := records.Content(p.Context(), a, d); fhir.CodeOf(err) != fhir.Unauthenticated || len(got.Bytes) > 0 {
		p.Errorf("behind the lock %d bytes are read: %v", len(got.Bytes), err)
	}
	if got, err := records.MyPatients(p.Context(), client.PatientQuery{}); fhir.CodeOf(err) != fhir.Unauthenticated || len(got.Patients) > 0 {
		p.Errorf("behind the lock %d people are found: %v", len(got.Patients), err)
	}
	if need, err := p.kept.Enter(p.Context(), p.person); need != unlock.Nothing || err != nil {
		p.Fatalf("unlocking asks %q: %v", need, err)
	}
	p.opens(a, d)
}

// hides fails the test when anything of a person is in clear below the desktop's folder,
// or in what it logged.
func (p *post) hides(who client.Patient, title string) {
	p.Helper()
	words := []string{who.BirthName, who.FirstGiven, who.INS.Value, who.ID, title, "examen clinique sans particularit", p.person.ID}
	look := func(where string, data []byte) {
		for _, w := range words {
			if len(w) > 3 && bytes.Contains(bytes.ToLower(data), bytes.ToLower([]byte(w))) {
				p.Errorf("%s holds a word of the patient in clear", where)
			}
		}
	}
	files := 0
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was being written
		}
		look(d.Name(), data)
		look("a path", []byte(path))
		return err
	})
	if err != nil || files < 5 {
		p.Errorf("%d files looked at: %v", files, err)
	}
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	look("the log", p.logs.to.Bytes())
}
