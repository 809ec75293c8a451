package clienttest

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// read is a read under the copy, at a time.
func (k *keeping) read(doc string, at time.Time) client.OfflineRead {
	return client.OfflineRead{
		ID: uuid.NewString(), Lease: k.lease.ID, PatientID: k.lease.PatientID, DocumentID: doc, At: at.UTC().Truncate(time.Millisecond), Mode: fhir.ModeNormal,
	}
}

// now is the server's time.
func (h Harness) now(t *testing.T) time.Time {
	t.Helper()
	s, err := h.Records.Status(timeout(t))
	ok(t, "status", err)
	return s.Now
}

func (k *keeping) report(reads ...client.OfflineRead) []client.ReadReceipt {
	k.t.Helper()
	got, err := k.ReportReads(timeout(k.t), reads)
	ok(k.t, "report", err)
	if len(got) != len(reads) {
		k.t.Fatalf("%d receipts for %d reads", len(got), len(reads))
	}
	for i, r := range got {
		if r.ID != reads[i].ID || r.Kept == (r.Code != "") {
			k.t.Fatalf("the receipt is %+v", r)
		}
	}
	return got
}

func storyReads(t *testing.T, h Harness) {
	k := h.take(t)
	at := h.now(t)
	list, one := k.read("", at), k.read(k.any().ID, at.Add(time.Second))
	trace := client.TraceQuery{PatientID: h.Mine.ID, Limit: 200}
	before, err := h.Records.Accesses(timeout(t), trace)
	ok(t, "accesses", err)
	mine := func(p client.TracePage) (n int) {
		for _, x := range p.Traces {
			if x.Kind == fhir.KindSearch || x.Kind == fhir.KindRead {
				n++
			}
		}
		return n
	}
	for _, report := range [][]client.OfflineRead{{list, one}, {one, list}, {one, one}} {
		for _, r := range k.report(report...) {
			if !r.Kept || r.Revoked {
				t.Fatalf("the receipt is %+v", r)
			}
		}
	}
	after, err := h.Records.Accesses(timeout(t), trace)
	if ok(t, "accesses", err); mine(after) != mine(before)+2 {
		t.Errorf("two reads, and %d in the history", mine(after)-mine(before))
	}
	other := one
	other.At = at.Add(-time.Second)
	if r := k.report(other)[0]; r.Kept || r.Code != fhir.Invalid {
		t.Errorf("what was said is said otherwise: %+v", r)
	}
}

func storyReadsLate(t *testing.T, h Harness) {
	k := h.allowed(t)
	early := k.read(k.any().ID, h.now(t))
	ok(t, "withdraw", h.Records.WithdrawOwn(timeout(t), h.Stranger.ID))
	late := k.read(k.any().ID, h.now(t).Add(time.Minute))
	got := k.report(late, early, late)
	if !got[0].Kept || !got[0].Revoked || got[2] != got[0] || !got[1].Kept {
		t.Errorf("the receipts are %+v", got)
	}
}

func storyReadsRefused(t *testing.T, h Harness) {
	k := h.take(t)
	at := h.now(t)
	doc := k.any().ID
	for name, edit := range map[string]func(*client.OfflineRead){
		"under an unknown lease": func(r *client.OfflineRead) { r.Lease = uuid.NewString() },
		"of another patient":     func(r *client.OfflineRead) { r.PatientID = h.Stranger.ID },
		"in another mode":        func(r *client.OfflineRead) { r.Mode = fhir.ModeBreakGlass },
		"without a name":         func(r *client.OfflineRead) { r.ID = "" },
	} {
		r := k.read(doc, at)
		edit(&r)
		if got := k.report(r)[0]; got.Kept || got.Code != fhir.Invalid {
			t.Errorf("a read %s: %+v", name, got)
		}
	}
	r := k.read(doc, at)
	got, err := as[client.Copies](t, h.Regulator).ReportReads(timeout(t), []client.OfflineRead{r})
	if ok(t, "report another's", err); got[0].Kept || got[0].Code != fhir.Invalid {
		t.Errorf("a read under another's lease: %+v", got[0])
	}
	// A clock that is off, a little or wholly, hides no read.
	for _, told := range []time.Time{at.Add(-4 * time.Minute), at.Add(4 * time.Minute), at.Add(-time.Hour), at.Add(time.Hour), {}} {
		if got := k.report(k.read(doc, told))[0]; !got.Kept || got.Revoked {
			t.Errorf("a read told for %v: %+v", told, got)
		}
	}
}
