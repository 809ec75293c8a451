package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carnet/cache/outbox"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// What a person answers makes a row ready, and is still there after a restart.
func TestAPersonAnswers(t *testing.T) {
	p := newPlace(t)
	lea, karim := p.fake.Patient(clienttest.PatientLea), p.fake.Patient(clienttest.PatientStranger)
	p.write("nothing.pdf", pdf("rien"))
	p.result("other.pdf", clienttest.PatientStranger)
	p.result("good.pdf", clienttest.PatientLea)
	e := p.engine()
	stop := running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	correct := func(path string, c Correction) Row {
		t.Helper()
		r, err := e.Correct(t.Context(), row(t, e, path).ID, c)
		ok(t, "correct", err)
		return r
	}
	if r := correct("nothing.pdf", Correction{Patient: &lea}); r.State != Fix || !slices.Equal(r.Problems, []Problem{Unsure, NoType, NoDate}) {
		t.Errorf("%s %v", r.State, r.Problems)
	}
	if r := correct("nothing.pdf", Correction{Confirmed: true, Type: "11488-4", ActDate: p.now().AddDate(0, 0, -2), Title: "Compte rendu"}); r.State != Ready || r.PatientFrom != ByPerson || r.TypeFrom != ByPerson {
		t.Errorf("%s %v %+v", r.State, r.Problems, r)
	}
	if r := correct("other.pdf", Correction{Patient: &lea}); !slices.Equal(r.Problems, []Problem{Mismatch}) {
		t.Errorf("another's report: %s %v", r.State, r.Problems)
	}
	if r := correct("other.pdf", Correction{Confirmed: true}); r.State != Ready {
		t.Errorf("%s %v", r.State, r.Problems)
	}
	if r := correct("other.pdf", Correction{Patient: &karim}); r.State != Ready || r.Identity.Outcome != "match" {
		t.Errorf("back to who it is: %s %v", r.State, r.Problems)
	}
	if r := correct("other.pdf", Correction{Patient: &lea}); r.State != Fix {
		t.Error("what was confirmed of one person holds for another")
	}
	_, err := e.Correct(t.Context(), "none", Correction{})
	fails(t, "no row", err, fhir.NotFound)
	_, err = e.Correct(t.Context(), row(t, e, "good.pdf").ID, Correction{Type: "xyz"})
	fails(t, "no type", err, fhir.BadCode)
	before, _ := e.Rows(Query{})
	stop()
	ok(t, "close", e.Close())

	reads := p.check.count()
	again := p.engine()
	running(t, again)
	settled(t, again)
	after, _ := again.Rows(Query{})
	for i := range after {
		after[i].Patient, before[i].Patient = nil, nil
		if a, b := fmt.Sprintf("%+v", after[i]), fmt.Sprintf("%+v", before[i]); a != b {
			t.Errorf("after the restart\n%s\nbefore\n%s", a, b)
		}
	}
	if n := p.check.count(); n != reads {
		t.Errorf("%d files were read again", n-reads)
	}
	// The bytes change: what was said of the old ones is forgotten.
	p.write("nothing.pdf", pdf("tout autre chose"))
	ok(t, "add", again.Add(t.Context(), p.dir))
	settled(t, again)
	stands(t, again, "nothing.pdf", Fix, NoIdentity, NoType, NoDate)
}

// A file is still being written while it is read: it is told, never sent half.
func TestAFileThatChanges(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	path := p.result("a.pdf", clienttest.PatientLea)
	p.check.gate = make(chan struct{})
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	<-p.check.gate
	ok(t, "write", os.WriteFile(path, pdf(report(lea, "another, of another length")), 0o600))
	p.check.gate <- struct{}{}
	settled(t, e)
	stands(t, e, "a.pdf", Fix, Changed)
	p.check.mu.Lock()
	p.check.gate = nil
	p.check.mu.Unlock()
	ok(t, "again", e.Again(t.Context()))
	settled(t, e)
	stands(t, e, "a.pdf", Ready)

	// It changes after it was checked: it is read again, the new bytes are not sent unseen.
	ok(t, "write", os.WriteFile(path, pdf("plus rien"), 0o600))
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	if items, _ := p.box.List(t.Context()); n != 0 || len(items) != 0 {
		t.Errorf("%d sent, %d in the outbox", n, len(items))
	}
	stands(t, e, "a.pdf", Fix, NoIdentity, NoType, NoDate)
}

