package record

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

func TestTheRecordOfMyPatientOpensOnItsDocuments(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Sees("MARTIN Léa", "née MARTIN Léa Marie", "28/03/1979", "47 ans", "INS qualifiée",
		"Vous êtes son médecin traitant · accès normal", "Documents 214",
		"Nouveaux depuis votre dernière visite"+widget.Nbsp+"(", "2026"+widget.Nbsp+"(",
		"CR d’examens biologiques", "Laboratoire Cernay", "masqué", "non visible du patient", "214 documents", "Prêt à lire")
	if d.fake.Count(clienttest.OpContent) != 0 {
		t.Error("a document was read that nobody asked for: the patient would see it")
	}
	if d.docs.Len() != 214 {
		t.Errorf("%d documents arrived", d.docs.Len())
	}
}

func TestReadingByKeyboardAlone(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.cannot(widget.Ctrl(fyne.KeyP))
	d.Press(fyne.KeyReturn)
	d.Sees("contenu application/pdf")
	first := d.docs.Selected
	d.shortcut(widget.Key(fyne.KeyJ))
	if d.docs.Selected == first || d.fake.Count(clienttest.OpContent) != 2 {
		t.Fatalf("J: selected %s, %d contents", d.docs.Selected, d.fake.Count(clienttest.OpContent))
	}
	d.shortcut(widget.Key(fyne.KeyK))
	if d.docs.Selected != first {
		t.Errorf("K: selected %s, want %s", d.docs.Selected, first)
	}
	d.shortcut(widget.Key(fyne.KeySpace))
	d.shortcut(widget.Ctrl(fyne.KeyF))
	if d.viewer.pages != 1 || !d.viewer.found {
		t.Errorf("space turned %d pages, find %v", d.viewer.pages, d.viewer.found)
	}
	d.Press(fyne.KeyDown)
	d.Sees("Prêt à lire")
	d.SeesNot("contenu")
}

func TestThePageKeysTurnThePagesOfWhatIsRead(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Press(fyne.KeyReturn)
	read := d.docs.Selected
	d.Press(fyne.KeyPageDown)
	if d.docs.Selected != read || d.viewer.pages != 1 {
		t.Fatalf("selected %s, want %s; %d pages turned", d.docs.Selected, read, d.viewer.pages)
	}
	d.Press(fyne.KeyDown, fyne.KeyPageDown)
	if d.viewer.pages != 1 || d.docs.Neighbour(-2) == d.docs.Selected {
		t.Errorf("%d pages turned of what is out of sight", d.viewer.pages)
	}
}

func TestWhatIsOutOfSightIsNeitherSearchedNorPrinted(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Press(fyne.KeyReturn, fyne.KeyDown)
	d.Sees("Prêt à lire")
	d.cannot(widget.Ctrl(fyne.KeyP))
	d.cannot(widget.Ctrl(fyne.KeyS))
	d.shortcut(widget.Ctrl(fyne.KeyF))
	d.toasted("vous cherchez dans la liste")
	if d.viewer.found {
		t.Error("searched in a document that is out of sight")
	}
	filter, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		t.Fatal("what is typed next is lost")
	}
	test.Type(filter, "biopsie")
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpContent) != 1 {
		t.Error("a document was read by accident: the patient sees it")
	}
}

func TestPrintingAndSavingRecallSecrecyFirst(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Press(fyne.KeyReturn)
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.Sees("secret professionnel")
	if d.printed != 0 {
		t.Fatal("printed before the reminder was answered")
	}
	d.Press(fyne.KeyReturn)
	if d.printed != 1 {
		t.Errorf("printed %d times", d.printed)
	}
	d.shortcut(widget.Ctrl(fyne.KeyS))
	d.Sees("n’est plus chiffrée", "secret professionnel")
	d.Tap("Enregistrer")
	if d.saved != "/copies/document.pdf" {
		t.Errorf("saved to %q", d.saved)
	}
	d.toasted("Copie enregistrée")
}

func TestWithoutAPrinterACopyIsOffered(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Press(fyne.KeyReturn)
	d.outside = fhir.E(fhir.Unavailable, "")
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.Press(fyne.KeyReturn)
	d.Sees("Rien n’a été imprimé", "Aucune imprimante ne répond")
	d.Tap("Enregistrer une copie")
	for code, words := range map[fhir.Code]string{
		fhir.StateConflict: "Un fichier porte déjà ce nom", fhir.Invalid: "Rien ne peut être écrit à cet endroit", fhir.Unavailable: "place qui reste sur le disque",
	} {
		d.outside = fhir.E(code, "")
		d.Tap("Enregistrer")
		d.Sees(words, "/copies/document.pdf")
	}
	d.outside = nil
	d.Tap("Enregistrer")
	d.toasted("Copie enregistrée")
	d.SeesNot("Enregistrer une copie")
}

func TestFilteringNeedsNoAccents(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.shortcut(filterKeys())
	test.Type(d.view.documents.filter, "medicamenteuse PARVIS")
	d.Sees("Dispensation médicamenteuse", "sur 214 documents")
	d.SeesNot("Laboratoire Cernay")
	d.view.documents.filter.SetText("zzz")
	d.Sees("Aucun document ne correspond au filtre")
	d.Tap("Effacer le filtre")
	d.Sees("214 documents", "Laboratoire Cernay")
}

