package consent

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"carnet/client/fhir"
)

// citizen is a natural person before a record, as the oracle sees them: yes/no
// questions in the contract's words, without grants or filters.
type citizen struct {
	id       string
	made     bool // they made their own record theirs
	facts    Facts
	mandates []Mandate
	doc      DocFacts
	item     ItemFacts
}

const (
	zoe    = "p1" // whose record it is
	parent = "p2"
	other  = "p3"
)

func (c citizen) exists() bool { return c.facts.State == StateOpen || c.facts.State == StateClosed }

func (c citizen) holds() bool { return c.id == zoe && c.made && c.exists() }

// mandated: has this person such a mandate today?
func (c citizen) mandated(bond Bond) bool {
	for _, m := range c.mandates {
		begun := m.Start.IsZero() || !m.Start.After(noon())
		lasts := m.End.IsZero() || m.End.After(noon())
		if m.ID == c.id && !m.Org && m.Bond == bond && begun && lasts {
			return true
		}
	}
	return false
}

func (c citizen) represents() bool {
	return c.id != zoe && c.mandated(BondRepresentative) && c.exists()
}

// inherits: an heir or the partner, of a closed record, with an end.
func (c citizen) inherits() bool {
	if c.id == zoe || c.mandated(BondRepresentative) || c.facts.State != StateClosed {
		return false
	}
	for _, m := range c.mandates {
		begun := m.Start.IsZero() || !m.Start.After(noon())
		if m.ID == c.id && !m.Org && (m.Bond == BondHeir || m.Bond == BondPartner) && begun && m.End.After(noon()) {
			return true
		}
	}
	return false
}

func (c citizen) enters() bool { return c.holds() || c.represents() || c.inherits() }

// sees: may this person know of the document at all?
func (c citizen) sees() bool {
	switch {
	case !c.enters(), c.doc.Status == StatusWithdrawn, c.doc.HiddenPatient:
		return false
	case !c.holds() && c.doc.HiddenReps, c.inherits() && c.doc.Masked:
		return false
	}
	return true
}

// seesItem: likewise of an item of the health profile.
func (c citizen) seesItem() bool {
	return c.enters() && c.item.Resource != "Patient" && (!c.item.Masked || !c.inherits())
}

// touches: may this person make this change?
func (c citizen) touches(change Change) bool {
	wrote := c.doc.AuthorID == CitizenID(c.id)
	if c.facts.State != StateOpen || c.inherits() || !c.enters() || c.doc.Status == StatusWithdrawn || !c.sees() && !wrote {
		return false
	}
	deposited := c.doc.ByPatient || wrote
	switch change {
	case ChangeMask, ChangeUnmask:
		return true
	case ChangeArchive, ChangeUnarchive, ChangeDelete:
		return deposited
	case ChangeReplace:
		return wrote
	case ChangeHideReps, ChangeShowReps:
		return deposited && c.holds()
	}
	return false
}

func drawMandate(t *rapid.T) Mandate {
	return Mandate{
		Relation: Relation{Actor: Actor{ID: anyOf(t, "person", parent, other), Org: anyOf(t, "org", false, false, false, true)}, Start: drawTime(t, "start"), End: drawTime(t, "end")},
		Bond:     anyOf(t, "bond", BondNone, BondRepresentative, BondRepresentative, BondHeir, BondPartner),
	}
}

func drawCitizen(t *rapid.T) citizen {
	s := drawSituation(t)
	s.facts.PatientID = zoe
	s.doc.HiddenReps = rapid.Bool().Draw(t, "hiddenReps")
	s.doc.AuthorID = anyOf(t, "author", idGP, CitizenID(zoe), CitizenID(parent))
	return citizen{
		id: anyOf(t, "citizen", zoe, parent, parent, other), made: rapid.Bool().Draw(t, "made"), facts: s.facts, doc: s.doc,
		mandates: rapid.SliceOfN(rapid.Custom(drawMandate), 0, 3).Draw(t, "mandates"),
		item: ItemFacts{
			Resource: anyOf(t, "resource", "Condition", "Observation", "Immunization", "MedicationStatement", "Patient"),
			AuthorID: s.doc.AuthorID, Masked: s.doc.Masked,
		},
	}
}

