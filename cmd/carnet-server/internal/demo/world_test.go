package demo

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// today is the day of the tests' demonstration.
func today() time.Time { return time.Date(2026, 11, 20, 15, 4, 5, 0, time.UTC) }

func plannedWorld(t testing.TB) *world {
	t.Helper()
	w, err := newWorld(today())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWorldIsLargeEnough(t *testing.T) {
	w := plannedWorld(t)
	types, media, perPerson := map[string]bool{}, map[string]int{}, map[string]int{}
	for _, d := range w.docs {
		types[d.seed.Type.Code] = true
		media[d.seed.ContentType]++
		perPerson[d.seed.PatientID]++
	}
	if len(w.people) < 60 || len(w.docs) < 1500 || len(types) < 25 {
		t.Errorf("%d people, %d documents, %d types", len(w.people), len(w.docs), len(types))
	}
	if perPerson[richest] != richestHas {
		t.Errorf("the richest record has %d documents", perPerson[richest])
	}
	for _, m := range []string{"image/png", "image/jpeg", "text/plain"} {
		if media[m] == 0 {
			t.Errorf("no %s", m)
		}
	}
	for _, id := range []string{"p021", "p022", "p023", "p024", "p066"} { // opposed, pending, without INS, pending
		if perPerson[id] != 0 {
			t.Errorf("%s has documents", id)
		}
	}
}

func TestPeople(t *testing.T) {
	ids, traits := map[string]bool{}, map[string]bool{}
	for _, p := range plannedWorld(t).people {
		s := p.seed
		if s.Reliability == "QUAL" {
			if warning, err := terminology.CheckINS(s.INS.System, s.INS.Value); err != nil || warning || s.INS.System != fhir.SystemINSTest {
				t.Errorf("%s: INS %s: warning %v, %v", s.ID, s.INS.Value, warning, err)
			}
			if ids[s.INS.Value] {
				t.Errorf("%s: the INS of somebody else", s.ID)
			}
		} else if s.INS.Value != "" {
			t.Errorf("%s: an INS without a qualified identity", s.ID)
		}
		ids[s.INS.Value] = s.INS.Value != ""
		strict := strings.Join([]string{s.BirthName, s.Given[0], s.Gender, s.BirthDate}, "|")
		if traits[strict] {
			t.Errorf("%s cannot be told apart: %s", s.ID, strict)
		}
		traits[strict] = true
		if p.born.IsZero() || p.born.After(today()) || howMany[p.profile][0] == 0 {
			t.Errorf("%s: born %v, profile %s", s.ID, p.born, p.profile)
		}
	}
}

func TestDocumentsAreInTime(t *testing.T) {
	w := plannedWorld(t)
	born := map[string]time.Time{}
	for _, p := range w.people {
		born[p.seed.ID] = p.born
	}
	unique := map[string]bool{}
	for _, d := range w.docs {
		s := d.seed
		if s.FiledAt.After(w.today) || s.FiledAt.Before(s.Date) || s.Date.Before(born[s.PatientID]) {
			t.Errorf("%s of %s: act %v, filed %v", s.Type.Code, s.PatientID, s.Date, s.FiledAt)
		}
		if unique[s.UniqueID] {
			t.Errorf("%s twice", s.UniqueID)
		}
		if s.Replaces != "" && !unique[s.Replaces] {
			t.Errorf("%s replaces what does not come before it", s.UniqueID)
		}
		unique[s.UniqueID] = true
	}
}

// Every code that the demonstration uses is in its value set, and every type
// has a row in the matrix: what cannot be filed is not shown.
func TestCodesAreKnown(t *testing.T) {
	matrix := terminology.CurrentMatrix()
	seen := map[string]bool{}
	for _, d := range plannedWorld(t).docs {
		s := d.seed
		key := s.Type.Code + s.Author.ID
		if seen[key] {
			continue
		}
		seen[key] = true
		if _, ok := terminology.TypeByCode(s.Type.Code); !ok || !matrix.HasType(s.Type.Code) {
			t.Errorf("type %s", s.Type.Code)
		}
		if _, ok := terminology.FacilityByCode(s.Facility.Code); !ok {
			t.Errorf("facility %s", s.Facility.Code)
		}
		if _, ok := terminology.PracticeByCode(s.Practice.Code); !ok {
			t.Errorf("practice %s", s.Practice.Code)
		}
		if _, ok := terminology.SpecialtyByCode(s.Author.Specialty); !ok && !s.ByPatient {
			t.Errorf("specialty %s", s.Author.Specialty)
		}
	}
	for _, a := range Accounts() {
		if terminology.ProfessionLabel(a.Profession) == "" || terminology.FacilityLabel(a.Sector) == "" {
			t.Errorf("account %s: profession %s, sector %s", a.ID, a.Profession, a.Sector)
		}
	}
}

// The models hold no slip: every {…} is a word, a number, a range or a choice,
// and what comes out of them holds no brace.
func TestModelsFillIn(t *testing.T) {
	letters, err := readLetters()
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`^(n:)?\d+(\.\d+)?-\d+(\.\d+)?$`)
	token := regexp.MustCompile(`\{([^}]*)\}`)
	people := plannedWorld(t).people
	for i, l := range letters {
		fill := newFiller(source(i, 1), people[0], today())
		for _, line := range append([]string{l.title}, l.lines...) {
			for _, m := range token.FindAllStringSubmatch(line, -1) {
				_, word := fill.word(m[1])
				if !word && !strings.Contains(m[1], "|") && !number.MatchString(m[1]) {
					t.Errorf("%s: {%s}", l.title, m[1])
				}
			}
			if out := fill.text(line); strings.ContainsAny(out, "{}") || needsEmbedding(out) {
				t.Errorf("%s: %q", l.title, out)
			}
			if line[0] == '~' {
				c := cells(line[1:])
				if len(c) != 4 || !number.MatchString(c[1]) || !number.MatchString(c[3]) {
					t.Errorf("%s: a measure %q", l.title, line)
				}
			}
		}
	}
}

