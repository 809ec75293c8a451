package pdfcheck

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"carnet/client/pdfium"
)

// chain is a tree of n nodes, each inside the one before.
func chain(n int, node func(i int) string) []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>", "<</Type/Pages/Kids[4 0 R]/Count 1>>", "<</Type/Outlines/First 4 0 R/Last 4 0 R/Count 1>>"}
	for i := range n {
		objects = append(objects, node(i+4))
	}
	return assemble("", objects...)
}

// costly is a set of files that are small to write and dear to read.
func costly(scale int) map[string][]byte {
	random := make([]byte, 4*scale)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	const page = "\n90000001 0 obj<</Type/Catalog/Pages 90000002 0 R>>endobj\n90000002 0 obj<</Type/Pages/Count 1/Kids[90000003 0 R]>>endobj\n" +
		"90000003 0 obj<</Type/Page/Parent 90000002 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 90000001 0 R>>\n"
	frame := func(middle string) []byte { return []byte("%PDF-1.7\n" + middle + page + "startxref\n0\n%%EOF\n") }
	return map[string][]byte{
		"nested pages": chain(scale/40, func(i int) string {
			return fmt.Sprintf("<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>", i-1, i+1)
		}),
		"nested outlines": chain(scale/40, func(i int) string {
			return fmt.Sprintf("<</Title(a)/Parent %d 0 R/First %d 0 R/Last %d 0 R/Count 1>>", i-1, i+1, i+1)
		}),
		"outlines in a circle": chain(2, func(i int) string {
			return fmt.Sprintf("<</Title(a)/Parent 3 0 R/Next %d 0 R/Prev %d 0 R>>", 9-i, 9-i)
		}),
		"a page that is its own parent": chain(1, func(int) string { return "<</Type/Pages/Parent 4 0 R/Kids[4 0 R 4 0 R]/Count 2>>" }),
		"noise":                         frame(string(random)),
		"object upon object":            frame(strings.Repeat("1 0 obj ", scale/8)),
		"open strings":                  frame(strings.Repeat("1 0 obj (", scale/9)),
		"brackets":                      frame("1 0 obj " + strings.Repeat("[", scale)),
		"streams without end":           frame(strings.Repeat("1 0 obj<</Filter/FlateDecode/Length 99999999>>stream\n", scale/52)),
		"object streams of nothing":     frame(strings.Repeat("1 0 obj<</Type/ObjStm/N 9/First 9/Filter/FlateDecode>>stream\n", scale/62)),
		"names":                         frame("1 0 obj<<" + strings.Repeat("/A/B", scale/4) + ">>endobj"),
		"a dictionary of references":    frame("1 0 obj<<" + strings.Repeat("/A 1 0 R", scale/8) + ">>endobj"),
	}
}

func TestCostlyFilesEndInTimeAndInBounds(t *testing.T) {
	c := newChecker(t, Options{Workers: 1, CacheDir: pdfium.DefaultCacheDir()})
	for name, file := range costly(1 << 17) {
		begin := time.Now()
		r, err := c.Check(t.Context(), file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := time.Since(begin); d > crowded*11*time.Second {
			t.Errorf("%s: %s, %v", name, d, r.Findings)
		}
		t.Logf("%-32s %8s %v", name, time.Since(begin).Round(time.Millisecond), r.Findings)
	}
	r, err := c.Check(t.Context(), report(t, 1))
	if err != nil || r.Verdict == Refused {
		t.Fatalf("the file after them: %+v, %v", r, err)
	}
}

// A file of many objects is dear for the first reader and no worse for it.
func TestAFileOfManyObjectsIsRead(t *testing.T) {
	more := make([]string, mostForFirst+1000)
	for i := range more {
		more[i] = "<</S/P/Pg 3 0 R>>"
	}
	c := newChecker(t, Options{Workers: 1, CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), onePage("", more...))
	if err != nil || r.Verdict == Refused || r.Opinion != "pdfium" || r.Has(CodeRepaired) || r.Pages != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// Whatever is done to a good file, the check comes back with an answer.
func TestDamagedFilesAlwaysGetAnAnswer(t *testing.T) {
	c := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	whole := report(t, 2)
	r := rand.New(rand.NewPCG(7, 11))
	for i := range 60 {
		file := bytes.Clone(whole)
		for range 1 + r.IntN(20) {
			switch at := r.IntN(len(file)); r.IntN(3) {
			case 0:
				file[at] = byte(r.Uint32())
			case 1:
				file = append(file[:at:at], file[min(at+r.IntN(40), len(file)):]...)
			case 2:
				file = append(file[:at:at], append(bytes.Clone(whole[:r.IntN(60)]), file[at:]...)...)
			}
		}
		if _, err := c.Check(t.Context(), file); err != nil {
			t.Fatalf("file %d: %v", i, err)
		}
	}
}
