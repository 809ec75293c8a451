package record

import (
	"slices"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// authorised sits in the record of a stranger who has just consented.
func authorised(t *testing.T) *desk {
	t.Helper()
	d := sit(t, clienttest.PatientStranger, clienttest.Options{})
	d.Press(fyne.KeyReturn)
	d.Tap("Enregistrer le consentement")
	d.Sees("Le patient vous a autorisé jusqu’à ", "Retirer mon autorisation…")
	return d
}

func TestIGiveMyOwnAuthorisationBack(t *testing.T) {
	d := authorised(t)
	d.shortcut(withdrawKeys())
	d.Sees("Retirer votre autorisation ?", "BENALI Karim", "historique")
	d.Press(fyne.KeyReturn) // what is in front is to renounce
	if d.fake.Count(clienttest.OpWithdrawOwn) != 0 {
		t.Fatal("withdrawn by the first Return")
	}
	d.Tap("Retirer mon autorisation")
	d.Tap("Retirer mon autorisation")
	if d.fake.Count(clienttest.OpWithdrawOwn) != 1 || d.backs != 1 || d.docs.Len() != 0 || d.access.Session != "" {
		t.Errorf("withdrawn %d times, %d pages back, %d documents kept", d.fake.Count(clienttest.OpWithdrawOwn), d.backs, d.docs.Len())
	}
	d.toasted("BENALI Karim")
	d.SeesNot("Retirer mon autorisation", "Documents 11")
	accesses, err := d.fake.Accesses(t.Context(), client.TraceQuery{PatientID: clienttest.PatientStranger})
	if err != nil || !slices.ContainsFunc(accesses.Traces, func(x client.Trace) bool { return widget.FormatDeed(x.Kind, x.Action) == "Autorisation retirée" }) {
		t.Errorf("the accesses do not say so: %v", err)
	}
	d.Shown() // whoever comes back finds the record without the right
	d.Settle()
	d.Sees("Vous n’avez pas accès au dossier de BENALI Karim.")
}

func TestAWithdrawalThatFailsChangesNothing(t *testing.T) {
	d := authorised(t)
	d.fake.FailNext(clienttest.OpWithdrawOwn, fhir.E(fhir.Offline, ""))
	d.Tap("Retirer mon autorisation")
	d.Tap("Retirer mon autorisation")
	if fhir.CodeOf(d.Failure()) != fhir.Offline || d.backs != 0 {
		t.Errorf("presented %v, %d pages back", d.Failure(), d.backs)
	}
	d.Sees("Le patient vous a autorisé")
}

func TestThereIsNothingToGiveBackWithoutAnAuthorisation(t *testing.T) {
	for _, patient := range []string{clienttest.PatientLea, clienttest.PatientStranger} { // médecin traitant; nobody
		d := sit(t, patient, clienttest.Options{})
		d.SeesNot("Retirer mon autorisation")
		d.cannot(withdrawKeys())
	}
	d := inEmergency(t)
	d.SeesNot("Retirer mon autorisation")
	d.cannot(widget.Ctrl(fyne.KeyR))
	d.cannot(withdrawKeys())
}
