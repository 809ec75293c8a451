package summary

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

func TestAPersonAtAGlance(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.Sees("Allergies et effets indésirables\u00a0(2)", "Pénicilline — urticaire géante", "Grave", "depuis 1998 · Noté par vous", "Arachide", "Noté par le patient",
		"Traitements en cours\u00a0(2)", "Metformine 1000 mg", "Traitements terminés : 1", "Diabète de type 2", "depuis 05/2016",
		"Père\u00a0: Infarctus du myocarde à 52 ans", "Vaccinations enregistrées\u00a0(2)", "148/86\u00a0mmHg", "70,0\u00a0kg", "Médecin traitant", "Nadia ROUXEL", "édition 2019-09")
	d.SeesNot("Amlodipine", "Appendicectomie") // what is over is folded
	if d.alert != "Allergies : Pénicilline, Arachide" {
		t.Errorf("the band says %q", d.alert)
	}
	if n := d.fake.Count(clienttest.OpItems); n != 1 {
		t.Errorf("%d questions: one is one line of the patient's history", n)
	}
	d.stand(d.view.left, "Traitements terminés")
	d.Press(fyne.KeyReturn)
	d.Sees("Amlodipine 5 mg", "2018-01"[5:]+"/2018 – 03/2019", "Replier")
}

func TestDocumentsOfTheRecordAreShownAndRead(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.Sees("Aucun document à lire.")
	page, err := d.fake.Documents(t.Context(), d.cfg.Access(), client.DocumentQuery{})
	if err != nil {
		t.Fatal(err)
	}
	d.Page.Documents(page.Documents, true)
	d.Settle()
	first, _ := documentWords(page.Documents[0])
	d.stand(d.view.right, first)
	d.Press(fyne.KeyReturn)
	if d.read != page.Documents[0].ID {
		t.Errorf("read %q", d.read)
	}
	d.stand(d.view.right, "Tension artérielle")
	d.Press(fyne.KeyReturn)
	if d.measures != 1 {
		t.Error("a measure does not lead to the measures")
	}
}

func TestTwoColumnsByKeys(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	if d.Window().Canvas().Focused() != d.InitialFocus() || d.view.left.list.Cursor() != 1 {
		t.Errorf("the keyboard is not on the first allergy but on row %d", d.view.left.list.Cursor())
	}
	d.Press(fyne.KeyRight)
	if d.Window().Canvas().Focused() != fyne.Focusable(d.view.right.list) {
		t.Error("the right arrow does not lead to the right column")
	}
	d.Press(fyne.KeyLeft, fyne.KeyHome)
	if at := d.view.left.list.Cursor(); at < 0 || d.view.left.rows[at].Kind == Heading {
		t.Errorf("the cursor stands on row %d", at)
	}
}

func TestAddingATreatmentIsJudgedWhileItIsTyped(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.stand(d.view.left, "Metformine")
	d.key(addKeys())
	d.Sees("Traitement, comme vous l’écrivez", "Écrivez d’abord de quoi il s’agit.")
	d.typed("Augmentin")
	d.Sees("nom de marque", "amoxicilline + acide clavulanique")
	d.Window().Canvas().FocusNext()
	d.typed("amoxicilline")
	d.Sees("Allergie", "amoxicilline et l’allergie", "Carnet, familles d’allergènes")
	d.Tap("Enregistrer")
	d.Sees("Augmentin", "Traitements en cours\u00a0(3)", "À vérifier (aide à la décision)\u00a0(1)", "Allergie")
	if n := d.fake.Count(clienttest.OpKeepItem); n != 1 || len(d.Toasts) != 1 || d.Toasts[0].Do == nil {
		t.Fatalf("%d items kept, %+v", n, d.Toasts)
	}
	d.Toasts[0].Do() // the way back
	d.Settle()
	d.SeesNot("Augmentin")
}

func TestAnInteractionIsToldWithItsSource(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	form := NewForm("MedicationStatement")
	form.Values[FieldText], form.Values[FieldSubstance] = "Lithium 400 mg", "lithium"
	d.openForm(form)
	d.Settle()
	d.Sees("Association déconseillée\u00a0: ramipril + lithium", "édition 2019-09")
	d.Tap("Enregistrer")
	d.Sees("Association déconseillée", "Ramipril + lithium", "ANSM, édition 2019-09")
	d.stand(d.view.left, "Ramipril + lithium")
	d.Press(fyne.KeyReturn)
	d.Sees("Inhibiteurs de l’enzyme de conversion", "association déconseillée", "Écrit au dossier", "aucune alerte ne veut pas dire sans risque")
}

