package clienttest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// RunSubmitter runs the stories of client.Submitter. The harness's Records,
// Offline and SignedOut must be Submitters too.
func RunSubmitter(t *testing.T, open func(t *testing.T) Harness) {
	tell(t, open, []story[Harness]{
		{"a lot is filed whole", storyLot},
		{"the same lot sent twice takes effect once", storyLotTwice},
		{"what is there counts as done, the rest is filed", storyLotPartly},
		{"one bad draft keeps all from being filed, and is named", storyLotRefused},
		{"another content under a known unique id is refused", storyLotOther},
		{"a lot corrects what was filed before", storyLotReplaces},
		{"a closed record takes no lot", storyLotClosed},
		{"what is no lot is refused", storyLotNone},
		{"a lot says when nobody answers, or nobody is signed in", storyLotUnsent},
	})
}

// lot makes a lot of n reports on Mine, and their bytes.
func (h Harness) lot(n int) (client.Lot, [][]byte) {
	lot := client.Lot{ID: uuid.NewString()}
	var contents [][]byte
	for i := range n {
		data := PDF(h.Mine, fmt.Sprintf("Resultat %d", i), 1)
		lot.Drafts, contents = append(lot.Drafts, h.draftFor(h.Mine, data)), append(contents, data)
	}
	return lot, contents
}

// storyLot: every draft is there, in order, as it was sent.
func storyLot(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	lot, contents := h.lot(4)
	results, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit", err)
	if len(results) != len(lot.Drafts) {
		t.Fatalf("%d results", len(results))
	}
	for i, r := range results {
		if r.DocumentID == "" || r.Existed || r.Err != nil {
			t.Fatalf("result %d is %+v", i, r)
		}
		d, err := h.Records.Document(timeout(t), a, r.DocumentID)
		ok(t, "document", err)
		c, err := h.Records.Content(timeout(t), a, d)
		ok(t, "content", err)
		if !bytes.Equal(c.Bytes, contents[i]) {
			t.Errorf("draft %d came back otherwise", i)
		}
	}
	if after := len(h.documents(t, a, client.DocumentQuery{})); after != before+len(lot.Drafts) {
		t.Errorf("%d new documents", after-before)
	}
}

// storyLotTwice: the same documents, once.
func storyLotTwice(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	lot, _ := h.lot(3)
	first, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit", err)
	second, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit again", err)
	lot.ID = uuid.NewString()
	third, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit as another lot", err)
	for i := range first {
		if first[i].DocumentID != second[i].DocumentID || first[i].DocumentID != third[i].DocumentID || !third[i].Existed {
			t.Errorf("draft %d: %+v, %+v, %+v", i, first[i], second[i], third[i])
		}
	}
	if after := len(h.documents(t, a, client.DocumentQuery{})); after != before+len(first) {
		t.Errorf("%d new documents", after-before)
	}
}

// storyLotPartly: one draft was filed alone before.
func storyLotPartly(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	lot, _ := h.lot(3)
	kept, err := h.Records.File(timeout(t), a, lot.Drafts[1], nil)
	ok(t, "file", err)
	results, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit", err)
	if r := results[1]; !r.Existed || r.DocumentID != kept.ID {
		t.Errorf("the one filed before is %+v", r)
	}
	for _, i := range []int{0, 2} {
		if r := results[i]; r.Existed || r.DocumentID == "" || r.Err != nil {
			t.Errorf("draft %d is %+v", i, r)
		}
	}
}

// storyLotRefused: nothing is left, and the result says which draft it was.
func storyLotRefused(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	lot, _ := h.lot(3)
	lot.Drafts[1].Content, lot.Drafts[1].Size = bytes.NewReader([]byte("no PDF")), 6
	results, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	h.want(t, "a lot with a file that is no PDF", err, fhir.Invalid)
	if results[0].Err != nil || results[1].Err == nil || results[2].Err != nil || results[0].DocumentID != "" {
		t.Errorf("the results are %+v", results)
	}
	lot, _ = h.lot(2)
	lot.Drafts[1].Type.Code = "0-0"
	results, err = as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	h.want(t, "a lot with an unknown type", err, fhir.BadCode)
	h.want(t, "its draft", results[1].Err, fhir.BadCode)
	if after := len(h.documents(t, a, client.DocumentQuery{})); after != before {
		t.Errorf("refused lots left %d documents", after-before)
	}
}

// storyLotOther: no bytes take the place of others.
func storyLotOther(t *testing.T, h Harness) {
	lot, _ := h.lot(2)
	_, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit", err)
	other, _ := h.lot(2)
	data := PDF(h.Mine, "Autre", 1)
	other.Drafts[0].ID = lot.Drafts[0].ID
	other.Drafts[0].Content, other.Drafts[0].Size = bytes.NewReader(data), int64(len(data))
	results, err := as[client.Submitter](t, h.Records).Submit(timeout(t), other)
	h.want(t, "another content", err, fhir.Duplicate)
	if results[0].Err == nil || results[0].Existed || results[1].DocumentID != "" {
		t.Errorf("the results are %+v", results)
	}
}

// storyLotReplaces: the corrected document is superseded and leads to the new
// one.
func storyLotReplaces(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	first, err := h.Records.File(timeout(t), a, h.draft(t, "with a mistake"), nil)
	ok(t, "file", err)
	lot, _ := h.lot(2)
	lot.Drafts[1].Replaces = &first
	results, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	ok(t, "submit", err)
	old, err := h.Records.Document(timeout(t), a, first.ID)
	ok(t, "the old document", err)
	if old.Status != "superseded" || old.ReplacedBy != "DocumentReference/"+results[1].DocumentID {
		t.Errorf("the old document is %q and leads to %q", old.Status, old.ReplacedBy)
	}
}

// storyLotClosed: a final answer.
func storyLotClosed(t *testing.T, h Harness) {
	lot, _ := h.lot(2)
	for i := range lot.Drafts {
		lot.Drafts[i].PatientID, lot.Drafts[i].PatientINS = h.Closed.ID, h.Closed.INS
	}
	_, err := as[client.Submitter](t, h.Records).Submit(timeout(t), lot)
	h.want(t, "a lot for a closed record", err, fhir.NoRecord)
}

// storyLotNone: refused before anything leaves.
func storyLotNone(t *testing.T, h Harness) {
	s := as[client.Submitter](t, h.Records)
	_, err := s.Submit(timeout(t), client.Lot{ID: uuid.NewString()})
	h.want(t, "an empty lot", err, fhir.Required)
	lot, _ := h.lot(2)
	lot.Drafts[1].PatientID, lot.Drafts[1].PatientINS = h.Stranger.ID, h.Stranger.INS
	_, err = s.Submit(timeout(t), lot)
	h.want(t, "a lot of two patients", err, fhir.Invalid)
	one, _ := h.lot(1)
	one.Drafts = slices.Repeat(one.Drafts, client.MaxLot+1)
	_, err = s.Submit(timeout(t), one)
	h.want(t, "a lot of 51", err, fhir.TooLarge)
}

// storyLotUnsent: the same words as for one document.
func storyLotUnsent(t *testing.T, h Harness) {
	lot, _ := h.lot(2)
	_, err := as[client.Submitter](t, h.Offline).Submit(timeout(t), lot)
	h.want(t, "a lot without a server", err, fhir.Offline)
	_, err = as[client.Submitter](t, h.SignedOut).Submit(timeout(t), lot)
	h.want(t, "a lot without a sign-in", err, fhir.Unauthenticated)
}
