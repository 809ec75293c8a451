package e2e

import (
	"slices"
	"testing"

	"carnet/client/fhir"
)

// TestTheMédecinTraitantSeesAllTraces: who was there, in which mode and why,
// of everybody; any other professional sees their own alone.
func TestTheMédecinTraitantSeesAllTraces(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	glass := w.open(stranger, alice, fhir.ModeBreakGlass, "Patient inconscient au cabinet").Session
	for _, a := range []ask{read(stranger, glass, doc), read(gp, "", doc), read(pharmacist, "", doc)} {
		if got := w.do(a); got.status != 200 {
			t.Fatal(a.who, got.status, got.body)
		}
	}
	traces := func(who string) (names []string, emergency []fhir.AuditEvent) {
		for _, e := range w.bundle(w.do(ask{who: who, path: "/AuditEvent?_count=100&patient=" + alice})).Entries {
			v, err := fhir.ParseAuditEvent(e.Resource)
			w.must(err)
			if !slices.Contains(names, v.AgentName) {
				names = append(names, v.AgentName)
			}
			if v.Mode == fhir.ModeBreakGlass {
				emergency = append(emergency, v)
			}
		}
		slices.Sort(names)
		return names, emergency
	}
	names, emergency := traces(mt)
	for _, want := range []string{"Claire FOUGERE", "Dr Karim SELLAMI", "Dr Marc VIDALENC"} {
		if !slices.Contains(names, want) {
			t.Errorf("the médecin traitant does not see %s: %v", want, names)
		}
	}
	if len(emergency) != 2 || !slices.ContainsFunc(emergency, func(v fhir.AuditEvent) bool {
		return v.Kind == fhir.KindOpen && v.Reason == "Patient inconscient au cabinet" && v.OrgName == "Structure 08"
	}) {
		t.Errorf("the emergency: %+v", emergency)
	}
	if names, _ := traces(gp); !slices.Equal(names, []string{"Dr Karim SELLAMI"}) {
		t.Errorf("another doctor sees %v", names)
	}
}
