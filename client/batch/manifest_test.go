package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"carnet/client/fhir"
)

// lines reads a whole manifest.
func lines(data []byte) (all []line, extra []string, err error) {
	extra, err = readManifest(context.Background(), bytes.NewReader(data), func(l line) { all = append(all, l) })
	return all, extra, err
}

// The sample that the documentation shows.
func TestTheSampleManifest(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "manifest.csv"))
	ok(t, "sample", err)
	got, extra, err := lines(data)
	ok(t, "read", err)
	want := []line{
		{Line: 2, File: "20261121-0007.pdf", INS: "279035145430020", BirthName: "MARTIN", Given: []string{"Léa"}, Sex: "F", Born: "1979-03-28", Type: "11502-2", Act: "2026-11-21", Title: "Hémogramme"},
		{Line: 3, File: "20261121-0008.pdf", BirthName: "FÉVRIER", Given: []string{"Ambroise"}, Sex: "M", Born: "1962-07-08", Type: "11502-2", Act: "2026-11-21", Title: "Bilan lipidique; à jeun"},
		{Line: 4, File: "20261121-0009.pdf", INS: "279035145430020", Type: "11502-2", Act: "2026-11-21", Title: "Hémogramme (corrigé)", Replaces: "20261121-0007.pdf"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(extra) != 0 {
		t.Errorf("%v %s", extra, diff)
	}
}

// One manifest in every spelling that laboratories' software writes.
func TestManifestsAreReadHoweverTheyAreWritten(t *testing.T) {
	want := []line{{Line: 2, File: "été.pdf", BirthName: "ŒUVRARD", Given: []string{"Gisèle", "Anne"}, Sex: "F", Born: "1938-01-30", Act: "2026-11-21"}}
	plain := "fichier;nom_naissance;prenoms;sexe;date_naissance;date_acte\nété.pdf;ŒUVRARD;Gisèle Anne;F;30/01/1938;21/11/2026\n"
	cp1252, err := charmap.Windows1252.NewEncoder().String(plain)
	ok(t, "encode", err)
	late, err := charmap.Windows1252.NewEncoder().String("fichier;titre\na.pdf;" + strings.Repeat("x", 9000) + "\nb.pdf;été\n")
	ok(t, "encode", err)
	for name, text := range map[string]string{
		"semicolons":        plain,
		"commas":            strings.ReplaceAll(plain, ";", ","),
		"tabulations":       strings.ReplaceAll(plain, ";", "\t"),
		"a byte order mark": "\ufeff" + plain,
		"Windows-1252":      cp1252,
		"DOS line ends":     strings.ReplaceAll(plain, "\n", "\r\n"),
		"old Mac line ends": strings.ReplaceAll(plain, "\n", "\r"),
		"no last line end":  strings.TrimSuffix(plain, "\n"),
		"empty lines":       strings.Replace(plain, "\nété", "\n;;\n\nété", 1),
		"quoted":            `"Fichier";"Nom de naissance";"Prénoms";"Sexe";"Date de naissance";"Date de l’acte"` + "\n" + `"été.pdf" ;"ŒUVRARD"; "Gisèle Anne";"f";"30.01.1938";"2026-11-21"`,
		"English":           "birth name,file,sex,given names,birth date,act date\nŒUVRARD,été.pdf,female,\"Gisèle, Anne\",1938-01-30,21-11-2026\n",
	} {
		got, _, err := lines([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range got {
			got[i].Line = 2
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got, _, err := lines([]byte(late)); err != nil || got[1].Title != "été" {
		t.Errorf("an accent far behind: %v %v", got, err)
	}
}

// What cannot be read is an error in words, with the line.
func TestManifestsThatAreNone(t *testing.T) {
	for name, r := range map[string]struct {
		text string
		code fhir.Code
		line string
	}{
		"empty":               {"", fhir.Malformed, ""},
		"UTF-16":              {"\xff\xfef\x00i\x00", fhir.Malformed, "UTF-16"},
		"UTF-16, other end":   {"\xfe\xff\x00f\x00i", fhir.Malformed, "UTF-16"},
		"no text":             {"%PDF-1.4\x00\x01", fhir.Malformed, ""},
		"no file column":      {"ins;type\n1;2\n", fhir.Required, "ligne 1"},
		"a column twice":      {"fichier;file\na;b\n", fhir.Malformed, "ligne 1"},
		"no file on a line":   {"fichier;ins\na.pdf;\n;123\n", fhir.Required, "ligne 3"},
		"too many cells":      {"fichier;ins\na.pdf;1;2;3\n", fhir.Malformed, "ligne 2"},
		"an open quote":       {"fichier;titre\na.pdf;x\nb.pdf;\"y\nc.pdf;z\n", fhir.Malformed, "ligne 3"},
		"an endless cell":     {"fichier\n\"" + strings.Repeat("x\n", maxCell) + "\"", fhir.Malformed, "ligne 2"},
		"an endless line":     {"fichier\n" + strings.Repeat("x;", maxCells+2), fhir.Malformed, "ligne 2"},
		"lines behind a cell": {"fichier;titre\na.pdf;\"x\ny\nz\"\n;\"w\"\n", fhir.Required, "ligne 5"},
	} {
		_, _, err := lines([]byte(r.text))
		if fhir.CodeOf(err) != r.code || !strings.Contains(err.Error(), r.line) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCellsOfAManifest(t *testing.T) {
	for cell, want := range map[string]string{
		"21/11/2026": "2026-11-21", "1/2/2026": "2026-02-01", "21.11.2026": "2026-11-21", "21-11-2026": "2026-11-21", "2026-11-21": "2026-11-21",
		"20261121": "2026-11-21", "21/11/2026 18:04": "2026-11-21", "2026-11-21T18:04:00": "2026-11-21",
		"31/02/2026": "", "21/11/26": "", "11/21/2026": "", "hier": "", "01/01/0001": "",
	} {
		if got := dayOf(cell); got != want {
			t.Errorf("date %q: %q, want %q", cell, got, want)
		}
	}
	for cell, want := range map[string]string{
		"11502-2": "11502-2", "CR d'examens biologiques": "11502-2", "n'importe quoi": "n'importe quoi", "presc-bio": "PRESC-BIO",
	} {
		if got := typeOf(cell); got != want {
			t.Errorf("type %q: %q, want %q", cell, got, want)
		}
	}
	var l line
	l.set(insColumn, "2 79 03 51 454 300 20")
	if l.INS != "279035145430020" {
		t.Errorf("INS %q", l.INS)
	}
	if !strings.Contains(fmt.Sprint(headings()), "fichier") {
		t.Error("no headings")
	}
}

// 200,000 lines are read without holding them.
func TestALongManifestNeedsLittleMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.csv")
	text := []byte("fichier;ins;nom_naissance;type;date_acte\n")
	for i := range 200_000 {
		text = fmt.Appendf(text, "r%06d.pdf;279035145430020;MARTIN;11502-2;21/11/2026\n", i)
	}
	ok(t, "write", os.WriteFile(path, text, 0o600))
	text = nil
	f, err := os.Open(path)
	ok(t, "open", err)
	defer f.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, most := 0, uint64(0)
	_, err = readManifest(t.Context(), f, func(line) {
		if n++; n%50_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
		}
	})
	ok(t, "read", err)
	if n != 200_000 || most > before.HeapAlloc+4<<20 {
		t.Errorf("%d lines, %d KiB held", n, (most-before.HeapAlloc)>>10)
	}
}

// Of a manifest whose folder is not there, so many files have a row and the rest
// is told as a number; memory stays small. When they are there, they have theirs.
func TestAManifestWithoutItsFiles(t *testing.T) {
	p := newPlace(t)
	text := []byte("fichier;ins\n")
	const lines = maxMissing + 2_345
	for i := range lines {
		text = fmt.Appendf(text, "r%06d.pdf;279035145430020\n", i)
	}
	text = fmt.Appendf(text, "r%06d.pdf;279035145430020\nlà.pdf;279035145430020\n", lines-1) // named before; there
	p.write("manifest.csv", text)
	p.write("là.pdf", []byte("nothing"))
	e := p.engine()
	ok(t, "add", e.Add(t.Context(), filepath.Join(p.dir, "manifest.csv")))
	if c := e.Counts(); c.Total != maxMissing+1 {
		t.Errorf("%d rows", c.Total)
	}
	var told []Notice
	for _, n := range e.Notices() {
		if n.Kind == MissingMore {
			told = append(told, n)
		}
	}
	if len(told) != 1 || told[0].Name != "2345" || told[0].Line != maxMissing+2 || told[0].Message("fr") == "" {
		t.Errorf("told: %+v", told)
	}
	last := fmt.Sprintf("r%06d.pdf", lines-1)
	p.write(last, []byte("nothing either"))
	ok(t, "add again", e.Add(t.Context(), filepath.Join(p.dir, "manifest.csv")))
	if rows, _ := e.Rows(Query{Text: last}); len(rows) != 1 || rows[0].Line == 0 {
		t.Errorf("a file that came has %d rows", len(rows))
	}
}

// Whatever the bytes: no panic, no line without a file, and an error is of the
// one type.
func FuzzManifest(f *testing.F) {
	sample, err := os.ReadFile(filepath.Join("testdata", "manifest.csv"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	for _, s := range []string{"fichier\na", "fichier;ins\n\"a\"\"b\";\"", "file,sex\r\rx,\x80\n", "\xef\xbb\xbf", "\"fichier\n\";x", "fichier\n\"" + strings.Repeat("\n", 100)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _, err := lines(data)
		var e *fhir.Error
		if err != nil && !errors.As(err, &e) || errors.Is(err, io.EOF) {
			t.Errorf("an error of another type: %v", err)
		}
		last := 0
		for _, l := range all {
			if l.File == "" || l.Line <= last || len(l.Born) != 0 && len(l.Born) != 10 {
				t.Errorf("%+v", l)
			}
			last = l.Line
		}
	})
}
