package record

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

func TestWithoutARightThePageSaysWhyAndWhatIsPossible(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Sees("Vous n’avez pas accès au dossier de BENALI Karim.", "Le patient ne vous a pas encore autorisé.",
		"Recueillir le consentement", "Accès d’urgence (bris de glace)", "Déposer un document", "Lecture non autorisée")
	d.cannot(widget.Key(fyne.KeyJ))
	if d.fake.Count(clienttest.OpDocuments) != 0 {
		t.Error("documents were asked for")
	}
}

func TestNothingTellsThatSomebodyBlockedMe(t *testing.T) {
	stranger := sit(t, clienttest.PatientStranger, clienttest.Options{})
	blocked := sit(t, clienttest.PatientStranger, clienttest.Options{})
	blocked.cfg.Patient.ID = clienttest.PatientBlocked
	blocked.open(client.OpenRequest{Mode: fhir.ModeNormal})
	blocked.Settle()
	if a, b := stranger.Screen(), blocked.Screen(); a != b {
		t.Errorf("the pages differ:\n%s\n%s", a, b)
	}
}

func TestAnOccupationalDoctorIsToldItIsTheLaw(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.access = client.Access{Session: "s", Refusal: "profession", Rights: []string{fhir.RightUpload}}
	d.view.refresh()
	d.Sees("Votre profession ou votre spécialité ne permet pas de lire les dossiers", "Déposer un document")
	d.SeesNot("Recueillir le consentement", "Accès d’urgence")
}

func TestTheConsentGivenInFrontOfMeOpensTheRecord(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Press(fyne.KeyReturn) // the first offer has the focus
	d.Sees("Recueillir le consentement", "BENALI Karim est devant vous", "informé aussitôt", "le contester")
	d.Tap("Par écrit")
	d.Tap("3 mois")
	d.Tap("Enregistrer le consentement")
	var declared client.ConsentDeclaration
	for _, c := range d.fake.Calls() {
		if c.Op == clienttest.OpDeclareConsent {
			declared = c.Argument.(client.ConsentDeclaration)
		}
	}
	want := time.Date(2027, 2, 21, 23, 59, 59, 0, time.UTC)
	if declared.Form != "ecrit" || declared.Visit || !declared.End.Equal(want) {
		t.Errorf("declared %+v", declared)
	}
	d.toasted("Consentement enregistré")
	d.Sees("Le patient vous a autorisé jusqu’au 21"+widget.Nbsp+"févr."+widget.Nbsp+"2027", "Documents 11")
}

func TestAConsentThatIsRefusedSaysSo(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.cfg.Patient.ID = clienttest.PatientBlocked
	d.openConsent()
	d.Tap("Enregistrer le consentement")
	if fhir.CodeOf(d.Failure()) != fhir.NoConsent {
		t.Errorf("presented %v", d.Failure())
	}
	d.Sees("Vous n’avez pas accès")
}

func TestBreakGlassNeedsAReasonAndLeavesTimeToThink(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Tap("Accès d’urgence")
	d.Sees("Il est prévenu aussitôt", "dure une heure", "Encore 10 lettres")
	area := d.Window().Canvas().Focused().(*widget.Entry)
	test.Type(area, "coma")
	d.Sees("Encore 6 lettres")
	test.Type(area, " au cabinet")
	d.Tap("Accéder en urgence")
	d.Sees("Ouverture dans 5 s")
	d.Advance(3 * time.Second)
	d.Sees("Ouverture dans 2 s")
	if d.fake.Count(clienttest.OpOpen) != 1 {
		t.Fatal("opened before the countdown was over")
	}
	d.Advance(2 * time.Second)
	d.Settle()
	d.Sees("Accès d’urgence : 60 min", "Accès d’urgence (bris de glace), jusqu’à", "le patient a été prévenu", "Documents 11")
	for _, c := range d.fake.Calls() {
		if how, ok := c.Argument.(client.OpenRequest); ok && how.Mode == fhir.ModeBreakGlass && how.Reason != "coma au cabinet" {
			t.Errorf("reason %q", how.Reason)
		}
	}
}

