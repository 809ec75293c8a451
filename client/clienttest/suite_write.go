package clienttest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// draft makes a report on Mine; title tells drafts apart.
func (h Harness) draft(t *testing.T, title string) client.Draft {
	t.Helper()
	return h.draftFor(h.Mine, PDF(h.Mine, title, 1))
}

// draftFor makes a draft with bytes.
func (h Harness) draftFor(p client.Patient, data []byte) client.Draft {
	facility, _ := terminology.FacilityByCode("SA08")
	practice, _ := terminology.PracticeByCode("AMBULATOIRE")
	return client.Draft{
		ID: uuid.NewString(), PatientID: p.ID, PatientINS: p.INS,
		Type:  fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4", Display: "CR ou fiche de consultation ou de visite"},
		Class: fhir.Coding{System: fhir.SystemClass, Code: "10", Display: "Compte rendu"},
		Title: "Consultation de suivi", ActDate: time.Date(2026, time.November, 20, 9, 30, 0, 0, time.UTC),
		ContentType: "application/pdf", Content: bytes.NewReader(data), Size: int64(len(data)),
		Facility: fhir.Coding{System: facility.System, Code: facility.Code, Display: facility.Label},
		Practice: fhir.Coding{System: practice.System, Code: practice.Code, Display: practice.Label},
		Author:   fhir.Party{ID: "899700218896", Name: "Dr Anne MOREL", Specialty: "SM54", OrgID: "1510000000", OrgName: "Cabinet de la Vesle"},
	}
}

// storyFile: what comes back, what is listed and what is read is what was sent.
func storyFile(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	data := PDF(h.Mine, "Suivi", 1)
	d := h.draftFor(h.Mine, data)
	d.Masked, d.HiddenPatient = true, true
	var told []int64
	kept, err := h.Records.File(timeout(t), a, d, func(sent, total int64) {
		told = append(told, sent)
		if total < d.Size || sent > total {
			t.Errorf("progress %d of %d", sent, total)
		}
	})
	ok(t, "file", err)
	if kept.ID == "" || kept.Status != "current" || kept.Type.Code != d.Type.Code || kept.Category.Code != d.Class.Code ||
		kept.Attachment.Title != d.Title || !kept.Masked || !kept.HiddenPatient || kept.PatientID != h.Mine.ID ||
		kept.Attachment.Size != d.Size || kept.Author.ID == "" || !day(t, kept).Equal(d.ActDate) {
		t.Errorf("kept otherwise than sent: %+v", kept.Attachment)
	}
	if len(told) == 0 || !slices.IsSorted(told) {
		t.Errorf("progress went %v", told)
	}
	rows := h.documents(t, a, client.DocumentQuery{})
	if len(rows) != before+1 || !has(rows, kept.ID) {
		t.Errorf("%d documents, before %d", len(rows), before)
	}
	c, err := h.Records.Content(timeout(t), a, kept)
	ok(t, "content", err)
	if !bytes.Equal(c.Bytes, data) {
		t.Error("the bytes changed")
	}
}

// storyFileKinds: what is no PDF comes back byte for byte with its media type.
func storyFileKinds(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	for kind, data := range map[string][]byte{"image/png": PNG(), "text/plain": []byte("Tension 13/8, pouls 72.\n")} {
		d := h.draftFor(h.Mine, data)
		d.ContentType = kind
		kept, err := h.Records.File(timeout(t), a, d, nil)
		ok(t, "file "+kind, err)
		c, err := h.Records.Content(timeout(t), a, kept)
		ok(t, "content of "+kind, err)
		if c.Type != kind || kept.Attachment.ContentType != kind || !bytes.Equal(c.Bytes, data) {
			t.Errorf("%s came back as %q, %d bytes", kind, c.Type, len(c.Bytes))
		}
	}
}

// storyFileTwice: the same draft again answers the same document, and another
// draft with its uniqueId is a Duplicate that says where the first one is.
func storyFileTwice(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	d := h.draft(t, "twice")
	d.UniqueID = "urn:uuid:" + uuid.NewString()
	first, err := h.Records.File(timeout(t), a, d, nil)
	ok(t, "file", err)
	second, err := h.Records.File(timeout(t), a, d, nil)
	ok(t, "file again", err)
	if first.ID != second.ID {
		t.Error("two documents of one draft")
	}
	other := h.draft(t, "thrice")
	other.UniqueID = d.UniqueID
	_, err = h.Records.File(timeout(t), a, other, nil)
	if e := h.want(t, "another draft with the same uniqueId", err, fhir.Duplicate); e.Location == "" {
		t.Error("the duplicate does not say where the first one is")
	}
	if after := len(h.documents(t, a, client.DocumentQuery{})); after != before+1 {
		t.Errorf("%d new documents", after-before)
	}
}

