package consent

import (
	"iter"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carnet/client/fhir"
)

// The oracle says again, in another style, what the contract says in prose: it
// asks of one person and one document a list of yes/no questions, and knows
// nothing of columns, grants, filters or lines. Times are in hours from now.

type situation struct {
	who    Requester
	mode   string
	facts  Facts
	doc    DocFacts
	matrix fakeMatrix
}

func (s situation) isDoctor() bool { return s.who.Profession == "10" }

func (s situation) worksForEmployers() bool {
	return s.isDoctor() && (s.who.Specialty == "SM25" || s.who.Specialty == "G15_10/SM25" || s.who.Sector == "SA66")
}

func (s situation) isDeclaredDoctor() bool {
	return s.isDoctor() && s.facts.MT == s.who.ID && !s.worksForEmployers()
}

func (s situation) patientBlockedThem() bool {
	for _, b := range s.facts.Blocks {
		if (b.Org && b.ID == s.who.OrgID) || (!b.Org && b.ID == s.who.ID) {
			return true
		}
	}
	return false
}

func (s situation) patientLetsThemIn() bool {
	for _, rel := range slices.Concat(s.facts.Team, s.facts.Authorisations) {
		who := s.who.ID
		if rel.Org {
			who = s.who.OrgID
		}
		started := rel.Start.Equal(noon()) || rel.Start.Before(noon())
		over := !rel.End.IsZero() && (rel.End.Equal(noon()) || rel.End.Before(noon()))
		if rel.ID == who && started && !over {
			return true
		}
	}
	return s.isDeclaredDoctor()
}

// entersRecord: may this person read anything here at all?
func (s situation) entersRecord() bool {
	if s.facts.State != StateOpen || s.worksForEmployers() || s.matrix[s.who.Profession] == nil {
		return false
	}
	shutOut := s.patientBlockedThem() && !s.isDeclaredDoctor()
	switch s.mode {
	case "normal":
		return s.patientLetsThemIn() && !shutOut
	case "bris_de_glace":
		return !s.facts.OpposeBreakGlass && !shutOut
	case "centre_15":
		regulates := s.isDoctor() && (s.who.Specialty == "SM59" || s.who.Sector == "SA50")
		return regulates && !s.facts.OpposeCentre15
	}
	return false
}

// reads: may this person read this document?
func (s situation) reads() bool {
	wrote := s.doc.AuthorID == s.who.ID
	if !s.entersRecord() || s.doc.Status == "entered-in-error" {
		return false
	}
	if s.doc.Masked {
		emergency := s.mode != "normal"
		if emergency && !s.facts.MaskedInEmergency {
			return false
		}
		if !emergency && !wrote && !s.isDeclaredDoctor() {
			return false
		}
	}
	blocked := s.patientBlockedThem() && !s.isDeclaredDoctor()
	return s.matrix[s.who.Profession][s.doc.Type] || (wrote && !blocked)
}

// touches: may this person make this change to this document?
func (s situation) touches(c Change) bool {
	wrote := s.doc.AuthorID == s.who.ID
	if s.facts.State != StateOpen || s.doc.Status == "entered-in-error" || (!wrote && !s.reads()) {
		return false
	}
	if s.mode == "bris_de_glace" && s.worksForEmployers() {
		return false
	}
	if s.mode == "centre_15" && (s.worksForEmployers() || !s.isDoctor() || (s.who.Specialty != "SM59" && s.who.Sector != "SA50")) {
		return false
	}
	calm, family := s.mode == "normal", s.mode == "normal" && s.isDeclaredDoctor() && s.entersRecord()
	trusted := s.entersRecord() || s.worksForEmployers()
	fromPatient := s.doc.ByPatient && !wrote
	switch c {
	case ChangeMask:
		return calm
	case ChangeUnmask:
		return family || (calm && trusted && wrote)
	case ChangeShow:
		return calm && trusted && !fromPatient
	case ChangeHide:
		return calm && trusted && wrote
	case ChangeArchive, ChangeUnarchive:
		return family || (wrote && ((calm && trusted) || (!calm && s.isDoctor() && s.entersRecord())))
	case ChangeDelete:
		return wrote || (fromPatient && family)
	case ChangeReplace:
		return wrote
	}
	return false
}

func anyOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

func drawActor(t *rapid.T) Actor {
	if rapid.Bool().Draw(t, "org") {
		return Actor{ID: anyOf(t, "actor", orgPractice, orgPharmacy), Org: true}
	}
	return Actor{ID: anyOf(t, "actor", idGP, idOther, idPharmacist)}
}

func drawTime(t *rapid.T, label string) time.Time {
	h := rapid.IntRange(-2, 2).Draw(t, label)
	if h == -2 {
		return time.Time{}
	}
	return noon().Add(time.Duration(h) * time.Hour)
}

func drawRelation(t *rapid.T) Relation {
	return Relation{Actor: drawActor(t), Start: drawTime(t, "start"), End: drawTime(t, "end")}
}

func drawSituation(t *rapid.T) situation {
	relations := rapid.SliceOfN(rapid.Custom(drawRelation), 0, 2)
	return situation{
		matrix: testMatrix(),
		mode:   anyOf(t, "mode", fhir.ModeNormal, fhir.ModeNormal, fhir.ModeBreakGlass, fhir.ModeCentre15),
		who: Requester{
			ID:         anyOf(t, "id", idGP, idOther, idPharmacist),
			Profession: anyOf(t, "profession", "10", "10", "21", "28", "35", "93"),
			Specialty:  anyOf(t, "specialty", "", "SM54", "SM25", "G15_10/SM25", "SM59"),
			OrgID:      anyOf(t, "orgID", "", orgPractice, orgPharmacy),
			Sector:     anyOf(t, "sector", "SA07", "SA50", "SA66"),
		},
		facts: Facts{
			PatientID:         "p1",
			State:             anyOf(t, "state", StateOpen, StateOpen, StateOpen, StateOpen, StateClosed, StateOpposed, StatePending, StateNone),
			MT:                anyOf(t, "mt", "", idGP, idOther),
			Authorisations:    relations.Draw(t, "authorisations"),
			Team:              relations.Draw(t, "team"),
			Blocks:            rapid.SliceOfN(rapid.Custom(drawActor), 0, 1).Draw(t, "blocks"),
			OpposeBreakGlass:  rapid.Bool().Draw(t, "opposeBreakGlass"),
			OpposeCentre15:    rapid.Bool().Draw(t, "opposeCentre15"),
			MaskedInEmergency: rapid.Bool().Draw(t, "maskedInEmergency"),
		},
		doc: DocFacts{
			Type:          anyOf(t, "type", typeReport, typeBirth, typeDispense, typeNobody, typeUnknown),
			AuthorID:      anyOf(t, "author", idGP, idOther, idPharmacist),
			ByPatient:     anyOf(t, "byPatient", false, false, true),
			Status:        anyOf(t, "status", StatusCurrent, StatusCurrent, StatusSuperseded, StatusWithdrawn),
			Masked:        rapid.Bool().Draw(t, "masked"),
			Archived:      rapid.Bool().Draw(t, "archived"),
			HiddenPatient: rapid.Bool().Draw(t, "hiddenPatient"),
		},
	}
}

func (s situation) ask(fn Function) Decision {
	return Decide(Request{
		Requester: s.who, Mode: s.mode, Reason: "malaise", SessionEnd: noon().Add(time.Hour),
		Function: fn, Now: noon(),
	}, s.facts, s.matrix)
}

