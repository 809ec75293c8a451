package clienttest

import (
	"fmt"
	"strconv"

	"carnet/client"
	"carnet/client/fhir"
)

// HiddenItem is the id of an item of PatientHelene that a colleague masked: only
// her médecin traitant reads it, whom the caller is not.
const HiddenItem = PatientHelene + "-i-hidden"

// itemsOf fills a profile when it is first read: some have nothing, most a few
// things, PatientLea a life.
func (f *Fake) itemsOf(p *person) {
	if p.items != nil || p.ID == PatientEmpty {
		return
	}
	p.items = []*item{}
	me, colleague := f.mine(), fhir.Party{ID: "899700299999", Name: "Dr Yann TESSIER", OrgID: "1510000029", OrgName: "CHU de Reims"}
	me.Specialty = ""
	add := func(author *fhir.Party, v client.Item) *item {
		kept := &item{Item: v}
		if kept.ID == "" {
			kept.ID = fmt.Sprintf("%s-i%03d", p.ID, len(p.items))
		}
		kept.Version, kept.Updated = "1", f.now().AddDate(0, -6, len(p.items)%150)
		if author == nil {
			kept.ByHolder = true
		} else {
			kept.Author, kept.byMe = *author, author.ID == f.me.ID
		}
		p.items = append(p.items, kept)
		return kept
	}
	switch p.ID {
	case PatientLea:
		f.leasItems(p, add, me, colleague)
	case PatientHelene:
		add(&colleague, client.Item{ID: HiddenItem, Resource: "Condition", Text: "Épisode dépressif", Status: "resolved", Start: "2014", Masked: true})
		fallthrough
	default:
		add(&colleague, client.Item{Resource: "AllergyIntolerance", Text: "Latex", Status: "active", Category: "environment", Criticality: "low"})
		add(nil, client.Item{Resource: "MedicationStatement", Text: "Paracétamol 1 g", Status: "active", Substances: []fhir.Coding{{Display: "paracétamol"}}})
	}
}

// leasItems is the profile of PatientLea.
func (f *Fake) leasItems(p *person, add func(*fhir.Party, client.Item) *item, me, colleague fhir.Party) {
	day := func(back int) string { return f.now().AddDate(0, 0, -back).Format("2006-01-02") }
	substance := func(names ...string) (out []fhir.Coding) {
		for _, n := range names {
			out = append(out, fhir.Coding{Display: n})
		}
		return out
	}
	add(&me, client.Item{
		Resource: "AllergyIntolerance", Text: "Pénicilline", Status: "active", Start: "1998", Category: "medication", Criticality: "high",
		Reaction: "urticaire géante", Substances: substance("amoxicilline"),
	})
	add(nil, client.Item{Resource: "AllergyIntolerance", Text: "Arachide", Status: "active", Category: "food", Criticality: "high", Reaction: "œdème des lèvres"})
	add(&me, client.Item{Resource: "Condition", Text: "Diabète de type 2", Status: "active", Start: "2016-05"})
	add(&me, client.Item{Resource: "Condition", Text: "Hypertension artérielle", Status: "active", Start: "2019"})
	add(&colleague, client.Item{Resource: "Condition", Text: "Appendicectomie", Status: "resolved", Start: "1994-07", End: "1994-08"})
	add(&colleague, client.Item{Resource: "Condition", Text: "Interruption de grossesse", Status: "resolved", Start: "2003", Masked: true})
	add(nil, client.Item{
		Resource: "FamilyMemberHistory", Text: "Infarctus du myocarde à 52 ans", Status: "completed",
		Relation: fhir.Coding{System: "http://terminology.hl7.org/CodeSystem/v3-RoleCode", Code: "FTH", Display: "père"},
	})
	add(&me, client.Item{Resource: "MedicationStatement", Text: "Metformine 1000 mg", Status: "active", Start: "2016-06", Dosage: "1 comprimé matin et soir", Substances: substance("metformine")})
	add(&me, client.Item{Resource: "MedicationStatement", Text: "Ramipril 5 mg", Status: "active", Start: "2019-03", Dosage: "1 comprimé le matin", Substances: substance("ramipril")})
	add(&me, client.Item{Resource: "MedicationStatement", Text: "Amlodipine 5 mg", Status: "completed", Start: "2018-01", End: "2019-03", Substances: substance("amlodipine")})
	add(&me, client.Item{Resource: "Immunization", Text: "Diphtérie, tétanos, poliomyélite (DTP)", Status: "completed", Start: "2019-04-02", Lot: "R3F21V", Dose: 5})
	add(&colleague, client.Item{Resource: "Immunization", Text: "Grippe saisonnière", Status: "completed", Start: day(395), Lot: "V2A77"})
	report := add(&me, client.Item{
		Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureHeight, Display: "Taille"}, Text: "Taille", Status: "final",
		Start: day(1200), Value: "164", Unit: "cm",
	})
	if len(p.documents) > 2 {
		report.Source = p.documents[2].ID
	}
	for n := range 36 { // three years, a month each
		back, high, low := 30*n+4, 148-n%7*2, 86-n%5*2
		author := &me
		if n%3 == 1 {
			author = nil
		}
		add(author, client.Item{
			Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureBloodPressure, Display: "Tension artérielle"},
			Text: "Tension artérielle", Status: "final", Start: day(back), Parts: []fhir.Part{
				{Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureSystolic, Display: "Systolique"}, Value: strconv.Itoa(high), Unit: "mm[Hg]"},
				{Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureDiastolic, Display: "Diastolique"}, Value: strconv.Itoa(low), Unit: "mm[Hg]"},
			},
		})
		if n%2 == 0 {
			add(author, client.Item{
				Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureWeight, Display: "Poids"}, Text: "Poids", Status: "final",
				Start: day(back), Value: fmt.Sprintf("%d.%d", 70+n/6, n%10), Unit: "kg",
			})
		}
		if n%4 == 0 {
			add(&colleague, client.Item{
				Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureHbA1c, Display: "HbA1c"}, Text: "HbA1c", Status: "final",
				Start: day(back), Value: fmt.Sprintf("7.%d", n/4), Unit: "%",
			})
		}
	}
}
