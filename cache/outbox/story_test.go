package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// later lets the bubble's clock run; nobody really waits.
func later(d time.Duration) { <-time.After(d) }

// story runs f in a bubble of virtual time, with a place prepared outside.
func story(t *testing.T, f func(t *testing.T, p *place, o *Outbox)) {
	t.Helper()
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		p.t = t
		o, err := Open(p.config())
		ok(t, "open", err)
		f(t, p, o)
		ok(t, "close", o.Close())
	})
}

// The counter's connection drops and comes back: everything arrives once, in
// order where it matters, and the bytes are the same.
func TestTheLineDropsAndComesBack(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		p.fake.SetOffline(true)
		stop := run(t, o)
		doc := put(t, o, filing("Bilan"))
		mask := put(t, o, masking(doc.ID, nil))
		said := put(t, o, consent(clienttest.PatientStranger))
		synctest.Wait()
		state(t, o, doc.ID, client.OutboxWaiting, fhir.Offline)
		state(t, o, mask.ID, client.OutboxQueued, "")
		later(10 * time.Minute)
		if n := p.fake.Count(clienttest.OpFile) + p.fake.Count(clienttest.OpDeclareConsent); n > 25 {
			t.Errorf("%d attempts in ten minutes without a line", n)
		}
		p.fake.SetOffline(false)
		later(10 * time.Minute)
		synctest.Wait()
		stop()
		done := state(t, o, doc.ID, client.OutboxDone, "")
		state(t, o, mask.ID, client.OutboxDone, "")
		state(t, o, said.ID, client.OutboxDone, "")
		a := client.Access{PatientID: clienttest.PatientLea}
		d, err := p.fake.Document(t.Context(), a, done.ResultID)
		ok(t, "the document", err)
		got, err := p.fake.Content(t.Context(), a, d)
		ok(t, "its bytes", err)
		if !d.Masked || !bytes.Equal(got.Bytes, pdf("Bilan")) || d.UniqueID != "urn:uuid:"+doc.ID {
			t.Errorf("the server keeps %+v", d)
		}
		if left, _ := os.ReadDir(filepath.Join(p.dir, contentDir)); len(left) != 0 {
			t.Errorf("%d contents stay", len(left))
		}
	})
}

// Each answer of the server leads to one state, with its reason and reference.
func TestWhatAnswersLeadTo(t *testing.T) {
	for code, want := range map[fhir.Code]client.OutboxState{
		fhir.NoRecord: client.OutboxRefused, fhir.Invalid: client.OutboxRefused, fhir.TooLarge: client.OutboxRefused,
		fhir.Duplicate: client.OutboxConflict, fhir.NoConsent: client.OutboxConflict,
		fhir.Unavailable: client.OutboxWaiting, fhir.Throttled: client.OutboxWaiting, fhir.Internal: client.OutboxWaiting,
		fhir.TokenExpired: client.OutboxPaused,
	} {
		story(t, func(t *testing.T, p *place, o *Outbox) {
			p.fake.FailNext(clienttest.OpFile, clienttest.Failure(code, "req-7"))
			it := put(t, o, filing("Bilan"))
			stop := run(t, o)
			synctest.Wait()
			got := state(t, o, it.ID, want, code)
			if got.RequestID != "req-7" || got.Attempts != 1 {
				t.Errorf("%s: %+v", code, got)
			}
			if want != client.OutboxWaiting {
				later(24 * time.Hour)
				synctest.Wait()
				if p.fake.Count(clienttest.OpFile) != 1 {
					t.Errorf("%s was tried again", code)
				}
			}
			if want == client.OutboxPaused {
				ok(t, "signed in", o.SignedIn(t.Context()))
				synctest.Wait()
				state(t, o, it.ID, client.OutboxDone, "")
			}
			stop()
		})
	}
}

