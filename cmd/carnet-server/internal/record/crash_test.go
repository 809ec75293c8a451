package record

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// crashDir makes the test binary a server that files documents until it is
// killed: see TestKilledInTheMiddleOfUploads.
const crashDir = "CARNET_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fileUntilKilled(dir)
	}
	if dir := os.Getenv(lotCrashDir); dir != "" {
		submitUntilKilled(dir)
	}
	if dir := os.Getenv(eraseDir); dir != "" {
		eraseUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// fileUntilKilled files documents from four callers and writes a line for each
// that was acknowledged.
func fileUntilKilled(dir string) {
	svc, err := Open(context.Background(), Config{Dir: dir, Now: newClock().now, Gate: gateFunc(acceptPDF)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var callers sync.WaitGroup
	for c := range 4 {
		callers.Go(func() {
			for i := 0; ; i++ {
				unique := fmt.Sprintf("%d.%d.%d", os.Getpid(), c, i)
				d := newDraft(1, unique, gp())
				d.data = []byte(unique + strings.Repeat(" et la suite", 30_000)) // two pieces
				d.key = unique
				r, _, err := svc.File(context.Background(), gp(), "", d.upload(quiet{}))
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println("filed", r.ID, unique)
			}
		})
	}
	callers.Wait()
}

// quiet is a testing.TB for where no test runs.
type quiet struct{ testing.TB }

func (quiet) Helper()        {}
func (quiet) Cleanup(func()) {}

// Invariant 6: a server that is killed in the middle of uploads has lost
// nothing that it acknowledged, holds nothing by halves, and its log is whole.
func TestKilledInTheMiddleOfUploads(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	acknowledged := map[string]string{}
	for round := range 2 {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		killAfter(t, w.dir, 6+4*round, acknowledged)
		w.open()
		for id, unique := range acknowledged {
			got, err := w.content(gp(), "", id)
			if err != nil || !strings.HasPrefix(got, unique+" et") {
				t.Errorf("%s: %v", id, err)
			}
			again := newDraft(1, unique, gp())
			again.data = []byte(got)
			again.key = unique
			if r, created, err := w.file(gp(), again); err != nil || created || r.ID != id {
				t.Errorf("sent again: %s, created %v, %v", r.ID, created, err)
			}
		}
		report, err := Verify(ctx, w.dir)
		if err != nil || len(report.Problems) != 0 || report.Documents < int64(len(acknowledged)) {
			t.Errorf("round %d: %+v, %v", round, report, err)
		}
	}
	if len(acknowledged) < 6+10 {
		t.Errorf("only %d were acknowledged", len(acknowledged))
	}
}

// killAfter runs a server until it has acknowledged some documents, kills it,
// and collects all that it acknowledged.
func killAfter(t *testing.T, dir string, documents int, acknowledged map[string]string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(self)
	server.Env = append(os.Environ(), crashDir+"="+dir)
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
		if fields[0] != "filed" {
			t.Fatal(lines.Text())
		}
		acknowledged[fields[1]] = fields[2]
		if n == documents {
			if err := server.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := server.Wait(); err == nil {
		t.Error("the server ended by itself")
	}
}