func TestCorrectingAndTakingOutOnesOwn(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.stand(d.view.left, "Ramipril")
	d.Press(fyne.KeyReturn)
	d.Sees("Corriger : Traitement", "Saisi par erreur : retirer")
	d.Window().Canvas().FocusNext()
	d.Window().Canvas().FocusNext()
	d.typed("1 comprimé le soir ; ")
	d.Tap("Enregistrer")
	d.Sees("Ramipril 5 mg — 1 comprimé le soir")
	d.stand(d.view.left, "Ramipril")
	d.Press(fyne.KeyReturn)
	d.Tap("Saisi par erreur")
	d.SeesNot("Ramipril")
}

func TestAnothersItemIsReadAndNotChanged(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.stand(d.view.left, "Arachide")
	d.Press(fyne.KeyReturn)
	d.Sees("Arachide — œdème des lèvres", "Seul son auteur peut le corriger")
	d.SeesNot("Enregistrer")
}

func TestAConflictKeepsWhatWasTyped(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.stand(d.view.left, "Ramipril")
	d.Press(fyne.KeyReturn)
	d.typed("mieux ")
	d.fake.FailNext(clienttest.OpKeepItem, fhir.E(fhir.VersionConflict, "changed"))
	d.Tap("Enregistrer")
	d.Sees("Cela a changé entre-temps", "mieux")
}

func TestWhatAMinorKeepsIsNeverSent(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.cfg.Patient.BirthDate = d.now().AddDate(-15, 0, 0).Format(time.DateOnly)
	d.Shown()
	d.Settle()
	d.key(addKeys())
	d.typed("contraception")
	d.Tap("Soin confidentiel")
	d.Sees("Ils ne sont alors pas enregistrés du tout dans son dossier")
	d.Tap("Garder hors du dossier")
	d.SeesNot("contraception")
	if d.fake.Count(clienttest.OpKeepItem) != 0 || len(d.Toasts) != 1 || !strings.Contains(d.Toasts[0].Text, "rien n’a été envoyé") {
		t.Errorf("%d sent, %+v", d.fake.Count(clienttest.OpKeepItem), d.Toasts)
	}
	adult := sit(t, clienttest.PatientLea)
	adult.key(addKeys())
	adult.SeesNot("Soin confidentiel")
}

func TestAnEmptyProfilePromisesNothing(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty)
	d.Sees("Aucune allergie enregistrée : cela ne veut pas dire", "Aucun traitement en cours à comparer", "Non vérifié", "rien n’est enregistré", "Par l’âge seul", "BCG")
	for _, r := range d.view.right.rows {
		if under := linesOf(r, "", d.now().Location()).under; r.Kind == DueRow && r.Due.State == advice.DueUnknown && r.Due.Age > 0 && !strings.Contains(under, "attendue dès ") {
			t.Errorf("of what is not known no day is said: %q", under)
		}
	}
	if d.alert != "" {
		t.Errorf("the band says %q", d.alert)
	}
}

func TestStatesOfThePage(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Forbidden, "not for this profession"))
	d.Shown()
	d.Settle()
	d.Sees("La synthèse de ce dossier ne vous est pas ouverte", "réf-9")
	d.SeesNot("Pénicilline", "Ajouter…")

	d = seat(t, clienttest.PatientLea)
	offline := 0
	d.cfg.Offline = func() { offline++ }
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Offline, "no answer"))
	d.Shown()
	d.Settle()
	d.Sees("panne offline")
	if offline != 1 {
		t.Error("what can be read without the server was not offered")
	}
	d.Reconnected()
	d.Settle()
	d.Sees("Pénicilline")
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Offline, "no answer"))
	d.key(widget.Key(fyne.KeyF5))
	d.Sees("Pénicilline", "panne offline") // what is there stays, and says that it may be old

	d = seat(t, clienttest.PatientLea)
	d.fake.FailNext(clienttest.OpCareTeam, fhir.E(fhir.Unavailable, "busy"))
	d.Shown()
	d.Settle()
	d.Sees("Pénicilline", "L’équipe de soins n’a pas pu être lue")
}

// TestWhatIsWrittenElsewhereIsAskedForAnew: a measure entered beside the summary is on
// it when one comes back.
func TestWhatIsWrittenElsewhereIsAskedForAnew(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.SeesNot("151/93")
	d.Hidden()
	item := client.Item{Resource: "Observation", Status: "final", Start: d.now().Format(time.DateOnly), Text: "Tension artérielle", Code: fhir.Coding{System: fhir.SystemLOINC, Code: "85354-9"}}
	for code, value := range map[string]string{"8480-6": "151", "8462-4": "93"} {
		item.Parts = append(item.Parts, fhir.Part{Code: fhir.Coding{System: fhir.SystemLOINC, Code: code}, Value: value, Unit: "mm[Hg]"})
	}
	if item.Parts[0].Value == "93" {
		item.Parts[0], item.Parts[1] = item.Parts[1], item.Parts[0]
	}
	if _, err := d.fake.KeepItem(t.Context(), d.cfg.Access(), "k", item); err != nil {
		t.Fatal(err)
	}
	d.Changed()
	d.Settle()
	if n := d.fake.Count(clienttest.OpItems); n != 1 {
		t.Errorf("%d questions while nobody looks", n)
	}
	d.Shown()
	d.Settle()
	d.Sees("151/93")
}

