package record

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// erase deletes a record as its holder does.
func (w *world) erase(patient string) error {
	l, err := w.LifeOf(context.Background(), patient)
	if err != nil {
		return err
	}
	return w.Erase(context.Background(), l, LifeChange{Detail: detailErase, By: LifeBy{Citizen: Citizen{ID: patient, Name: "Zoé LEFÈVRE"}}})
}

// nothingOf wants nothing of the first patient, and all of the second.
func (w *world) nothingOf(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	if _, err := w.LifeOf(ctx, "pat-1"); code(err) != fhir.NotFound {
		t.Errorf("the life: %v", err)
	}
	if _, err := w.OpenAccess(ctx, gp(), "pat-1", fhir.ModeNormal, ""); code(err) != fhir.NotFound {
		t.Errorf("open: %v", err)
	}
	if _, err := w.content(gp(), "", docID("open")); code(err) != fhir.NotFound {
		t.Errorf("content: %v", err)
	}
	id := ins(1)
	if page, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &id}); err != nil || page.Total != 0 {
		t.Errorf("by INS: %+v, %v", page, err)
	}
	if page, err := w.MyPatients(ctx, gp(), PatientQuery{Text: "lef"}); err != nil || page.Total != 0 {
		t.Errorf("my patients: %+v, %v", page, err)
	}
	if got, err := w.content(otherGP(), "", docID("elsewhere")); err != nil || got != "contenu de elsewhere" {
		t.Errorf("another record: %q, %v", got, err)
	}
	if report, err := Verify(ctx, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// eraseWorld is secretWorld in which the GP worked on the first record, and the
// author of the second one's document reads it.
func eraseWorld(t *testing.T) *world {
	w := filedWorld(t)
	w.seedAuthor()
	return w
}

// seedAuthor lets the author of the second record's document in.
func (w *world) seedAuthor() {
	w.t.Helper()
	rec, err := w.st.RecordOf(context.Background(), "pat-2")
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.st.Do(context.Background(), store.Op{Do: func(tx store.Tx) error {
		return tx.AddProvision(&store.Provision{
			ID: "in", Record: rec.N, Kind: store.KindAuthorisation, Actor: otherGP().ID, Active: true, Version: 1, Updated: w.now(),
		})
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A record that was deleted is gone: from the server, from its files, and from
// every copy of the database, older ones too; the log tells that it happened and
// holds. Every other record is as it was.
func TestErasedForGood(t *testing.T) {
	ctx := context.Background()
	w := eraseWorld(t)
	older := filepath.Join(t.TempDir(), "older")
	if err := BackupData(ctx, w.dir, older); err != nil {
		t.Fatal(err)
	}
	for name := range files(t, older) {
		if strings.HasSuffix(name, ".key") {
			t.Errorf("a backup holds %s", name)
		}
	}
	if err := w.erase("pat-1"); err != nil {
		t.Fatal(err)
	}
	w.nothingOf(t)
	if err := w.erase("pat-1"); code(err) != fhir.NotFound {
		t.Errorf("erased twice: %v", err)
	}
	for name, data := range files(t, w.dir) {
		for _, trace := range []string{"LEFÈVRE", "lefevre", "Zoé", ins(1).Value, docID("open")} {
			if strings.Contains(data, trace) {
				t.Errorf("%s still holds %s", name, trace)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.nothingOf(t)

	// An administrator puts the older copy back, with the keys as they are now.
	keys := filepath.Join(t.TempDir(), "keys")
	if err := SaveKeys(w.dir, keys); err != nil {
		t.Fatal(err)
	}
	if err := RestoreKeys(keys, older); err != nil {
		t.Fatal(err)
	}
	opened, err := store.OpenKeys(older, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opened.Box(1, nil); err != store.ErrErased {
		t.Errorf("the key of the erased record: %v", err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	if report, err := Verify(ctx, older); err != nil || len(report.Problems) == 0 {
		t.Errorf("a copy with an erased record, never started: %+v, %v", report, err)
	}
	restored := &world{t: t, clock: w.clock, dir: older}
	restored.open()
	restored.nothingOf(t)
	if err := restored.Close(); err != nil {
		t.Fatal(err)
	}
}

// Who may delete for good: the holder alone.
func TestOnlyTheHolderErases(t *testing.T) {
	w := eraseWorld(t)
	l, err := w.LifeOf(context.Background(), "pat-1")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   LifeBy
		want fhir.Code
	}{
		"nobody":      {LifeBy{}, fhir.Unauthenticated},
		"a stranger":  {LifeBy{Citizen: Citizen{ID: "pat-2"}}, fhir.NotFound},
		"an operator": {LifeBy{Staff: Staff{ID: "op", Role: StaffOperator}}, fhir.Forbidden},
		"the server":  {LifeBy{Staff: Staff{ID: "server", Role: StaffSystem}}, fhir.Forbidden},
		"the DPO":     {LifeBy{Staff: Staff{ID: "dpo", Role: StaffDPO}}, fhir.Unauthenticated},
		"two at once": {LifeBy{Staff: Staff{ID: "server", Role: StaffSystem}, Citizen: Citizen{ID: "pat-1"}}, fhir.Unauthenticated},
	} {
		if err := w.Erase(context.Background(), l, LifeChange{Detail: detailErase, By: c.by}); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	stale := l
	stale.Version = 7
	err = w.Erase(context.Background(), stale, LifeChange{Detail: detailErase, By: LifeBy{Citizen: Citizen{ID: "pat-1"}}})
	if code(err) != fhir.VersionConflict {
		t.Errorf("on an older state: %v", err)
	}
	if _, err := w.content(gp(), "", docID("open")); err != nil {
		t.Errorf("it was erased: %v", err)
	}
}

// Stopped between the rows and the key, an erasure is finished at the next
// start; a key that was made for a record that never came is harmless.
func TestErasureIsFinished(t *testing.T) {
	ctx := context.Background()
	w := eraseWorld(t)
	rec, err := w.st.RecordOf(ctx, "pat-1")
	if err != nil {
		t.Fatal(err)
	}
	agent := audit.Agent{ID: "Patient/pat-1", Role: "patient"}
	err = w.st.Do(ctx, store.Op{Do: func(tx store.Tx) error {
		return w.eraseIn(tx, rec.N, audit.Entry{At: w.now(), Kind: fhir.KindLife, Patient: "pat-1", Detail: detailErase, Agent: agent})
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.st.Keys().MakeRecordKey(3); err != nil { // and the server stops before the row
		t.Fatal(err)
	}
	if gone, err := w.st.Keys().Destroyed(rec.N); err != nil || gone {
		t.Fatalf("the key is destroyed: %v, %v", gone, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if gone, err := w.st.Keys().Destroyed(rec.N); err != nil || !gone {
		t.Errorf("the key is there: %v, %v", gone, err)
	}
	w.nothingOf(t)
	w.seed(func(s *Seeder) {
		_ = s.AddPatient(patientSeed(3, "NOUVEAU", "Noé"))
		_ = s.AddDocument(w.documentSeed("pat-3", "new"))
	})
	if _, err := w.content(otherGP(), "", docID("new")); code(err) != fhir.NotFound { // there, and not theirs to read
		t.Errorf("a new record: %v", err)
	}
	if report, err := Verify(ctx, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// Keys of an older store move out of the database at its first start, and no
// byte of them is left there.
func TestKeysMoveOutOfTheDatabase(t *testing.T) {
	ctx := context.Background()
	w := eraseWorld(t)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, store.RecordKeyFile)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const slot, wrapped = 64, 60
	keys := [][]byte{file[slot : slot+wrapped], file[2*slot : 2*slot+wrapped]}
	for i, key := range keys { // as it was
		execute(t, w.dir, fmt.Sprintf(`UPDATE record SET key = x'%x' WHERE patient = %d`, key, i+1))
	}
	execute(t, w.dir, `CREATE TABLE scratch AS SELECT key FROM record; DROP TABLE scratch; PRAGMA user_version = 0`)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if report, err := Verify(ctx, w.dir); err != nil || len(report.Problems) != 0 {
		t.Errorf("before: %+v, %v", report, err)
	}
	w.open()
	if got, err := w.content(gp(), "", docID("open")); err != nil || got != "contenu de open" {
		t.Errorf("%q, %v", got, err)
	}
	for name, data := range files(t, w.dir) {
		for _, key := range keys {
			if name != store.RecordKeyFile && bytes.Contains([]byte(data), key) {
				t.Errorf("%s holds a key", name)
			}
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if svc, err := Open(ctx, Config{Dir: w.dir, Now: w.clock.now, NoSync: true}); err == nil || !strings.Contains(err.Error(), store.RecordKeyFile) {
		_ = svc.Close()
		t.Errorf("without the file of keys: %v", err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
}

// eraseDir makes the test binary a server that erases records until it is
// killed.
const eraseDir = "CARNET_TEST_ERASE_DIR"

const erasable = 60

func eraseUntilKilled(dir string) {
	w := &world{clock: newClock(), dir: dir}
	svc, err := Open(context.Background(), Config{Dir: dir, Now: w.clock.now, Gate: gateFunc(acceptPDF)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	w.Service = svc
	for i := 1; i <= erasable; i++ {
		id := fmt.Sprintf("pat-%d", i)
		if _, err := w.LifeOf(context.Background(), id); code(err) == fhir.NotFound {
			continue
		}
		if err := w.erase(id); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("erased", id)
	}
	select {}
}

// Invariant 6 of erasures: killed at any moment, what was acknowledged stays
// erased, the rest is whole, and the log tells of all of it.
func TestKilledInTheMiddleOfErasures(t *testing.T) {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		for i := 1; i <= erasable; i++ {
			_ = s.AddPatient(patientSeed(i, fmt.Sprintf("NOM%d", i), "Zoé"))
			_ = s.SetRecord(RecordSeed{PatientID: fmt.Sprintf("pat-%d", i), MT: gp().ID})
			_ = s.AddDocument(w.documentSeed(fmt.Sprintf("pat-%d", i), fmt.Sprint(i)))
		}
	})
	erased := map[string]bool{}
	for _, after := range []int{3, 8, 5} {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		killErasing(t, w.dir, after, erased)
		w.open()
		for i := 1; i <= erasable; i++ {
			id := fmt.Sprintf("pat-%d", i)
			_, lifeErr := w.LifeOf(context.Background(), id)
			got, err := w.content(gp(), "", docID(fmt.Sprint(i)))
			gone, keyErr := w.st.Keys().Destroyed(int64(i))
			there := lifeErr == nil && err == nil && got == "contenu de "+fmt.Sprint(i) && !gone
			absent := code(lifeErr) == fhir.NotFound && code(err) == fhir.NotFound && gone
			if keyErr != nil || there == absent || erased[id] && !absent {
				t.Errorf("%s: %v, %v, key destroyed: %v", id, lifeErr, err, gone)
			}
		}
		if report, err := Verify(context.Background(), w.dir); err != nil || len(report.Problems) != 0 {
			t.Errorf("verify: %+v, %v", report, err)
		}
	}
	if len(erased) < 16 {
		t.Errorf("only %d were acknowledged", len(erased))
	}
}

// killErasing runs a server that erases, kills it after some acknowledgements,
// and collects them.
func killErasing(t *testing.T, dir string, after int, erased map[string]bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(self)
	server.Env = append(os.Environ(), eraseDir+"="+dir)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if fields[0] != "erased" {
			t.Fatal(lines.Text())
		}
		erased[fields[1]] = true
		if n == after {
			if err := server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := server.Wait(); err == nil {
		t.Error("the server ended by itself")
	}
}
