package upload

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

func TestTodaysReportIsFiledWithADropAndAReturn(t *testing.T) {
	d := sit(t)
	before := d.documents()
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Déposer un document", "Lisible", "Identité concordante", "MARTIN Léa · 28/03/1979 · 2"+widget.Nbsp+"79", "CR d’examens biologiques", "Classe : Compte rendu", "21/11/2026", "Dr Anne MOREL", "1 page")
	if d.pages != 1 {
		t.Error("the first page was not drawn")
	}
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 || d.documents() != before+1 || d.sheet != nil {
		t.Fatalf("%d filed, %d documents of %d, the sheet is open: %v", len(d.filed), d.documents(), before, d.sheet != nil)
	}
	if got := d.filed[0]; got.Type.Code != "11502-2" || got.Masked || got.HiddenPatient || got.Author.Name != "Dr Anne MOREL" {
		t.Errorf("filed %+v", got)
	}
	if got := d.toast(); got.Action != "Annuler le dépôt" || got.Text != "Document déposé dans le dossier de MARTIN Léa." || got.Lasts() < 30*time.Second {
		t.Errorf("the toast says %+v", got)
	}
	d.settled(d.toast().Do)
	if len(d.undone) != 1 || d.documents() != before {
		t.Errorf("undone %d, %d documents of %d", len(d.undone), d.documents(), before)
	}
}

func TestOutsideTheRecordNoWayBackIsOffered(t *testing.T) {
	d := sit(t)
	d.cfg.InFront = func() bool { return false }
	d.drop("/home/anne/bilan.pdf")
	d.Press(fyne.KeyReturn)
	if got := d.toast(); got.Action != "" || !strings.Contains(got.Text, "MARTIN Léa") {
		t.Errorf("the toast says %+v", got)
	}
	gate := d.fake.Hold(clienttest.OpSending)
	d.fake.FailNext(clienttest.OpSending, fhir.E(fhir.Offline, ""))
	d.drop("/home/anne/bilan.pdf")
	d.Strike(fyne.KeyReturn)
	<-gate.Entered()
	d.sheet.Close()
	gate.Release()
	d.Settle()
	if got := d.toast(); got.Action != "" || !strings.Contains(got.Text, "MARTIN Léa") || !strings.Contains(got.Text, "n’a pas abouti") {
		t.Errorf("the toast says %+v", got)
	}
}

func TestOfSeveralFilesOneIsTakenAndTheSheetSaysWhich(t *testing.T) {
	d := sit(t)
	other := storage.NewFileURI("/home/anne/radio.pdf")
	d.Dropped([]fyne.URI{storage.NewFileURI("/home/anne/bilan.pdf"), other, other})
	d.Settle()
	d.Sees("3 fichiers reçus", "« bilan.pdf »", "un par un")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 {
		t.Fatal("not sent")
	}
	d.drop("/home/anne/bilan.pdf")
	d.SeesNot("fichiers reçus")
	d.Dropped([]fyne.URI{other, other}) // it cannot be read: that too is said of which
	d.Settle()
	d.Sees("introuvable", "« radio.pdf »")
}

func TestTheDateInTheTextIsProposed(t *testing.T) {
	d := sit(t)
	day := func(text string) time.Time { return fhir.ParseTime(text) }
	d.seen.Acts = []time.Time{day("2031-01-01"), day("1979-03-28"), day("2026-11-12"), day("2026-11-13")}
	d.drop("/home/anne/bilan.pdf")
	d.Sees("12/11/2026", "Proposée d’après le texte")
	d.view.date.SetText("13/11/2026")
	d.SeesNot("Proposée")
	d.view.date.SetText("12/11/2026")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 || !strings.HasPrefix(d.filed[0].PeriodStart, "2026-11-12") {
		t.Fatalf("filed %+v", d.filed)
	}
}

func TestASuggestedTypeTakesOneReturnMore(t *testing.T) {
	d := sit(t)
	d.seen.Sure = false
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Type proposé d’après le texte")
	d.Press(fyne.KeyReturn)
	d.SeesNot("Type proposé")
	if len(d.filed) != 0 {
		t.Fatal("sent without the type being accepted")
	}
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 {
		t.Fatal("not sent")
	}
}

func TestATypeIsFoundByTyping(t *testing.T) {
	d := sit(t)
	d.seen.Types = nil
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Choisir le type…")
	if d.Window().Canvas().Focused() != d.view.types.Entry() {
		t.Fatal("the hands are not in the list of types")
	}
	if d.view.types.Box.Size().Height-d.view.types.Entry().Size().Height < 200 || d.view.rest.Visible() {
		t.Error("the list has no room")
	}
	test.Type(d.view.types.Entry(), "produits de sante")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 0 || d.state.Type != "57833-6" {
		t.Fatalf("type %q", d.state.Type)
	}
	d.shortcut(widget.Ctrl(fyne.KeyT))
	d.Press(fyne.KeyEscape)
	if d.sheet == nil || d.view.types.IsOpen() {
		t.Fatal("Escape left more than the list")
	}
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 || d.filed[0].Type.Code != "57833-6" || d.filed[0].Category.Code != "42" {
		t.Fatalf("filed %+v", d.filed)
	}
}

