package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// desktop is somebody's HTTP client.
func (w *world) desktop(who string) *client.HTTP {
	w.Helper()
	w.token(who)
	c, err := client.New(client.Config{BaseURL: w.base, Tokens: tokenOf{w, who}, Timeout: 20 * time.Second, Now: w.now})
	w.must(err)
	return c
}

// holder is a patient at home.
func holder(patient string) record.Citizen {
	return record.Citizen{ID: patient, Name: "PAT-UN", Session: "at home"}
}

// copied is a record's copy as a desktop keeps it.
type copied struct {
	*world
	*client.HTTP
	lease client.Lease
	docs  map[string]client.Document
}

// copies takes a copy of a record, with all that it is given.
func (w *world) copies(who, patient string) *copied {
	w.Helper()
	c := &copied{world: w, HTTP: w.desktop(who), docs: map[string]client.Document{}}
	a, err := c.Open(context.Background(), patient, client.OpenRequest{})
	w.must(err)
	c.lease, err = c.TakeCopy(context.Background(), a)
	w.must(err)
	c.lease.Stamp = ""
	c.follow()
	return c
}

// follow asks for changes until there are none, and gives what came and went.
func (c *copied) follow() (came, gone []string) {
	c.Helper()
	for range 1000 {
		got, err := c.CopyChanges(context.Background(), c.lease.ID, c.lease.Stamp)
		c.must(err)
		if len(got.Documents) > client.CopyBatch {
			c.Fatalf("%d documents at once", len(got.Documents))
		}
		for _, d := range got.Documents {
			came, c.docs[d.ID] = append(came, d.ID), d
		}
		for _, id := range got.Gone {
			gone = append(gone, id)
			delete(c.docs, id)
		}
		c.lease.Stamp = got.Stamp
		if !got.More {
			slices.Sort(came)
			slices.Sort(gone)
			return came, gone
		}
	}
	c.Fatal("the changes never end")
	return nil, nil
}

// state asks how the copy stands.
func (c *copied) state() client.CopyState {
	c.Helper()
	got, err := c.CheckCopies(context.Background(), []client.CopyCheck{{Lease: c.lease.ID, Stamp: c.lease.Stamp}})
	c.must(err)
	return got[0]
}

// shown is a read that the copy's holder did at a time.
func (c *copied) shown(doc string, at time.Time) client.OfflineRead {
	return client.OfflineRead{
		ID: uuid.NewString(), Lease: c.lease.ID, PatientID: c.lease.PatientID, DocumentID: doc, At: at.UTC().Truncate(time.Millisecond), Mode: fhir.ModeNormal,
	}
}

// TestDesktopClientKeepsCopies runs the contract's stories of copies with the
// desktop's HTTP client on the real server.
func TestDesktopClientKeepsCopies(t *testing.T) { clienttest.RunCopies(t, openDesktop) }

// TestACounterWithoutANetwork: the pharmacist's morning. A copy is taken, the
// line drops, a document is read from the copy; meanwhile the patient withdrew
// the right: the copy is gone at first contact, and the history tells the truth.
func TestACounterWithoutANetwork(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	var seen []string
	for range 25 {
		seen = append(seen, w.queue(alice, nurse))
	}
	secret := w.document(alice, nurse, masked)
	c := w.copies(pharmacist, alice)
	if len(c.docs) != 25 || c.docs[secret].ID != "" || c.lease.Basis != fhir.BasisAuthorised || c.lease.Shared {
		t.Fatalf("%d documents, lease %+v", len(c.docs), c.lease)
	}
	if s := c.state(); !s.Runs || s.Stamp != c.lease.Stamp || s.Until.Before(w.now().Add(71*time.Hour)) {
		t.Fatalf("%+v", s)
	}
	got, err := c.CopyContent(ctx, c.lease.ID, c.docs[seen[3]])
	w.must(err)
	if string(got.Bytes) != "contenu 4" {
		t.Errorf("%q", got.Bytes)
	}
	w.later(10 * time.Minute)
	first := c.shown(seen[3], w.now())
	w.later(10 * time.Minute)
	w.must(w.svc.Block(ctx, holder(alice), alice, id(pharmacist)))
	w.later(6 * time.Minute)
	late := c.shown(seen[4], w.now())
	w.later(20 * time.Minute)
	if s := c.state(); s.Runs || s.Stamp != "" {
		t.Errorf("at first contact the copy still runs: %+v", s)
	}
	receipts, err := c.ReportReads(ctx, []client.OfflineRead{first, late})
	w.must(err)
	if !receipts[0].Kept || receipts[0].Revoked || !receipts[1].Kept || !receipts[1].Revoked {
		t.Errorf("%+v", receipts)
	}
	h, err := w.svc.History(ctx, holder(alice), alice, record.HistoryQuery{Who: id(pharmacist)})
	w.must(err)
	var acts []record.Act
	for _, v := range h.Visits {
		if v.Offline {
			acts = append(acts, v.Acts...)
		}
	}
	if len(acts) != 2 || !acts[0].At.Equal(first.At) || acts[0].Document != seen[3] || acts[0].Synced.Sub(acts[0].At) < 30*time.Minute || acts[1].Detail != "revoked" {
		t.Errorf("the history tells %+v", acts)
	}
	if _, err := c.CopyContent(ctx, c.lease.ID, c.docs[seen[3]]); fhir.CodeOf(err) != fhir.NoConsent {
		t.Errorf("a content after the end: %v", err)
	}
	if _, err := c.CopyChanges(ctx, c.lease.ID, c.lease.Stamp); fhir.CodeOf(err) != fhir.NoConsent {
		t.Errorf("changes after the end: %v", err)
	}
}