func TestSortingByTypeGroupsByType(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Tap("Type")
	if h := d.docs.Items()[0].Heading; h.Kind != HeadText || !strings.HasPrefix(h.Text, "CR ") {
		t.Errorf("first heading %+v", h)
	}
	if d.view.documents.list.Cursor() != d.docs.Row(d.docs.Selected) {
		t.Error("the cursor lost the selected document")
	}
}

func TestArchivedAndSupersededOnesAreAskedForOnlyWhenWanted(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.Sees("214 documents")
	d.view.documents.old.SetChecked(true)
	d.Settle()
	if d.docs.Len() != 217 {
		t.Fatalf("%d documents with archived and superseded", d.docs.Len())
	}
	old := d.choosing(func(e *Entry) bool { return e.Doc.Status == "superseded" })
	d.Sees("Remplacé par une version plus récente")
	d.Tap("Lire la version en vigueur")
	if d.docs.Selected != old.ReplacedBy() {
		t.Errorf("led to %s, want %s", d.docs.Selected, old.ReplacedBy())
	}
	d.Sees("contenu")
}

func TestMaskedOnesCanBePutAside(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	shown := d.docs.Shown()
	d.view.documents.masked.SetChecked(false)
	if d.docs.Shown() != shown-2 {
		t.Errorf("%d documents shown of %d", d.docs.Shown(), shown)
	}
	d.SeesNot("masqué")
}

func TestFiveThousandDocumentsArriveInTheBackground(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{Documents: 1000})
	if d.docs.Len() != 1000 || d.fake.Count(clienttest.OpDocuments) != 5 {
		t.Errorf("%d documents in %d pages", d.docs.Len(), d.fake.Count(clienttest.OpDocuments))
	}
	d.Press(fyne.KeyEnd)
	if e := d.docs.Get(d.docs.Selected); e == nil || d.docs.Neighbour(1) != d.docs.Selected {
		t.Error("the last row cannot be reached")
	}
}

func TestAPageThatDoesNotComeIsAskedForAgain(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	gate := d.fake.Hold(clienttest.OpDocuments)
	d.load()
	<-gate.Entered()
	d.fake.FailNext(clienttest.OpDocuments, nil, fhir.E(fhir.Unavailable, ""))
	gate.Release()
	d.Settle()
	d.Sees("Liste incomplète")
	d.Tap("Liste incomplète")
	if d.docs.Len() != 214 {
		t.Errorf("%d documents", d.docs.Len())
	}
	d.SeesNot("Liste incomplète")
}

func TestALostServerShowsAndThePageGoesOn(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.fake.SetOffline(true)
	d.Press(fyne.KeyReturn)
	d.Sees("panne offline", "réf-1", "MARTIN Léa", "Laboratoire Cernay")
	d.fake.SetOffline(false)
	d.Reconnected()
	d.Settle()
	d.Sees("contenu application/pdf")
}

func TestARecordThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		err  error
		want []string
	}{
		"no network":     {clienttest.PatientLea, fhir.E(fhir.Offline, ""), []string{"panne offline", "Réessayer", "réf-1"}},
		"closed":         {clienttest.PatientClosed, nil, []string{"Pas de dossier ouvert", "remettez vos documents au patient"}},
		"objected to it": {clienttest.PatientOpposed, nil, []string{"Pas de dossier ouvert"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
			d.cfg.Patient.ID = c.id
			if c.err != nil {
				d.fake.FailNext(clienttest.OpOpen, c.err)
			}
			d.open(client.OpenRequest{Mode: fhir.ModeNormal})
			d.Settle()
			d.Sees(c.want...)
			d.SeesNot("Documents 2")
			if c.err != nil {
				d.Reconnected()
				d.Settle()
				d.Sees("Documents 214")
			}
		})
	}
}

func TestAnEmptyRecordSaysHowItFills(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
	d.Sees("Aucun document à lire pour l’instant", "Aucun document choisi")
	d.Tap("Déposer un document")
	if len(d.filings) != 1 {
		t.Error("the sheet did not open")
	}
}

func TestASkeletonOnlyWhenItTakesTime(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
	gate := d.fake.Hold(clienttest.OpOpen)
	d.open(client.OpenRequest{Mode: fhir.ModeNormal})
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
	if d.view.skeleton.Visible() {
		t.Error("the bars stayed")
	}
}

func TestTheINSIsCopiedWithoutSpaces(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.view.banner.OnCopyINS()
	if len(d.Copied) != 15 || strings.ContainsAny(d.Copied, " \u00a0") {
		t.Errorf("copied %q", d.Copied)
	}
}

func TestAnOldCopySaysItsAge(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.list.prov = client.Provenance{Cached: true, AsOf: time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC)}
	d.view.refresh()
	d.Sees("Copie du 20" + widget.Nbsp + "nov." + widget.Nbsp + "2026, 16" + widget.Nbsp + "h" + widget.Nbsp + "30")
}
