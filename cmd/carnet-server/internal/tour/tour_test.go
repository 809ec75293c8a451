package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// props are what all stories share, made once.
type props struct {
	dir  string // theirs, gone when the stories are over
	once sync.Once
	err  error
}

var shared props

func TestMain(m *testing.M) {
	var err error
	if shared.dir, err = os.MkdirTemp("", "carnet-tour-props-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(shared.dir)
	os.Exit(code)
}

// bin is the folder of the programs.
func (p *props) bin() string {
	if built := os.Getenv("CARNET_BIN"); built != "" { // while one writes steps
		return built
	}
	return filepath.Join(p.dir, "bin")
}

// people is the data folder of a server that made its fictional people and ended.
func (p *props) people() string { return filepath.Join(p.dir, "data") }

// make builds the server and the desktop, and lets the server make its people. The
// desktop is built without the tag migrated_fynedo: the toolkit then says each call
// that was made off its goroutine. The tag tour lets a story move the clock of the
// screens.
func (p *props) make(ctx context.Context) error {
	for _, args := range [][]string{
		{"build", "-o", p.bin() + "/", "carnet/cmd/carnet-server"},
		{"build", "-tags", "x11,tour", "-o", p.bin() + "/", "carnet/cmd/carnet"},
	} {
		if os.Getenv("CARNET_BIN") != "" {
			break
		}
		cmd := exec.CommandContext(ctx, "go", args...)
		if args[1] == "-o" { // the server
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building: %w\n%s", err, out)
		}
	}
	d := &desk{scene: scene{bin: p.bin(), out: p.dir}, dir: p.dir}
	if err := d.startServer(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	d.server.stop()
	return nil
}

// playing plays steps on a stage of their own, beside other plays: each has its own
// display, server and folders.
func playing(t *testing.T, steps func(*tour) []step) {
	t.Helper()
	t.Parallel()
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // nothing may be compiled yet
		defer cancel()
		shared.err = shared.make(ctx)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	sc := scene{bin: shared.bin(), people: shared.people(), out: filepath.Join(t.TempDir(), "out"), say: t.Logf}
	if shown := os.Getenv("CARNET_OUT"); shown != "" { // to look at the pictures afterwards
		sc.out, sc.pictures = filepath.Join(shown, t.Name()), true
	}
	d, leave, err := stage(ctx, sc)
	if err != nil {
		t.Fatal(err)
	}
	defer leave(false)
	tr := newTour(d)
	failed := tr.play(ctx, steps(tr))
	log, err := os.ReadFile(filepath.Join(sc.out, "desktop.log"))
	if err != nil {
		t.Error(err)
	}
	if strings.Contains(string(log), "Error in Fyne call thread") || strings.Contains(string(log), "panic") {
		t.Errorf("the desktop's log:\n%s", log)
	}
	if failed != nil { // last, where a log is read first
		t.Errorf("%s: %v", t.Name(), failed)
	}
}

func TestTheMainJobInARealWindow(t *testing.T) {
	playing(t, (*tour).mainJob)
}

func TestEveryKeyInTheRealWindow(t *testing.T) {
	playing(t, (*tour).everyKey)
}

// A failed step is told whole, in the last lines of its log.
func TestAFailureTellsWhatWasSeen(t *testing.T) {
	shown := "page Patients\n    46   16 Carnet\n*  173   74 rou\nfront    46  234 12 dossiers\n"
	if got := inShort(shown); got != "12 dossiers | page Patients | Carnet | *rou" {
		t.Errorf("in short: %q", got)
	}
	out := t.TempDir()
	tr := newTour(&desk{scene: scene{out: out, say: t.Logf}, display: &display{name: ":none"}, shown: shown})
	err := tr.play(t.Context(), []step{
		{slug: "a", title: "this holds", do: func(context.Context) error { return nil }},
		{slug: "b", title: "this does not", do: func(context.Context) error { return fmt.Errorf("the window does not show %q", "ROUSSEL") }},
	})
	if err == nil {
		t.Fatal("a step that failed ended well")
	}
	for _, told := range []string{"step 2 of 2 (this does not)", `does not show "ROUSSEL"`, "the window showed: 12 dossiers"} {
		if !strings.Contains(err.Error(), told) {
			t.Errorf("%q is not told: %v", told, err)
		}
	}
}