// storyFileLarge: 3 MiB take several steps and come back whole.
func storyFileLarge(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	data := large(h.Mine, 3<<20)
	d := h.draftFor(h.Mine, data)
	steps, last := 0, int64(0)
	kept, err := h.Records.File(timeout(t), a, d, func(sent, total int64) {
		if sent < last {
			t.Error("progress went back")
		}
		steps, last = steps+1, sent
	})
	ok(t, "file", err)
	if steps < 3 || last < d.Size {
		t.Errorf("%d steps, the last at %d of %d", steps, last, d.Size)
	}
	c, err := h.Records.Content(timeout(t), a, kept)
	ok(t, "content", err)
	if !bytes.Equal(c.Bytes, data) {
		t.Error("the bytes changed")
	}
}

// large makes a PDF of a little more than n bytes.
func large(p client.Patient, n int) []byte {
	base := PDF(p, "Grand", 1)
	r := rand.New(rand.NewPCG(1, 2))
	block := []byte{'%'} // comment lines between the last object and the final startxref move no offset
	for range 199 {
		block = append(block, "0123456789abcdef"[r.IntN(16)])
	}
	block = append(block, '\n')
	at := bytes.LastIndex(base, []byte("startxref"))
	return slices.Concat(base[:at], bytes.Repeat(block, n/len(block)+1), base[at:])
}

// storyFileRefused: every refusal has its code and leaves the record as it was.
func storyFileRefused(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	before := len(h.documents(t, a, client.DocumentQuery{}))
	report := PDF(h.Mine, "refused", 1)
	for name, c := range map[string]struct {
		draft func() client.Draft
		code  fhir.Code
	}{
		"to a closed record":         {func() client.Draft { return h.draftFor(h.Closed, report) }, fhir.NoRecord},
		"to an unqualified identity": {func() client.Draft { return h.draftFor(h.NoINS, report) }, fhir.BusinessRule},
		"of an unknown type": {func() client.Draft {
			d := h.draftFor(h.Mine, report)
			d.Type.Code = "00000-0"
			return d
		}, fhir.BadCode},
		"that is no PDF": {func() client.Draft { return h.draftFor(h.Mine, []byte("plain words, no PDF at all")) }, fhir.Invalid},
		"whose size is not what was said": {func() client.Draft {
			d := h.draftFor(h.Mine, report)
			d.Size++
			return d
		}, fhir.Invalid},
		"that is too large": {func() client.Draft { return h.draftFor(h.Mine, large(h.Mine, MaxSize+1)) }, fhir.TooLarge},
	} {
		d := c.draft()
		_, err := h.Records.File(timeout(t), client.Access{PatientID: d.PatientID}, d, nil)
		h.want(t, "a document "+name, err, c.code)
	}
	if after := len(h.documents(t, a, client.DocumentQuery{})); after != before {
		t.Errorf("refused documents left %d rows", after-before)
	}
}

// storyReplace: the corrected document is superseded and leads to the new one.
func storyReplace(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	first, err := h.Records.File(timeout(t), a, h.draft(t, "with a mistake"), nil)
	ok(t, "file", err)
	d := h.draft(t, "corrected")
	d.Replaces = &first
	second, err := h.Records.File(timeout(t), a, d, nil)
	ok(t, "file the correction", err)
	rows := h.documents(t, a, client.DocumentQuery{})
	if has(rows, first.ID) || !has(rows, second.ID) || len(second.Replaces) != 1 {
		t.Error("the correction did not take the first one's place")
	}
	old, err := h.Records.Document(timeout(t), a, first.ID)
	ok(t, "the old document", err)
	if old.Status != "superseded" || old.ReplacedBy == "" {
		t.Errorf("the old document is %q and leads to %q", old.Status, old.ReplacedBy)
	}
}

