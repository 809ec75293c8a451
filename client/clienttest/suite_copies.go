package clienttest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// RunCopies runs the stories of client.Copies. The harness's Records, Offline,
// SignedOut and Regulator must be Copies too.
func RunCopies(t *testing.T, open func(t *testing.T) Harness) {
	tell(t, open, []story[Harness]{
		{"a copy is given all of the last two years, once, in batches", storyCopy},
		{"a copy that did not change is told nothing", storyCopyUnchanged},
		{"a copy is told what came, what changed and what went", storyCopyChanges},
		{"what was lost on the way is told again", storyCopyAgain},
		{"contents for a copy are what their description says", storyCopyContent},
		{"the copied profile is the profile, and no access", storyCopyProfile},
		{"a copy ends with the right, and does not come back with it", storyCopyEnds},
		{"a copy of an emergency ends with its visit", storyCopyEmergency},
		{"a copy that is returned is over; returning twice is no error", storyCopyReturned},
		{"who may not read takes no copy", storyCopyRefused},
		{"another's copy, or nobody's, tells nothing", storyCopyOthers},
		{"reads from a copy are handed in once", storyReads},
		{"reads after the end are kept, and told as such", storyReadsLate},
		{"reads that cannot have been are refused for good", storyReadsRefused},
		{"without a server, a sign-in or patience every call says so", storyCopyUnsent},
	})
}

// keeping is a copy as its keeper has it.
type keeping struct {
	t *testing.T
	client.Copies
	lease client.Lease
	stamp string
	docs  map[string]client.Document
}

// keeping is a copy that is still to be taken.
func (h Harness) keeping(t *testing.T) *keeping {
	t.Helper()
	return &keeping{t: t, Copies: as[client.Copies](t, h.Records), docs: map[string]client.Document{}}
}

// take opens Mine and takes a copy with all that it is given.
func (h Harness) take(t *testing.T) *keeping {
	t.Helper()
	k := h.keeping(t)
	var err error
	k.lease, err = k.TakeCopy(timeout(t), h.open(t, h.Mine.ID))
	ok(t, "take a copy", err)
	k.follow()
	return k
}

// follow asks until there is no more, and gives what came and went.
func (k *keeping) follow() (came, gone []string) {
	k.t.Helper()
	for range 1000 {
		got, err := k.CopyChanges(timeout(k.t), k.lease.ID, k.stamp)
		ok(k.t, "changes", err)
		if len(got.Documents) > client.CopyBatch || got.More && len(got.Documents) == 0 {
			k.t.Fatalf("%d documents in a batch, more %v", len(got.Documents), got.More)
		}
		for _, d := range got.Documents {
			if slices.Contains(came, d.ID) {
				k.t.Fatal("a document is told twice")
			}
			came, k.docs[d.ID] = append(came, d.ID), d
		}
		for _, id := range got.Gone {
			gone = append(gone, id)
			delete(k.docs, id)
		}
		if k.stamp = got.Stamp; !got.More {
			return came, gone
		}
	}
	k.t.Fatal("the changes never end")
	return nil, nil
}

// standing asks how the copy stands.
func (k *keeping) standing() client.CopyState {
	k.t.Helper()
	got, err := k.CheckCopies(timeout(k.t), []client.CopyCheck{{Lease: k.lease.ID, Stamp: k.stamp}})
	ok(k.t, "check", err)
	if len(got) != 1 || got[0].Lease != k.lease.ID {
		k.t.Fatalf("the check of one copy gives %+v", got)
	}
	return got[0]
}

// over fails unless the copy has ended.
func (k *keeping) over(h Harness, doc client.Document) {
	k.t.Helper()
	if s := k.standing(); s.Runs {
		k.t.Errorf("the copy still runs: %+v", s)
	}
	_, err := k.CopyChanges(timeout(k.t), k.lease.ID, "")
	h.want(k.t, "changes of a copy that ended", err, fhir.NoConsent)
	_, err = k.CopyContent(timeout(k.t), k.lease.ID, doc)
	h.want(k.t, "a content for a copy that ended", err, fhir.NoConsent)
}

