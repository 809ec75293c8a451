package counter

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
)

var now = time.Date(2026, time.November, 21, 11, 40, 0, 0, time.FixedZone("Paris", 3600))

func treatment(id, text string, substances ...string) client.Item {
	i := client.Item{ID: id, Resource: "MedicationStatement", Text: text, Status: "active"}
	for _, s := range substances {
		i.Substances = append(i.Substances, fhir.Coding{Display: s})
	}
	return i
}

// served is a counter with a patient who takes things.
func served(items ...client.Item) *State {
	s := &State{}
	s.Serve(client.Patient{ID: "lea", BirthDate: "1979-03-28", INS: fhir.Identifier{System: "urn:oid:1.2.250.1.213.1.4.10", Value: "279035121518989"}})
	s.Opened(client.Access{Session: "x", Rights: []string{fhir.RightRead}}, nil)
	s.Arrived(Known{Items: items}, nil, now)
	return s
}

// TestWhatIsOverIsNotShown, and what is shown says the oldest of its ages.
func TestWhatIsOverIsNotShown(t *testing.T) {
	over := treatment("b", "Amlodipine")
	over.Status = "completed"
	ended := treatment("c", "Prednisolone") // whoever wrote it did not come back to say so
	ended.End = now.AddDate(0, -2, 0).Format(time.DateOnly)
	s := served(treatment("a", "Ramipril 5 mg", "ramipril"), over, ended,
		client.Item{Resource: "AllergyIntolerance", Text: "Pénicilline", Status: "active"},
		client.Item{Resource: "AllergyIntolerance", Text: "Latex", Status: "resolved"},
		client.Item{Resource: "Immunization", Text: "DTP", Status: "completed"})
	if len(s.Treatments) != 1 || len(s.Allergies) != 1 || len(s.Injections) != 1 || s.Phase != Served {
		t.Fatalf("%+v", s)
	}
	early, late := now.Add(-2*time.Hour), now
	s.Arrived(Known{
		Prescriptions: client.DocumentPage{Provenance: client.Provenance{Cached: true, AsOf: late}},
		Profile:       client.Provenance{Cached: true, AsOf: early},
	}, nil, now)
	if !s.Prov.Cached || !s.Prov.AsOf.Equal(early) {
		t.Errorf("%+v", s.Prov)
	}
	s.Arrived(Known{}, fhir.E(fhir.Offline, ""), now)
	if s.Phase != Served || s.Err == nil {
		t.Error("a failed refresh took the columns away")
	}
}

// TestWhoIsServed decides what is shown of an answer to opening.
func TestWhoIsServed(t *testing.T) {
	for name, c := range map[string]struct {
		a    client.Access
		err  error
		want Phase
		read bool
	}{
		"with a right": {client.Access{Rights: []string{fhir.RightRead}}, nil, Opening, true},
		"without":      {client.Access{Rights: []string{fhir.RightUpload}}, nil, NoRight, false},
		"no record":    {client.Access{}, fhir.E(fhir.NoRecord, ""), NoRecord, false},
		"no answer":    {client.Access{}, fhir.E(fhir.Offline, ""), Failed, false},
	} {
		s := &State{}
		s.Serve(client.Patient{ID: "p"})
		if read := s.Opened(c.a, c.err); read != c.read || s.Phase != c.want {
			t.Errorf("%s: %v, phase %d", name, read, s.Phase)
		}
	}
}

// TestNothingStays: once the right is gone, of the patient only who they are and what
// was being typed are left; with the next patient not even that.
func TestNothingStays(t *testing.T) {
	s := served(treatment("a", "Ramipril", "ramipril"), client.Item{Resource: "AllergyIntolerance", Text: "Pénicilline", Status: "active"})
	s.Tick("a")
	s.Lost()
	if s.Treatments != nil || s.Allergies != nil || s.Access.Session != "" || s.Phase != Gone || len(s.Lines) != 1 {
		t.Errorf("%+v", s)
	}
	s.Serve(client.Patient{ID: "other"})
	if len(s.Lines) != 0 {
		t.Error("the next patient gets the lines of the one before")
	}
	s.Leave()
	if !reflect.DeepEqual(*s, State{}) {
		t.Errorf("%+v", s)
	}
}

