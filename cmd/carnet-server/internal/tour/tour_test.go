package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programs builds the server and the desktop into a folder. The desktop is
// built without the tag migrated_fynedo: the toolkit then says each call that
// was made off its goroutine. The tag tour lets a story move the clock of the
// screens.
func programs(t *testing.T) string {
	t.Helper()
	if built := os.Getenv("CARNET_BIN"); built != "" { // while one writes steps
		return built
	}
	bin := t.TempDir()
	for program, args := range map[string][]string{
		"carnet-server": {"build", "-o", bin, "carnet/cmd/carnet-server"},
		"carnet":        {"build", "-tags", "x11,tour", "-o", bin, "carnet/cmd/carnet"},
	} {
		cmd := exec.Command("go", args...)
		if program == "carnet-server" {
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", program, err, out)
		}
	}
	return bin
}

// playing plays steps on a stage of their own.
func playing(t *testing.T, steps func(*tour) []step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out := filepath.Join(t.TempDir(), "out")
	if shown := os.Getenv("CARNET_OUT"); shown != "" { // to look at the pictures afterwards
		out = filepath.Join(shown, t.Name())
	}
	d, leave, err := stage(ctx, programs(t), out)
	if err != nil {
		t.Fatal(err)
	}
	defer leave(false)
	tr := &tour{desk: d, witness: &witness{base: d.base}, began: time.Now()}
	if err := tr.play(ctx, steps(tr)); err != nil {
		t.Errorf("%v\nthe window showed:\n%s", err, d.shown)
	}
	log, err := os.ReadFile(filepath.Join(out, "desktop.log"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(log), "Error in Fyne call thread") || strings.Contains(string(log), "panic") {
		t.Errorf("the desktop's log:\n%s", log)
	}
}

func TestTheMainJobInARealWindow(t *testing.T) {
	playing(t, (*tour).mainJob)
}

func TestEveryKeyInTheRealWindow(t *testing.T) {
	playing(t, (*tour).everyKey)
}
