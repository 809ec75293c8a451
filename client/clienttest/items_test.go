package clienttest_test

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
)

// TestFakeKeepsProfiles: the fake keeps every promise of the health profile.
func TestFakeKeepsProfiles(t *testing.T) {
	clienttest.RunProfiles(t, func(t *testing.T) clienttest.ProfilesHarness {
		h := openFake(t)
		profiles := func(r client.Records) client.Profiles { p, _ := r.(client.Profiles); return p }
		return clienttest.ProfilesHarness{
			Harness: h, Profiles: profiles(h.Records), OfflineProfiles: profiles(h.Offline), SignedOutProfiles: profiles(h.SignedOut),
			Friend: h.Records.(*clienttest.Fake).Patient(clienttest.PatientHelene),
			Hidden: client.Item{Resource: "Condition", ID: clienttest.HiddenItem, Version: "1", Text: "x", Status: "active"},
			Source: clienttest.PatientLea + "-d00000",
		}
	})
}
