package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// inLot is a filing of a batch.
func inLot(title, patient string) client.OutboxItem {
	it := filing(title)
	it.ID, it.Lot, it.PatientID = uuid.NewString(), "soir", patient
	return it
}

// putAll puts items whose content is their title.
func putAll(t testing.TB, o *Outbox, its ...client.OutboxItem) []client.OutboxPutResult {
	t.Helper()
	all := make([]client.OutboxPut, len(its))
	for i, it := range its {
		all[i] = client.OutboxPut{Item: it, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(pdf(it.Draft.Title))), nil
		}}
	}
	return o.PutAll(t.Context(), all)
}

// What a batch puts for one patient leaves as one submission set of up to 50.
func TestALotLeavesTogether(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		var its []client.OutboxItem
		for i := range 60 {
			its = append(its, inLot(fmt.Sprint("r", i), clienttest.PatientLea))
		}
		its = append(its, inLot("other", clienttest.PatientStranger))
		for i, r := range putAll(t, o, its...) {
			ok(t, fmt.Sprint("put ", i), r.Err)
		}
		again := putAll(t, o, its[:2]...)
		if !again[0].Had || !again[1].Had || again[0].Item.ID != its[0].ID {
			t.Errorf("put twice: %+v", again)
		}
		stop := run(t, o)
		synctest.Wait()
		stop()
		for _, it := range its {
			if got := state(t, o, it.ID, client.OutboxDone, ""); got.ResultID == "" || got.Existed || got.Attempts != 1 {
				t.Errorf("%+v", got)
			}
		}
		var sizes []int
		for _, c := range p.fake.Calls() {
			if lot, is := c.Argument.(client.Lot); is && c.Op == clienttest.OpSubmit {
				sizes = append(sizes, len(lot.Drafts))
			}
		}
		if len(sizes) != 3 || sizes[0]+sizes[1]+sizes[2] != 61 || max(sizes[0], sizes[1], sizes[2]) != 50 {
			t.Errorf("lots of %v", sizes)
		}
		ok(t, "close", o.Close())
	})
}

// One document of a lot is at fault: it is told, the rest arrives. One that is
// there already says so.
func TestAFaultLeavesItsLot(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		bad, good, old := inLot("bad", clienttest.PatientLea), inLot("good", clienttest.PatientLea), inLot("old", clienttest.PatientLea)
		bad.Draft.Type.Code = "none"
		d := *old.Draft
		d.ID, d.PatientID, d.Content, d.Size = old.ID, old.PatientID, bytes.NewReader(pdf("old")), int64(len(pdf("old")))
		filed, err := p.fake.File(t.Context(), client.Access{PatientID: d.PatientID}, d, nil)
		ok(t, "file", err)
		putAll(t, o, bad, good, old)
		stop := run(t, o)
		synctest.Wait()
		stop()
		state(t, o, bad.ID, client.OutboxRefused, fhir.BadCode)
		if got := state(t, o, good.ID, client.OutboxDone, ""); got.Existed {
			t.Error("filed now, and told as there before")
		}
		if got := state(t, o, old.ID, client.OutboxDone, ""); !got.Existed || got.ResultID != filed.ID {
			t.Errorf("%+v", got)
		}
		ok(t, "close", o.Close())
	})
}

// A refusal that names no document: each is sent by itself.
func TestARefusalOfNobodyIsSplit(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		its := []client.OutboxItem{inLot("a", clienttest.PatientLea), inLot("b", clienttest.PatientLea)}
		p.fake.FailNext(clienttest.OpSubmit, clienttest.Failure(fhir.Invalid, "r-1"), clienttest.Failure(fhir.TooLarge, "r-2"))
		putAll(t, o, its...)
		stop := run(t, o)
		synctest.Wait()
		stop()
		done, refused := 0, 0
		for _, it := range its {
			switch item(t, o, it.ID).State {
			case client.OutboxDone:
				done++
			case client.OutboxRefused:
				refused++
			}
		}
		if done != 1 || refused != 1 {
			t.Errorf("%d done, %d refused", done, refused)
		}
		ok(t, "close", o.Close())
	})
}

