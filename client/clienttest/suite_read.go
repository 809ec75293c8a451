package clienttest

import (
	"bytes"
	"crypto/sha1" // the specification's field (IHE MHD 4.2.4)
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// storyOpenMine: the médecin traitant may read, masked ones too, and file.
func storyOpenMine(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	if a.Session == "" || a.PatientID != h.Mine.ID || a.Mode != fhir.ModeNormal || a.Basis != fhir.BasisMT || a.Refusal != "" || a.End.IsZero() {
		t.Errorf("the access is %+v", a)
	}
	for _, right := range []string{fhir.RightRead, fhir.RightReadMaskedAll, fhir.RightUpload, fhir.RightMask, fhir.RightUnmaskAll, fhir.RightTracesAll} {
		if !slices.Contains(a.Rights, right) {
			t.Errorf("the médecin traitant lacks %q", right)
		}
	}
	_, err := h.Records.Open(timeout(t), "00000000-0000-4000-8000-000000000000", client.OpenRequest{})
	h.want(t, "open an unknown record", err, fhir.NotFound)
}

// storyOpenStranger: no right to read is an answer with a reason, and the list
// is refused; a block looks the same.
func storyOpenStranger(t *testing.T, h Harness) {
	for name, p := range map[string]client.Patient{"stranger": h.Stranger, "blocked": h.Blocked} {
		a := h.open(t, p.ID)
		if slices.Contains(a.Rights, fhir.RightRead) || a.Refusal != "no-consent" || a.Basis != "" {
			t.Errorf("%s: the access is %+v", name, a)
		}
		if !slices.Contains(a.Rights, fhir.RightUpload) {
			t.Errorf("%s: filing needs no consent", name)
		}
		_, err := h.Records.Documents(timeout(t), a, client.DocumentQuery{})
		h.want(t, name+"'s documents", err, fhir.NoConsent)
	}
}

// storyBreakGlass: with a reason it opens for a while; without, or against the
// patient's objection, it does not.
func storyBreakGlass(t *testing.T, h Harness) {
	glass := client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "Patient inconscient au cabinet"}
	_, err := h.Records.Open(timeout(t), h.Stranger.ID, client.OpenRequest{Mode: fhir.ModeBreakGlass})
	h.want(t, "break-glass without a reason", err, fhir.Required)
	_, err = h.Records.Open(timeout(t), h.Objects.ID, glass)
	h.want(t, "break-glass against an objection", err, fhir.NoConsent)
	a, err := h.Records.Open(timeout(t), h.Stranger.ID, glass)
	ok(t, "break-glass", err)
	if a.Mode != fhir.ModeBreakGlass || a.Basis != fhir.BasisEmergency || a.End.IsZero() || !slices.Contains(a.Rights, fhir.RightRead) {
		t.Errorf("the access is %+v", a)
	}
	if len(h.documents(t, a, client.DocumentQuery{})) == 0 {
		t.Error("break-glass shows no document")
	}
}

// storyClosed: a closed record cannot be entered nor filed to.
func storyClosed(t *testing.T, h Harness) {
	_, err := h.Records.Open(timeout(t), h.Closed.ID, client.OpenRequest{})
	h.want(t, "open a closed record", err, fhir.NoRecord)
}

// storyClose: closing is idempotent.
func storyClose(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	ok(t, "close", h.Records.Close(timeout(t), a))
	ok(t, "close again", h.Records.Close(timeout(t), a))
}

// storyDocumentPages: small pages give the same rows as large ones.
func storyDocumentPages(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	first, err := h.Records.Documents(timeout(t), a, client.DocumentQuery{Limit: 7})
	ok(t, "documents", err)
	fresh(t, first.Provenance)
	if len(first.Documents) != 7 || first.Total < 60 {
		t.Fatalf("first page: %d of %d", len(first.Documents), first.Total)
	}
	small := h.documents(t, a, client.DocumentQuery{Limit: 7})
	large := h.documents(t, a, client.DocumentQuery{Limit: 50})
	if len(small) != first.Total || len(large) != first.Total {
		t.Fatalf("small pages %d, large pages %d, total %d", len(small), len(large), first.Total)
	}
	seen := map[string]bool{}
	for i := range small {
		if small[i].ID != large[i].ID || seen[small[i].ID] {
			t.Fatal("the order depends on the page's size, or there is a double")
		}
		seen[small[i].ID] = true
		if i > 0 && day(t, small[i]).After(day(t, small[i-1])) {
			t.Error("not newest act first")
		}
		if small[i].Status != "current" || small[i].Archived {
			t.Error("a document that nobody asked for")
		}
	}
}

// day is the start of a document's act.
func day(t *testing.T, d client.Document) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, d.PeriodStart); err == nil {
			return at
		}
	}
	t.Fatalf("the act's date %q cannot be read", d.PeriodStart)
	return time.Time{}
}

