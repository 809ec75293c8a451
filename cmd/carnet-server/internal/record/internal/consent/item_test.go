package consent

import (
	"testing"

	"carnet/client/fhir"
)

// TestWhoWritesItems is the table of who adds, changes, masks and takes back
// which item.
func TestWhoWritesItems(t *testing.T) {
	const me, other, citizen = "me", "other", agentPrefix + "p1"
	grant := func(types []string, masked MaskRule, rights ...string) *Grant {
		return &Grant{reader: ReaderProfessional, principal: me, record: "p1", rights: rights, filter: Filter{Types: types, Own: me, Masked: masked}}
	}
	all := []string{rowProfile, rowMeasures, rowVaccinations, rowMedication}
	doctor := grant(all, MaskedOwn, fhir.RightRead, fhir.RightUpload, fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightDeleteOwn)
	mt := grant(all, MaskedAll, fhir.RightRead, fhir.RightUpload, fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightUnmaskAll, fhir.RightDeleteOwn, fhir.RightManagePatient)
	emergency := grant(all, MaskedNone, fhir.RightRead, fhir.RightUpload, fhir.RightDeleteOwn)
	optician := grant([]string{"11488-4"}, MaskedOwn, fhir.RightRead, fhir.RightUpload, fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightDeleteOwn)
	technician := grant([]string{rowMedication}, MaskedOwn, fhir.RightRead, fhir.RightUpload, fhir.RightDeleteOwn)
	shut := grant(nil, MaskedNone, fhir.RightUpload, fhir.RightMask, fhir.RightDeleteOwn) // may read no longer
	shut.filter = Filter{}
	item := func(resource, author string, masked bool) ItemFacts {
		return ItemFacts{Resource: resource, AuthorID: author, Masked: masked}
	}
	add := func(g *Grant, i ItemFacts) Refusal { return MayAddItem(g, i) }
	correct := func(g *Grant, i ItemFacts) Refusal { return MayChangeItem(g, i, true, i.Masked) }
	mask := func(g *Grant, i ItemFacts) Refusal { return MayChangeItem(g, i, false, !i.Masked) }
	for name, tt := range map[string]struct {
		may  func(*Grant, ItemFacts) Refusal
		g    *Grant
		i    ItemFacts
		want Refusal
	}{
		"a doctor adds":                                       {add, doctor, item("Condition", me, false), ""},
		"a doctor adds a masked one":                          {add, doctor, item("Condition", me, true), ""},
		"in an emergency one adds":                            {add, emergency, item("Observation", me, false), ""},
		"an optician adds":                                    {add, optician, item("Condition", me, false), RefusalFunction},
		"a technician adds a treatment":                       {add, technician, item("MedicationStatement", me, false), ""},
		"a technician adds an allergy":                        {add, technician, item("AllergyIntolerance", me, false), RefusalFunction},
		"who may read no longer adds":                         {add, shut, item("Condition", me, false), RefusalFunction},
		"nobody adds":                                         {add, nil, item("Condition", me, false), RefusalFunction},
		"a doctor adds what is no item":                       {add, doctor, item("Patient", me, false), RefusalFunction},
		"a doctor corrects their own":                         {correct, doctor, item("Condition", me, false), ""},
		"a doctor corrects another's":                         {correct, doctor, item("Condition", other, false), RefusalNotOwn},
		"a doctor corrects the patient's":                     {correct, doctor, item("Condition", citizen, false), RefusalNotOwn},
		"a doctor corrects a masked one of another":           {correct, doctor, item("Condition", other, true), RefusalHidden},
		"the médecin traitant corrects another's":             {correct, mt, item("Condition", other, false), RefusalNotOwn},
		"an optician corrects another's":                      {correct, optician, item("Condition", other, false), RefusalHidden},
		"an optician corrects their own of before":            {correct, optician, item("Condition", me, false), RefusalFunction},
		"a doctor masks their own":                            {mask, doctor, item("Condition", me, false), ""},
		"a doctor masks another's":                            {mask, doctor, item("Condition", other, false), ""},
		"a doctor masks the patient's":                        {mask, doctor, item("Condition", citizen, false), ""},
		"a doctor unmasks their own":                          {mask, doctor, item("Condition", me, true), ""},
		"a doctor unmasks another's":                          {mask, doctor, item("Condition", other, true), RefusalHidden},
		"the médecin traitant unmasks another's":              {mask, mt, item("Condition", other, true), ""},
		"in an emergency one masks":                           {mask, emergency, item("Condition", other, false), RefusalFunction},
		"who may read no longer masks":                        {mask, shut, item("Condition", other, false), RefusalHidden},
		"a doctor takes back their own":                       {MayDropItem, doctor, item("Condition", me, true), ""},
		"a doctor takes back another's":                       {MayDropItem, doctor, item("Condition", other, false), RefusalNotOwn},
		"the médecin traitant takes back the patient's":       {MayDropItem, mt, item("Condition", citizen, false), RefusalNotOwn},
		"a doctor takes back a masked one of another":         {MayDropItem, doctor, item("Condition", other, true), RefusalHidden},
		"who may read no longer takes back their own":         {MayDropItem, shut, item("Condition", me, false), ""},
		"who may read no longer takes back another's":         {MayDropItem, shut, item("Condition", other, false), RefusalHidden},
		"nobody takes back":                                   {MayDropItem, nil, item("Condition", me, false), RefusalHidden},
		"somebody without a name takes back what is no one's": {MayDropItem, &Grant{reader: ReaderProfessional, rights: []string{fhir.RightDeleteOwn}}, item("Condition", "", false), RefusalHidden},
	} {
		if got := tt.may(tt.g, tt.i); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
