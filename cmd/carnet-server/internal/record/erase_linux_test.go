package record

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

// zeros makes a hole in a file of contents.
func zeros(t *testing.T, dir string, file, at, length int64) {
	t.Helper()
	f, err := segment.System{}.Open(filepath.Join(dir, segment.Name(file)), false)
	if err != nil {
		t.Fatal(err)
	}
	f.Free(at, length)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// blocks tells how much room a file of contents takes on the disk, and how long
// it is.
func blocks(t *testing.T, dir string) (taken, length int64) {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, segment.Name(1)))
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512, info.Size()
}

// The room of what was erased goes back to the system, and its bytes with it;
// the file stays as long as it was, and what lies beside and is filed after
// opens.
func TestErasedContentsLeaveHoles(t *testing.T) {
	const size = 3 << 20
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		w.must(s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé")))
		w.must(s.AddPatient(patientSeed(2, "AUTRE", "Ugo")))
		for i, patient := range []string{"pat-2", "pat-1", "pat-2", "pat-1"} { // the last is the tail
			d := w.documentSeed(patient, string(rune('a'+i)))
			d.Data = bytes.Repeat([]byte{'a' + byte(i)}, size)
			w.must(s.AddDocument(d))
		}
		w.must(s.Authorise(AuthorisationSeed{PatientID: "pat-2", Actor: gp().ID}))
	})
	gone, _, err := w.st.Locate(bg, docID("d"), "")
	w.must(err)
	before, length := blocks(t, w.dir)
	w.must(w.erase("pat-1"))
	after, still := blocks(t, w.dir)
	if before-after < 2*size-4*4096 || still != length {
		t.Errorf("%d of %d bytes are taken, of %d the length was %d", after, before, still, length)
	}
	file, err := os.ReadFile(filepath.Join(w.dir, segment.Name(1)))
	w.must(err)
	if run := file[gone.Stored.Start : gone.Stored.Start+gone.Stored.Head+size]; len(bytes.Trim(run, "\x00")) != 0 {
		t.Error("bytes of an erased record are there")
	}
	filed, _, err := w.file(gp(), newDraft(2, "9", gp()))
	w.must(err)
	if got, err := w.content(gp(), "", filed.ID); err != nil || got == "" {
		t.Errorf("filed after: %v", err)
	}
	for unique, want := range map[string]string{"a": string(bytes.Repeat([]byte{'a'}, size)), "c": string(bytes.Repeat([]byte{'c'}, size))} {
		if got, err := w.content(gp(), "", docID(unique)); err != nil || got != want {
			t.Errorf("%s: %v", unique, err)
		}
	}
	if _, now := blocks(t, w.dir); now <= length {
		t.Errorf("the tail was written over: %d", now)
	}
	if report, err := Verify(bg, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// Holes are right in erased records alone: where a record is there, one is a
// document that was lost.
func TestAHoleInALivingRecordIsNoticed(t *testing.T) {
	w := eraseWorld(t)
	d, _, err := w.st.Locate(bg, docID("open"), "")
	w.must(err)
	w.must(w.Close())
	zeros(t, w.dir, d.Stored.Segment, d.Stored.Start+d.Stored.Head, d.Stored.Size)
	report, err := Verify(bg, w.dir)
	if err != nil || !slices.ContainsFunc(report.Problems, func(p VerifyProblem) bool { return p.What == "a document is not the one that was filed" }) {
		t.Errorf("%+v, %v", report, err)
	}
	w.open()
}