// storyDocumentFilters: each filter gives exactly the rows that fit.
func storyDocumentFilters(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	all := h.documents(t, a, client.DocumentQuery{})
	kind, class := all[0].Type.Code, all[0].Category.Code
	from, to := day(t, all[len(all)/2]).Add(-time.Second), day(t, all[0]).Add(-time.Second)
	for name, c := range map[string]struct {
		q    client.DocumentQuery
		fits func(client.Document) bool
	}{
		"type":   {client.DocumentQuery{Types: []string{kind}}, func(d client.Document) bool { return d.Type.Code == kind }},
		"class":  {client.DocumentQuery{Classes: []string{class}}, func(d client.Document) bool { return d.Category.Code == class }},
		"period": {client.DocumentQuery{From: from, To: to}, func(d client.Document) bool { return day(t, d).After(from) && day(t, d).Before(to) }},
	} {
		want := 0
		for _, d := range all {
			if c.fits(d) {
				want++
			}
		}
		got := h.documents(t, a, c.q)
		if len(got) != want || want == 0 || want == len(all) {
			t.Errorf("by %s: %d rows, want %d of %d", name, len(got), want, len(all))
		}
		for _, d := range got {
			if !c.fits(d) {
				t.Errorf("by %s: a row that does not fit", name)
			}
		}
	}
}

// storyDocumentStates: archived and superseded rows come on request only.
func storyDocumentStates(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	usual := h.documents(t, a, client.DocumentQuery{})
	archived := h.documents(t, a, client.DocumentQuery{Archived: true})
	if len(archived) <= len(usual) || !slices.ContainsFunc(archived, func(d client.Document) bool { return d.Archived }) {
		t.Error("asking for archived documents adds none")
	}
	old := h.documents(t, a, client.DocumentQuery{Statuses: []string{"superseded"}})
	if len(old) == 0 {
		t.Error("no superseded document")
	}
	for _, d := range old {
		if d.Status != "superseded" || has(usual, d.ID) {
			t.Error("a superseded document among current ones")
		}
	}
	if !slices.ContainsFunc(usual, func(d client.Document) bool { return d.Masked }) {
		t.Error("the médecin traitant sees no masked document")
	}
}

// storyDocument: by id, and unknown.
func storyDocument(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	want := h.documents(t, a, client.DocumentQuery{})[3]
	got, err := h.Records.Document(timeout(t), a, want.ID)
	ok(t, "document", err)
	if got.ID != want.ID || got.Version != want.Version || got.Type.Code != want.Type.Code || got.Attachment != want.Attachment || got.UniqueID != want.UniqueID {
		t.Error("the document is not as in the list")
	}
	_, err = h.Records.Document(timeout(t), a, "00000000-0000-4000-8000-000000000000")
	h.want(t, "an unknown document", err, fhir.NotFound)
}

// storyContent: the bytes have the size and hash of the description; a
// description that says otherwise is Invalid; an unknown one NotFound.
func storyContent(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	rows := h.documents(t, a, client.DocumentQuery{})
	for _, d := range rows[:10] {
		c, err := h.Records.Content(timeout(t), a, d)
		ok(t, "content", err)
		fresh(t, c.Provenance)
		sum := sha1.Sum(c.Bytes)
		if int64(len(c.Bytes)) != d.Attachment.Size || base64.StdEncoding.EncodeToString(sum[:]) != d.Attachment.Hash || c.Type != d.Attachment.ContentType {
			t.Error("the bytes are not what the description says")
		}
	}
	wrong := rows[0]
	wrong.Attachment.Hash = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
	_, err := h.Records.Content(timeout(t), a, wrong)
	h.want(t, "content with another hash", err, fhir.Invalid)
	wrong = rows[0]
	wrong.Attachment.Size--
	_, err = h.Records.Content(timeout(t), a, wrong)
	h.want(t, "content with another size", err, fhir.Invalid)
	wrong = rows[0]
	wrong.ID, wrong.Attachment.URL = "00000000-0000-4000-8000-000000000000", "Binary/00000000-0000-4000-8000-000000000000"
	_, err = h.Records.Content(timeout(t), a, wrong)
	h.want(t, "content of an unknown document", err, fhir.NotFound)
}

// storyMemory: what a caller does to an answer changes no later answer.
func storyMemory(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	rights := slices.Clone(a.Rights)
	a.Rights[0] = "spoiled"
	if b := h.open(t, h.Mine.ID); !slices.Equal(b.Rights, rights) {
		t.Error("rights are shared")
	}
	p, err := h.Records.FindByINS(timeout(t), h.Mine.INS)
	ok(t, "find", err)
	given := p.Given[0]
	p.Given[0] = "spoiled"
	q, err := h.Records.FindByINS(timeout(t), h.Mine.INS)
	ok(t, "find", err)
	if q.Given[0] != given {
		t.Error("given names are shared")
	}
	d := h.documents(t, a, client.DocumentQuery{})[0]
	c, err := h.Records.Content(timeout(t), a, d)
	ok(t, "content", err)
	kept := bytes.Clone(c.Bytes)
	clear(c.Bytes)
	again, err := h.Records.Content(timeout(t), a, d)
	ok(t, "content", err)
	if !bytes.Equal(again.Bytes, kept) {
		t.Error("contents are shared")
	}
}
