package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

const insuredLine = "test,279035121518989,PAT-TROIS,,DOMINIQUE MARIE,female,1979-03-28,51215,Reims,800001,d@example.fr,"

// TestInsuredImport: everybody is announced once.
func TestInsuredImport(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	list := insuredHeader + "\n" + insuredLine + "\ntest,153078987658513,CONTESTE,,JEAN,male,1953-07-12,89387,Sens,,,279035121518989\n"
	for _, want := range []string{"announced: 2; persons who had one: 0", "announced: 0; persons who had one: 2"} {
		if out, err := run(t, list, "insured", "import", "-data", data, "-"); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s %v, want %s", out, err, want)
		}
	}
	if out, err := run(t, list, "insured", "import", "-data", data, filepath.Join(data, "none.csv")); err == nil {
		t.Errorf("a list that is not there: %s", out)
	}
}

// TestInsuredLines: a line is understood whole or refused, by number.
func TestInsuredLines(t *testing.T) {
	var got record.Insured
	take := func(p record.Insured) (bool, error) { got = p; return true, nil }
	if n, _, err := announceAll(strings.NewReader("\ufeff"+insuredHeader+"\n"+insuredLine+"\n"), take); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if got.BirthName != "PAT-TROIS" || len(got.Given) != 2 || got.Card != "800001" || got.Email != "d@example.fr" || got.City != "Reims" || got.INS.Value != "279035121518989" {
		t.Errorf("%+v", got)
	}
	for name, line := range map[string]string{
		"a wrong key":             "nir," + strings.TrimPrefix(strings.Replace(insuredLine, "18989", "18988", 1), "test,"),
		"no INS":                  strings.Replace(insuredLine, "279035121518989", "", 1),
		"a domain that is none":   strings.Replace(insuredLine, "test,", "other,", 1),
		"a wrong INS of a parent": insuredLine + "27903512151898",
		"no birth name":           strings.Replace(insuredLine, "PAT-TROIS", " ", 1),
		"no given name":           strings.Replace(insuredLine, "DOMINIQUE MARIE", "", 1),
		"a gender that is none":   strings.Replace(insuredLine, "female", "F", 1),
		"half a date":             strings.Replace(insuredLine, "1979-03-28", "1979-03", 1),
		"a date that is none":     strings.Replace(insuredLine, "1979-03-28", "1979-13-28", 1),
		"a column too few":        strings.TrimSuffix(insuredLine, ","),
	} {
		n, _, err := announceAll(strings.NewReader(insuredHeader+"\n"+insuredLine+"\n"+line+"\n"), take)
		if err == nil || n != 1 || !strings.Contains(err.Error(), "line 3") || strings.Contains(err.Error(), "PAT-TROIS") {
			t.Errorf("%s: %d %v", name, n, err)
		}
	}
	for name, list := range map[string]string{"nothing": "", "another header": "ins,name\n", "no header": insuredLine} {
		if _, _, err := announceAll(strings.NewReader(list), take); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	failing := func(record.Insured) (bool, error) { return false, errors.New("full") }
	if _, _, err := announceAll(strings.NewReader(insuredHeader+"\n"+insuredLine), failing); err == nil || !strings.Contains(err.Error(), "line 2: full") {
		t.Error(err)
	}
}

func FuzzInsured(f *testing.F) {
	f.Add(insuredHeader + "\n" + insuredLine + "\n")
	f.Add(insuredHeader + "\n\"unfinished")
	f.Add("")
	f.Fuzz(func(t *testing.T, list string) {
		made, known, err := announceAll(strings.NewReader(list), func(p record.Insured) (bool, error) {
			if p.INS.Value == "" || p.BirthName == "" || len(p.Given) == 0 {
				t.Errorf("somebody incomplete is announced: %+v", p)
			}
			return len(p.Given)%2 == 0, nil
		})
		if err == nil && made+known > strings.Count(list, "\n")+1 {
			t.Errorf("%d of %q", made+known, list)
		}
	})
}