func TestModelsAreRefusedInWords(t *testing.T) {
	for _, head := range []string{"11488-4 ; gp ; any ; 5", "11488-4 ; gp ; any ; five ; Title", "11488-4 ; nobody ; any ; 5 ; Title"} {
		if _, err := readLetter(head); err == nil {
			t.Errorf("%q reads", head)
		}
	}
}

func TestFiller(t *testing.T) {
	woman := person{seed: record.PatientSeed{BirthName: "N", Given: []string{"G"}, Gender: "female"}, born: time.Date(1990, 5, 1, 0, 0, 0, 0, time.UTC)}
	fill := newFiller(source(1, 1), woman, today())
	if got := fill.text("{lepatient_maj} {civ} {nom}, né{e} le {naissance}, {age}"); got != "La patiente Mme N G, née le 1er mai 1990, 36 ans" {
		t.Error(got)
	}
	for range 50 {
		alike := newFiller(source(1, 2), woman, today())
		if got := alike.text("{1:a|b} {1:A|B}"); got != "a A" && got != "b B" {
			t.Fatal(got)
		}
		if v := fill.text("{n:1.25-1.75}"); v < "1,25" || v > "1,75" || len(v) != 4 {
			t.Fatal(v)
		}
	}
	if got := fill.text("a {b"); got != "a b" {
		t.Error(got)
	}
	for c, flag := range map[string]string{"1-1": "*bas", "5-5": "", "9-9": "*élevé"} {
		if row := fill.measure([]string{"x", c, "g", "4-6"}); row[4] != flag || row[3] != "4 à 6" {
			t.Error(row)
		}
	}
}

// The same day gives the same bytes; another day gives another world.
func TestWorldIsDeterministic(t *testing.T) {
	a, b := plannedWorld(t), plannedWorld(t)
	for i := 0; i < len(a.docs); i += 211 {
		x, err := a.docs[i].draw()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.docs[i].draw()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("document %d (%s) differs", i, a.docs[i].seed.Title)
		}
	}
	later, err := newWorld(today().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	if later.docs[0].seed.FiledAt.Equal(a.docs[0].seed.FiledAt) {
		t.Error("the demonstration does not keep up with the day")
	}
}

func TestRulesAreRefusedInWords(t *testing.T) {
	p := person{seed: record.PatientSeed{ID: "p"}}
	for _, words := range []string{"mt=nobody", "auth=gp:soon", "gift=gp"} {
		if err := new(relations).read(p, words, today()); err == nil {
			t.Errorf("%q reads", words)
		}
	}
}

func TestAccountsAreExplained(t *testing.T) {
	names := ""
	for _, p := range plannedWorld(t).people {
		names += p.seed.Given[0] + " " + p.seed.BirthName + "\n"
	}
	for _, a := range Accounts() {
		if a.Name == "" || a.Role == "" || a.RoleEN == "" || a.GoodTo == "" || a.GoodToEN == "" || len(a.NameID) != 12 || a.Organisation == "" {
			t.Errorf("%+v", a)
		}
	}
	citizens, err := Citizens()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range citizens {
		if a.Name == "" || a.Role == "" || a.RoleEN == "" || a.GoodTo == "" || a.GoodToEN == "" || (a.Person == "") == (a.StaffRole == "") || a.NameID != "" {
			t.Errorf("%+v", a)
		}
	}
	for _, example := range []string{"Élodie ROUSSEL", "Gérard FAURE", "Thierry BLANC", "Simone PERRIN", "Hélène LEFÈBVRE", "Siobhán O'BRIEN"} {
		if !strings.Contains(names, example) {
			t.Errorf("no %s", example)
		}
	}
}