func storyCopy(t *testing.T, h Harness) {
	k := h.take(t)
	if l := k.lease; l.ID == "" || l.PatientID != h.Mine.ID || l.Basis != fhir.BasisMT || l.Stamp == "" || l.Shared {
		t.Errorf("the lease is %+v", l)
	}
	a := h.open(t, h.Mine.ID)
	s := k.standing()
	if left := s.Until.Sub(a.End); !s.Runs || left > leaseTime || left < leaseTime/2 {
		t.Errorf("the copy runs until %v after the session", left)
	}
	want := map[string]bool{}
	for _, d := range h.documents(t, a, client.DocumentQuery{}) {
		if act := fhir.ParseTime(d.PeriodStart); act.After(a.End.AddDate(-2, 0, 0)) || d.Type.Code == "11369-6" || d.Type.Code == "87273-9" {
			want[d.ID] = true
		}
	}
	if len(want) <= client.CopyBatch {
		t.Fatal("this world is too small for the story")
	}
	for id := range want {
		if k.docs[id].ID == "" {
			t.Error("a recent document is not in the copy")
		}
	}
	for id, d := range k.docs {
		if act := fhir.ParseTime(d.PeriodStart); !want[id] && act.After(a.End.AddDate(-2, 0, 1)) {
			t.Error("the copy has more than the list")
		}
	}
}

func storyCopyUnchanged(t *testing.T, h Harness) {
	k := h.take(t)
	before := k.stamp
	for range 2 {
		if s := k.standing(); !s.Runs || s.Stamp != before {
			t.Fatalf("unchanged, the copy is %+v", s)
		}
		if came, gone := k.follow(); len(came)+len(gone) != 0 || k.stamp != before {
			t.Fatalf("unchanged, %d came and %d went", len(came), len(gone))
		}
	}
	got, err := k.CheckCopies(timeout(t), nil)
	if ok(t, "check nothing", err); len(got) != 0 {
		t.Errorf("a check of nothing gives %+v", got)
	}
}

func storyCopyChanges(t *testing.T, h Harness) {
	k := h.take(t)
	a := h.open(t, h.Mine.ID)
	filed, err := h.Records.File(timeout(t), a, h.draft(t, "while the copy is there"), nil)
	ok(t, "file", err)
	if s := k.standing(); s.Stamp == k.stamp {
		t.Error("a document came, and the stamp is the same")
	}
	if came, gone := k.follow(); !slices.Equal(came, []string{filed.ID}) || len(gone) != 0 {
		t.Fatalf("after one filing %d came and %d went", len(came), len(gone))
	}
	yes := true
	changed, err := h.Records.Change(timeout(t), a, filed, client.Change{Masked: &yes})
	ok(t, "mask", err)
	if came, _ := k.follow(); !slices.Equal(came, []string{filed.ID}) || !k.docs[filed.ID].Masked {
		t.Errorf("a change of confidentiality is not told: %d came", len(came))
	}
	_, err = h.Records.Change(timeout(t), a, changed, client.Change{Delete: true})
	ok(t, "delete", err)
	if came, gone := k.follow(); len(came) != 0 || !slices.Equal(gone, []string{filed.ID}) {
		t.Errorf("after a deletion %d came and %d went", len(came), len(gone))
	}
	if came, gone := k.follow(); len(came)+len(gone) != 0 {
		t.Error("what was told is told again")
	}
}

