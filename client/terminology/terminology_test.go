package terminology

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
)

func TestEveryTypeHasItsLabelsAndThoseOfTheMatrixTheirClass(t *testing.T) {
	types := Types()
	if len(types) != 115 {
		t.Fatalf("%d types, want 115", len(types))
	}
	for _, v := range types {
		if v.Label == "" || v.Short == "" || v.LabelEN == "" || v.System == "" {
			t.Errorf("type %s lacks a label or a system: %+v", v.Code, v)
		}
		if n := len([]rune(v.Short)); n > 34 {
			t.Errorf("type %s: short label of %d characters", v.Code, n)
		}
		if v.LabelEN == v.Label && v.Class != "" {
			t.Errorf("type %s has no English label", v.Code)
		}
		if v.Class != "" && ClassLabel(v.Class) == v.Class {
			t.Errorf("type %s: class %s has no label", v.Code, v.Class)
		}
		if CurrentMatrix().HasType(v.Code) != (v.Class != "") {
			t.Errorf("type %s: class and matrix disagree", v.Code)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ClassOf("11502-2"), "10"},
		{ClassOf("60591-5"), "11"},
		{ClassOf("18842-5"), ""}, // not in the French sets
		{ClassLabel("44"), "Plan de soins, protocole de soins"},
		{ProfessionLabel("10"), "Médecin"},
		{ProfessionLabel("10/SM25"), "Médecin du travail"},
		{ProfessionLabel("G15_21"), "Pharmacien"},
		{ProfessionLabel("10/XX99"), "Médecin"},
		{ProfessionLabel("77"), "77"},
		{ProfessionLabelEN("28"), "Optician"},
		{FacilityLabel("SA33"), "Pharmacie d'officine"},
		{PracticeLabel("AMBULATOIRE"), "Ambulatoire"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMatrix(t *testing.T) {
	m := CurrentMatrix()
	for _, c := range []struct {
		typeCode, profession string
		allowed, known       bool
	}{
		{"15508-5", "10", true, true},
		{"15508-5", "28", false, true}, // an optician cannot read a childbirth report
		{"11488-4", "10/SM25", false, true},
		{"11488-4", "99", false, false},
		{"18842-5", "10", false, false},
	} {
		allowed, known := m.Allowed(c.typeCode, c.profession)
		if allowed != c.allowed || known != c.known {
			t.Errorf("%s × %s: %v, %v", c.typeCode, c.profession, allowed, known)
		}
	}
	if len(m.Column("10/SM25")) != 0 || !m.HasProfession("10/SM25") {
		t.Error("the occupational doctor is known and reads nothing")
	}
	if m.Version != MatrixVersion || len(m.Column("10")) != 101 || len(Professions()) != 28 {
		t.Errorf("version %q, %d types for physicians, %d professions", m.Version, len(m.Column("10")), len(Professions()))
	}
	for _, p := range Professions() {
		if !m.HasProfession(p.Code) {
			t.Errorf("profession %s is not in the matrix", p.Code)
		}
	}
}

func TestMatrixRefusesWhatIsNotOneAnswer(t *testing.T) {
	for name, body := range map[string]string{
		"twice":      "t,p,a,s\n1,10,yes,published\n1,10,no,published\n",
		"neither":    "t,p,a,s\n1,10,maybe,published\n",
		"few fields": "t,p,a,s\n1,10,yes\n",
		"empty":      "",
	} {
		if _, err := ReadMatrix("x", strings.NewReader(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestKeyOfThePublishedIdentities(t *testing.T) {
	all, err := csv.NewReader(open("test_identities_ANS.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		err := CheckNIR(r[7])
		if valid := r[10] == "True"; valid != (err == nil) || !valid && !errors.Is(err, ErrINSKey) {
			t.Errorf("%s: %v, the table says %s", r[7], err, r[10])
		}
		warning, err := CheckINS("urn:oid:"+oidTest, r[7])
		if err != nil || warning == (r[10] == "True") {
			t.Errorf("%s in the test domain: warning %v, %v", r[7], warning, err)
		}
	}
}

func TestCheckINS(t *testing.T) {
	for _, c := range []struct {
		domain, value string
		want          error
	}{
		{oidNIR, "279035121518989", nil},
		{oidNIR, "188102B17295165", nil},
		{oidNIR, "279035121518988", ErrINSKey},
		{oidNIA, "279035121518988", ErrINSKey},
		{oidTest, "27903512151898", ErrINSLength},
		{oidTest, "27903512151898A", ErrINSForm},
		{oidTest, "2790351215189 9", ErrINSForm},
		{oidTest, "079035121518989", ErrINSForm},
		{"1.2.3", "279035121518989", ErrINSOID},
	} {
		if _, err := CheckINS(c.domain, c.value); !errors.Is(err, c.want) {
			t.Errorf("%s in %s: %v, want %v", c.value, c.domain, err, c.want)
		}
	}
}