func TestCitizensAgreeWithTheOracle(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawCitizen(t)
		g, refusal := Enter(Person{c.id, c.made}, c.facts, c.mandates, noon())
		if g.Valid() != c.enters() || (refusal == "") != g.Valid() {
			t.Fatalf("enters %v (%q), oracle %v", g.Valid(), refusal, c.enters())
		}
		if own := c.id == zoe && !c.made; own != (refusal == RefusalNotActivated) {
			t.Fatalf("tells %q of their own record", refusal)
		}
		if refusal != "" && refusal != RefusalHidden && c.id != zoe {
			t.Fatalf("tells %q of a record of others", refusal)
		}
		if got := g.Filter().AllowsItem(c.item); got != c.seesItem() {
			t.Fatalf("sees the item %v, oracle %v", got, c.seesItem())
		}
		export := ForExport(g)
		compared += 2
		for c.doc = range everyDocument(idGP, CitizenID(zoe), CitizenID(parent)) {
			if got := g.Filter().Allows(c.doc); got != c.sees() {
				t.Fatalf("sees %+v: %v, oracle %v", c.doc, got, c.sees())
			}
			if export.Filter().Allows(c.doc) != c.sees() {
				t.Fatalf("exports %+v otherwise than it is seen", c.doc)
			}
			compared += 2
			for change := ChangeNone; change <= ChangeShowReps; change++ {
				if got := MayChange(g, change, c.doc); (got == "") != c.touches(change) {
					t.Fatalf("change %d of %+v: %q, oracle %v", change, c.doc, got, c.touches(change))
				}
				compared++
			}
		}
		if g.Manages() != (c.facts.State == StateOpen && (c.holds() || c.represents())) {
			t.Fatalf("manages %v", g.Manages())
		}
		if export.Manages() || export.Valid() && export.Has(fhir.RightUpload) {
			t.Fatal("an export reaches other than its reader does")
		}
		if g.Valid() && (!g.Opens(zoe, noon()) || g.Opens(other, noon()) || g.Epoch() != c.facts.Epoch || g.Principal() != CitizenID(c.id)) {
			t.Fatal("not bound to its record and person")
		}
	})
	t.Logf("%d comparisons of natural persons with the oracle", compared)
}

func TestNobodyEntersAsNobody(t *testing.T) {
	if g, refusal := Enter(Person{Activated: true}, open(), nil, noon()); g.Valid() || refusal != RefusalIdentity {
		t.Errorf("nobody: %q", refusal)
	}
	if g, refusal := Enter(Person{}, Facts{State: StateOpen}, []Mandate{{Bond: BondRepresentative}}, noon()); g.Valid() || refusal == "" {
		t.Error("nobody enters a record of nobody")
	}
}

// Their own record is entered by who made it theirs; another's by a mandate,
// whatever became of one's own.
func TestOnesOwnRecordIsEnteredOnceActivated(t *testing.T) {
	mandates := []Mandate{{Relation: Relation{Actor: Actor{ID: parent}}, Bond: BondRepresentative}}
	for _, tt := range []struct {
		name  string
		who   Person
		state State
		want  Refusal
	}{
		{"their own, activated", Person{zoe, true}, StateOpen, ""},
		{"their own, closed after it was activated", Person{zoe, true}, StateClosed, ""},
		{"their own, objected to", Person{zoe, true}, StateOpposed, RefusalHidden},
		{"their own, opened by itself", Person{zoe, false}, StateOpen, RefusalNotActivated},
		{"their own, closed without ever being activated", Person{zoe, false}, StateClosed, RefusalNotActivated},
		{"their own, announced", Person{zoe, false}, StatePending, RefusalNotActivated},
		{"a child's, with a record of their own", Person{parent, true}, StateOpen, ""},
		{"a child's, without", Person{parent, false}, StateOpen, ""},
		{"a stranger's", Person{other, true}, StateOpen, RefusalHidden},
	} {
		f := open()
		f.PatientID, f.State = zoe, tt.state
		g, refusal := Enter(tt.who, f, mandates, noon())
		if refusal != tt.want || g.Valid() != (tt.want == "") {
			t.Errorf("%s: %v, %q; want %q", tt.name, g.Valid(), refusal, tt.want)
		}
	}
}

// The longest mandate counts, and a grant ends with it.
func TestAGrantEndsWithTheMandate(t *testing.T) {
	at := func(h int) time.Time { return noon().Add(time.Duration(h) * time.Minute) }
	mandates := []Mandate{
		{Relation: Relation{Actor: Actor{ID: parent}, End: at(1)}, Bond: BondRepresentative},
		{Relation: Relation{Actor: Actor{ID: parent}, End: at(5)}, Bond: BondRepresentative},
	}
	g, _ := Enter(Person{ID: parent}, open(), mandates, noon())
	if !g.Expires().Equal(at(5)) || g.Opens("p1", at(5)) {
		t.Errorf("ends %v", g.Expires())
	}
}

func TestMajority(t *testing.T) {
	for _, tt := range []struct{ birth, want string }{
		{"2008-12-15", "2026-12-15"},
		{"2008-02-29", "2026-03-01"},
		{"2012-02-29", "2030-03-01"},
		{"2010-05", "2028-05-01"},
		{"2010", "2028-01-01"},
		{"", ""},
		{"hier", ""},
		{"2010-13-01", ""},
	} {
		day, ok := Majority(tt.birth, time.UTC)
		if ok != (tt.want != "") || ok && day.Format(time.DateOnly) != tt.want {
			t.Errorf("%s: %v %v", tt.birth, day, ok)
		}
	}
}

