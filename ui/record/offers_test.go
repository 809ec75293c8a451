package record

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

func TestNoRunOfReturnsDeclaresAConsent(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Press(fyne.KeyReturn, fyne.KeyReturn, fyne.KeyReturn)
	d.Window().Canvas().Unfocus()
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpDeclareConsent) != 0 {
		t.Fatal("a consent was declared that nobody gave")
	}
	d.Sees("Enregistrer le consentement", widget.Ctrl(fyne.KeyReturn).String())
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).TypedShortcut(widget.Ctrl(fyne.KeyReturn))
	d.Settle()
	d.toasted("Consentement enregistré")
}

func TestTheRegulatorsFirstOfferIsTheirs(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.access.Session, d.access.Rights = "other", append(d.access.Rights, fhir.RightCentre15)
	d.view.refresh()
	d.cfg.Shell.Focus(d.view.focus())
	d.Press(fyne.KeyReturn)
	d.Sees("Réservé à la régulation médicale")
}

func TestAnEmergencyThatThePatientObjectedToKeepsTheOtherWays(t *testing.T) {
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.cfg.Patient.ID = clienttest.PatientObjects
	d.open(client.OpenRequest{Mode: fhir.ModeBreakGlass, Reason: "coma au cabinet"})
	d.Settle()
	if d.Failure() != nil {
		t.Errorf("presented %v: nothing may tell why, and there is no reference to quote", d.Failure())
	}
	d.Sees("L’accès d’urgence n’est pas possible pour ce dossier.", "Appelez le 15 ou le médecin traitant.", "Recueillir le consentement")
	d.SeesNot("autorisé pas", "Référence", "d’accord, recueillez")
	d.Tap("Compris")
	d.SeesNot("Appelez le 15")
	if d.view.noRight.first == nil || !glass(t, d).Disabled() {
		t.Error("what was refused is offered again")
	}
}

// glass finds the button of the break-glass.
func glass(t *testing.T, d *desk) *widget.Button {
	t.Helper()
	var found *widget.Button
	var look func(o fyne.CanvasObject)
	look = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widget.Button:
			if strings.HasPrefix(o.Label(), "Accès d’urgence (bris de glace)") {
				found = o
			}
		case *fyne.Container:
			for _, child := range o.Objects {
				look(child)
			}
		}
	}
	look(d.view.noRight.body)
	if found == nil {
		t.Fatal("no break-glass offered")
	}
	return found
}
