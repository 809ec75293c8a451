package patients

import (
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestThePatientsSeenLastAreThereFirst(t *testing.T) {
	d := sit(t)
	d.Sees("Vos patients, derniers vus d’abord (8)", "MARTIN Léa", "28/03/1979", "47 ans", "Médecin traitant", "Dépôt impossible", "Identité provisoire")
	if d.state.Rows[0].Patient.ID != clienttest.PatientLea {
		t.Errorf("first row: %s", d.state.Rows[0].Patient.ID)
	}
}

func TestThreeLettersAndEnterOpenTheRecord(t *testing.T) {
	d := sit(t)
	d.typeIn("ines")
	d.Advance(pauseTyping)
	d.Press(fyne.KeyReturn)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientEmpty {
		t.Errorf("opened %v", d.opened)
	}
}

func TestEnterBeforeTheAnswerStillOpens(t *testing.T) {
	d := sit(t)
	d.typeIn("ines")
	d.Press(fyne.KeyReturn)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientEmpty {
		t.Errorf("opened %v", d.opened)
	}
}

func TestNamesakesAreToldApartAndArrowsChoose(t *testing.T) {
	d := sit(t)
	d.typeIn("martin lea")
	d.pause()
	d.Sees("Vos patients (2)", "Reims", "Charleville-Mézières", "04/10/1991")
	d.Press(fyne.KeyDown, fyne.KeyReturn)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientLeaYounger {
		t.Errorf("opened %v", d.opened)
	}
}

func TestOneQuestionForAWordTypedFast(t *testing.T) {
	d := sit(t)
	before := d.fake.Count(clienttest.OpMyPatients)
	d.typeIn("martin")
	d.pause()
	if n := d.fake.Count(clienttest.OpMyPatients) - before; n != 1 {
		t.Errorf("%d questions", n)
	}
}

func TestTheEarlierSearchIsCancelled(t *testing.T) {
	d := sit(t)
	gate := d.fake.Hold(clienttest.OpMyPatients)
	d.typeIn("mart")
	d.Advance(pauseTyping)
	<-gate.Entered()
	d.Sees("MARTIN Léa") // the list stays until the next answer
	d.typeIn("inet")
	d.Advance(pauseTyping)
	<-gate.Entered()
	gate.Release()
	d.Settle()
	if len(d.state.Rows) != 1 || d.state.Rows[0].Patient.ID != clienttest.PatientLeo {
		t.Errorf("rows: %+v", d.state.Rows)
	}
}

func TestEscapeEmptiesTheBoxAndTheListComesBack(t *testing.T) {
	d := sit(t)
	d.typeIn("zzz")
	d.pause()
	d.Sees("Aucun de vos patients ne correspond")
	d.Press(fyne.KeyEscape)
	d.Sees("Vos patients, derniers vus d’abord (8)")
	if d.view.box.Text != "" {
		t.Errorf("box: %q", d.view.box.Text)
	}
}

// insOf gives somebody's INS in the fictional world.
func (d *desk) insOf(t client.Traits) fhir.Identifier {
	d.Helper()
	p, err := d.fake.Match(d.Context(), t)
	if err != nil {
		d.Fatal(err)
	}
	return p.INS
}

func karim() client.Traits {
	return client.Traits{BirthName: "BENALI", FirstGiven: "Karim", Sex: "M", BirthDate: "1984-12-05"}
}

func TestAStrangersINSIsLookedForEverywhereOnlyAfterAYes(t *testing.T) {
	d := sit(t)
	ins := d.insOf(karim())
	d.typeIn(ins.Value)
	d.pause()
	d.Sees("Aucun de vos patients n’a cet INS", "Votre recherche figurera dans son historique")
	if d.fake.Count(clienttest.OpFindByINS) != 0 {
		t.Fatal("looked for everywhere without being told")
	}
	d.Press(fyne.KeyReturn)
	d.Sees("Personne trouvée", "BENALI Karim", "Pas d’autorisation", "votre recherche figure dans l’historique")
	d.Press(fyne.KeyReturn)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientStranger {
		t.Errorf("opened %v", d.opened)
	}
}

func scanOf(ins fhir.Identifier, family, given, sex, birth string) string {
	return "IS01" + strings.Repeat("0", 22) + "S1" + ins.Value + "S2" + strings.TrimPrefix(ins.System, "urn:oid:") +
		"\x1dS3" + given + "\x1dS4" + family + "\x1dS5" + sex + "S6" + birth
}

func TestAScanOpensTheRecord(t *testing.T) {
	d := sit(t)
	d.shortcut(widget.Ctrl(fyne.KeyI))
	d.Sees("Présentez le code de l’attestation INS")
	for _, part := range strings.SplitAfter(scanOf(d.insOf(karim()), "BENALI", "KARIM", "M", "05-12-1984"), "\x1d") {
		d.typeIn(strings.TrimSuffix(part, "\x1d"))
		if strings.HasSuffix(part, "\x1d") {
			d.shortcut(widget.Ctrl(fyne.KeyRightBracket)) // what scanners send for GS
		}
	}
	d.Press(fyne.KeyReturn)
	if len(d.opened) != 1 || d.opened[0] != clienttest.PatientStranger {
		t.Fatalf("opened %v", d.opened)
	}
	d.Shown() // back again: the record that was left is not opened anew
	d.Settle()
	if len(d.opened) != 1 || d.view.box.Text != "" {
		t.Errorf("back on the page: opened %v, box %q", d.opened, d.view.box.Text)
	}
}

func TestAScanThatDisagreesWithTheRecordWaits(t *testing.T) {
	d := sit(t)
	d.typeIn(scanOf(d.insOf(karim()), "BENALI", "KADER", "M", "06-12-1984"))
	d.pause()
	d.Sees("BENALI Karim", "ne disent pas la même chose", "les prénoms et la date de naissance")
	if len(d.opened) != 0 {
		t.Errorf("opened %v", d.opened)
	}
}

func TestAScanCutShortIsNeverSearchedFor(t *testing.T) {
	d := sit(t)
	before := len(d.fake.Calls())
	d.typeIn(scanOf(d.insOf(karim()), "BENALI", "KARIM", "M", "05-12-1984")[:60])
	d.pause()
	d.Sees("Lecture du code en cours")
	d.Press(fyne.KeyReturn)
	d.Sees("Le code a été lu en partie")
	if got := len(d.fake.Calls()) - before - 1; got != 0 { // one call is insOf's own
		t.Errorf("%d questions asked", got)
	}
}

func TestStrictTraitsAnswerOneOrNone(t *testing.T) {
	d := sit(t)
	d.shortcut(widget.Ctrl(fyne.KeyN))
	d.Sees("vous obtiendrez une seule personne, ou aucune", "votre recherche figurera dans son historique")
	s := d.sheet
	test.Type(s.birthName, "Benali")
	d.sheet.submit()
	d.Sees("Donnez le premier prénom")
	test.Type(s.given, "Karim")
	test.Tap(s.sexes.man)
	test.Type(s.birth, "05/12/1985")
	d.sheet.submit()
	d.Settle()
	d.Sees("Personne ne correspond exactement")
	if d.sheet == nil {
		t.Fatal("the form went away with what was typed")
	}
	s.birth.SetText("05/12/1984")
	d.sheet.submit()
	d.Settle()
	if d.sheet != nil {
		t.Fatal("the form stayed open")
	}
	d.Sees("Personne trouvée", "BENALI Karim", "votre recherche figure dans l’historique")
	if len(d.state.Rows) != 1 {
		t.Errorf("%d rows", len(d.state.Rows))
	}
}

func TestAStrictSheetKeepsItsWordsWhenTheServerFails(t *testing.T) {
	d := sit(t)
	d.openStrict()
	d.sheet.birthName.SetText("Benali")
	d.sheet.given.SetText("Karim")
	d.sheet.birth.SetText("05/12/1984")
	d.sheet.sexes.choose("M")
	d.fake.FailNext(clienttest.OpMatch, fhir.E(fhir.Throttled, ""))
	d.sheet.submit()
	d.Settle()
	d.Sees("panne throttled Réessayez.")
	if d.sheet == nil || d.sheet.birthName.Text != "Benali" {
		t.Error("what was typed is lost")
	}
}

func TestNothingFlashesWhenTheAnswerIsQuick(t *testing.T) {
	d := sit(t)
	gate := d.fake.Hold(clienttest.OpMyPatients)
	d.state = State{TestIdentities: true}
	d.Shown()
	<-gate.Entered()
	if d.view.skeleton.Visible() {
		t.Error("bars at once")
	}
	d.Advance(400 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("nothing after 300 ms")
	}
	gate.Release()
	d.Settle()
	if d.view.skeleton.Visible() || !d.view.listPanel.Visible() {
		t.Error("the bars stayed")
	}
}

func TestALostServerShowsAndThePageGoesOn(t *testing.T) {
	d := sit(t)
	d.fake.SetOffline(true)
	d.typeIn("mart")
	d.pause()
	d.Sees("panne offline", "Réessayez.", "réf-1", "Réessayer")
	d.SeesNot("MARTIN Léa")
	d.fake.SetOffline(false)
	d.Reconnected()
	d.Settle()
	d.Sees("MARTIN Léa", "Vos patients (4)")
}

func TestAnOldCopySaysItsAge(t *testing.T) {
	d := sit(t)
	asOf := time.Date(2026, 11, 21, 7, 5, 0, 0, time.UTC)
	step := d.state.Again()
	d.state.Answered(step.Gen, step.Query, client.PatientPage{
		Patients: []client.Patient{person("1", "MARTIN", "Léa", "1979-03-28")}, Provenance: client.Provenance{Cached: true, AsOf: asOf},
	}, nil)
	d.view.show(&d.state, d.now())
	d.Sees("Copie de 7" + widget.Nbsp + "h" + widget.Nbsp + "05")
}

func TestAPanicInTheCacheIsAStateToo(t *testing.T) {
	d := sit(t)
	d.Page.cfg.Finder = nil // the work panics
	d.typeIn("mart")
	d.pause()
	d.Sees("panne internal")
}

func TestTheRestOfALongListComesWhenAsked(t *testing.T) {
	d := sit(t)
	d.SeesNot("Afficher la suite")
	d.Press(fyne.KeyDown)
	d.state.Next = "at-6" // as if there were another page
	d.view.show(&d.state, d.now())
	d.Sees("Afficher la suite")
	test.Tap(d.view.more)
	d.Settle()
	if len(d.state.Rows) != 10 || d.state.Selected != 1 {
		t.Errorf("%d rows, row %d selected", len(d.state.Rows), d.state.Selected)
	}
	d.SeesNot("Afficher la suite")
}

func TestANarrowWindowKeepsTheName(t *testing.T) {
	d := sit(t)
	for _, c := range []struct {
		width           float32
		relation, visit bool
	}{{1180, true, true}, {980, true, false}, {860, false, false}} {
		d.Window().Resize(fyne.NewSize(c.width, 720))
		screen := d.Screen()
		if strings.Contains(screen, "Médecin traitant") != c.relation || strings.Contains(screen, "vu le") != c.visit {
			t.Errorf("at %v points:\n%s", c.width, screen)
		}
		d.Sees("MARTIN-DUBOIS Hélène", "née MARTIN Hélène", "2"+widget.Nbsp+"79")
	}
}

func TestLargerTextsDoNotOverlap(t *testing.T) {
	d := sit(t)
	fyne.CurrentApp().Settings().SetTheme(widget.NewTheme(widget.Light, 1.5))
	r := newRowView()
	r.set(RowOf(person("1", "MARTIN", "Léa", "1979-03-28")), d.now())
	r.Resize(fyne.NewSize(1100, r.MinSize().Height))
	first, next := r.birth.first, r.birth.next
	if bottom := first.Position().Y + first.MinSize().Height; next.Position().Y < bottom-2 || next.Position().Y+next.MinSize().Height > r.MinSize().Height+2 {
		t.Errorf("second line at %v, first ends at %v, row is %v high", next.Position().Y, bottom, r.MinSize().Height)
	}
}

func TestWhoOnlyFilesIsNotToldOfAConsent(t *testing.T) {
	p := person("1", "MARTIN", "Léa", "1979-03-28")
	p.Relation = fhir.BasisFiling
	words, until, _ := relationWords(RowOf(p), time.Now())
	if words != "Dépôt seulement" || until != "" {
		t.Errorf("%q, %q", words, until)
	}
}

// Coming back selects what was searched; emptied and typed over, the first digit
// stays.
func TestNoDigitIsLostAfterComingBackAndEscape(t *testing.T) {
	d := sit(t)
	d.typeIn("mart")
	d.pause()
	d.Hidden()
	d.Shown()
	d.Settle()
	d.view.box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.focusBox()
	d.typeIn("19")
	if d.view.box.Text != "19" {
		t.Errorf("the box holds %q", d.view.box.Text)
	}
}