// storyCopyAgain: an answer that did not arrive is asked for again, from the
// stamp before; a stamp that is none begins anew.
func storyCopyAgain(t *testing.T, h Harness) {
	k := h.take(t)
	d, err := h.Records.File(timeout(t), h.open(t, h.Mine.ID), h.draft(t, "lost on the way"), nil)
	ok(t, "file", err)
	before := k.stamp
	for range 2 {
		k.stamp = before
		if came, _ := k.follow(); !slices.Equal(came, []string{d.ID}) {
			t.Fatalf("%d came", len(came))
		}
	}
	_, err = h.Records.Change(timeout(t), h.open(t, h.Mine.ID), d, client.Change{Delete: true})
	ok(t, "delete", err)
	before = k.stamp
	for range 2 {
		k.stamp = before
		if _, gone := k.follow(); !slices.Equal(gone, []string{d.ID}) {
			t.Fatalf("%d went", len(gone))
		}
	}
	all := len(k.docs)
	for _, none := range []string{"", "of another kind", k.lease.ID} {
		k.stamp, k.docs = none, map[string]client.Document{}
		if k.follow(); len(k.docs) != all {
			t.Errorf("anew, %d documents of %d", len(k.docs), all)
		}
	}
}

func storyCopyContent(t *testing.T, h Harness) {
	k := h.take(t)
	a := h.open(t, h.Mine.ID)
	for _, d := range k.docs {
		got, err := k.CopyContent(timeout(t), k.lease.ID, d)
		ok(t, "content for the copy", err)
		want, err := h.Records.Content(timeout(t), a, d)
		ok(t, "content", err)
		if !bytes.Equal(got.Bytes, want.Bytes) || got.Type != want.Type {
			t.Error("a content is another one for the copy")
		}
		fresh(t, got.Provenance)
		d.Attachment.Size++
		_, err = k.CopyContent(timeout(t), k.lease.ID, d)
		h.want(t, "a content that is not as described", err, fhir.Invalid)
		break
	}
	_, err := k.CopyContent(timeout(t), k.lease.ID, client.Document{ID: "unknown", Attachment: fhir.Attachment{URL: "Binary/unknown"}})
	h.want(t, "an unknown content", err, fhir.NotFound)
}

// allowed takes a copy of the stranger's record under a consent declared for it.
func (h Harness) allowed(t *testing.T) *keeping {
	t.Helper()
	_, err := h.Records.DeclareConsent(timeout(t), client.ConsentDeclaration{PatientID: h.Stranger.ID, Form: "oral", Visit: true})
	ok(t, "declare", err)
	k := h.keeping(t)
	a := h.open(t, h.Stranger.ID)
	k.lease, err = k.TakeCopy(timeout(t), a)
	ok(t, "take a copy", err)
	if k.follow(); len(k.docs) == 0 || k.lease.Basis != fhir.BasisAuthorised || k.lease.Until.After(a.Until) {
		t.Fatalf("the copy has %d documents, its lease is %+v", len(k.docs), k.lease)
	}
	return k
}

func (k *keeping) any() client.Document {
	for _, d := range k.docs {
		return d
	}
	return client.Document{}
}

func storyCopyEnds(t *testing.T, h Harness) {
	k := h.allowed(t)
	ok(t, "withdraw", h.Records.WithdrawOwn(timeout(t), h.Stranger.ID))
	k.over(h, k.any())
	again := h.allowed(t)
	k.over(h, k.any())
	if s := again.standing(); !s.Runs {
		t.Error("a copy under the new right does not run")
	}
}

func storyCopyEmergency(t *testing.T, h Harness) {
	a, err := h.Records.Open(timeout(t), h.Stranger.ID, client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "Patient inconscient"})
	ok(t, "open", err)
	k := h.keeping(t)
	k.lease, err = k.TakeCopy(timeout(t), a)
	ok(t, "take a copy", err)
	if k.follow(); len(k.docs) == 0 || k.lease.Until.After(a.End) || k.lease.Basis != fhir.BasisEmergency {
		t.Fatalf("the copy has %d documents, its lease is %+v", len(k.docs), k.lease)
	}
	if s := k.standing(); !s.Runs || s.Until.After(a.End) {
		t.Errorf("an emergency's copy is %+v", s)
	}
	ok(t, "close", h.Records.Close(timeout(t), a))
	k.over(h, k.any())
}

