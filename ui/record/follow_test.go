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
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

func TestMeaning(t *testing.T) {
	state := func(rights string, fresh, total int) client.AccessEvent {
		return client.AccessEvent{Kind: fhir.EventRights, New: fresh, Total: total, Access: client.Access{Rights: strings.Fields(rights)}}
	}
	out := client.AccessEvent{Kind: fhir.EventClosed, Reason: fhir.ReasonConsent}
	// an end is an end, whatever rights it lists
	odd := client.AccessEvent{Kind: fhir.EventClosed, Access: client.Access{Rights: []string{fhir.RightRead}}}
	other := state("read", 0, 3)
	other.Access.Until = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		reading bool
		was, is client.AccessEvent
		want    Told
	}{
		{"taken away", true, state("read", 0, 3), out, Leave},
		{"taken away before the first word", true, client.AccessEvent{}, out, Leave},
		{"an end that lists rights", true, state("read", 0, 3), odd, Leave},
		{"rights without reading", true, state("read", 0, 3), state("upload", 0, 0), Leave},
		{"let in", false, out, state("read", 0, 3), LetIn},
		{"still out", false, out, out, Nothing},
		{"first word", true, client.AccessEvent{}, state("read", 0, 3), Regrade},
		{"other rights", true, state("read", 0, 3), state("read mask", 0, 3), Regrade},
		{"another end", true, state("read", 0, 3), other, Regrade},
		{"somebody filed", true, state("read", 0, 3), state("read", 1, 4), News},
		{"I filed", true, state("read", 0, 3), state("read", 0, 4), Nothing},
		{"one was masked", true, state("read", 1, 4), state("read", 1, 3), Renew},
		{"a new one was masked again", true, state("read", 1, 4), state("read", 0, 3), Nothing},
		{"one came and one went", true, state("read", 0, 3), state("read", 1, 3), Renew},
	} {
		if got := Meaning(c.reading, c.was, c.is); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// readingDesk is a desk at which a document of a record is read, and that has heard
// how its access stands.
func readingDesk(t *testing.T, patientID string) *desk {
	t.Helper()
	d := sit(t, patientID, clienttest.Options{})
	d.heard(fhir.EventRights)
	d.Press(fyne.KeyReturn)
	d.Sees("contenu application/pdf")
	return d
}

func (d *desk) heard(kind string) {
	d.Helper()
	d.Until("the page hears "+kind, func() bool { return d.following.told.Kind == kind })
	d.Settle()
}

// cleared tells that nothing of the record is on the screen or in memory.
func (d *desk) cleared() {
	d.Helper()
	d.SeesNot("contenu", "CR d’examens", "Laboratoire", "Documents", "Prêt à lire")
	if d.docs.Len() != 0 || d.reader.content != nil || d.reader.id != "" || d.traces.rows != nil || d.list.total != 0 {
		d.Errorf("kept: %d documents, %+v", d.docs.Len(), d.list)
	}
	for _, k := range []widget.Keys{widget.Ctrl(fyne.KeyP), widget.Ctrl(fyne.KeyS), widget.Key(fyne.KeyJ), widget.Ctrl(fyne.KeyE), widget.Ctrl(fyne.KeyD), widget.Ctrl(fyne.KeyH)} {
		d.cannot(k)
	}
}

func TestARightThatIsTakenAwayClearsTheScreen(t *testing.T) {
	d := readingDesk(t, clienttest.PatientHelene)
	d.fake.Revoke(clienttest.PatientHelene)
	d.heard(fhir.EventClosed)
	d.cleared()
	d.Sees("MARTIN-DUBOIS Hélène", "vient de prendre fin", "ne vous autorise plus", "Recueillir le consentement", "Demander l’accès au patient", "Déposer un document")
	d.SeesNot("bloqué", "Vous n’avez pas accès")
	d.toasted("Le dossier a quitté l’écran.") // instead of what was told of the right that is gone
	if d.Window().Canvas().Focused() != d.view.noRight.first {
		t.Error("the hands are not on what can be done")
	}
	if scroll, ok := d.view.noRight.root.(*container.Scroll); !ok || scroll.Content.Size().Height > scroll.Size().Height {
		t.Error("what is possible does not fit in the window")
	}
	d.Press(fyne.KeyReturn, fyne.KeyReturn, fyne.KeyReturn)
	if d.fake.Count(clienttest.OpDeclareConsent) != 0 {
		t.Error("who was pressing Return has declared a consent")
	}
}

func TestASheetThatSpeaksOfTheRecordLeavesWithIt(t *testing.T) {
	for name, open := range map[string]func(d *desk){
		"a copy to be saved": func(d *desk) { d.shortcut(widget.Ctrl(fyne.KeyS)) },
		"a document's menu":  func(d *desk) { d.shortcut(widget.Ctrl(fyne.KeyE)) },
		"a print":            func(d *desk) { d.shortcut(widget.Ctrl(fyne.KeyP)) },
	} {
		t.Run(name, func(t *testing.T) {
			d := readingDesk(t, clienttest.PatientLea)
			open(d)
			if d.Window().Canvas().Overlays().Top() == nil {
				t.Fatal("no sheet")
			}
			d.fake.Revoke(clienttest.PatientLea)
			d.heard(fhir.EventClosed)
			if d.Window().Canvas().Overlays().Top() != nil {
				t.Error("the sheet is still there")
			}
			d.cleared()
		})
	}
}

func TestWhatIsBeingFiledStaysAndIsTold(t *testing.T) {
	d := readingDesk(t, clienttest.PatientHelene)
	d.shortcut(widget.Ctrl(fyne.KeyU))
	var told []string
	d.filings[0].Lost(func(reason string) { told = append(told, reason) })
	form := &widget.Sheet{Title: "dépôt", Content: widget.NewEntry("")}
	d.Desk.OpenSheet(form) // the sheet is the upload's own
	d.fake.Revoke(clienttest.PatientHelene)
	d.heard(fhir.EventClosed)
	d.cleared()
	if !form.IsOpen() || len(told) != 1 || told[0] != fhir.ReasonConsent {
		t.Errorf("open %v, told %q", form.IsOpen(), told)
	}
	if f := d.Window().Canvas().Focused(); f == d.view.noRight.first {
		t.Error("the hands were taken from the sheet")
	}
	form.Close()
}

func TestARecordThatIsClosedSaysSo(t *testing.T) {
	d := readingDesk(t, clienttest.PatientLea)
	d.fake.Shut(clienttest.PatientLea)
	d.heard(fhir.EventClosed)
	d.cleared()
	d.Sees("Ce dossier vient d’être clos", "remettez vos documents au patient")
	d.cannot(widget.Ctrl(fyne.KeyU))
}

func TestASessionThatEndsIsOpenedAgainByHandOnly(t *testing.T) {
	d := readingDesk(t, clienttest.PatientLea)
	d.fake.EndSessions()
	d.heard(fhir.EventClosed)
	d.cleared()
	d.Sees("Cet accès au dossier est terminé")
	if d.fake.Count(clienttest.OpOpen) != 1 {
		t.Fatal("opened again by itself: the patient sees a visit that nobody made")
	}
	d.Tap("Rouvrir le dossier")
	d.Sees("Documents 214")
}

func TestACutLineIsTakenUpAgain(t *testing.T) {
	d := readingDesk(t, clienttest.PatientHelene)
	d.fake.CutWatches()
	d.fake.Revoke(clienttest.PatientHelene)
	d.heard(fhir.EventClosed)
	d.cleared()
	if d.fake.Count(clienttest.OpWatch) != 2 {
		t.Errorf("watched %d times", d.fake.Count(clienttest.OpWatch))
	}
}

// The line comes back, goes once more while the record is opened anew (which a copy then
// answers), and comes back: what is possible now is said, not that an access is over.
func TestALineThatComesBackTwiceIsAskedTwice(t *testing.T) {
	d := sit(t, clienttest.PatientHelene, clienttest.Options{})
	d.fake.FailNext(clienttest.OpWatch, clienttest.Failure(fhir.Forbidden, ""), clienttest.Failure(fhir.Forbidden, ""))
	d.following.latest.Cancel()
	d.follow()
	d.Until("twice forbidden", func() bool { return d.unheard == 1 })
	d.Sees("Documents ")
	d.SeesNot("Cet accès au dossier est terminé")
	d.fake.Revoke(clienttest.PatientHelene)
	d.Advance(unheardWait)
	d.Settle()
	d.cleared()
	d.Sees("vient de prendre fin", "Recueillir le consentement")
}

// A server that goes on refusing an access it has never said a word of is not asked for
// ever: the patient would see visits that nobody made.
func TestAnAccessThatIsRefusedAgainAndAgainEnds(t *testing.T) {
	d := sit(t, clienttest.PatientHelene, clienttest.Options{})
	for range 20 {
		d.fake.FailNext(clienttest.OpWatch, clienttest.Failure(fhir.Forbidden, ""))
	}
	d.following.latest.Cancel()
	d.follow()
	for n := range mostUnheard {
		d.Until("refused once more", func() bool { return d.unheard == n+1 })
		d.Advance(unheardWait)
	}
	d.Until("an end", func() bool { return d.phase == Ended })
	d.Settle()
	d.cleared()
	d.Sees("Cet accès au dossier est terminé")
	if n := d.fake.Count(clienttest.OpOpen); n > 2+mostUnheard {
		t.Errorf("opened %d times", n)
	}
}

func TestOtherRightsChangeWhatIsOffered(t *testing.T) {
	d := readingDesk(t, clienttest.PatientLea)
	d.choosing(func(e *Entry) bool { return e.Doc.Masked })
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Sees("Ne plus masquer aux professionnels")
	d.Press(fyne.KeyEscape)
	d.fake.Allow(clienttest.PatientLea, fhir.BasisCareTeam) // no longer the médecin traitant
	d.Until("other rights", func() bool { return !Has(d.access, fhir.RightReadMaskedAll) })
	d.Settle()
	d.Sees("équipe de soins")
	for _, it := range d.docs.Items() {
		if it.Entry != nil && it.Entry.Doc.Masked && !it.Entry.Own {
			t.Error("a masked document of somebody else's is still listed")
		}
	}
}

func TestWhatOthersFileIsToldWithoutAJump(t *testing.T) {
	d := readingDesk(t, clienttest.PatientLea)
	selected := d.docs.Selected
	for range 2 {
		d.fake.FileByColleague(clienttest.PatientLea)
	}
	d.Until("two are told", func() bool { return d.following.news == 2 })
	d.Settle()
	d.Sees("2 nouveaux documents : afficher", "contenu application/pdf", "Documents 214")
	if d.docs.Selected != selected || d.docs.Len() != 214 || d.fake.Count(clienttest.OpDocuments) != 2 {
		t.Error("the list moved by itself")
	}
	d.shortcut(widget.Key(fyne.KeyF5))
	d.Sees("Documents 216", "contenu application/pdf")
	d.SeesNot("nouveaux documents : afficher")
	if d.docs.Selected != selected {
		t.Error("the selection moved")
	}
}

func TestADocumentThatIsMaskedMeanwhileLeavesTheScreen(t *testing.T) {
	d := readingDesk(t, clienttest.PatientHelene)
	yes := true
	doc := d.docs.Get(d.reader.id).Doc
	if doc.Author.ID == d.fake.Me().ID {
		t.Fatal("one's own document stays readable")
	}
	if _, err := d.fake.Change(t.Context(), d.access, doc, client.Change{Masked: &yes}); err != nil {
		t.Fatal(err)
	}
	d.Until("it is gone", func() bool { return d.reader.id == "" })
	d.Settle()
	d.SeesNot("contenu application/pdf")
	d.toasted("ne peut plus être lu")
	if d.docs.Get(doc.ID) != nil {
		t.Error("it is still listed")
	}
}

func TestWhoIsLetInOpensByHand(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.heard(fhir.EventClosed)
	d.fake.Allow(clienttest.PatientStranger, fhir.BasisAuthorised)
	d.heard(fhir.EventRights)
	d.Sees("Le patient vient de vous autoriser", "Ouvrir le dossier")
	if d.fake.Count(clienttest.OpDocuments) != 0 || d.fake.Count(clienttest.OpOpen) != 1 {
		t.Error("opened without a hand")
	}
	d.fake.Revoke(clienttest.PatientStranger)
	d.Until("out again", func() bool { return !d.following.letIn })
	d.SeesNot("vient de vous autoriser")
	d.fake.Allow(clienttest.PatientStranger, fhir.BasisAuthorised)
	d.Until("let in again", func() bool { return d.following.letIn })
	d.Press(fyne.KeyReturn)
	d.Sees("Documents")
	d.SeesNot("Ouvrir le dossier")
}

func TestThePatientIsAsked(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Tap("Demander l’accès au patient")
	words, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		t.Fatal("nowhere to write")
	}
	test.Type(words, "consultation du 3 décembre")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).TypedShortcut(widget.Ctrl(fyne.KeyReturn))
	d.Settle()
	d.toasted("Demande envoyée")
	calls := d.fake.Calls()
	last := calls[len(calls)-1]
	if last.Op != clienttest.OpRequestAccess || last.Argument != "consultation du 3 décembre" {
		t.Errorf("asked %+v", last)
	}
	if d.Window().Canvas().Focused() != d.view.noRight.first {
		t.Error("the keyboard leads nowhere once the patient was asked")
	}
	d.Sees("Demande envoyée", "Demandez-lui l’accès")
	d.SeesNot("Demander l’accès au patient")
	d.fake.FailNext(clienttest.OpRequestAccess, clienttest.Failure(fhir.Unavailable, "r-1"))
	d.request("encore")
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.Unavailable {
		t.Errorf("presented %v", d.Failure())
	}
}