func TestARefusedFileSaysWhyAndAsksForAnother(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*desk)
		says string
	}{
		"encrypted": {func(d *desk) {
			d.seen.Report = pdfcheck.Report{Verdict: pdfcheck.Refused, Findings: []pdfcheck.Finding{{Code: pdfcheck.CodeEncrypted, Severity: pdfcheck.Refuse}}}
		}, "mot de passe"},
		"a program":       {func(d *desk) { d.seen = Inspection{} }, "imprimez-le en PDF"},
		"gone":            {func(d *desk) { delete(d.disk, "/home/anne/bilan.pdf") }, "introuvable"},
		"too large":       {func(d *desk) { d.disk["/home/anne/bilan.pdf"] = make([]byte, client.MaxDocument+1) }, "25 Mo"},
		"not to be read":  {func(d *desk) { d.cannot = fhir.E(fhir.Invalid, "") }, "Il ne se lit pas"},
		"cannot be check": {func(d *desk) { d.cannot = clienttest.Failure(fhir.Unavailable, "r-7") }, "panne unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			d := sit(t)
			c.set(d)
			d.drop("/home/anne/bilan.pdf")
			d.Sees(c.says, "Choisir un autre fichier")
			d.Press(fyne.KeyReturn)
			d.Sees("Faites glisser un fichier")
			d.disk["/home/anne/autre.pdf"] = clienttest.PDF(d.cfg.Patient, "Autre", 1)
			d.seen, d.cannot = biology, nil
			d.seen.ContentType = "application/pdf"
			test.Type(d.view.path, `"/home/anne/autre.pdf"`)
			d.Press(fyne.KeyReturn)
			d.Press(fyne.KeyReturn)
			if len(d.filed) != 1 {
				t.Errorf("the other file was not filed:\n%s", d.Screen())
			}
		})
	}
}

func TestRemarksAreSaidAndDoNotPrevent(t *testing.T) {
	d := sit(t)
	d.seen.Report = pdfcheck.Report{Verdict: pdfcheck.Remarks, Pages: 3, Findings: []pdfcheck.Finding{{Code: pdfcheck.CodeNoPDFA, Severity: pdfcheck.Remark}}}
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Lisible, avec des remarques", "PDF/A-1", "3 pages")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 {
		t.Error("not sent")
	}
}

func TestAFailureKeepsTheDraftAndItsID(t *testing.T) {
	d := sit(t)
	before := d.documents()
	d.fake.FailNext(clienttest.OpFile, clienttest.Failure(fhir.Unavailable, "req-81"))
	d.fake.FailNext(clienttest.OpSending, fhir.E(fhir.Offline, ""))
	d.drop("/home/anne/bilan.pdf")
	d.Press(fyne.KeyReturn)
	d.Sees("panne unavailable", "req-81", "Rien n’est perdu", "Renvoyer")
	d.Press(fyne.KeyReturn)
	d.Sees("panne offline")
	d.view.title.SetText("Bilan corrigé")
	d.sheet.Close()
	d.drop("/home/anne/another.pdf") // another file does not push it away
	d.Sees("panne offline")
	if !strings.Contains(d.toast().Text, "attend d’être renvoyé") {
		t.Errorf("the toast says %q", d.toast().Text)
	}
	d.sheet.Close()
	d.Open("") // Ctrl+U later: it is still there
	d.Sees("panne offline", "Renvoyer")
	if d.view.title.Text != "Bilan corrigé" {
		t.Errorf("the title became %q", d.view.title.Text)
	}
	d.Press(fyne.KeyReturn)
	sent := d.sentDrafts()
	if len(sent) != 3 || sent[0].ID != sent[1].ID || sent[1].ID != sent[2].ID || sent[2].Title != "Bilan corrigé" {
		t.Errorf("sent %d drafts", len(sent))
	}
	if len(d.filed) != 1 || d.documents() != before+1 {
		t.Errorf("%d documents, before %d", d.documents(), before)
	}
}

func TestSendingShowsItsProgressAndCanBeInterrupted(t *testing.T) {
	d := sit(t)
	before := d.documents()
	gate := d.fake.Hold(clienttest.OpSending)
	d.drop("/home/anne/bilan.pdf")
	d.Strike(fyne.KeyReturn)
	<-gate.Entered()
	d.Drain()
	d.Sees("Envoi…", "Interrompre l’envoi", " / ")
	if d.state.Sent == 0 || d.state.Sent >= int64(len(d.state.Data)) {
		t.Errorf("half of it was sent, the sheet says %d", d.state.Sent)
	}
	d.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.Settle()
	d.Sees("Envoi interrompu", "ne peut pas en créer deux")
	gate.Release()
	d.Press(fyne.KeyReturn)
	sent := d.sentDrafts()
	if len(sent) != 2 || sent[0].ID != sent[1].ID || d.documents() != before+1 {
		t.Errorf("%d attempts, %d documents of %d", len(sent), d.documents(), before)
	}
}

