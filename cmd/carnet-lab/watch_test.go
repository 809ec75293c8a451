package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// find gives the files in one of the folder's places, by their path; "." is what
// is not put away.
func (l *laboratory) find(place string) (names []string) {
	l.t.Helper()
	root := filepath.Join(l.in, place)
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() {
			switch d.Name() {
			case sentDir, noRecordDir, fixDir, refusedDir:
				if place == "." {
					return filepath.SkipDir
				}
			}
			return nil
		}
		name, _ := filepath.Rel(root, path)
		names = append(names, name)
		return nil
	})
	return names
}

// watchUntil runs watch until something holds, then stops it in good order.
func (l *laboratory) watchUntil(done func() bool, args ...string) string {
	l.t.Helper()
	cmd := l.command(append([]string{"watch", l.in}, args...)...)
	var out, errs buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	ok(l.t, "start", cmd.Start())
	l.until(func() bool { return l.listens() && done() }, &errs)
	ok(l.t, "SIGTERM", cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		l.t.Errorf("watch ended with %v: %s", err, errs.String())
	}
	l.quiet(errs.String())
	return out.String()
}

// listens tells whether a program runs and answers.
func (l *laboratory) listens() bool {
	c, err := net.Dial("unix", filepath.Join(l.data, controlName))
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// until waits for something, a minute at most if nothing else is said.
func (l *laboratory) until(done func() bool, log *buffer) {
	l.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(max(time.Minute, l.patience))
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			l.t.Errorf("it did not come: %v; %s", l.find("."), log)
			return
		}
	}
}

// Files are taken once they are complete, sent, and put away with the reason
// where they did not go; names that collide are kept apart; a second program asks
// the first.
func watched(t *testing.T, w *world) {
	l := w.laboratory(t)
	marie, yann := w.patient("MARTIN", "Marie"), w.patient("LE GALL", "Yann")
	first, second := result(t, marie, 500), result(t, yann, 501)
	l.put("r.pdf", first)
	l.put("sous/r.pdf", second)
	l.put("texte.pdf", []byte("bonjour"))
	l.put("fermé.pdf", result(t, w.patient("RENAUD", "Jacques"), 502))
	ok(t, "unfinished", os.WriteFile(filepath.Join(l.in, "en cours.pdf.part"), first[:100], 0o600))
	said := l.watchUntil(func() bool {
		return len(l.find(sentDir)) == 2 && len(l.find(refusedDir)) == 2 && len(l.find(noRecordDir)) == 2
	}, "-json")
	if strings.Count(said, "\n") != 4 || !strings.Contains(said, `"outcome":"sent"`) {
		t.Errorf("it said %s", said)
	}
	day := time.Now().Format(time.DateOnly)
	for path, want := range map[string][]byte{
		filepath.Join(sentDir, day, "r.pdf"): first, filepath.Join(sentDir, day, "sous", "r.pdf"): second, filepath.Join(refusedDir, "texte.pdf"): []byte("bonjour"),
	} {
		if got, err := os.ReadFile(filepath.Join(l.in, path)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	words, err := os.ReadFile(filepath.Join(l.in, refusedDir, "texte.pdf.motif.txt"))
	if err != nil || !strings.Contains(string(words), "[not-pdf]") || strings.Contains(string(words), l.in) {
		t.Errorf("the reason: %s %v", words, err)
	}
	if left := l.find("."); len(left) != 1 || left[0] != "en cours.pdf.part" {
		t.Errorf("left behind: %v", left)
	}
	// A corrected result under the same name, and the first one again.
	third := result(t, marie, 503)
	l.put("r.pdf", third)
	l.watchUntil(func() bool { return len(l.find(sentDir)) == 3 })
	l.put("r.pdf", first)
	l.watchUntil(func() bool {
		return len(l.find(sentDir)) == 4 && l.asked("status", "-json") == exitDone
	})
	w.once(map[string]sent{"first": {marie, first}, "second": {yann, second}, "third": {marie, third}})
	if got, err := os.ReadFile(filepath.Join(l.in, sentDir, day, "r (2).pdf")); err != nil || !bytes.Equal(got, third) {
		t.Errorf("the corrected one: %v", err)
	}
	if code, a := l.run("report"); code != exitRefused || a.Counts[arrived] != 3 || a.Counts[already] != 1 || a.Counts[refused] != 1 || a.Counts[noRecord] != 1 {
		t.Errorf("report: exit %d: %v", code, a.Counts)
	}
}

// What is no file to be sent is told once, over restarts, in words: on the line of
// each, by status, and in the report; and it stays where it is.
func passedOver(t *testing.T, w *world) {
	l := w.laboratory(t)
	l.put("vide.pdf", nil)
	p := w.patient("HENRY", "Benoît")
	elsewhere := filepath.Join(t.TempDir(), "ailleurs.pdf")
	ok(t, "elsewhere", os.WriteFile(elsewhere, result(t, p, 480), 0o600))
	ok(t, "link", os.Symlink(elsewhere, filepath.Join(l.in, "lien.pdf")))
	ok(t, "link", os.Symlink(".", filepath.Join(l.in, "boucle")))
	odd(t, filepath.Join(l.in, "tube.pdf"))
	if said := l.watchUntil(func() bool { _, s := l.status(); return s.Today[aside] == 4 }, "-json"); strings.Count(said, `"outcome":"aside"`) != 4 {
		t.Errorf("it said %s", said)
	}
	// Started again, it says nothing more of them; what gets a content goes.
	late := result(t, p, 481)
	l.put("vide.pdf", late)
	if said := l.watchUntil(func() bool { return len(l.find(sentDir)) == 1 }, "-json"); strings.Contains(said, "aside") {
		t.Errorf("told again: %s", said)
	}
	w.once(map[string]sent{"vide.pdf": {p, late}})
	if n, _ := w.copies(p, result(t, p, 480)); n != 0 {
		t.Error("a link was followed")
	}
	code, a := l.run("report")
	if code != exitPerson || a.Counts[aside] != 4 || a.Counts[arrived] != 1 {
		t.Errorf("report: exit %d: %v", code, a.Counts)
	}
	got := map[string]string{}
	for _, f := range a.Files {
		if f.Outcome == aside {
			got[f.File] = f.Codes[0] + " " + f.Words[0]
		}
	}
	for name, want := range map[string]string{"vide.pdf": "empty-file Ce fichier est vide", "lien.pdf": "link ", "boucle": "link ", "tube.pdf": "no-file "} {
		if !strings.HasPrefix(got[name], want) || !strings.HasSuffix(got[name], ".") {
			t.Errorf("%s: %q", name, got[name])
		}
	}
	cmd := l.command("status")
	out, _ := cmd.Output()
	if text := string(out); !strings.Contains(text, "laissé de côté : 4") || !strings.Contains(text, "tube.pdf — laissé de côté") {
		t.Errorf("status: %s", text)
	}
}

// asked asks the program that runs, and gives the exit code.
func (l *laboratory) asked(args ...string) int {
	l.t.Helper()
	cmd := l.command(args...)
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode()
}

// status asks how things stand.
func (l *laboratory) status() (int, standing) {
	l.t.Helper()
	cmd := l.command("status", "-json")
	out, _ := cmd.Output()
	var s standing
	_ = json.Unmarshal(out, &s) // empty while nobody answers
	return cmd.ProcessState.ExitCode(), s
}
