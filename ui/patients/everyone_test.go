package patients

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// regulating sits a doctor of the emergency centre at the page.
func regulating(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{Me: client.Person{
		ID: "899700000088", Name: "Dr Inès CARON", Profession: "10", Specialty: "SM59",
	}})}
	d.Page = New(Config{
		Scope: d.Scope(), Finder: d.fake, Shell: d, TestIdentities: true, Regulates: true,
		Open: func(p client.Patient) { d.opened = append(d.opened, p.ID) },
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 720))
	d.Shown()
	d.Settle()
	return d
}

func TestWhoRegulatesFindsAnyoneByName(t *testing.T) {
	d := regulating(t)
	d.Sees("Centre 15, par le nom")
	d.shortcut(everyoneKeys)
	d.Sees("Chaque personne affichée verra votre recherche")
	test.Type(d.everyone.name, "ben")
	d.Press(fyne.KeyReturn)
	d.Sees("au moins quatre lettres")
	test.Type(d.everyone.name, "ali")
	test.Type(d.everyone.birth, "1984-")
	d.Press(fyne.KeyReturn)
	d.Sees("ou l’année seule")
	d.everyone.birth.SetText("1902")
	d.everyone.submit()
	d.Settle()
	d.Sees("Vérifiez l’orthographe")
	d.everyone.birth.SetText("05/12/1984")
	d.everyone.submit()
	d.Settle()
	if d.everyone != nil {
		t.Fatal("the form is still open")
	}
	d.Sees("BENALI Karim", "Toutes les personnes de ce nom (1)", "figure dans l’historique de chacune")
	calls := d.fake.Calls()
	if q := calls[len(calls)-1].Argument.(client.EmergencyQuery); q.BirthDate != "1984-12-05" || q.Name != "benali" {
		t.Errorf("asked %+v", q)
	}
	d.open(0)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientStranger {
		t.Errorf("opened %v", d.opened)
	}
	d.Hidden()
	d.Shown() // coming back asks for one's own patients: another search would leave other lines
	d.Settle()
	if d.fake.Count(clienttest.OpEmergency) != 2 {
		t.Errorf("%d searches", d.fake.Count(clienttest.OpEmergency))
	}
}

func TestWhoDoesNotRegulateIsNotOfferedEveryone(t *testing.T) {
	d := sit(t)
	d.SeesNot("Centre 15")
	for _, s := range d.Shortcuts() {
		if s.Matches(everyoneKeys) {
			t.Error("the key is there")
		}
	}
}

func TestARefusedEmergencySearchSaysSo(t *testing.T) {
	d := regulating(t)
	d.fake.FailNext(clienttest.OpEmergency, clienttest.Failure(fhir.Forbidden, "réf-7"))
	d.shortcut(everyoneKeys)
	test.Type(d.everyone.name, "benali")
	d.Press(fyne.KeyReturn)
	d.Sees("panne forbidden")
}