// TestTicking adds a treatment once and takes it out again.
func TestTicking(t *testing.T) {
	s := served(treatment("a", "Ramipril 5 mg", "ramipril"))
	s.Tick("a")
	s.Tick("unknown")
	if len(s.Lines) != 1 || s.Lines[0].Text != "Ramipril 5 mg" || len(s.Lines[0].Substances) != 1 || !s.Ticked("a") {
		t.Fatalf("%+v", s.Lines)
	}
	if s.Add(Line{Text: "  "}) || !s.Add(Line{Text: " Doliprane "}) || s.Lines[1].Text != "Doliprane" {
		t.Errorf("%+v", s.Lines)
	}
	s.Tick("a")
	s.Remove(7)
	if len(s.Lines) != 1 || s.Ticked("a") {
		t.Errorf("%+v", s.Lines)
	}
}

// TestWarnings: what is handed out is compared with the allergies, the treatments and
// itself; only about it must one answer, and only about the worst.
func TestWarnings(t *testing.T) {
	th := advice.CurrentThesaurus()
	penicillin := client.Item{Resource: "AllergyIntolerance", Text: "Pénicilline", Status: "active"}
	for name, c := range map[string]struct {
		items  []client.Item
		line   string
		kind   advice.Kind
		answer bool
	}{
		"an allergy":         {[]client.Item{penicillin, treatment("a", "Paracétamol", "paracétamol")}, "amoxicilline", advice.Allergic, true},
		"a contraindication": {[]client.Item{treatment("a", "Prévi", "acide acétylsalicylique"), treatment("b", "x", "méthotrexate")}, "triméthoprime", advice.Interaction, true},
		"the same again":     {[]client.Item{treatment("a", "Ramipril 5 mg", "ramipril")}, "ramipril", advice.SameSubstance, false},
		"a caution":          {[]client.Item{treatment("a", "Ramipril 5 mg", "ramipril")}, "lithium", advice.Interaction, false},
	} {
		s := served(c.items...)
		s.Add(Line{Text: c.line})
		r := s.Advice(th)
		about := slices.ContainsFunc(r.Warnings, func(w advice.Warning) bool { return w.Kind == c.kind && s.OfLines(w) })
		if !about || (len(s.ToAnswer(r)) > 0) != c.answer {
			t.Errorf("%s: about it %v, to answer %v\n%+v", name, about, s.ToAnswer(r), r.Warnings)
		}
	}
	s := served(penicillin, treatment("a", "Amoxicilline 1 g", "amoxicilline"))
	if r := s.Advice(th); len(r.Warnings) == 0 || len(s.ToAnswer(r)) != 0 {
		t.Errorf("a warning about what nobody hands out is to be answered: %+v", r.Warnings)
	}
	s.Tick("a")
	if r := s.Advice(th); len(s.ToAnswer(r)) == 0 || slices.ContainsFunc(r.Warnings, func(w advice.Warning) bool { return w.Kind == advice.SameSubstance }) {
		t.Errorf("a ticked treatment is its own duplicate, or its allergy is not to be answered: %+v", r.Warnings)
	}
	s.Add(Line{Text: "Zzylophan"})
	if r := s.Advice(th); !slices.ContainsFunc(r.Unverified, func(u advice.Unverified) bool { return u.Written == "Zzylophan" }) {
		t.Error("what nobody knows is passed over in silence")
	}
}

