package record

import (
	"fmt"
	"strings"
	"testing"

	"carnet/client/fhir"
)

func (w *world) finds(words string) (ids []string) {
	w.t.Helper()
	all, err := w.Directory(bg, zoe(), words, 0)
	w.must(err)
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return ids
}

func TestTheDirectoryIsSearchedByFoldedWords(t *testing.T) {
	w := newWorld(t)
	n, err := w.ImportDirectory(bg, strings.NewReader("\ufeff"+ListedHeader+`
pro,810000000001,Dr Éloïse ŒUVRARD,10,SM54,1750000001,Cabinet des Lilas,SA08,Saint-Étienne
org,1750000001,Cabinet des Lilas,,,,,SA08,Saint-Étienne
pro,810000000002,Paul PETIT,21,,1750000002,"Pharmacie ""du Port""",SA33,Lyon
`))
	w.must(err)
	if n != 3 {
		t.Errorf("%d lines", n)
	}
	for words, want := range map[string]string{
		"oeuv elo":             "[810000000001]",
		"ŒUVRARD saint":        "[810000000001]",
		"lilas":                "[1750000001 810000000001]",
		"lilas étienne cabine": "[1750000001 810000000001]",
		"810000000002":         "[810000000002]",
		"10000000002":          "[810000000002]", // RPPS
		"1750000001":           "[1750000001]",
		"port":                 "[810000000002]",
		"nobody":               "[]",
		"p":                    "[]",
		"":                     "[]",
		"%' OR 1=1":            "[]",
	} {
		if got := fmt.Sprint(w.finds(words)); got != want {
			t.Errorf("%q finds %s, want %s", words, got, want)
		}
	}
	_, err = w.ImportDirectory(bg, strings.NewReader(ListedHeader+"\npro,810000000002,Paul GRAND,21,,,,,Nice\n"))
	w.must(err)
	if len(w.finds("petit")) != 0 || len(w.finds("grand nice")) != 1 {
		t.Error("what is renewed is found by its old name")
	}
}

func TestALineThatIsWrongIsTold(t *testing.T) {
	w := newWorld(t)
	for name, line := range map[string]string{
		"another header":      "a,b\n",
		"no header":           "",
		"a kind":              ListedHeader + "\nx,810000000001,A,10,,,,,\n",
		"an id of another":    ListedHeader + "\norg,810000000001,A,,,,,,\n",
		"letters in an id":    ListedHeader + "\npro,8100000000AB,A,10,,,,,\n",
		"no name":             ListedHeader + "\npro,810000000001,,10,,,,,\n",
		"a profession":        ListedHeader + "\npro,810000000001,A,1000,,,,,\n",
		"columns":             ListedHeader + "\npro,810000000001,A\n",
		"a structure's works": ListedHeader + "\norg,1750000001,A,10,,,,,\n",
		"quotes":              ListedHeader + "\npro,\"810000000001,A,10,,,,,\n",
		"a long field":        ListedHeader + "\npro,810000000001," + strings.Repeat("é", 201) + ",10,,,,,\n",
		"a day":               ListedHeader + ListedActivity + "\npro,810000000001,A,10,,1750000001,,,,2026-1-1,\n",
		"days backwards":      ListedHeader + ListedActivity + "\npro,810000000001,A,10,,1750000001,,,,2026-02-01,2026-01-01\n",
		"days of nowhere":     ListedHeader + ListedActivity + "\npro,810000000001,A,10,,,,,,2026-02-01,\n",
		"too few columns":     ListedHeader + ListedActivity + "\npro,810000000001,A,10,,1750000001,,,\n",
		"bytes":               ListedHeader + "\npro,810000000001,\xff,10,,,,,\n",
	} {
		if n, err := w.ImportDirectory(bg, strings.NewReader(line)); code(err) != fhir.Invalid || n != 0 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

// Who opens a record is in the directory from then on; a sign-in that tells
// nothing new writes nothing.
func TestWhoSignsInIsFound(t *testing.T) {
	w := newWorld(t)
	w.seed(func(s *Seeder) { w.must(s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé"))) })
	_, err := w.OpenAccess(bg, pharmacist(), "pat-1", fhir.ModeNormal, "")
	w.must(err)
	if got := fmt.Sprint(w.finds("petit"), w.finds("pharmacie port")); got != "[810000000002] [810000000002 1750000002]" {
		t.Errorf("found %s", got)
	}
	before := w.Stats().Ops
	w.must(w.Known(bg, pharmacist()))
	if w.Stats().Ops != before {
		t.Error("a sign-in that tells nothing new is written")
	}
	moved := pharmacist()
	moved.OrgID, moved.OrgName = "1750000009", "Pharmacie de la Gare"
	w.must(w.Known(bg, moved))
	if got := fmt.Sprint(w.finds("petit gare")); got != "[810000000002]" {
		t.Errorf("moved: %s", got)
	}
}

// A laboratory's program files and opens no record: its structure is found once
// it filed, and it is no professional.
func TestWhoOnlyFilesIsFound(t *testing.T) {
	w := onePatient(t)
	biologist, lab := otherGP(), pharmacist()
	biologist.OrgID, biologist.OrgName = "1750000077", "Laboratoire du Quai"
	lab.ID, lab.Name, lab.OrgID, lab.OrgName = "carnet-lab-1", "Automate", biologist.OrgID, biologist.OrgName
	w.seed(func(s *Seeder) { w.must(s.AddListed(listedSeed(biologist))) })
	_, _, err := w.file(lab, newDraft(1, "6", biologist))
	w.must(err)
	if got := fmt.Sprint(w.finds("laboratoire quai"), w.finds("automate")); got != "[810000000005 1750000077] []" && got != "[1750000077 810000000005] []" {
		t.Errorf("found %s", got)
	}
	_, _, err = w.file(pharmacist(), newDraft(1, "7", pharmacist()))
	w.must(err)
	if got := fmt.Sprint(w.finds("petit port")); got != "[810000000002]" {
		t.Errorf("found %s", got)
	}
	before := w.Stats().Ops
	_, _, err = w.file(pharmacist(), newDraft(1, "8", pharmacist()))
	w.must(err)
	if n := w.Stats().Ops - before; n > 1 {
		t.Errorf("filing again takes %d writes", n)
	}
}

func FuzzImportDirectory(f *testing.F) {
	f.Add(ListedHeader + "\npro,810000000001,Dr A,10,SM54,1750000001,B,SA08,Lyon\norg,1750000001,B,,,,,SA08,Lyon\n")
	f.Add("\ufeff" + ListedHeader + "\r\npro,810000000001,\"A\nB\",10,,,,,\r\n")
	f.Add("x")
	f.Add(ListedHeader + "\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		lines := readListed(strings.NewReader(text))
		for {
			batch, err := lines.next(10)
			for _, l := range batch {
				if l.ID == "" || l.Name == "" || l.Org != isOrg(l.ID) || !l.Org && l.Profession == "" {
					t.Fatalf("took %+v", l)
				}
				if words := listedWords(l); len(words) > 3*maxListedField {
					t.Fatalf("%d words", len(words))
				}
			}
			if err != nil {
				return
			}
		}
	})
}
