package pdfcheck

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/pdfium"
)

// readable is a page that a careless program wrote: its table of objects points
// nowhere and its page says no size.
func careless() []byte {
	f := onePage("")
	f = bytes.Replace(f, []byte("/MediaBox[0 0 595 842]"), []byte("                      "), 1)
	return bytes.Replace(f, []byte("xref\n0 6"), []byte("xref\n0 9"), 1)
}

func TestTheSecondReaderSavesWhatIsReadable(t *testing.T) {
	file := careless()
	alone := newChecker(t, Options{Workers: 1})
	r, err := alone.Check(t.Context(), file)
	if err != nil || r.Verdict != Refused || !r.Has(CodeUnreadable) {
		t.Fatalf("without a second reader: %+v, %v", r, err)
	}
	both := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	r, err = both.Check(t.Context(), file)
	if err != nil || r.Verdict != Remarks || !r.Has(CodeRepaired) || r.Opinion != "pdfium" || r.Pages != 1 {
		t.Fatalf("with a second reader: %+v, %v", r, err)
	}
}

func TestAPageTreeThatPromisesTooMuchEndsWhereItEnds(t *testing.T) {
	c := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), bytes.Replace(onePage(""), []byte("/Count 1"), []byte("/Count 3"), 1))
	if err != nil || r.Verdict == Refused || r.Pages != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAFileWithoutAPageIsRefusedWhoeverOpensIt(t *testing.T) {
	c := newChecker(t, Options{Text: true, CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), []byte("%PDF-1.7\ntrailer\n<</Root 1 0 R>>\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Action/S/URI/URI(http://x.example)>>\nendobj\n\n%%EOF\n"))
	if err != nil || !r.Has(CodeUnreadable) {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestBytesBeforeTheHeaderAreRemarked(t *testing.T) {
	c := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	for name, f := range map[string]struct {
		file []byte
		code Code
	}{
		"before": {append([]byte("garbage of a mail gateway\r\n"), report(t, 1)...), CodeHeaderOffset},
		"after":  {append(report(t, 1), strings.Repeat("garbage ", 20)...), CodeTrailing},
	} {
		r, err := c.Check(t.Context(), f.file)
		if err != nil || r.Verdict != Remarks || !r.Has(f.code) || r.Pages != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestTheTextOfTheFirstPagesIsRead(t *testing.T) {
	c := newChecker(t, Options{Text: true, CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), report(t, 5))
	if err != nil || !strings.Contains(r.TextSample, "Laboratoire de biologie") || !strings.Contains(r.TextSample, "Analyse 2-1") || strings.Contains(r.TextSample, "Analyse 3-1") {
		t.Fatalf("%+v, %v", r, err)
	}
	for name, h := range hostile(t) {
		r, err := c.Check(t.Context(), h.file)
		if err != nil || r.Verdict != Refused || !r.Has(h.code) || r.TextSample != "" {
			t.Errorf("%s with a second reader: %+v, %v", name, r, err)
		}
	}
}

// A directory that holds the compiled form but not the mark stands for a cold
// one: compiling anew would take 14 s under the race detector.
func TestAColdCacheIsWarmedOnce(t *testing.T) {
	warm := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	if err := warm.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	compiled, err := filepath.Glob(filepath.Join(pdfium.DefaultCacheDir(), "wazero-*"))
	if err != nil || len(compiled) == 0 {
		t.Fatal("nothing was compiled", err)
	}
	for _, c := range compiled {
		if err := os.CopyFS(filepath.Join(dir, filepath.Base(c)), os.DirFS(c)); err != nil {
			t.Fatal(err)
		}
	}
	c := newChecker(t, Options{Text: true, CacheDir: dir})
	for range 2 {
		r, err := c.Check(t.Context(), careless())
		if err != nil || r.TextSample == "" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if marks, err := filepath.Glob(filepath.Join(dir, "ready-*")); err != nil || len(marks) != 1 {
		t.Fatalf("marks %v, %v", marks, err)
	}
}

func TestClipKeepsRunesWhole(t *testing.T) {
	if got := clip("aéé", 4); got != "aé" {
		t.Fatalf("%q", got)
	}
}