// inEmergency sits in a record opened by break-glass.
func inEmergency(t *testing.T) *desk {
	t.Helper()
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.open(client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "coma au cabinet"})
	d.Settle()
	return d
}

func TestEscapeRenouncesTheEmergencyAccess(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.openAlarm(fhir.ModeBreakGlass)
	test.Type(d.Window().Canvas().Focused().(*widget.Entry), "coma au cabinet")
	d.Tap("Accéder en urgence")
	d.Advance(2 * time.Second)
	d.Press(fyne.KeyEscape)
	d.Advance(10 * time.Second)
	d.Settle()
	if d.fake.Count(clienttest.OpOpen) != 1 {
		t.Error("opened all the same")
	}
	d.Sees("Vous n’avez pas accès")
}

func TestTheEmergencyAccessEndsAndNothingStays(t *testing.T) {
	d := inEmergency(t)
	d.Press(fyne.KeyReturn)
	d.Sees("contenu application/pdf")
	d.Advance(59*time.Minute + 30*time.Second)
	d.Sees("Accès d’urgence : 30 s")
	d.Advance(30 * time.Second)
	d.Sees("L’accès d’urgence est terminé", "BENALI Karim")
	d.SeesNot("contenu", "Documents 11", "Radiologie Erlon")
	if d.docs.Len() != 0 || d.reader.shown() {
		t.Error("documents stayed in memory")
	}
	d.Tap("Revenir au dossier")
	d.Sees("Vous n’avez pas accès", "Recueillir le consentement", "Accès d’urgence (bris de glace)")
}

func TestARightThatEndsMeanwhileShowsWhatIsPossibleNow(t *testing.T) {
	d := sit(t, clienttest.PatientHelene, clienttest.Options{})
	d.Sees("Le patient vous a autorisé jusqu’au")
	if err := d.fake.WithdrawOwn(t.Context(), clienttest.PatientHelene); err != nil {
		t.Fatal(err)
	}
	d.fake.FailNext(clienttest.OpContent, fhir.E(fhir.NoConsent, ""))
	d.Press(fyne.KeyReturn)
	d.Sees("vient de prendre fin", "Recueillir le consentement")
	d.SeesNot("Radiologie Erlon")
}

func TestASessionThatEndedWithTheSignInIsOpenedAnewUnseen(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	session := d.access.Session
	d.Press(fyne.KeyDown)
	d.fake.FailNext(clienttest.OpContent, fhir.E(fhir.Forbidden, ""))
	d.Press(fyne.KeyReturn)
	d.Sees("contenu application/pdf", "Documents 214")
	if d.access.Session == session || d.Failure() != nil {
		t.Errorf("session %s, presented %v", d.access.Session, d.Failure())
	}
	e := d.choosing(colleagues)
	d.fake.FailNext(clienttest.OpChange, fhir.E(fhir.Forbidden, ""))
	d.act(Mask, e.Doc)
	d.Settle()
	if !d.docs.Get(e.Doc.ID).Doc.Masked {
		t.Error("what was asked was forgotten")
	}
	d.fake.FailNext(clienttest.OpChange, fhir.E(fhir.Forbidden, ""), fhir.E(fhir.Forbidden, ""))
	d.act(Unmask, d.docs.Get(e.Doc.ID).Doc)
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.Forbidden {
		t.Errorf("a refusal that stays is not said: %v", d.Failure())
	}
}

func TestNothingIsFiledToAProvisionalIdentity(t *testing.T) {
	d := sit(t, clienttest.PatientLeo, clienttest.Options{})
	d.Sees("Identité provisoire : dépôt impossible")
	d.SeesNot("Déposer un document")
}

func colleagues(e *Entry) bool { return !e.Own && !e.Doc.Masked && !e.Doc.HiddenPatient }

func TestMaskingAndTheWayBack(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(colleagues)
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Masquer aux professionnels")
	if !d.docs.Get(e.Doc.ID).Doc.Masked {
		t.Fatal("not masked")
	}
	d.toasted("Document masqué")
	d.Sees("Masqué aux professionnels, sauf l’auteur et le médecin traitant")
	d.Toasts[0].Do()
	d.Settle()
	if d.docs.Get(e.Doc.ID).Doc.Masked {
		t.Error("the way back did nothing")
	}
}

