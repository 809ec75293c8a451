package choose

import (
	"slices"
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

// TestTypesByWords: every word counts, accents do not; what professionals do not
// file is absent; suggestions come first.
func TestTypesByWords(t *testing.T) {
	all := Types("")
	if len(all) < 60 {
		t.Fatalf("%d types", len(all))
	}
	for _, x := range all {
		if strings.HasPrefix(x.Code, "DOCPAT") || x.Class == "" {
			t.Errorf("%s is offered", x.Code)
		}
	}
	if got := Types("", "57833-6", "11502-2"); got[0].Code != "57833-6" || got[1].Code != "11502-2" || len(got) != len(all) {
		t.Errorf("first %s, then %s", got[0].Code, got[1].Code)
	}
	for text, want := range map[string]string{"biologiques": "11502-2", "EXAMENS bio": "11502-2", "imagerie medicale": "18748-4", "imagerie-medicale": "18748-4", "operatoire": "34874-8", "57833": "57833-6"} {
		if !slices.ContainsFunc(Types(text), func(x terminology.Type) bool { return x.Code == want }) {
			t.Errorf("%q does not find %s", text, want)
		}
	}
	if got := Types("zzz"); len(got) != 0 {
		t.Errorf("zzz finds %d", len(got))
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
	d.Sees("Aucun de vos patients n’a cet INS", "Entrée cherche dans tous les dossiers : la recherche figurera dans l’historique de la personne.")
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

// Who has no patients of their own, a biologist, is led on: to the whole INS, or by a
// button to the strict traits.
func TestWhoHasNoPatientsIsLedOn(t *testing.T) {
	d := sit(t)
	d.types("zzzz")
	d.Sees("Aucun de vos patients ne correspond", "Donnez l’INS entier, ou cherchez par les traits stricts", "Chercher par les traits stricts")
	d.Tap("Chercher par les traits stricts")
	if !d.Strict() {
		t.Fatal("the button does not lead to the strict traits")
	}
	d.SeesNot("Donnez l’INS entier")
	d.Open()
	if d.Strict() {
		t.Error("the search is not back")
	}
	d.Sees("Chercher par les traits stricts")
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
