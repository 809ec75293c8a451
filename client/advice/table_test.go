package advice

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"carnet/client/fhir"
)

const (
	goodPairs   = "a,b,level\nx,classe y,contre-indication | précaution d'emploi\n"
	goodClasses = "class,substance\nclasse y,z\n"
)

func TestANewerThesaurusIsLoaded(t *testing.T) {
	th, err := Load("2023-09", strings.NewReader("\xef\xbb\xbf"+goodPairs), strings.NewReader(strings.ReplaceAll(goodClasses, ",", ";")))
	if err != nil {
		t.Fatal(err)
	}
	r := th.Check([]string{"X", "Z"})
	if len(r.Warnings) != 1 || r.Warnings[0].Cite.Edition != "2023-09" || len(r.Warnings[0].Levels) != 2 || r.Warnings[0].Rules[0].Table != TableLoaded {
		t.Errorf("%+v", r)
	}
	if r := th.Check([]string{"warfarine"}); len(r.Unverified) != 1 {
		t.Error("what the newer file does not know is known")
	}
}

func TestABadTableIsRefusedByItsLines(t *testing.T) {
	for name, c := range map[string]struct {
		month, pairs, classes, want string
		code                        fhir.Code
	}{
		"edition":        {"09/2023", goodPairs, goodClasses, "AAAA-MM", fhir.BadValue},
		"heading":        {"2023-09", "x,y,z\n", goodClasses, "interactions:1", fhir.Malformed},
		"empty":          {"2023-09", "", goodClasses, "interactions:1", fhir.Malformed},
		"no rows":        {"2023-09", "a,b,level\n", goodClasses, "interactions:1", fhir.Malformed},
		"level":          {"2023-09", "a,b,level\nx,y,mortel\n", goodClasses, "interactions:2", fhir.Malformed},
		"cells":          {"2023-09", "a,b,level\nx,y\n", goodClasses, "interactions:2", fhir.Malformed},
		"missing":        {"2023-09", "a,b,level\nx,,contre-indication\n", goodClasses, "interactions:2", fhir.Malformed},
		"twice":          {"2023-09", "a,b,level\nx,y,contre-indication\ny,X,précaution d'emploi\n", goodClasses, "interactions:3", fhir.Malformed},
		"quote":          {"2023-09", "a,b,level\n\"x,y,contre-indication\n", goodClasses, "interactions:", fhir.Malformed},
		"control":        {"2023-09", "a,b,level\n\"x\ny\",z,contre-indication\n", goodClasses, "interactions:2", fhir.Malformed},
		"latin1":         {"2023-09", "a,b,level\nx,y,pr\xe9caution d'emploi\n", goodClasses, "UTF-8", fhir.Malformed},
		"long":           {"2023-09", "a,b,level\n" + strings.Repeat("x", 400) + ",y,contre-indication\n", goodClasses, "interactions:2", fhir.Malformed},
		"empty class":    {"2023-09", goodPairs, "class,substance\n,z\n", "classes:2", fhir.Malformed},
		"second is told": {"2023-09", "a,b,level\nx,y,mortel\nx,z,mortel\n", goodClasses, "interactions:3", fhir.Malformed},
		"too large":      {"2023-09", strings.Repeat("x", maxTableBytes+2), goodClasses, "8 Mo", fhir.TooLarge},
	} {
		_, err := Load(c.month, strings.NewReader(c.pairs), strings.NewReader(c.classes))
		var e *fhir.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all := e.Message
		for _, i := range e.Issues {
			all += " " + i.Expression
		}
		if !strings.Contains(all, c.want) || !strings.HasSuffix(e.Message, ".") {
			t.Errorf("%s: %q", name, all)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnUnreadableTable(t *testing.T) {
	_, err := Load("2023-09", brokenReader{}, strings.NewReader(goodClasses))
	var e *fhir.Error
	if !errors.As(err, &e) || e.Code != fhir.Unavailable {
		t.Error(err)
	}
}

func TestTheEmbeddedTablesAreWhole(t *testing.T) {
	th := CurrentThesaurus()
	count := map[string]int{}
	for _, r := range th.rules {
		count[r.table]++
	}
	if count[TableThesaurus] != 1224 || count[TableComplement] != 300 {
		t.Errorf("rules %v", count)
	}
	for _, r := range mustRead("duplicate_classes.csv", "class") {
		if i, ok := th.byKey[key(r.cells[0])]; !ok || !th.class[i] {
			t.Errorf("no such class: %s", r.cells[0])
		}
	}
	for _, r := range mustRead("usual_names.csv", "written", "substances") {
		if th.usual[key(r.cells[0])] == nil {
			t.Errorf("a usual name leads nowhere: %v", r.cells)
		}
	}
	for id, f := range families() {
		for _, c := range f.classes {
			if i, ok := th.byKey[c]; !ok || !th.class[i] {
				t.Errorf("family %s: no such class: %s", id, c)
			}
		}
		for _, c := range f.crosses {
			if families()[c.family] == nil || c.source == "" {
				t.Errorf("family %s: cross %+v", id, c)
			}
		}
		for _, o := range f.of {
			if families()[o] == nil {
				t.Errorf("family %s holds %s", id, o)
			}
		}
		if f.fr == "" || f.en == "" {
			t.Errorf("family %s has no label", id)
		}
	}
	for _, e := range Examinations() {
		if e.Months < 1 || e.Source == "" || e.Label("fr") == "" || e.Label("en") == "" || len(e.titles) == 0 {
			t.Errorf("examination %+v", e)
		}
	}
	for id, v := range vaccines() {
		if v.fr == "" || v.en == "" || len(v.words) == 0 || v.broader != "" && vaccines()[v.broader] == nil {
			t.Errorf("vaccine %s: %+v", id, v)
		}
	}
	for b := range th.brands {
		if _, is := th.byKey[b]; is {
			t.Errorf("%s is a substance, not a brand", b)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("2023-09", goodPairs, goodClasses)
	f.Add("2023-09", "a;b;level\nx;y;à prendre en compte\n", "class;substance\n")
	f.Add("2023-09", "a,b,level\n\"x", "class,substance\n\x00,\n")
	f.Fuzz(func(t *testing.T, month, pairs, classes string) {
		th, err := Load(month, strings.NewReader(pairs), strings.NewReader(classes))
		if (th == nil) == (err == nil) {
			t.Fatal("neither a thesaurus nor an error")
		}
		if th != nil {
			th.Check([]string{"x", "y", month})
		}
	})
}

func FuzzCheck(f *testing.F) {
	f.Add("warfarine", "ibuprofène 400 mg")
	f.Add("sodium (bicarbonate de", ")(+/;,")
	f.Add("valproïque (acide)", "œstradiol\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		th := CurrentThesaurus()
		list := []string{a, b}
		r := Join(th.Check(list), th.Duplicates(list), th.Allergies([]Allergy{{Names: []string{a}}}, list))
		seen := [2]bool{}
		for _, u := range r.Unverified {
			if u.Index < 0 || u.Index > 1 || u.Message("fr") == "" {
				t.Fatalf("%+v", u)
			}
			seen[u.Index] = true
		}
		for i, written := range list {
			if _, known := th.ClassesOf(written); !known && !seen[i] {
				t.Fatalf("%q is neither known nor told", written)
			}
		}
	})
}

func FuzzLoadCalendar(f *testing.F) {
	data, err := os.ReadFile("data/calendar_2025.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("2026", string(data))
	f.Add("2026", strings.Join(calendarHeading, ",")+"\ndtp,x,1,2m,1m,3y,0m,5y,0m,,,02-30:01-31,obligatoire,x\n")
	f.Fuzz(func(t *testing.T, year, table string) {
		c, err := LoadCalendar(year, strings.NewReader(table))
		if (c == nil) == (err == nil) {
			t.Fatal("neither a calendar nor an error")
		}
		if c != nil {
			c.Due("1950-02-28", nil, day("2026-11-22"))
		}
	})
}
