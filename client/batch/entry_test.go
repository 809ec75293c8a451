package batch

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/pdfcheck"
)

// What is kept of a row comes back, whatever its path is made of, and little is
// kept of a row of which little is known.
func TestAPageOfTheNotebook(t *testing.T) {
	full := newEntry("/srv/résultats", "a\xff\"b\n.pdf")
	full.row.ID, full.row.State, full.row.Size, full.Seq = "0123456789abcdef0123456789abcdef", Ready, 12, 7
	full.row.Patient = &client.Patient{ID: "p1", BirthName: "MARTIN", Given: []string{"Léa"}}
	full.row.Identity = pdfcheck.Comparison{Outcome: pdfcheck.Match, Name: pdfcheck.Same}
	full.row.ActDate, full.Added = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	full.Sum, full.SentSum, full.SentHash = digest{1, 2, 255}, digest{3}, "c3Vt"
	full.Fixed.Title, full.Stamp = "Titre", stamp{12, 34, 56}
	outside := newEntry("", "../x.pdf")
	outside.Path, outside.row.Folder = raw("/srv/résultats/../x.pdf"), "/srv/résultats"
	missing := newEntry("/srv/résultats", "x.pdf")
	missing.row.ID, missing.row.State, missing.row.Problems, missing.FileProblem = full.row.ID, Fix, []Problem{Missing}, Missing
	missing.Listed = &line{Line: 3, INS: "279035145430020", Type: "11502-2"}
	for name, x := range map[string]*entry{"all": full, "outside": outside, "missing": missing, "single": newEntry("", "/a/b.pdf")} {
		page, err := x.encode()
		ok(t, name, err)
		y, err := decode(page)
		ok(t, name, err)
		x.index()
		if !reflect.DeepEqual(x, y) {
			t.Errorf("%s:\n%+v came back as\n%+v", name, x, y)
		}
		if x == missing && len(page) > 450 {
			t.Errorf("%d bytes are kept of a file that is not there: %s", len(page), page)
		}
	}
}

// A notebook of before is read: every field there, sums as lists of numbers.
func TestAPageOfBefore(t *testing.T) {
	type oldNote struct {
		Row  map[string]any
		Kept map[string]any
	}
	sum := make([]int, 32)
	sum[0], sum[31] = 9, 200
	page, err := json.Marshal(oldNote{
		map[string]any{"ID": "1", "Path": "a.pdf", "Folder": "/d", "Size": 3, "State": "ready", "Problems": nil, "Done": time.Time{}, "Title": ""},
		map[string]any{"Seq": 4, "Path": []byte("/d/a.pdf"), "Inside": []byte("a.pdf"), "Root": []byte("/d"), "Sum": sum, "SentSum": sum, "Stamp": map[string]int{"Size": 3}, "Fixed": map[string]any{}},
	})
	ok(t, "encode", err)
	x, err := decode(page)
	ok(t, "decode", err)
	if want := (digest{0: 9, 31: 200}); x.Sum != want || x.SentSum != want || x.Path != "/d/a.pdf" || x.Inside != "a.pdf" || x.row.Path != "a.pdf" || x.row.Size != 3 || x.Seq != 4 || x.SentHash != "" {
		t.Errorf("it reads %+v", x)
	}
	for _, bad := range []string{`"AAAA"`, `"*"`, `{}`, `1`} {
		if _, err := decode([]byte(strings.Replace(`{"Row":{},"Kept":{"Sum":X}}`, "X", bad, 1))); err == nil {
			t.Errorf("%s is taken for a sum", bad)
		}
	}
}
