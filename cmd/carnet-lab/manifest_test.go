package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With -manifests only what a manifest names is taken; it goes with its files, or
// waits beside its reason when one of its files never came.
func manifestsWatched(t *testing.T, w *world) {
	l := w.laboratory(t)
	p := w.patient("HENRY", "Benoît")
	good, alone := result(t, p, 450), result(t, p, 451)
	day := time.Now().Format(time.DateOnly)
	l.put("a.pdf", good)
	l.put("b.pdf", alone)
	l.put("lot.csv", []byte("fichier;ins;type\na.pdf;"+p.INS.Value+";11502-2\n"))
	l.watchUntil(func() bool { return len(l.find(sentDir)) == 2 }, "-manifests")
	if left := l.find("."); len(left) != 1 || left[0] != "b.pdf" {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(filepath.Join(l.in, sentDir, day, "lot.csv")); err != nil {
		t.Error(err)
	}
	l.put("lot.csv", []byte("fichier;ins;type\nb.pdf;"+p.INS.Value+";11502-2\nabsent.pdf;"+p.INS.Value+";\n"))
	l.watchUntil(func() bool { return len(l.find(sentDir)) == 3 && len(l.find(fixDir)) == 2 }, "-manifests", "-wait", "1s")
	words, err := os.ReadFile(filepath.Join(l.in, fixDir, "lot.csv.motif.txt"))
	if err != nil || !strings.Contains(string(words), "absent.pdf") || strings.Contains(string(words), p.INS.Value) {
		t.Errorf("the manifest's reason: %s %v", words, err)
	}
	w.once(map[string]sent{"a.pdf": {p, good}, "b.pdf": {p, alone}})
}
