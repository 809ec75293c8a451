package clienttest_test

import (
	"context"
	"errors"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// TestFakeConforms: the fake keeps every promise of the contract.
func TestFakeConforms(t *testing.T) {
	clienttest.Run(t, openFake)
	clienttest.RunSubmitter(t, openFake)
}

// openFake gives the fake with a world of its own.
func openFake(*testing.T) clienttest.Harness {
	off := clienttest.New(clienttest.Options{})
	off.SetOffline(true)
	f := clienttest.New(clienttest.Options{Lookups: 40})
	return clienttest.Harness{
		Records: f, Offline: off, SignedOut: clienttest.New(clienttest.Options{SignedOut: true}),
		Mine: f.Patient(clienttest.PatientLea), Name: "mart",
		Regulator: clienttest.New(clienttest.Options{Me: client.Person{ID: "899700000088", Name: "Dr Inès CARON", Profession: "10", Specialty: "SM59"}}),
		Stranger:  f.Patient(clienttest.PatientStranger), Objects: f.Patient(clienttest.PatientObjects),
		Blocked: f.Patient(clienttest.PatientBlocked), Closed: f.Patient(clienttest.PatientClosed),
		NoINS:     f.Patient(clienttest.PatientLeo),
		Forbidden: []string{"martin", "léa", "benali", "rousseau", "Consultation de suivi", f.Patient(clienttest.PatientLea).INS.Value},
	}
}

// TestFakeIsSteered: a test can hold a call, make it fail, and see what was asked.
func TestFakeIsSteered(t *testing.T) {
	f := clienttest.New(clienttest.Options{Documents: 5000})
	gate := f.Hold(clienttest.OpDocuments)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ask := func() {
		_, err := f.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
		done <- err
	}
	go ask()
	<-gate.Entered()
	cancel()
	if err := <-done; fhir.CodeOf(err) != fhir.Canceled {
		t.Fatalf("a held call that is cancelled gives %v", err)
	}
	ctx = t.Context()
	go ask()
	<-gate.Entered()
	gate.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f.FailNext(clienttest.OpDocuments, clienttest.Failure(fhir.Unavailable, "req-42"))
	page, err := f.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
	var e *client.Error
	if !errors.As(err, &e) || e.RequestID != "req-42" {
		t.Fatalf("got %v", err)
	}
	page, err = f.Documents(ctx, client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
	if err != nil || page.Total != 5000 {
		t.Fatalf("got %d documents, %v", page.Total, err)
	}
	if n := f.Count(clienttest.OpDocuments); n != 4 {
		t.Errorf("the log holds %d calls", n)
	}
}

// TestSignIn: accounts are offered, one signs in, signing out ends it.
func TestSignIn(t *testing.T) {
	f := clienttest.New(clienttest.Options{SignedOut: true})
	accounts, err := f.Accounts(t.Context())
	if err != nil || len(accounts) == 0 {
		t.Fatalf("no accounts: %v", err)
	}
	me, err := f.SignIn(t.Context(), accounts[1].ID, nil)
	if err != nil || me.Profession != "21" {
		t.Fatalf("signed in as %q: %v", me.Profession, err)
	}
	if _, err := f.MyPatients(t.Context(), client.PatientQuery{}); err != nil {
		t.Fatal(err)
	}
	if err := f.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.MyPatients(t.Context(), client.PatientQuery{}); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Fatalf("after signing out: %v", err)
	}
	if _, err := f.SignIn(t.Context(), "nobody", nil); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Fatalf("an unknown account: %v", err)
	}
}

// TestFakeWritesMessages: the fake keeps the promises of messages.
func TestFakeWritesMessages(t *testing.T) {
	clienttest.RunMessages(t, func(t *testing.T) clienttest.MessagesHarness {
		h := openFake(t)
		f, ok := h.Records.(*clienttest.Fake)
		if !ok {
			t.Fatal("the fake is no fake")
		}
		docs, err := f.Documents(t.Context(), client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{Limit: 214})
		if err != nil {
			t.Fatal(err)
		}
		out := clienttest.MessagesHarness{
			Harness: h, Colleague: f.Beside(client.Person{ID: clienttest.ColleagueID, Name: clienttest.ColleagueName, Profession: "21"}),
			ColleagueID: clienttest.ColleagueID, OutsiderID: "899700000001",
			PatientWrites: f.PatientWrites, PatientReads: f.PatientReads,
			PatientLists: func() int { return f.PatientLists(clienttest.PatientLea) },
			Revoke:       func() { f.Revoke(clienttest.PatientLea) },
		}
		for _, d := range docs.Documents {
			switch {
			case d.HiddenPatient:
				out.Hidden = d.ID
			case d.Masked:
				out.MineAlone = d.ID
			default:
				out.Document = d.ID
			}
		}
		return out
	})
}