// The same bytes for the same patient are one document, however often they come.
func TestTwins(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	data := pdf(report(lea, "same"))
	for _, name := range []string{"a.pdf", "b.pdf", "c.pdf"} {
		p.write(name, data)
	}
	e := p.engine(func(c *Config) { c.Workers = 1 })
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	a := stands(t, e, "a.pdf", Ready)
	if r := stands(t, e, "b.pdf", Fix, Twice); r.Twin != a.ID {
		t.Errorf("twin of %q", r.Twin)
	}
	if c := e.Counts(); c.Problems != 0 {
		t.Errorf("%d rows need a person", c.Problems)
	}
	ok(t, "remove", e.Remove(t.Context(), a.ID))
	stands(t, e, "b.pdf", Ready)
	running(t, p.box)
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	b := stands(t, e, "b.pdf", Sent)
	if r := stands(t, e, "c.pdf", Already); n != 1 || r.DocumentID != b.DocumentID {
		t.Errorf("%d sent; the twin says %q", n, r.DocumentID)
	}
	// Next week, another batch, another folder: it is there already.
	next := p.engine(func(c *Config) { c.Name, c.Now = "next", func() time.Time { return p.now().AddDate(0, 0, 1) } })
	running(t, next)
	ok(t, "add", next.Add(t.Context(), p.write("../later.pdf", data)))
	settled(t, next)
	_, err = next.Send(t.Context())
	ok(t, "send", err)
	settled(t, next)
	rows, _ := next.Rows(Query{})
	if len(rows) != 1 || rows[0].State != Already || rows[0].DocumentID != b.DocumentID {
		t.Errorf("%+v", rows)
	}
}

// Pause holds, over a restart too; cancel takes back what has not left.
func TestPauseResumeCancelClear(t *testing.T) {
	p := newPlace(t)
	for i, who := range []string{clienttest.PatientLea, clienttest.PatientStranger, clienttest.PatientGisele} {
		p.result(fmt.Sprint(i, ".pdf"), who)
	}
	e := p.engine()
	stop := running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	_, err := e.Send(t.Context())
	ok(t, "send", err)
	ok(t, "pause", e.Pause(t.Context()))
	_, err = e.Send(t.Context())
	fails(t, "send while paused", err, fhir.StateConflict)
	stop()
	ok(t, "close", e.Close())
	e = p.engine()
	running(t, e)
	running(t, p.box)
	if c := e.Counts(); !c.Paused || c.By[Queued] != 3 {
		t.Errorf("after the restart: %+v", c)
	}
	p.result("3.pdf", clienttest.PatientNoah)
	ok(t, "add", e.Add(t.Context(), p.dir))
	if c := e.Counts(); c.By[Found] != 1 {
		t.Errorf("read while paused: %+v", c)
	}
	ok(t, "cancel", e.Cancel(t.Context()))
	if c := e.Counts(); c.By[Ready] != 3 {
		t.Errorf("taken back: %+v", c)
	}
	if items, _ := p.box.List(t.Context()); len(items) != 0 {
		t.Errorf("%d items stay", len(items))
	}
	ok(t, "remove", e.Remove(t.Context(), row(t, e, "1.pdf").ID))
	ok(t, "resume", e.Resume(t.Context()))
	settled(t, e)
	_, err = e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	c := e.Counts()
	if c.By[Sent] != 3 || c.By[Removed] != 1 || c.Total != 3 || c.SentSize == 0 {
		t.Errorf("%+v", c)
	}
	fails(t, "remove what is sent", e.Remove(t.Context(), row(t, e, "0.pdf").ID), fhir.StateConflict)
	_, err = e.Correct(t.Context(), row(t, e, "0.pdf").ID, Correction{Title: "x"})
	fails(t, "correct what is sent", err, fhir.StateConflict)
	ok(t, "clear", e.Clear(t.Context()))
	kept, err := p.notes.List(t.Context(), "batch/")
	ok(t, "notes", err)
	if c := e.Counts(); c.Total != 0 || len(kept) != 1 {
		t.Errorf("%+v, %d notes", c, len(kept))
	}
}

