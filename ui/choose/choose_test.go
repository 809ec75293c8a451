package choose

import (
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestInterpret: what is typed or scanned asks for.
func TestInterpret(t *testing.T) {
	valid := "2790351215189" // its key is 97 less the remainder by 97
	for input, want := range map[string]Intent{
		"": Nobody, "   ": Nobody, "martin": Search, "28/03/1979": Search, "2 79 03": Search, valid + "00": WrongKey, "2790351215189891": WrongForm,
		"IS01": Unfinished, "is01\x1d": WrongCode,
	} {
		if got := Interpret(input, false).Intent; got != want {
			t.Errorf("%q asks %d, want %d", input, got, want)
		}
	}
	p := clienttest.New(clienttest.Options{}).Patient(clienttest.PatientLea)
	spaced := strings.Join(strings.Split(p.INS.Value, ""), " ")
	if got := Interpret(spaced, true); got.Intent != ByINS || got.INS != p.INS {
		t.Errorf("a typed INS asks %+v", got)
	}
}

// TestStrictTraits: the first field that is missing or cannot be.
func TestStrictTraits(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	full := Strict{"MARTIN", "Léa", "F", "28/03/1979"}
	with := func(change func(*Strict)) Strict {
		s := full
		change(&s)
		return s
	}
	for name, row := range map[string]struct {
		form Strict
		want StrictField
	}{
		"all": {full, StrictNone}, "born today": {with(func(s *Strict) { s.Birth = "21112026" }), StrictNone}, "no name": {with(func(s *Strict) { s.BirthName = " -" }), StrictName},
		"no given name": {with(func(s *Strict) { s.FirstGiven = "" }), StrictGiven}, "no sex": {with(func(s *Strict) { s.Sex = "" }), StrictSex},
		"two figures": {with(func(s *Strict) { s.Birth = "28/03/79" }), StrictBirth}, "tomorrow": {with(func(s *Strict) { s.Birth = "22/11/2026" }), StrictBirth},
		"another century": {with(func(s *Strict) { s.Birth = "28/03/1879" }), StrictBirth}, "no such day": {with(func(s *Strict) { s.Birth = "31/02/1979" }), StrictBirth},
	} {
		traits, got := row.form.Check(now)
		if got != row.want || got == StrictNone && (traits.BirthDate == "" || traits.BirthName != "MARTIN") {
			t.Errorf("%s: %d, %+v", name, got, traits)
		}
	}
}

// TestTypes: those that a professional files, the guessed one first, English too.
func TestTypes(t *testing.T) {
	all := Types("", "11502-2")
	if all[0].Code != "11502-2" {
		t.Errorf("first is %s", all[0].Code)
	}
	for _, kind := range all {
		if kind.Class == "" || kind.Class == classRefunds || strings.HasPrefix(kind.Code, patientTypes) {
			t.Errorf("%s is offered", kind.Code)
		}
	}
	if got := Types("examens biologiques", ""); len(got) == 0 || len(got) > 10 {
		t.Errorf("%d types", len(got))
	}
	if len(Types("laboratory", "")) == 0 || len(Types("zzz", "")) != 0 {
		t.Error("English is not searched, or anything fits")
	}
}

type desk struct {
	*widgettest.Desk
	*Person
	world *clienttest.Fake
	taken []client.Patient
	left  int
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), world: clienttest.New(clienttest.Options{Documents: 1})}
	d.Person = NewPerson(PersonConfig{
		Scope: d.Scope(), Finder: d.world, Shell: d, TestIdentities: true,
		Take: func(p client.Patient) { d.taken = append(d.taken, p) }, Leave: func() { d.left++ },
	})
	d.Window().SetContent(widget.Column(0, d.Box))
	d.Window().Resize(fyne.NewSize(700, 500))
	d.Open()
	return d
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Title: "panne " + string(fhir.CodeOf(err))}
}

func (d *desk) types(text string) {
	test.Type(d.Window().Canvas().Focused(), text)
	d.Advance(time.Second)
	d.Settle()
}

func TestMyPatientsAsOneTypes(t *testing.T) {
	d := sit(t)
	d.types("martin lea")
	d.Sees("MARTIN Léa 28/03/1979")
	d.Press(fyne.KeyReturn)
	if len(d.taken) != 1 || d.taken[0].ID != clienttest.PatientLea {
		t.Errorf("taken %+v", d.taken)
	}
	d.Press(fyne.KeyEscape)
	if d.left != 1 {
		t.Errorf("left %d times", d.left)
	}
}

func TestAnyoneByINSAfterASecondReturn(t *testing.T) {
	d := sit(t)
	p := d.world.Patient(clienttest.PatientStranger)
	d.types(p.INS.Value)
	if d.world.Count(clienttest.OpFindByINS) != 0 {
		t.Fatal("somebody was looked up unasked: it leaves a trace")
	}
	d.Sees("figurera dans l’historique")
	d.Press(fyne.KeyReturn)
	d.Sees("BENALI Karim")
	d.Press(fyne.KeyReturn)
	if len(d.taken) != 1 || d.taken[0].ID != p.ID || d.world.Count(clienttest.OpFindByINS) != 1 {
		t.Errorf("taken %+v", d.taken)
	}
}

func TestStrictTraitsGiveOnePersonOrNobody(t *testing.T) {
	d := sit(t)
	d.OpenStrict()
	d.Match()
	d.Sees("Donnez le nom de naissance")
	p := d.world.Patient(clienttest.PatientStranger)
	d.name.SetText(p.BirthName)
	d.given.SetText(p.FirstGiven)
	d.sex.SetSelectedIndex(1)
	d.birth.SetText("01/01/1950")
	d.Match()
	d.Settle()
	d.Sees("Personne ne correspond exactement")
	d.birth.SetText(widget.FormatBirth(p.BirthDate))
	d.Match()
	d.Settle()
	if len(d.taken) != 1 || d.taken[0].ID != p.ID {
		t.Errorf("taken %+v", d.taken)
	}
}

func TestALostLineIsSaid(t *testing.T) {
	d := sit(t)
	d.world.SetOffline(true)
	d.types("martin")
	d.Sees("panne offline")
}

func TestATypeIsPickedByKeys(t *testing.T) {
	d := widgettest.New(t)
	var taken []terminology.Type
	shell := &desk{Desk: d}
	kind := NewType(shell, func(k terminology.Type) { taken = append(taken, k) }, func() {})
	d.Window().SetContent(widget.Column(0, kind.Box))
	d.Window().Resize(fyne.NewSize(700, 500))
	kind.Open("11502-2")
	d.Press(fyne.KeyReturn)
	if len(taken) != 1 || taken[0].Code != "11502-2" {
		t.Errorf("taken %+v", taken)
	}
	test.Type(d.Window().Canvas().Focused(), "zzz")
	d.Sees("Aucun type ne correspond")
}