// everyDocument varies all that a decision about a document depends on, by some
// authors.
func everyDocument(authors ...string) iter.Seq[DocFacts] {
	return func(yield func(DocFacts) bool) {
		for _, code := range []string{typeReport, typeBirth, typeDispense, typeNobody, typeUnknown} {
			for _, author := range authors {
				for _, status := range []string{StatusCurrent, StatusSuperseded, StatusWithdrawn} {
					for flags := range 1 << 5 {
						is := func(bit int) bool { return flags>>bit&1 == 1 }
						if !yield(DocFacts{
							Type: code, AuthorID: author, Status: status, ByPatient: is(0), Masked: is(1), Archived: is(2), HiddenPatient: is(3), HiddenReps: is(4),
						}) {
							return
						}
					}
				}
			}
		}
	}
}

// Each situation is drawn; in each, every document is compared.
func TestDecisionAgreesWithOracle(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		d, change := s.ask(FunctionRead), s.ask(FunctionChange)
		if got, want := d.Grant.Valid(), s.entersRecord(); got != want {
			t.Fatalf("enters %v, oracle %v (refusal %q)", got, want, d.Refusal)
		}
		compared++
		for s.doc = range everyDocument(idGP, idOther, idPharmacist) {
			if got, want := d.Grant.Filter().Allows(s.doc), s.reads(); got != want {
				t.Fatalf("reads %+v: %v, oracle %v (refusal %q)", s.doc, got, want, d.Refusal)
			}
			compared++
			for c := ChangeNone; c <= ChangeShowReps; c++ {
				got := MayChange(change.Grant, c, s.doc)
				if (got == "") != s.touches(c) {
					t.Fatalf("change %d of %+v: %q, oracle %v", c, s.doc, got, s.touches(c))
				}
				compared++
				if !s.reads() && s.doc.AuthorID != s.who.ID && s.doc.Status != StatusWithdrawn && got.Code() != fhir.NotFound && s.facts.State == StateOpen {
					t.Fatalf("change %d of an unseen document answers %q", c, got)
				}
			}
		}
	})
	t.Logf("%d comparisons of professionals with the oracle", compared)
}

// Whatever the situation: a grant is bound, carries the rights that $open
// declares, and a refusal carries no grant.
func TestDecisionIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		fn := Function(rapid.IntRange(-1, 9).Draw(t, "function"))
		d := s.ask(fn)
		switch {
		case (d.Grant == nil) == (d.Refusal == ""):
			t.Fatal("a grant or a refusal, never both, never none")
		case (d.Refusal == "") != (d.Step == 0):
			t.Fatal("a refusal names its line")
		case slices.Contains(d.Rights, fhir.RightRead) != (d.ReadRefusal == "" && d.Rights != nil):
			t.Fatal("the right to read and its refusal disagree")
		case slices.Contains(d.Rights, fhir.RightReadMaskedAll) && !slices.Contains(d.Rights, fhir.RightRead):
			t.Fatal("masked documents without the others")
		}
		if g := d.Grant; g != nil {
			if !g.Opens("p1", noon()) || g.Opens("p2", noon()) || g.Expires().After(noon().Add(SessionTime)) {
				t.Fatal("not bound to its record and time")
			}
			if !slices.Equal(g.Rights(), d.Rights) || g.Filter().Withdrawn {
				t.Fatal("the grant is not what was declared")
			}
		}
	})
}

// A block never widens anything, and in normal mode, without a relation, it
// changes nothing that its target can see.
func TestBlockOnlyTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSituation(t)
		before := s.ask(FunctionRead)
		blocked := s
		blocked.facts.Blocks = append(slices.Clone(s.facts.Blocks), Actor{ID: s.who.ID})
		after := blocked.ask(FunctionRead)
		if after.Grant.Filter().Allows(s.doc) && !before.Grant.Filter().Allows(s.doc) {
			t.Fatal("a block opened a document")
		}
		if before.ReadRefusal == RefusalNoConsent {
			if after.Refusal.Code() != before.Refusal.Code() || after.ReadRefusal.Public() != before.ReadRefusal.Public() || !slices.Equal(after.Rights, before.Rights) {
				t.Fatal("the block shows")
			}
		}
	})
}