// TestNumbers are taken as typed, never rounded.
func TestNumbers(t *testing.T) {
	for typed, want := range map[string]string{"": "", "2": "2", " 0,5 ": "0.5", "1.50": "1.50", "007": "7", "00": "0", "0,125": "0.125"} {
		if got, ok := number(typed); !ok || got != want {
			t.Errorf("%q: %q %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"deux", "-1", "1e3", "1,", ",5", "1.2.3", "1 000", "٣", "1234567"} {
		if got, ok := number(typed); ok {
			t.Errorf("%q is taken for %q", typed, got)
		}
	}
	for _, c := range []struct {
		line Line
		want fault
	}{
		{Line{Text: "a"}, faultNone},
		{Line{Text: "a", Quantity: "0"}, faultQuantity},
		{Line{Text: "a", Quantity: "beaucoup"}, faultQuantity},
		{Line{Text: "a", Days: "30"}, faultNone},
		{Line{Text: "a", Days: "0"}, faultDays},
		{Line{Text: "a", Days: "400"}, faultDays},
		{Line{Text: "a", Days: "un mois"}, faultDays},
	} {
		s := &State{Lines: []Line{{Text: "b"}, c.line}}
		got, at := s.Check()
		if got != c.want || got != faultNone && (at != 1 || faultWords(got, at) == "") {
			t.Errorf("%+v: %d at %d", c.line, got, at)
		}
	}
	if f, _ := (&State{}).Check(); f != faultNothing || faultWords(f, -1) == "" {
		t.Error("nothing can be handed out")
	}
}

// TestTheDocument: what is filed reads back as what was typed.
func TestTheDocument(t *testing.T) {
	s := served(treatment("a", "Ramipril 5 mg", "ramipril"))
	s.Tick("a")
	s.Add(Line{Text: "Paracétamol 1 g", Quantity: "1,5", Unit: "boîte", Days: "8", Dosage: "1 si douleur", Instead: "Doliprane 1 g"})
	me := client.Person{ID: "899700218904", Name: "Paul GARNIER", Profession: "21", OrgID: "1997000050", OrgName: "Pharmacie du Parvis"}
	d := s.Dispensation("11111111-2222-4333-8444-555555555555", me, "MARTIN Léa", "urn:uuid:2", now)
	got, err := fhir.ParseDispensation(d.Document())
	if err != nil || !reflect.DeepEqual(got, d) || got.Lines[1].Quantity != "1.5" || got.Lines[1].Days != 8 || got.Prescription != "urn:uuid:2" {
		t.Fatalf("%v %+v", err, got)
	}
	draft := s.Draft(d, "id", "Dispensation", me)
	if draft.Type.Code != "60593-1" || draft.Class.Code == "" || draft.UniqueID != d.UniqueID || draft.Facility.Code != "SA33" || draft.ContentType != fhir.TypeFHIRDocument {
		t.Errorf("%+v", draft)
	}
}

// TestProposals: the longest name counts, each once, in the order of the words; nothing
// is proposed that the thesaurus does not know.
func TestProposals(t *testing.T) {
	th := advice.CurrentThesaurus()
	text := "Dr Anne MOREL\nMme MARTIN Léa\n1) AMOXICILLINE 1 g, 1 matin et soir 6 jours\n2) acide acétylsalicylique 75 mg\n3) Amoxicilline encore\n4) RAMIPRIL 5mg\nNe rien substituer"
	want := []string{"amoxicilline", "acide acétylsalicylique", "ramipril"}
	if got := Proposals(text, th); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Proposals("", th); got != nil {
		t.Errorf("%q", got)
	}
}

// BenchmarkTwentyTreatments is the check of a long list at the counter.
func BenchmarkTwentyTreatments(b *testing.B) {
	th := advice.CurrentThesaurus()
	var items []client.Item
	for i, n := range []string{
		"ramipril", "metformine", "furosémide", "amiodarone", "warfarine", "atorvastatine", "digoxine", "potassium", "spironolactone", "lithium",
		"tramadol", "sertraline", "ibuprofène", "oméprazole", "lévothyroxine", "allopurinol", "prednisone", "méthotrexate", "bisoprolol", "colchicine",
	} {
		items = append(items, treatment(string(rune('a'+i)), n, n))
	}
	s := served(append(items, client.Item{Resource: "AllergyIntolerance", Text: "Pénicilline", Status: "active"})...)
	for b.Loop() {
		s.Advice(th)
	}
}