func TestMaskingAColleaguesDocumentForEverIsConfirmed(t *testing.T) {
	d := sit(t, clienttest.PatientHelene, clienttest.Options{})
	e := d.choosing(colleagues)
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Masquer aux professionnels")
	d.Sees("vous ne pourrez plus le lire ni le démasquer")
	d.Press(fyne.KeyReturn) // the focus is on the way out
	if d.fake.Count(clienttest.OpChange) != 0 {
		t.Fatal("masked by a hasty Return")
	}
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Masquer aux professionnels")
	d.Tap("Masquer")
	if d.docs.Get(e.Doc.ID) != nil {
		t.Error("what I may no longer read stays in the list")
	}
}

func TestArchivingTakesADocumentOutOfTheCurrentList(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(colleagues)
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Archiver")
	d.toasted("Archivés et remplacés")
	if d.docs.Get(e.Doc.ID) != nil || d.docs.Selected == e.Doc.ID {
		t.Error("it stays in the current list")
	}
	d.Sees("Documents 213")
}

func TestDeletingMineIsConfirmed(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(func(e *Entry) bool { return e.Own && !e.Doc.Masked })
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Supprimer")
	d.Sees("ne pourra pas être rétabli")
	if d.fake.Count(clienttest.OpChange) != 0 {
		t.Fatal("deleted without a yes")
	}
	d.Tap("Supprimer")
	if d.docs.Get(e.Doc.ID) != nil {
		t.Error("it stays in the list")
	}
	d.toasted("Document supprimé")
}

func TestAMisfiledDocumentIsWithdrawn(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(func(e *Entry) bool { return e.Own })
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Annuler ce dépôt")
	d.Sees("Déposez-le ensuite dans le bon dossier")
	d.Tap("Annuler le dépôt")
	if d.docs.Get(e.Doc.ID) != nil || d.fake.Count(clienttest.OpUndo) != 1 {
		t.Error("it stays in the list")
	}
}

func TestADocumentThatChangedMeanwhileIsShownAsItIs(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(colleagues)
	yes := true
	if _, err := d.fake.Change(t.Context(), d.access, e.Doc, client.Change{HiddenPatient: &yes}); err != nil {
		t.Fatal(err)
	}
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Masquer aux professionnels")
	d.toasted("a changé entre-temps")
	now := d.docs.Get(e.Doc.ID).Doc
	if !now.HiddenPatient || now.Masked || now.Version != "2" {
		t.Errorf("shown as %+v", now)
	}
	d.start(Mask, now)
	d.Settle()
	if !d.docs.Get(e.Doc.ID).Doc.Masked {
		t.Error("the second try, with the version shown, did nothing")
	}
}

func TestAReportFiledAppearsAndIsSelected(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.shortcut(widget.Ctrl(fyne.KeyU))
	if len(d.filings) != 1 || d.filings[0].Replaces != nil || d.filings[0].Access.Session != d.access.Session {
		t.Fatalf("filings %+v", d.filings)
	}
	filed := doc("new", "11488-4", "Dr Anne MOREL", "2026-11-21", "2026-11-21T10:00:00Z")
	filed.Author.ID = d.Person().ID
	d.filings[0].Filed(filed)
	if d.docs.Selected != "new" || d.docs.Row("new") < 0 || d.view.documents.list.Cursor() != d.docs.Row("new") {
		t.Error("the new document is not selected")
	}
	d.Sees("Documents 215")
	d.filings[0].Undone(filed)
	d.Sees("Documents 214")
}