// 409 is done only when the server's document is current and the same bytes.
func TestADuplicateIsDoneOnlyWhenItIsTheSame(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		file := func(title string) client.Document {
			d := *filing(title).Draft
			d.ID = uuid.NewString()
			d.UniqueID, d.PatientID = "urn:oid:1.2.250.1.213.1.4.10.9.1."+title, clienttest.PatientLea
			d.Content, d.Size = bytes.NewReader(pdf(title)), int64(len(pdf(title)))
			got, err := p.fake.File(t.Context(), client.Access{}, d, nil)
			ok(t, "file by another way", err)
			return got
		}
		equal, other, gone := file("1"), file("2"), file("3")
		_, err := p.fake.Change(t.Context(), client.Access{PatientID: clienttest.PatientLea}, gone, client.Change{Delete: true})
		ok(t, "delete", err)
		again := func(title, unique string) client.OutboxItem {
			it := filing(title)
			it.Draft.UniqueID = unique
			return put(t, o, it)
		}
		a, b, c := again("1", equal.UniqueID), again("deux", other.UniqueID), again("3", gone.UniqueID)
		stop := run(t, o)
		synctest.Wait()
		if it := state(t, o, a.ID, client.OutboxDone, ""); it.ResultID != equal.ID {
			t.Errorf("done as %s, want %s", it.ResultID, equal.ID)
		}
		state(t, o, c.ID, client.OutboxConflict, fhir.Duplicate)
		it := state(t, o, b.ID, client.OutboxConflict, fhir.Duplicate)
		if !slices.Equal(it.Choices, []client.OutboxChoice{client.OutboxReplace, client.OutboxAsNew, client.OutboxDrop}) {
			t.Errorf("choices %v", it.Choices)
		}
		want(t, "a choice that is none", o.Choose(t.Context(), b.ID, client.OutboxAgain), fhir.StateConflict)
		ok(t, "replace", o.Choose(t.Context(), b.ID, client.OutboxReplace))
		ok(t, "drop", o.Choose(t.Context(), c.ID, client.OutboxDrop))
		synctest.Wait()
		stop()
		now, err := p.fake.Document(t.Context(), client.Access{PatientID: clienttest.PatientLea}, other.ID)
		ok(t, "the corrected document", err)
		if now.Status != "superseded" {
			t.Errorf("the corrected document is %s", now.Status)
		}
		if items := list(t, o); len(items) != 2 || items[1].State != client.OutboxDone || items[1].ID == b.ID {
			t.Errorf("the list is %+v", items)
		}
	})
}

// The same bytes, but not what is current, or of somebody else: not the same.
func TestSame(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	it := &stored{OutboxItem: client.OutboxItem{PatientID: "p"}, Content: &content{}, Sum: sum}
	good := client.Document{Status: "current", PatientID: "p"}
	if !same(it, good, sum) {
		t.Error("the same is not the same")
	}
	if same(it, good, sha256.Sum256([]byte("y"))) || same(it, client.Document{Status: "superseded", PatientID: "p"}, sum) ||
		same(it, client.Document{Status: "current", PatientID: "q"}, sum) || same(&stored{OutboxItem: it.OutboxItem, Sum: sum}, good, sum) {
		t.Error("something else is the same")
	}
}

// Stopped in the middle of sending: sent again with the same key, one effect.
func TestStoppedInTheMiddleOfSending(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		gate := p.fake.Hold(clienttest.OpSending)
		it := put(t, o, filing("Bilan"))
		stop := run(t, o)
		<-gate.Entered()
		state(t, o, it.ID, client.OutboxSending, "")
		want(t, "delete while sending", o.Delete(t.Context(), it.ID), fhir.StateConflict)
		stop()
		if got := state(t, o, it.ID, client.OutboxQueued, fhir.Canceled); !got.Uncertain {
			t.Errorf("%+v", got)
		}
		_, err := o.Edit(t.Context(), it.ID, filing("Autre"))
		want(t, "edit in doubt", err, fhir.StateConflict)
		gate.Release()
		stop = run(t, o)
		synctest.Wait()
		stop()
		state(t, o, it.ID, client.OutboxDone, "")
		for _, c := range p.fake.Calls() {
			if d, isDraft := c.Argument.(client.Draft); isDraft && d.ID != it.ID {
				t.Errorf("sent with another key")
			}
		}
	})
}

