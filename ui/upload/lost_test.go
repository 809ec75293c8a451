package upload

import (
	"testing"

	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// ready is a desk with a report that is about to be filed.
func ready(t *testing.T) *desk {
	t.Helper()
	d := sit(t)
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Déposer un document", "Lisible")
	return d
}

func TestWhatIsPreparedSurvivesALostRight(t *testing.T) {
	d := ready(t)
	d.Lost(fhir.ReasonConsent)
	d.Settle()
	d.Sees("Lecture retirée", "Rien n’a été envoyé", "Déposer")
	if d.fake.Count(clienttest.OpFile) != 0 || d.sheet == nil || len(d.state.Data) == 0 {
		t.Fatal("something was sent or lost")
	}
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if d.fake.Count(clienttest.OpFile) != 1 {
		t.Error("filing needs no right to read")
	}
}

func TestNothingIsFiledToARecordThatWasClosed(t *testing.T) {
	d := ready(t)
	d.Lost(fhir.ReasonRecord)
	d.Settle()
	d.Sees("Dossier clos", "remettez-le au patient")
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if d.fake.Count(clienttest.OpFile) != 0 || !d.view.main.Disabled() {
		t.Error("it was sent")
	}
}

func TestASessionThatEndedDoesNotHoldAFilingBack(t *testing.T) {
	d := ready(t)
	d.Lost(fhir.ReasonSession)
	if d.cfg.Access.Session != "" {
		t.Error("the server refuses a session that has ended")
	}
}