func TestReplacingMarksTheOldOne(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	e := d.choosing(func(e *Entry) bool { return e.Own && !e.Doc.Masked })
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Tap("Remplacer")
	if len(d.filings) != 1 || d.filings[0].Replaces == nil || d.filings[0].Replaces.ID != e.Doc.ID {
		t.Fatalf("filings %+v", d.filings)
	}
	old := e.Doc.ID
	plain := doc("plain", "11488-4", "Dr Anne MOREL", "2026-11-21", "2026-11-21T10:00:00Z")
	d.filings[0].Filed(plain)
	if d.docs.Get(old) == nil {
		t.Fatal("the old one was taken away although the server kept it")
	}
	corrected := doc("corrected", "11488-4", "Dr Anne MOREL", "2026-11-21", "2026-11-21T10:00:00Z")
	corrected.Replaces = []string{"DocumentReference/" + old}
	d.filings[0].Filed(corrected)
	if d.docs.Get(old) != nil || d.docs.Selected != "corrected" {
		t.Errorf("selected %s, old one there: %v", d.docs.Selected, d.docs.Get(old) != nil)
	}
}

func TestAFileDroppedOnTheRecordIsFiled(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	if !d.Dropped([]fyne.URI{storage.NewFileURI("/tmp/compte rendu.pdf")}) || len(d.filings) != 1 || len(d.filings[0].Files) != 1 {
		t.Errorf("filings %+v", d.filings)
	}
	d.access.Rights = []string{fhir.RightRead}
	if d.Dropped([]fyne.URI{storage.NewFileURI("/tmp/a.pdf")}) {
		t.Error("taken without the right to file")
	}
}

func TestTheAccessesOfThisRecord(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.shortcut(widget.Ctrl(fyne.KeyH))
	d.Sees("Tous les accès à ce dossier, que vous voyez comme médecin traitant", "Dr Anne MOREL", "Ouverture du dossier")
	d.traces.rows = append([]client.Trace{{
		Kind: fhir.KindOpen, Action: "E", Mode: fhir.ModeBreakGlass, Reason: "coma au cabinet", AgentName: "Dr Marc VIDALENC", OrgName: "Urgences du Port", Recorded: d.now(),
	}}, d.traces.rows...)
	d.view.refresh()
	d.Sees("Dr Marc VIDALENC", "Motif : coma au cabinet", "Urgences du Port", "Bris de glace")
	d.traces.rows = d.traces.rows[1:]
	d.cannot(widget.Key(fyne.KeyJ))
	d.shortcut(widget.Ctrl(fyne.KeyD))
	d.Sees("Laboratoire Cernay")

	d.shortcut(widget.Ctrl(fyne.KeyH))
	d.SeesNot("Afficher la suite")
	rows := len(d.traces.rows)
	d.traces.next = "at-1" // as if there were another page
	d.view.refresh()
	d.Tap("Afficher la suite")
	if len(d.traces.rows) != 2*rows-1 {
		t.Errorf("%d rows after the next page, %d before", len(d.traces.rows), rows)
	}

	other := sit(t, clienttest.PatientHelene, clienttest.Options{})
	other.fake.FailNext(clienttest.OpAccesses, fhir.E(fhir.Unavailable, ""))
	other.shortcut(widget.Ctrl(fyne.KeyH))
	other.Sees("panne unavailable", "Seul le médecin traitant voit aussi ceux des autres")
	other.Tap("Réessayer")
	other.Sees("Ouverture du dossier")
}

func TestLeavingGivesTheSessionBack(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Press(fyne.KeyReturn)
	d.cfg.Scope.Close() // as the shell does
	d.Close()
	d.Settle()
	if d.fake.Count(clienttest.OpClose) != 1 || d.docs.Len() != 0 || d.viewer.label.Text != "" {
		t.Errorf("%d sessions given back, %d documents in memory, viewer %q", d.fake.Count(clienttest.OpClose), d.docs.Len(), d.viewer.label.Text)
	}
}

func TestADocumentWithdrawnMeanwhileLeavesTheList(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	id := d.docs.Selected
	d.fake.FailNext(clienttest.OpContent, fhir.E(fhir.Withdrawn, ""))
	d.Press(fyne.KeyReturn)
	if d.docs.Get(id) != nil || fhir.CodeOf(d.Failure()) != fhir.Withdrawn {
		t.Errorf("presented %v", d.Failure())
	}
}