func TestClosingTheSheetDoesNotStopTheSending(t *testing.T) {
	d := sit(t)
	gate := d.fake.Hold(clienttest.OpSending)
	d.fake.FailNext(clienttest.OpSending, fhir.E(fhir.Offline, ""))
	d.drop("/home/anne/bilan.pdf")
	d.Strike(fyne.KeyReturn)
	<-gate.Entered()
	d.sheet.Close()
	d.Open("/home/anne/another.pdf") // what is on its way is shown first
	d.Drain()
	d.Sees("Envoi…")
	d.sheet.Close()
	gate.Release()
	d.Settle()
	if d.toast().Action != "Revoir" {
		t.Fatalf("the toast says %+v", d.toast())
	}
	d.settled(d.toast().Do)
	d.Sees("panne offline", "Renvoyer")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 {
		t.Error("not sent")
	}
}

func TestAFinalAnswerIsNotSentAgain(t *testing.T) {
	d := sit(t)
	d.fake.FailNext(clienttest.OpFile, clienttest.Failure(fhir.NoRecord, "req-3"))
	d.drop("/home/anne/bilan.pdf")
	d.Press(fyne.KeyReturn)
	d.Sees("panne no-record", "Fermer")
	d.SeesNot("Renvoyer", "Rien n’est perdu")
	d.Press(fyne.KeyReturn)
	if d.sheet != nil || len(d.sentDrafts()) != 1 {
		t.Errorf("sent %d times", len(d.sentDrafts()))
	}
}

func TestAnUndoThatFailsIsSaid(t *testing.T) {
	d := sit(t)
	d.drop("/home/anne/bilan.pdf")
	d.Press(fyne.KeyReturn)
	d.fake.FailNext(clienttest.OpUndo, fhir.E(fhir.Offline, ""))
	d.settled(d.toast().Do)
	if len(d.Presented) != 1 || len(d.undone) != 0 {
		t.Errorf("presented %d, undone %d", len(d.Presented), len(d.undone))
	}
}

func TestMaskingAndWaitingForTheAnnouncement(t *testing.T) {
	d := sit(t)
	d.drop("/home/anne/bilan.pdf")
	d.shortcut(widget.Ctrl(fyne.KeyM))
	test.Tap(d.view.hidden)
	d.view.date.SetText("32/01/2026")
	d.Sees("Date d’aujourd’hui ou passée")
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if len(d.sentDrafts()) != 0 || d.Window().Canvas().Focused() != d.view.date {
		t.Fatal("a date that cannot be was taken")
	}
	d.view.date.SetText("20/11/2026")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 || !d.filed[0].Masked || !d.filed[0].HiddenPatient || !strings.HasPrefix(d.filed[0].PeriodStart, "2026-11-20") {
		t.Fatalf("filed %+v", d.filed)
	}
}

func TestTheFileDialogIsLeftBeforeTheSheet(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	d := sit(t)
	d.Open("")
	test.Tap(d.view.browseButton)
	if n := len(d.Window().Canvas().Overlays().List()); n != 2 {
		t.Fatalf("%d things in front of the page", n)
	}
	escape := &fyne.KeyEvent{Name: fyne.KeyEscape}
	d.Window().Canvas().OnTypedKey()(escape)
	if n := len(d.Window().Canvas().Overlays().List()); n != 1 || d.sheet == nil {
		t.Fatalf("%d things in front of the page after Escape", n)
	}
	d.Window().Canvas().OnTypedKey()(escape)
	if d.sheet != nil {
		t.Error("the second Escape did not close the sheet")
	}
}

func TestNothingIsFiledToAnUnqualifiedIdentity(t *testing.T) {
	d := sitFor(t, clienttest.PatientLeo)
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Rien ne peut être déposé pour cette identité", "Qualifiez-la", "Fermer")
	d.Press(fyne.KeyReturn)
	if d.sheet != nil || len(d.sentDrafts()) != 0 {
		t.Error("something was offered")
	}
}

func TestACheckThatTakesLongShowsBarsAndCanBeLeft(t *testing.T) {
	d := sit(t)
	gate := make(chan struct{})
	d.cfg.Inspector = slow{gate}
	d.Open("/home/anne/bilan.pdf")
	d.Sees("Lecture et vérification")
	if d.view.skeleton.Visible() {
		t.Error("bars before 300 ms")
	}
	d.Advance(400e6)
	if !d.view.skeleton.Visible() {
		t.Error("no bars after 300 ms")
	}
	d.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.Settle()
	if d.sheet != nil {
		t.Error("Escape did not leave")
	}
	d.Open("")
	d.Sees("Faites glisser un fichier")
}

// slow waits for the gate or for being given up.
type slow struct{ gate chan struct{} }

func (s slow) Inspect(ctx context.Context, _ []byte, _ client.Patient) (Inspection, error) {
	select {
	case <-s.gate:
		return Inspection{}, nil
	case <-ctx.Done():
		return Inspection{}, ctx.Err()
	}
}