// storyChange: each change shows in the answer and in the next reading, and
// can be taken back.
func storyChange(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	d, err := h.Records.File(timeout(t), a, h.draft(t, "to change"), nil)
	ok(t, "file", err)
	for name, c := range map[string]struct {
		change func(bool) client.Change
		state  func(client.Document) bool
	}{
		"mask":    {func(on bool) client.Change { return client.Change{Masked: &on} }, func(d client.Document) bool { return d.Masked }},
		"hide":    {func(on bool) client.Change { return client.Change{HiddenPatient: &on} }, func(d client.Document) bool { return d.HiddenPatient }},
		"archive": {func(on bool) client.Change { return client.Change{Archived: &on} }, func(d client.Document) bool { return d.Archived }},
	} {
		for _, on := range []bool{true, false} {
			changed, err := h.Records.Change(timeout(t), a, d, c.change(on))
			ok(t, name, err)
			read, err := h.Records.Document(timeout(t), a, d.ID)
			ok(t, "read after "+name, err)
			if c.state(changed) != on || c.state(read) != on || changed.Version == d.Version {
				t.Errorf("%s %v did not show", name, on)
			}
			d = changed
		}
	}
}

// storyConflict: a change against an old version is refused and changes nothing.
func storyConflict(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	old, err := h.Records.File(timeout(t), a, h.draft(t, "contested"), nil)
	ok(t, "file", err)
	yes := true
	_, err = h.Records.Change(timeout(t), a, old, client.Change{Masked: &yes})
	ok(t, "mask", err)
	_, err = h.Records.Change(timeout(t), a, old, client.Change{Archived: &yes})
	h.want(t, "change an old version", err, fhir.VersionConflict)
	read, err := h.Records.Document(timeout(t), a, old.ID)
	ok(t, "read", err)
	if read.Archived || !read.Masked {
		t.Error("the refused change took effect")
	}
}

// storyDelete: gone from the list; its bytes answer Withdrawn to its author.
func storyDelete(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	d, err := h.Records.File(timeout(t), a, h.draft(t, "to delete"), nil)
	ok(t, "file", err)
	_, err = h.Records.Change(timeout(t), a, d, client.Change{Delete: true})
	ok(t, "delete", err)
	if has(h.documents(t, a, client.DocumentQuery{Archived: true}), d.ID) {
		t.Error("a deleted document is listed")
	}
	_, err = h.Records.Content(timeout(t), a, d)
	h.want(t, "content of a deleted document", err, fhir.Withdrawn)
}

// storyUndo: an undone filing is gone, and a colleague's cannot be undone.
func storyUndo(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	rows := h.documents(t, a, client.DocumentQuery{})
	d, err := h.Records.File(timeout(t), a, h.draft(t, "misfiled"), nil)
	ok(t, "file", err)
	ok(t, "undo", h.Records.Undo(timeout(t), a, d))
	if has(h.documents(t, a, client.DocumentQuery{}), d.ID) {
		t.Error("an undone document is listed")
	}
	i := slices.IndexFunc(rows, func(x client.Document) bool { return x.Author.ID != d.Author.ID })
	if i < 0 {
		t.Fatal("the world has no document of a colleague")
	}
	h.want(t, "undo a colleague's document", h.Records.Undo(timeout(t), a, rows[i]), fhir.Forbidden)
}

// storyConsent: declared, the record opens and its person is my patient;
// declared twice is no error; withdrawn, it closes.
func storyConsent(t *testing.T, h Harness) {
	for i := range 2 {
		c, err := h.Records.DeclareConsent(timeout(t), client.ConsentDeclaration{PatientID: h.Stranger.ID, Form: "oral", Visit: true})
		ok(t, fmt.Sprintf("declare, time %d", i+1), err)
		if c.ID == "" || c.PatientID != h.Stranger.ID || c.Status != "active" || c.End.IsZero() {
			t.Errorf("the consent is %+v", c)
		}
	}
	a := h.open(t, h.Stranger.ID)
	if a.Basis != fhir.BasisAuthorised || a.Until.IsZero() || !slices.Contains(a.Rights, fhir.RightRead) {
		t.Errorf("the access is %+v", a)
	}
	if len(h.documents(t, a, client.DocumentQuery{})) == 0 {
		t.Error("the record shows nothing")
	}
	ok(t, "withdraw", h.Records.WithdrawOwn(timeout(t), h.Stranger.ID))
	_, err := h.Records.Documents(timeout(t), a, client.DocumentQuery{})
	h.want(t, "documents after withdrawing", err, fhir.NoConsent)
}

// storyConsentBlocked: a block stays.
func storyConsentBlocked(t *testing.T, h Harness) {
	_, err := h.Records.DeclareConsent(timeout(t), client.ConsentDeclaration{PatientID: h.Blocked.ID, Form: "ecrit"})
	h.want(t, "declare against a block", err, fhir.NoConsent)
	if a := h.open(t, h.Blocked.ID); slices.Contains(a.Rights, fhir.RightRead) {
		t.Error("the block was lifted")
	}
}