// A change whose answer was lost is done; one that met somebody else's is a
// conflict, and "again" makes it on what is there now.
func TestChangesMeetOthers(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		a := client.Access{PatientID: clienttest.PatientLea}
		page, err := p.fake.Documents(t.Context(), a, client.DocumentQuery{})
		ok(t, "documents", err)
		lost, met := page.Documents[0], page.Documents[1]
		yes := true
		_, err = p.fake.Change(t.Context(), a, lost, client.Change{Masked: &yes})
		ok(t, "the attempt whose answer was lost", err)
		_, err = p.fake.Change(t.Context(), a, met, client.Change{Archived: &yes})
		ok(t, "somebody else's change", err)
		first, second := put(t, o, masking("", &lost)), put(t, o, masking("", &met))
		third := put(t, o, client.OutboxItem{Kind: client.OutboxUndo, PatientID: clienttest.PatientLea, Document: &met})
		stop := run(t, o)
		synctest.Wait()
		state(t, o, first.ID, client.OutboxDone, "")
		it := state(t, o, second.ID, client.OutboxConflict, fhir.VersionConflict)
		state(t, o, third.ID, client.OutboxQueued, "") // behind it, in the line of the document
		if !strings.HasSuffix(it.Existing, met.ID) {
			t.Errorf("about %q", it.Existing)
		}
		ok(t, "again", o.Choose(t.Context(), second.ID, client.OutboxAgain))
		synctest.Wait()
		stop()
		state(t, o, second.ID, client.OutboxDone, "")
		if now, err := p.fake.Document(t.Context(), a, met.ID); err == nil && !now.Masked {
			t.Error("the change was not made")
		}
	})
}

// What comes after a refused item is held, and goes on after its correction.
func TestAfterARefusal(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		p.fake.FailNext(clienttest.OpFile, clienttest.Failure(fhir.BadCode, "req-1"))
		doc := put(t, o, filing("Bilan"))
		mask := put(t, o, masking(doc.ID, nil))
		stop := run(t, o)
		synctest.Wait()
		state(t, o, doc.ID, client.OutboxRefused, fhir.BadCode)
		state(t, o, mask.ID, client.OutboxPaused, fhir.StateConflict)
		want(t, "retry the refused", o.Retry(t.Context(), doc.ID), fhir.StateConflict)
		want(t, "retry what comes after", o.Retry(t.Context(), mask.ID), fhir.StateConflict)
		fixed, err := o.Edit(t.Context(), doc.ID, filing("Bilan corrigé"))
		ok(t, "edit", err)
		if fixed.ID == doc.ID {
			t.Error("an answered key is used again")
		}
		synctest.Wait()
		stop()
		state(t, o, fixed.ID, client.OutboxDone, "")
		state(t, o, mask.ID, client.OutboxDone, "")
	})
}

func TestPauseRetryEditDelete(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		ctx := t.Context()
		var mu sync.Mutex
		var seen []client.OutboxEvent
		unfollow := o.Follow(func(e client.OutboxEvent) { mu.Lock(); seen = append(seen, e); mu.Unlock() })
		a, b := put(t, o, filing("A")), put(t, o, filing("B"))
		ok(t, "pause", o.Pause(ctx, a.ID))
		edited, err := o.Edit(ctx, a.ID, filing("A, mieux"))
		ok(t, "edit", err)
		if edited.ID != a.ID || edited.Draft.Title != "A, mieux" || edited.State != client.OutboxQueued {
			t.Errorf("edited to %+v", edited)
		}
		ok(t, "pause all", o.Pause(ctx))
		stop := run(t, o)
		later(time.Hour)
		if p.fake.Count(clienttest.OpFile) != 0 {
			t.Error("a paused item was sent")
		}
		ok(t, "delete", o.Delete(ctx, b.ID))
		want(t, "delete twice", o.Delete(ctx, b.ID), fhir.NotFound)
		ok(t, "retry all", o.Retry(ctx))
		synctest.Wait()
		stop()
		unfollow()
		state(t, o, a.ID, client.OutboxDone, "")
		want(t, "pause what is done", o.Pause(ctx, a.ID), fhir.StateConflict)
		mu.Lock()
		defer mu.Unlock()
		gone, sent := false, int64(0)
		for _, e := range seen {
			gone = gone || (e.Gone && e.Item.ID == b.ID)
			sent = max(sent, e.Sent)
		}
		if !gone || sent != int64(len(pdf("A"))) || seen[len(seen)-1].Item.State != client.OutboxDone {
			t.Errorf("told: gone %v, %d bytes, last %+v", gone, sent, seen[len(seen)-1])
		}
	})
}

