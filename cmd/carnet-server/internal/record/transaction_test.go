package record

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// lotCrashDir makes the test binary a server that files submission sets until
// it is killed: see TestKilledInTheMiddleOfLots.
const lotCrashDir = "CARNET_TEST_LOT_CRASH_DIR"

// crashLot is how many documents each of those sets has.
const crashLot = 4

// lotUpload is drafts as they arrive in one transaction, through the reader of
// ITI-65.
func lotUpload(t testing.TB, key string, drafts ...draft) Lot {
	t.Helper()
	var docs []fhir.DocumentReference
	for _, d := range drafts {
		docs = append(docs, d.DocumentReference)
	}
	set := fhir.SubmissionSet{UniqueID: drafts[0].UniqueID + ".9", PatientINS: drafts[0].PatientINS, Date: drafts[0].Date}
	var body []byte
	for i, piece := range fhir.SplitLotJSON(set, docs) {
		body = append(body, piece...)
		if i < len(drafts) {
			body = base64.StdEncoding.AppendEncode(body, drafts[i].data)
		}
	}
	split, err := fhir.SplitLot(bytes.NewReader(body), fhir.DefaultLotLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = split.Close() })
	return Lot{Body: split.Body, Parts: split.Parts, Idempotency: key}
}

// crashDrafts are the drafts of one of the sets of submitUntilKilled.
func crashDrafts(unique string) (drafts []draft) {
	for k := range crashLot {
		d := newDraft(1, fmt.Sprintf("%s.%d", unique, k), gp())
		d.data = []byte(unique + strings.Repeat(" et la suite", 30_000)) // two pieces
		drafts = append(drafts, d)
	}
	return drafts
}

// submitUntilKilled files sets from three callers; it says when one begins and
// when it was acknowledged.
func submitUntilKilled(dir string) {
	svc, err := Open(context.Background(), Config{Dir: dir, Now: newClock().now, Gate: gateFunc(acceptPDF)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var callers sync.WaitGroup
	for c := range 3 {
		callers.Go(func() {
			for i := 0; ; i++ {
				unique := fmt.Sprintf("%d.%d.%d", os.Getpid(), c, i)
				fmt.Println("begun", unique)
				if _, _, err := svc.Submit(context.Background(), gp(), "", lotUpload(quiet{}, unique, crashDrafts(unique)...)); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println("filed", unique)
			}
		})
	}
	callers.Wait()
}

// Invariant 6, of sets: after a kill each one is there whole or not at all,
// what was acknowledged is there, and sending again makes it whole, once.
func TestKilledInTheMiddleOfLots(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	for round := range 2 {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		begun, filed := killLotsAfter(t, w.dir, 3+2*round)
		w.open()
		for unique := range begun {
			there := w.countLot(t, unique)
			if there != 0 && there != crashLot || filed[unique] && there == 0 {
				t.Errorf("a set of %d has %d documents, acknowledged %v", crashLot, there, filed[unique])
			}
			if _, created, err := w.Submit(ctx, gp(), "", lotUpload(t, unique, crashDrafts(unique)...)); err != nil || created != (there == 0) {
				t.Errorf("sent again with %d there: created %v, %v", there, created, err)
			}
			if now := w.countLot(t, unique); now != crashLot {
				t.Errorf("sent again: %d documents", now)
			}
		}
		report, err := Verify(ctx, w.dir)
		if err != nil || len(report.Problems) != 0 {
			t.Errorf("round %d: %+v, %v", round, report, err)
		}
	}
}

// countLot counts the documents of a set that are there.
func (w *world) countLot(t *testing.T, unique string) (n int) {
	t.Helper()
	for _, d := range crashDrafts(unique) {
		_, _, err := w.st.Locate(context.Background(), "", d.UniqueID)
		switch {
		case err == nil:
			n++
		case !errors.Is(err, store.ErrNotFound):
			t.Fatal(err)
		}
	}
	return n
}

// killLotsAfter runs a server until it has acknowledged some sets, and kills it.
func killLotsAfter(t *testing.T, dir string, lots int) (begun, filed map[string]bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(self)
	server.Env = append(os.Environ(), lotCrashDir+"="+dir)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	begun, filed = map[string]bool{}, map[string]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, unique, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "begun":
			begun[unique] = true
		case "filed":
			if filed[unique] = true; len(filed) == lots {
				if err := server.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		default:
			t.Fatal(lines.Text())
		}
	}
	if err := server.Wait(); err == nil {
		t.Error("the server ended by itself")
	}
	return begun, filed
}

// A set that was filed verifies, and is erased with its record's documents.
func TestLotVerifies(t *testing.T) {
	w := onePatient(t)
	drafts := []draft{newDraft(1, "1", gp()), newDraft(1, "2", gp()), newDraft(1, "3", gp())}
	if _, created, err := w.Submit(context.Background(), gp(), "", lotUpload(t, "k", drafts...)); err != nil || !created {
		t.Fatal(created, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(context.Background(), w.dir)
	if err != nil || len(report.Problems) != 0 || report.Documents != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	w.open()
}

// One set in which a document fails leaves no bytes behind either.
func TestRefusedLotLeavesNothing(t *testing.T) {
	w := onePatient(t)
	bad := newDraft(1, "2", gp())
	bad.Replaces = []string{"urn:oid:1.2.9.99"}
	_, _, err := w.Submit(context.Background(), gp(), "", lotUpload(t, "k", newDraft(1, "1", gp()), bad))
	if fhir.CodeOf(err) != fhir.Invalid {
		t.Fatal(err)
	}
	if _, _, err := w.st.Locate(context.Background(), "", "urn:oid:1.2.9.1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the good one is there: %v", err)
	}
	report, err := Verify(context.Background(), w.dir)
	if err == nil && len(report.Problems) > 0 {
		t.Errorf("%+v", report.Problems)
	}
}

// A patient's history tells each document of a set once, with who answers for
// what a system filed, and not the set besides.
func TestLotInAHistory(t *testing.T) {
	at := newClock().now()
	agent := audit.Agent{ID: "lab", Name: "Laboratoire", Role: "86"}
	entry := func(seq int64, kind, document string) traced {
		return traced{seq, audit.Entry{
			At: at, Kind: kind, Document: document, Agent: agent, Responsible: &audit.Agent{ID: "810000000009", Name: "Irène TALMONT"},
		}}
	}
	l := &line{from: at, to: at, entries: []traced{
		entry(3, fhir.KindReplace, "d2"), entry(2, fhir.KindCreate, "d1"), entry(1, fhir.KindSubmit, "set"),
	}}
	v, ok := HistoryQuery{}.visit(l, func(traced, *Act) bool { return true })
	if !ok || len(v.Acts) != 2 || v.Acts[0].Document != "d1" || v.Acts[1].Document != "d2" {
		t.Fatalf("%+v", v.Acts)
	}
	for _, a := range v.Acts {
		if a.Responsible != "Irène TALMONT" || v.Who.Name != "Laboratoire" {
			t.Errorf("%+v of %+v", a, v.Who)
		}
	}
}
