package clienttest_test

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// TestFakeKeepsCopies: the fake keeps the promises of client.Copies.
func TestFakeKeepsCopies(t *testing.T) { clienttest.RunCopies(t, openFake) }

// TestFakeWantsNoCopies: a patient who wants no copies ends those there are.
func TestFakeWantsNoCopies(t *testing.T) {
	f := clienttest.New(clienttest.Options{})
	a := client.Access{PatientID: clienttest.PatientLea}
	l, err := f.TakeCopy(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	f.NoCopies(clienttest.PatientLea, true)
	if _, err := f.TakeCopy(t.Context(), a); fhir.CodeOf(err) != fhir.BusinessRule {
		t.Errorf("a copy that is not wished: %v", err)
	}
	f.NoCopies(clienttest.PatientLea, false)
	if s, err := f.CheckCopies(t.Context(), []client.CopyCheck{{Lease: l.ID}}); err != nil || s[0].Runs {
		t.Errorf("what ended came back: %+v, %v", s, err)
	}
}