func storyCopyReturned(t *testing.T, h Harness) {
	k := h.take(t)
	for range 2 {
		ok(t, "return", k.ReturnCopy(timeout(t), k.lease.ID))
	}
	k.over(h, k.any())
	ok(t, "return what is unknown", k.ReturnCopy(timeout(t), uuid.NewString()))
}

func storyCopyRefused(t *testing.T, h Harness) {
	c := as[client.Copies](t, h.Records)
	for name, one := range map[string]struct {
		patient string
		code    fhir.Code
	}{
		"a stranger's": {h.Stranger.ID, fhir.NoConsent}, "of one who blocked me": {h.Blocked.ID, fhir.NoConsent},
		"of a closed record": {h.Closed.ID, fhir.NoRecord}, "nobody's": {"unknown", fhir.NotFound},
	} {
		_, err := c.TakeCopy(timeout(t), client.Access{PatientID: one.patient})
		h.want(t, "take a copy "+name, err, one.code)
	}
}

func storyCopyOthers(t *testing.T, h Harness) {
	k := h.take(t)
	other := as[client.Copies](t, h.Regulator)
	unknown := uuid.NewString()
	got, err := other.CheckCopies(timeout(t), []client.CopyCheck{{Lease: k.lease.ID, Stamp: k.stamp}, {Lease: unknown}})
	ok(t, "check", err)
	if want := []client.CopyState{{Lease: k.lease.ID}, {Lease: unknown}}; !slices.Equal(got, want) {
		t.Errorf("another's copy is told: %+v", got)
	}
	for _, lease := range []string{k.lease.ID, unknown} {
		_, err = other.CopyChanges(timeout(t), lease, "")
		h.want(t, "changes of another's copy", err, fhir.NoConsent)
		_, err = other.CopyContent(timeout(t), lease, k.any())
		h.want(t, "a content under another's copy", err, fhir.NoConsent)
		ok(t, "return another's copy", other.ReturnCopy(timeout(t), lease))
	}
	if s := k.standing(); !s.Runs {
		t.Error("another returned my copy")
	}
}

func storyCopyUnsent(t *testing.T, h Harness) {
	calls := func(c client.Copies) map[string]func(context.Context) error {
		doc := client.Document{ID: "unknown", Attachment: fhir.Attachment{URL: "Binary/unknown"}}
		return map[string]func(context.Context) error{
			"TakeCopy": func(ctx context.Context) error {
				_, err := c.TakeCopy(ctx, client.Access{PatientID: h.Mine.ID})
				return err
			},
			"CheckCopies": func(ctx context.Context) error {
				_, err := c.CheckCopies(ctx, []client.CopyCheck{{Lease: "x"}})
				return err
			},
			"CopyChanges": func(ctx context.Context) error { _, err := c.CopyChanges(ctx, "x", ""); return err },
			"CopyContent": func(ctx context.Context) error { _, err := c.CopyContent(ctx, "x", doc); return err },
			"ReturnCopy":  func(ctx context.Context) error { return c.ReturnCopy(ctx, "x") },
			"ReportReads": func(ctx context.Context) error {
				_, err := c.ReportReads(ctx, []client.OfflineRead{{ID: uuid.NewString()}})
				return err
			},
		}
	}
	for name, call := range calls(as[client.Copies](t, h.Offline)) {
		h.want(t, name, call(timeout(t)), fhir.Offline)
	}
	for name, call := range calls(as[client.Copies](t, h.SignedOut)) {
		h.want(t, name, call(timeout(t)), fhir.Unauthenticated)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(as[client.Copies](t, h.Records)) {
		h.want(t, name, call(ctx), fhir.Canceled)
	}
}