// The network is gone: rows say so and go on by themselves when it is back; the
// server says when to come again, and nobody comes before.
func TestTheServerDoesNotAnswer(t *testing.T) {
	p := newPlace(t)
	seal := sealer(t, t.TempDir())
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		box, err := outbox.Open(outbox.Config{Dir: dir, Seal: seal, Sender: outbox.NewSender(p.fake, nil)})
		ok(t, "outbox", err)
		for i := range 20 {
			p.write(fmt.Sprint(i, ".pdf"), pdf(report(p.fake.Patient(clienttest.PatientLea), fmt.Sprint(i))))
		}
		p.result("other.pdf", clienttest.PatientStranger)
		c := p.config()
		began := time.Now() // a bubble's clock begins in 2000
		c.Now, c.Outbox = func() time.Time { return p.now().Add(time.Since(began)) }, box
		e, err := New(c)
		ok(t, "engine", err)
		p.fake.SetOffline(true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- e.Run(ctx) }()
		go func() { done <- box.Run(ctx) }()
		ok(t, "add", e.Add(ctx, p.dir))
		synctest.Wait()
		late := row(t, e, "other.pdf")
		if c := e.Counts(); c.By[Fix] != 21 || c.Problems != 0 || late.Reason == "" || !slices.Equal(late.Problems, []Problem{Offline}) {
			t.Errorf("%+v %+v", c, late)
		}
		<-time.After(time.Hour)
		synctest.Wait()
		if n := p.fake.Count(clienttest.OpFindByINS); n > 60 {
			t.Errorf("%d times asked in an hour without a network", n)
		}
		p.fake.SetOffline(false)
		p.fake.FailNext(clienttest.OpFindByINS, clienttest.Busy(10*time.Minute))
		<-time.After(9 * time.Minute)
		synctest.Wait()
		<-time.After(20 * time.Minute)
		synctest.Wait()
		if c := e.Counts(); c.By[Ready]+c.By[Fix] != 21 || c.By[Ready] < 20 {
			t.Errorf("%+v", c)
		}
		n := p.fake.Count(clienttest.OpFindByINS)
		p.fake.SetOffline(true)
		_, err = e.Send(ctx)
		ok(t, "send", err)
		<-time.After(time.Minute)
		synctest.Wait()
		if c := e.Counts(); c.By[Waiting]+c.By[Queued] == 0 || c.By[Sent] != 0 {
			t.Errorf("%+v", c)
		}
		p.fake.SetOffline(false)
		<-time.After(time.Hour)
		synctest.Wait()
		if c := e.Counts(); c.By[Sent] < 20 {
			t.Errorf("%+v", c)
		}
		if more := p.fake.Count(clienttest.OpFindByINS) - n; more > 1 {
			t.Errorf("asked %d times more for whom it knew", more)
		}
		cancel()
		for range 2 {
			if err := <-done; err != nil && fhir.CodeOf(err) != fhir.Canceled {
				t.Errorf("run: %v", err)
			}
		}
		ok(t, "close", e.Close())
		ok(t, "close", box.Close())
	})
}

// The disk is full: nothing is said to be kept that is not, and all goes on with
// room.
func TestTheDiskIsFull(t *testing.T) {
	p := newPlace(t)
	p.write("a.pdf", pdf("rien"))
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	p.notes.setFail(fhir.E(fhir.Unavailable, "the disk is full"))
	id := row(t, e, "a.pdf").ID
	_, err := e.Correct(t.Context(), id, Correction{Type: "11488-4"})
	fails(t, "correct", err, fhir.Unavailable)
	if r, _ := e.Row(id); r.TypeFrom == ByPerson {
		t.Error("the answer seems kept")
	}
	fails(t, "pause", e.Pause(t.Context()), fhir.Unavailable)
	p.notes.setFail(nil)
	r, err := e.Correct(t.Context(), id, Correction{Type: "11488-4"})
	ok(t, "correct", err)
	if r.TypeFrom != ByPerson {
		t.Errorf("%+v", r)
	}
}