// The server says when to come back; nobody comes before, and all come then. An
// answer that was lost counts as sent by this one, not as there before.
func TestALotWaitsAsLongAsTheServerAsks(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		its := []client.OutboxItem{inLot("a", clienttest.PatientLea), inLot("b", clienttest.PatientLea)}
		p.fake.FailNext(clienttest.OpSubmit, clienttest.Busy(10*time.Minute))
		putAll(t, o, its...)
		stop := run(t, o)
		synctest.Wait()
		later(9 * time.Minute)
		synctest.Wait()
		if n := p.fake.Count(clienttest.OpSubmit); n != 1 {
			t.Errorf("asked %d times before the wait was over", n)
		}
		later(4 * time.Minute)
		synctest.Wait()
		stop()
		for _, it := range its {
			if got := state(t, o, it.ID, client.OutboxDone, ""); got.Existed {
				t.Errorf("%+v", got)
			}
		}
		ok(t, "close", o.Close())
	})
}

// A patient without a record: every document of the lot ends there.
func TestALotToAClosedRecord(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		its := []client.OutboxItem{inLot("a", clienttest.PatientClosed), inLot("b", clienttest.PatientClosed)}
		putAll(t, o, its...)
		stop := run(t, o)
		synctest.Wait()
		stop()
		for _, it := range its {
			state(t, o, it.ID, client.OutboxRefused, fhir.NoRecord)
		}
		ok(t, "close", o.Close())
	})
}

// A correction waits for what it corrects, and names the document that this
// became.
func TestACorrectionFollowsItsOriginal(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		first, second := inLot("first", clienttest.PatientLea), inLot("second", clienttest.PatientLea)
		second.After, second.Draft.Replaces = first.ID, &client.Document{UniqueID: "urn:uuid:" + first.ID}
		for _, r := range putAll(t, o, first, second) {
			ok(t, "put", r.Err)
		}
		stop := run(t, o)
		synctest.Wait()
		stop()
		was := state(t, o, first.ID, client.OutboxDone, "")
		state(t, o, second.ID, client.OutboxDone, "")
		d, err := p.fake.Document(t.Context(), client.Access{PatientID: clienttest.PatientLea}, was.ResultID)
		ok(t, "document", err)
		if d.Status != "superseded" || !strings.HasPrefix(d.ReplacedBy, "DocumentReference/") {
			t.Errorf("the original is %s, replaced by %q", d.Status, d.ReplacedBy)
		}
		ok(t, "close", o.Close())
	})
}

// One content that cannot be read is told; the others of the call are kept, and
// nothing stays of it.
func TestPutAllTellsEachFault(t *testing.T) {
	p := newPlace(t)
	o := p.open()
	good, bad, lost := inLot("good", clienttest.PatientLea), inLot("bad", clienttest.PatientLea), inLot("lost", clienttest.PatientLea)
	lost.After = bad.ID
	broken := errors.New("the disk fails")
	all := []client.OutboxPut{
		{Item: good, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }},
		{Item: bad, Open: func() (io.ReadCloser, error) { return io.NopCloser(failing{broken}), nil }},
		{Item: lost, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("y")), nil }},
		{Item: good},
	}
	out := o.PutAll(t.Context(), all)
	ok(t, "good", out[0].Err)
	want(t, "bad", out[1].Err, fhir.Invalid)
	want(t, "what comes after it", out[2].Err, fhir.NotFound)
	want(t, "a filing without a content", out[3].Err, fhir.Required)
	if n := len(list(t, o)); n != 1 {
		t.Errorf("%d items kept", n)
	}
	left, err := os.ReadDir(filepath.Join(p.dir, contentDir))
	ok(t, "contents", err)
	if n := len(left); n != 1 {
		t.Errorf("%d contents stay", n)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