func TestWhatAHolderMayDecide(t *testing.T) {
	blocked := open()
	blocked.Blocks = []Actor{{ID: idGP}, {ID: orgPharmacy, Org: true}}
	withMT := open()
	withMT.MT = idGP
	org := Requester{ID: orgPharmacy}
	for name, tt := range map[string]struct{ got, want Refusal }{
		"allow":                          {MayAllow(gp(), false, open()), ""},
		"allow whom one blocks":          {MayAllow(gp(), false, blocked), RefusalIsBlocked},
		"allow who works where blocked":  {MayAllow(pharmacist(), false, blocked), RefusalIsBlocked},
		"allow a blocked structure":      {MayAllow(org, true, blocked), RefusalIsBlocked},
		"allow another structure":        {MayAllow(Requester{ID: orgPractice}, true, blocked), ""},
		"allow occupational medicine":    {MayAllow(workDoctor(), false, open()), RefusalNeverReads},
		"allow where it works":           {MayAllow(Requester{ID: orgPractice, Sector: "SA66"}, true, open()), RefusalNeverReads},
		"block":                          {MayBlock(gp(), false, open()), ""},
		"block the declared doctor":      {MayBlock(gp(), false, withMT), RefusalIsMT},
		"block a structure":              {MayBlock(org, true, withMT), ""},
		"declare a doctor":               {MayBeMT(gp(), false, open()), ""},
		"declare a pharmacist":           {MayBeMT(pharmacist(), false, open()), RefusalNotDoctor},
		"declare an occupational doctor": {MayBeMT(workDoctor(), false, open()), RefusalNotDoctor},
		"declare a structure":            {MayBeMT(org, true, open()), RefusalNotDoctor},
		"declare whom one blocks":        {MayBeMT(gp(), false, blocked), RefusalIsBlocked},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
		if tt.want != "" && tt.want.Code() != fhir.BusinessRule {
			t.Errorf("%s: answers %s", name, tt.want.Code())
		}
	}
}

// A contested declaration keeps its declarer from declaring, and from nothing
// else; it tells no more than a block does.
func TestAContestBarsDeclaring(t *testing.T) {
	f := openTo(idGP)
	f.Contested = []Relation{{Actor: Actor{ID: idGP}, Start: noon().Add(-time.Hour), End: noon().Add(time.Hour)}}
	d := Decide(ask(gp(), FunctionDeclare), f, testMatrix())
	if d.Refusal != RefusalContested || d.Refusal.Public() != RefusalBlocked.Public() || d.Refusal.Code() != RefusalBlocked.Code() || d.Step == 0 {
		t.Errorf("declares: %q", d.Refusal)
	}
	if Decide(ask(gp(), FunctionRead), f, testMatrix()).Refusal != "" || Decide(ask(pharmacist(), FunctionDeclare), f, testMatrix()).Refusal != "" {
		t.Error("keeps from something else, or somebody else")
	}
	f.Contested[0].End = noon()
	if Decide(ask(gp(), FunctionDeclare), f, testMatrix()).Refusal != "" {
		t.Error("lasts too long")
	}
}

// Items follow the rows of the matrix for professionals.
func TestItemsFollowTheMatrix(t *testing.T) {
	m := fakeMatrix{
		"10": {rowProfile: true, rowMeasures: true, rowVaccinations: true, rowMedication: true, typeReport: true},
		"21": {rowProfile: false, rowMeasures: false, rowVaccinations: true, rowMedication: true, typeReport: true},
	}
	items := map[string]bool{ // read by a pharmacist
		"AllergyIntolerance": false, "Condition": false, "FamilyMemberHistory": false, "Observation": false, "Immunization": true, "MedicationStatement": true,
	}
	f := openTo(idGP, idPharmacist)
	for resource, pharmacistReads := range items {
		i := ItemFacts{Resource: resource, AuthorID: CitizenID("p1")}
		if !Decide(ask(gp(), FunctionRead), f, m).Grant.Filter().AllowsItem(i) {
			t.Errorf("a doctor does not read %s", resource)
		}
		if got := Decide(ask(pharmacist(), FunctionRead), f, m).Grant.Filter().AllowsItem(i); got != pharmacistReads {
			t.Errorf("a pharmacist reads %s: %v", resource, got)
		}
		i.Masked = true
		if Decide(ask(gp(), FunctionRead), f, m).Grant.Filter().AllowsItem(i) {
			t.Errorf("a masked %s is read", resource)
		}
	}
	if ForBackup(noon()).Filter().AllowsItem(ItemFacts{Resource: "Patient"}) {
		t.Error("what is no item is read as one")
	}
}

func BenchmarkEnter(b *testing.B) {
	f := open()
	mandates := []Mandate{{Relation: Relation{Actor: Actor{ID: parent}}, Bond: BondRepresentative}}
	for b.Loop() {
		if g, _ := Enter(Person{ID: parent}, f, mandates, noon()); !g.Valid() {
			b.Fatal("refused")
		}
	}
}