func TestPutRefusesWhatCannotBeSent(t *testing.T) {
	p := newPlace(t)
	o := p.open()
	ctx := context.Background()
	for name, r := range map[string]struct {
		it      client.OutboxItem
		content io.Reader
		want    fhir.Code
	}{
		"no kind":          {client.OutboxItem{PatientID: "p"}, nil, fhir.Required},
		"no patient":       {client.OutboxItem{Kind: client.OutboxWithdraw}, nil, fhir.Required},
		"no content":       {filing("A"), nil, fhir.Required},
		"an id of another": {client.OutboxItem{ID: "../x", Kind: client.OutboxWithdraw, PatientID: "p"}, nil, fhir.BadValue},
		"another patient":  {client.OutboxItem{Kind: client.OutboxConsent, PatientID: "p", Consent: &client.ConsentDeclaration{PatientID: "q"}}, nil, fhir.Required},
		"after nothing":    {masking("0198f000-0000-7000-8000-000000000000", nil), nil, fhir.NotFound},
		"no body":          {client.OutboxItem{Kind: client.OutboxMessage, PatientID: "p"}, nil, fhir.Required},
		"too large":        {filing("A"), io.LimitReader(zeros{}, client.MaxDocument+1), fhir.TooLarge},
		"cannot be read":   {filing("A"), iotest.ErrReader(errors.New("broken")), fhir.Invalid},
	} {
		_, err := o.Put(ctx, r.it, r.content)
		want(t, name, err, r.want)
	}
	if left, _ := os.ReadDir(filepath.Join(p.dir, contentDir)); len(left) != 0 || len(list(t, o)) != 0 {
		t.Errorf("%d files, %d items stay of what was refused", len(left), len(list(t, o)))
	}
	it := put(t, o, filing("A"))
	twice, err := o.Put(ctx, client.OutboxItem{ID: it.ID, Kind: client.OutboxWithdraw, PatientID: "p"}, nil)
	ok(t, "put twice", err)
	if twice.Kind != client.OutboxFile || len(list(t, o)) != 1 {
		t.Errorf("put twice gave %+v", twice)
	}
	_, err = Open(p.config())
	want(t, "a second program", err, fhir.StateConflict)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A content that the disk lost is refused with words, not sent as something else.
func TestALostContentIsRefused(t *testing.T) {
	story(t, func(t *testing.T, p *place, o *Outbox) {
		a, b := put(t, o, filing("A")), put(t, o, filing("B"))
		files, err := os.ReadDir(filepath.Join(p.dir, contentDir))
		ok(t, "contents", err)
		one, two := filepath.Join(p.dir, contentDir, files[0].Name()), filepath.Join(p.dir, contentDir, files[1].Name())
		data, err := os.ReadFile(one)
		ok(t, "read", err)
		data[len(data)-1] ^= 1
		ok(t, "flip", os.WriteFile(one, data, 0o600))
		ok(t, "remove", os.Remove(two))
		stop := run(t, o)
		synctest.Wait()
		stop()
		state(t, o, a.ID, client.OutboxRefused, fhir.Invalid)
		state(t, o, b.ID, client.OutboxRefused, fhir.Invalid)
		if p.fake.Count(clienttest.OpFile) != 0 {
			t.Error("something was sent")
		}
	})
}

// The log does not grow for ever, and what it holds stays.
func TestTheLogIsWrittenAnew(t *testing.T) {
	p := newPlace(t)
	o := p.open()
	it := put(t, o, filing("A"))
	before, err := os.Stat(filepath.Join(p.dir, format.File))
	ok(t, "stat", err)
	for range 600 {
		ok(t, "pause", o.Pause(context.Background(), it.ID))
		ok(t, "retry", o.Retry(context.Background(), it.ID))
	}
	ok(t, "tidy", o.tidy())
	after, err := os.Stat(filepath.Join(p.dir, format.File))
	ok(t, "stat", err)
	if after.Size() > 2*before.Size() {
		t.Errorf("%d bytes, at first %d", after.Size(), before.Size())
	}
	put(t, o, consent(clienttest.PatientLea))
	ok(t, "close", o.Close())
	again := p.open()
	state(t, again, it.ID, client.OutboxQueued, "")
	if len(list(t, again)) != 2 || again.Report().Damaged != 0 {
		t.Errorf("%+v", again.Report())
	}
}