// The result as a file: one line a row, no formula.
func TestTheResultAsCSV(t *testing.T) {
	p := newPlace(t)
	p.result("=cmd|'x'!A0.pdf", clienttest.PatientLea)
	p.write("@two\nlines.pdf", pdf("rien"))
	p.write("c.pdf", []byte("no PDF"))
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	for _, lang := range []string{"fr", "en"} {
		var b bytes.Buffer
		ok(t, "write", e.WriteCSV(&b, lang))
		text, marked := strings.CutPrefix(b.String(), "\ufeff")
		in := csv.NewReader(strings.NewReader(text))
		in.Comma = ';'
		all, err := in.ReadAll()
		ok(t, "read", err)
		if !marked || len(all) != 4 || len(all[0]) != 16 {
			t.Fatalf("%q", b.String())
		}
		for _, line := range all[1:] {
			for i, cell := range line {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r|") {
					t.Errorf("a formula in column %d: %q", i, cell)
				}
			}
			if line[1] == "" || line[1] != Ready.Label(lang) && line[2] == "" {
				t.Errorf("nothing says what to do: %q", line)
			}
		}
	}
	if err := e.WriteCSV(full{}, "fr"); fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("on a full disk: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// Every state, problem and notice has words in both languages that end in what
// to do.
func TestWords(t *testing.T) {
	var all []string
	for _, lang := range []string{"fr", "en"} {
		for _, s := range States() {
			if s.Label(lang) == "" {
				t.Errorf("%s has no name in %s", s, lang)
			}
			all = append(all, s.Message(lang))
		}
		for _, p := range []Problem{NoIdentity, UnknownPatient, Mismatch, Unsure, Several, Unqualified, NoType, BadType, NoDate, BadDate, Missing, Unreadable, Changed, Twice, Conflict, Offline, BadINS, Ambiguous, NoOriginal, Outside} {
			all = append(all, p.Message(lang))
		}
		for _, k := range []NoticeKind{Ignored, NotListed, ListedTwice, ExtraColumn} {
			all = append(all, Notice{Kind: k}.Message(lang))
		}
	}
	seen := map[string]bool{}
	for _, text := range all {
		if !strings.HasSuffix(text, ".") || !strings.Contains(strings.TrimSuffix(text, "."), ".") || seen[text] {
			t.Errorf("%q", text)
		}
		seen[text] = true
	}
}

// Followers are told in events that gather what moved.
func TestEventsAreGathered(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		c := p.config()
		e, err := New(c)
		ok(t, "engine", err)
		n, all := 0, false
		stop := e.Follow(func(ev Event) {
			n++
			all = all || ev.All
		})
		for i := range 2000 {
			e.mu.Lock()
			e.insert(newEntry(p.dir, fmt.Sprint(i)))
			e.mu.Unlock()
		}
		for range 10 {
			for _, x := range e.order {
				e.mu.Lock()
				e.update(x, func(r *Row) { r.Bytes++ })
				e.mu.Unlock()
			}
			<-time.After(50 * time.Millisecond)
		}
		<-time.After(time.Second)
		synctest.Wait() // who tells is done, and seen to be
		if n == 0 || n > 7 || !all {
			t.Errorf("%d events, all %v", n, all)
		}
		stop()
		n = 0
		e.mu.Lock()
		e.update(e.order[0], func(r *Row) { r.Bytes++ })
		e.mu.Unlock()
		<-time.After(time.Second)
		synctest.Wait()
		if n != 0 {
			t.Error("told after stop")
		}
		ok(t, "close", e.Close())
	})
}

// Somebody settles a conflict on the page of the outbox: the row goes along.
func TestAConflictIsSettled(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	path := p.result("a.pdf", clienttest.PatientLea)
	data, err := os.ReadFile(path)
	ok(t, "read", err)
	other := pdf("other bytes under the same unique id")
	_, err = p.fake.File(t.Context(), client.Access{PatientID: lea.ID}, client.Draft{
		ID: "x", UniqueID: documentID("1510000001", lea.INS, sha256.Sum256(data)), PatientID: lea.ID, PatientINS: lea.INS,
		Type: fhir.Coding{Code: "11502-2"}, ContentType: "application/pdf", Content: bytes.NewReader(other), Size: int64(len(other)), ActDate: p.now(),
	}, nil)
	ok(t, "file", err)
	e := p.engine()
	running(t, e)
	stop := running(t, p.box)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	_, err = e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	if r := stands(t, e, "a.pdf", Fix, Conflict); r.Reason != fhir.Duplicate {
		t.Errorf("%+v", r)
	}
	items, err := p.box.List(t.Context())
	ok(t, "list", err)
	stop()
	ok(t, "choose", p.box.Choose(t.Context(), items[0].ID, client.OutboxAsNew))
	stands(t, e, "a.pdf", Queued)
	ok(t, "close", e.Close())
	e = p.engine() // a restart before it is sent
	stands(t, e, "a.pdf", Queued)
	running(t, p.box)
	settled(t, e)
	if r := stands(t, e, "a.pdf", Sent); r.DocumentID == "" {
		t.Errorf("%+v", r)
	}
}
