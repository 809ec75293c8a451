package upload

import (
	"strings"
	"testing"

	"carnet/client/clienttest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// What the usual Returns and Escapes must not do.

func TestEscapeLeavesTheTypesThenTheSheet(t *testing.T) {
	d := sit(t)
	d.seen.Types = nil
	d.drop("/home/anne/bilan.pdf")
	test.Type(d.view.types.Entry(), "xyzxyz")
	d.Sees("Aucun type ne correspond")
	d.Press(fyne.KeyReturn)
	d.view.types.Entry().SetText("")
	d.SeesNot("Aucun type ne correspond")
	d.Press(fyne.KeyEscape)
	if d.sheet == nil || d.view.types.IsOpen() {
		t.Fatal("the first Escape leaves the list of types alone")
	}
	d.Press(fyne.KeyEscape)
	if d.sheet != nil || d.state.Type != "" {
		t.Fatal("the second Escape did not leave the sheet")
	}
}

func TestSomebodyElsesReportMustBeConfirmed(t *testing.T) {
	d := sit(t)
	d.seen.Identity = Mismatch
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Autre identité dans le document", "Ce document concerne bien MARTIN Léa")
	d.sheet.Return()
	d.Settle()
	d.Sees("Cochez la case")
	if len(d.sentDrafts()) != 0 {
		t.Fatal("sent without an answer")
	}
	focus := d.Window().Canvas().Focus
	focus(d.view.confirm)
	d.Press(fyne.KeyReturn)
	if d.state.Confirm || d.Window().Canvas().Focused() != d.view.cancel {
		t.Fatal("Return gave the answer")
	}
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if len(d.sentDrafts()) != 0 {
		t.Fatal("the chord alone sent it")
	}
	focus(d.view.confirm)
	d.Press(fyne.KeySpace)
	d.Sees("Vous confirmez que le document concerne MARTIN Léa", "Ctrl"+widget.Nbsp+"Entrée le dépose")
	if d.view.main.Size().Width < d.view.main.MinSize().Width {
		t.Error("the button has no room for its keys")
	}
	d.Press(fyne.KeyReturn)
	focus(d.view.main)
	d.Press(fyne.KeyReturn, fyne.KeyReturn)
	focus(d.view.title)
	d.Press(fyne.KeyReturn)
	if len(d.sentDrafts()) != 0 {
		t.Fatal("sent out of habit")
	}
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if len(d.filed) != 1 {
		t.Fatal("not sent after the answer")
	}
}

func TestTheUsualReturnsFileNothingForSomebodyElse(t *testing.T) {
	d := sit(t)
	d.seen.Identity = Mismatch
	d.drop("/home/anne/bilan.pdf")
	if d.Window().Canvas().Focused() != d.view.cancel {
		t.Fatal("the hands are not on the way out")
	}
	d.Press(fyne.KeyReturn)
	if d.sheet != nil || len(d.sentDrafts()) != 0 {
		t.Fatalf("Return did not cancel: %d sent", len(d.sentDrafts()))
	}
}

func TestADraftNeverSentGoesWithItsSheet(t *testing.T) {
	d := sit(t)
	d.seen.Identity = Mismatch
	d.drop("/home/anne/bilan.pdf")
	d.Window().Canvas().Focus(d.view.confirm)
	d.Press(fyne.KeyEscape)
	if d.sheet != nil || d.state.Kept() || !strings.Contains(d.toast().Text, "rien n’a été envoyé") {
		t.Fatalf("a draft stays behind: %+v", d.Toasts)
	}
	d.Open("") // Ctrl+U for another file
	d.Sees("Faites glisser un fichier")
	d.SeesNot("Autre identité")
	d.seen.Identity = Match
	d.disk["/home/anne/autre.pdf"] = clienttest.PDF(d.cfg.Patient, "Autre", 1)
	test.Type(d.view.path, "/home/anne/autre.pdf")
	d.Press(fyne.KeyReturn)
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 1 {
		t.Fatal("the typed path was lost")
	}
}
