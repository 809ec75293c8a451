package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// holder is the person of a record of the stories.
func holder(n int) Citizen {
	return Citizen{ID: fmt.Sprintf("pat-%d", n), Name: "Zoé LEFÈVRE", Session: "signin-holder", RequestID: "req-holder"}
}

// livedWorld has a record that was read, written and refused.
func livedWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		for i := 1; i <= 2; i++ {
			_ = s.AddPatient(patientSeed(i, "LEFÈVRE", "Zoé"))
			_ = s.SetRecord(RecordSeed{PatientID: fmt.Sprintf("pat-%d", i), MT: gp().ID})
		}
		_ = s.AddDocument(w.documentSeed("pat-1", "a"))
		_ = s.AddDocument(w.documentSeed("pat-2", "b"))
		secret := w.documentSeed("pat-1", "announce")
		secret.HiddenPat = true
		secret.Author = fhir.Party{ID: gp().ID, Name: gp().Name, OrgID: gp().OrgID, OrgName: gp().OrgName}
		_ = s.AddDocument(secret)
	})
	return w
}

// lives makes entries about both records, turn by turn.
func (w *world) lives(t testing.TB, visits int) {
	t.Helper()
	ctx := context.Background()
	for range visits {
		for i, doc := range []string{"a", "b"} {
			a, err := w.OpenAccess(ctx, gp(), fmt.Sprintf("pat-%d", i+1), "", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.content(gp(), a.Session, docID(doc)); err != nil {
				t.Fatal(err)
			}
			if err := w.CloseAccess(ctx, gp(), a.Session); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.advance(time.Hour)
	}
}

func (w *world) exported(t testing.TB, c Citizen, rec string) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.ExportHistory(context.Background(), c, rec, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnExportedHistoryHolds(t *testing.T) {
	w := livedWorld(t)
	w.lives(t, 7)
	if _, err := w.content(gp(), "", docID("announce")); err != nil {
		t.Fatal(err)
	}
	file := w.exported(t, holder(1), "pat-1")
	key, err := w.LogKey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := VerifyExport(ExportCheck{File: strings.NewReader(file), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	// seven visits of three entries, the one that waits, the export itself
	if r.Entries != 23 || r.Withheld != 1 || r.Record != "pat-1" || r.Unproved != 0 || r.LogSize < 40 {
		t.Errorf("%+v", r)
	}
	for _, secret := range []string{docID("announce"), docID("b"), "LEFÈVRE", "Consultation", "pat-2"} {
		if strings.Contains(strings.ReplaceAll(file, "Zoé LEFÈVRE", ""), secret) {
			t.Errorf("the file tells %q", secret)
		}
	}
	if _, err := VerifyExport(ExportCheck{File: strings.NewReader(file), Key: strings.Replace(key, "+A", "+B", 1) + "x"}); !errors.Is(err, ErrExport) {
		t.Errorf("another key: %v", err)
	}
}

// Invariant 5: nothing of an exported history can be changed, taken away,
// added, moved or cut off.
func TestAnExportedHistoryShowsWhatWasDoneToIt(t *testing.T) {
	w := livedWorld(t)
	w.lives(t, 4)
	w.exported(t, holder(1), "pat-1") // so that the next one carries a proof
	w.lives(t, 3)
	other := strings.SplitAfter(w.exported(t, holder(2), "pat-2"), "\n")
	file := w.exported(t, holder(1), "pat-1")
	lines := strings.SplitAfter(file, "\n")
	lines = lines[:len(lines)-1]
	check := func(what string, changed []string) {
		t.Helper()
		text := strings.Join(changed, "")
		if text == file {
			t.Fatalf("%s: nothing was changed", what)
		}
		if _, err := VerifyExport(ExportCheck{File: strings.NewReader(text)}); !errors.Is(err, ErrExport) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("whole", append(slices.Clone(lines), "{}\n"))
	entries := 0
	for i, line := range lines {
		check(fmt.Sprintf("line %d taken away", i+1), slices.Delete(slices.Clone(lines), i, i+1))
		check(fmt.Sprintf("cut before line %d", i+1), lines[:i])
		check(fmt.Sprintf("cut in line %d", i+1), append(slices.Clone(lines[:i]), line[:len(line)/2]))
		check(fmt.Sprintf("line %d twice", i+1), slices.Insert(slices.Clone(lines), i, line))
		for at := 0; at < len(line); at += 23 {
			changed := slices.Clone(lines)
			changed[i] = line[:at] + string(line[at]^1) + line[at+1:]
			check(fmt.Sprintf("line %d, byte %d", i+1, at), changed)
		}
		if strings.Contains(line, `"leaf"`) {
			entries++
		}
		for j := range i {
			swapped := slices.Clone(lines)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if lines[i] != lines[j] {
				check(fmt.Sprintf("lines %d and %d swapped", j+1, i+1), swapped)
			}
		}
	}
	if entries < 20 {
		t.Fatalf("only %d entries", entries)
	}
	check("the head of another moment", append([]string{headOf(t, lines[0], other[0])}, lines[1:]...))
	check("another record's entries", append([]string{lines[0]}, other[1:len(other)-1]...))
}

// headOf gives a header with the head of another one.
func headOf(t *testing.T, line, other string) string {
	t.Helper()
	cut := func(s string) string {
		_, after, _ := strings.Cut(s, `"head":"`)
		head, _, ok := strings.Cut(after, `"`)
		if !ok {
			t.Fatal("no head")
		}
		return head
	}
	return strings.Replace(line, cut(line), cut(other), 1)
}

func TestOneExportContinuesAnother(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	w.lives(t, 2)
	older := w.exported(t, holder(1), "pat-1")
	rewritten := &world{t: t, clock: w.clock, dir: filepath.Join(t.TempDir(), "copy")}
	if err := Backup(ctx, w.dir, rewritten.dir); err != nil {
		t.Fatal(err)
	}
	w.lives(t, 3)
	newer := w.exported(t, holder(1), "pat-1")
	verify := func(file, since string, proof io.Reader) (ExportReport, error) {
		return VerifyExport(ExportCheck{File: strings.NewReader(file), Since: strings.NewReader(since), Proof: proof})
	}
	report, err := verify(newer, older, nil)
	if err != nil || report.Since == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if _, err := verify(older, newer, nil); !errors.Is(err, ErrExport) {
		t.Errorf("the wrong way round: %v", err)
	}
	if _, err := verify(newer, w.exported(t, holder(2), "pat-2"), nil); !errors.Is(err, ErrExport) {
		t.Errorf("of another record: %v", err)
	}
	// A server that rewrote its past signs as well as ever: here from a copy of
	// before the visits that it leaves out.
	rewritten.open()
	defer func() {
		if err := rewritten.Close(); err != nil {
			t.Error(err)
		}
	}()
	rewritten.lives(t, 6)
	forged := rewritten.exported(t, holder(1), "pat-1")
	if _, err := VerifyExport(ExportCheck{File: strings.NewReader(forged)}); err != nil {
		t.Fatalf("by itself it holds: %v", err)
	}
	if _, err := verify(forged, newer, nil); !errors.Is(err, ErrExport) {
		t.Errorf("a rewritten past: %v", err)
	}
	proof, err := w.Consistency(ctx, report.Since, report.LogSize)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(newer, older, bytes.NewReader(proof)); err != nil {
		t.Errorf("with the proof of the server: %v", err)
	}
	lines := strings.TrimSuffix(string(proof), "\n")
	for text, holds := range map[string]bool{
		lines: true, strings.ReplaceAll(lines, "\n", "\r\n") + "\r\n": true, lines + "\n\n": false, "\r" + lines: false, "": false, lines + " ": false,
	} {
		if _, err := verify(newer, older, strings.NewReader(text)); (err == nil) != holds || err != nil && !errors.Is(err, ErrExport) {
			t.Errorf("the proof %q: %v", text, err)
		}
	}
	if _, err := verify(newer, newer, strings.NewReader("")); err != nil {
		t.Errorf("an empty proof from a head to itself: %v", err)
	}
	if _, err := verify(newer, newer, bytes.NewReader(proof)); !errors.Is(err, ErrExport) {
		t.Errorf("a proof from a head to itself: %v", err)
	}
	if _, err := verify(newer, older, strings.NewReader(strings.Repeat("A", 43)+"=\n")); !errors.Is(err, ErrExport) {
		t.Errorf("with a wrong proof: %v", err)
	}
	for _, sizes := range [][2]int64{{0, 1}, {-1, 2}, {3, 2}, {1, 1 << 40}} {
		if _, err := w.Consistency(ctx, sizes[0], sizes[1]); code(err) != fhir.BadValue {
			t.Errorf("%v: %v", sizes, err)
		}
	}
}

func TestNobodyElseExportsAHistory(t *testing.T) {
	w := livedWorld(t)
	for name, c := range map[string]Citizen{"a stranger": holder(2), "nobody": {}} {
		var b bytes.Buffer
		if err := w.ExportHistory(context.Background(), c, "pat-1", &b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}