// cached answers as a copy does.
type cached struct{ client.Profiles }

func (c cached) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	page, err := c.Profiles.Items(ctx, a, q)
	page.Provenance = client.Provenance{Cached: true, AsOf: time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)}
	return page, err
}

// correcting answers as a copy does on which something was corrected.
type correcting struct {
	client.Profiles
	id string
}

func (c correcting) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	page, err := c.Profiles.Items(ctx, a, q)
	for _, i := range page.Items {
		if i.Text == c.id {
			page.Waiting = append(page.Waiting, i.ID)
		}
	}
	return page, err
}

// TestACorrectionThatWaitsSaysSo like a new item that waits.
func TestACorrectionThatWaitsSaysSo(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.cfg.Profiles = correcting{d.fake, "Ramipril 5 mg"}
	d.Shown()
	d.Settle()
	d.Sees("en attente d’envoi")
	for _, r := range d.view.left.rows {
		if r.Waits != (r.Item.Text == "Ramipril 5 mg") {
			t.Errorf("%+v", r)
		}
	}
}

// TestAnOldCopySaysItsAge: and one writes on it all the same, which waits for the server.
func TestAnOldCopySaysItsAge(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.cfg.Profiles = cached{d.fake}
	d.Shown()
	d.Settle()
	d.Sees("Pénicilline", "Copie du", "Ajouter…")
}

func TestPrintingAsksFirst(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.key(printKeys())
	d.Sees("Imprimer la synthèse ?", "secret professionnel")
	if len(d.drawn) != 0 {
		t.Fatal("drawn before it was wanted")
	}
	d.Tap("Imprimer")
	if d.printed != 1 || len(d.drawn) != 1 {
		t.Fatalf("%d printed, %d drawn", d.printed, len(d.drawn))
	}
	h := d.drawn[0]
	if h.Left[0].Title != "Allergies et effets indésirables\u00a0(2)" || h.Left[0].Lines[0].Text != "Pénicilline — urticaire géante" || h.Left[0].Lines[0].Word != "Grave" {
		t.Errorf("%+v", h.Left[0])
	}
	for _, b := range append(h.Left, h.Right...) {
		for _, l := range b.Lines {
			if strings.Contains(l.Under, "par vous") {
				t.Errorf("on paper nobody is you: %+v", l)
			}
		}
	}
	if history := h.Left[3].Lines; history[len(history)-1].Text != "Appendicectomie" || history[len(history)-1].Word != "Ancien ou résolu" {
		t.Errorf("somebody else has to know what was: %+v", history)
	}
	if h.Name == "" || len(h.Identity) != 2 || len(h.Foot) != 3 || !strings.Contains(h.Made, d.fake.Me().Name) {
		t.Errorf("%+v", h)
	}
	d.outside = fhir.E(fhir.Unavailable, "no printer")
	d.key(printKeys())
	d.Tap("Imprimer")
	d.Sees("Rien n’a été imprimé")
	d.outside = nil
	d.Tap("Enregistrer une copie")
	d.Tap("Enregistrer")
	if d.saved["/copies/synthese.pdf"] != "%PDF" {
		t.Errorf("%v", d.saved)
	}
}

func TestALostSessionIsRenewed(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	again := 0
	d.cfg.Renew = func(err error, do func()) bool {
		if fhir.CodeOf(err) == fhir.NoConsent && again == 0 {
			again++
			do()
			return true
		}
		return false
	}
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.NoConsent, "the session is over"))
	d.Shown()
	d.Settle()
	d.Sees("Pénicilline")
	if again != 1 {
		t.Error("the record was not opened anew")
	}
}

func TestBarsOnlyWhenItTakesTime(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	gate := d.fake.Hold(clienttest.OpItems)
	d.Shown()
	if d.view.skeleton.Visible() {
		t.Error("bars at once")
	}
	d.Advance(400 * time.Millisecond)
	d.Drain()
	if !d.view.skeleton.Visible() {
		t.Error("no bars after 400 ms")
	}
	gate.Release()
	d.Settle()
	d.Sees("Pénicilline")
}
