package consent

import (
	"slices"
	"testing"
	"time"

	"carnet/client/fhir"
)

// Every line of the decision order that concerns the record, in order: each
// row breaks exactly one line of a request that would otherwise be granted.
func TestDecisionOrder(t *testing.T) {
	authorised := openTo(idGP, idPharmacist, idWork, idRegulator)
	with := func(change func(*Facts)) Facts { f := authorised; change(&f); return f }
	tests := []struct {
		name  string
		req   Request
		facts Facts
		want  Refusal
		step  int
	}{
		{"granted", ask(gp(), FunctionRead), authorised, "", 0},
		{"1 no id", ask(Requester{Profession: "10"}, FunctionRead), authorised, RefusalIdentity, 1},
		{"1 no profession", ask(Requester{ID: idGP}, FunctionRead), authorised, RefusalIdentity, 1},
		{"1 a word for a profession", ask(Requester{ID: idGP, Profession: "médecin"}, FunctionRead), authorised, RefusalIdentity, 1},
		{"2 unknown record", ask(gp(), FunctionRead), Facts{}, RefusalNoRecord, 2},
		{"2 pending", ask(gp(), FunctionRead), with(func(f *Facts) { f.State = StatePending }), RefusalNoRecord, 2},
		{"2 closed", ask(gp(), FunctionRead), with(func(f *Facts) { f.State = StateClosed }), RefusalNoRecord, 2},
		{"2 opposed", ask(gp(), FunctionFile), with(func(f *Facts) { f.State = StateOpposed }), RefusalNoRecord, 2},
		{"2 a state of the future", ask(gp(), FunctionFile), with(func(f *Facts) { f.State = 99 }), RefusalNoRecord, 2},
		{"3 no function", ask(gp(), FunctionNone), authorised, RefusalFunction, 3},
		{"3 a function of the future", ask(gp(), 99), authorised, RefusalFunction, 3},
		{"3 no mode", Request{Requester: gp(), Function: FunctionRead, Now: noon()}, authorised, RefusalMode, 3},
		{"3 occupational doctor reads", ask(workDoctor(), FunctionRead), authorised, RefusalProfession, 3},
		{"3 occupational doctor by employer alone", ask(Requester{ID: idWork, Profession: "10", Specialty: "SM54", Sector: "SA66"}, FunctionRead), authorised, RefusalProfession, 3},
		{"3 occupational doctor declared MT", ask(workDoctor(), FunctionRead), with(func(f *Facts) { f.MT = idWork }), RefusalProfession, 3},
		{"3 occupational doctor breaks glass", askIn(fhir.ModeBreakGlass, workDoctor(), FunctionOpen), authorised, RefusalMode, 3},
		{"3 profession without a row", ask(Requester{ID: idGP, Profession: "93"}, FunctionRead), authorised, RefusalProfession, 3},
		{"3 GP in centre 15", askIn(fhir.ModeCentre15, gp(), FunctionOpen), authorised, RefusalMode, 3},
		{"3 pharmacist in centre 15", askIn(fhir.ModeCentre15, pharmacist(), FunctionRead), authorised, RefusalMode, 3},
		{"3 declare consent in an emergency", askIn(fhir.ModeBreakGlass, gp(), FunctionDeclare), authorised, RefusalFunction, 3},
		{"3 traces in an emergency", askIn(fhir.ModeBreakGlass, gp(), FunctionTraces), authorised, RefusalFunction, 3},
		{"3 withdraw in an emergency", askIn(fhir.ModeCentre15, regulator(), FunctionWithdrawOwn), authorised, RefusalFunction, 3},
		{"3 occupational doctor declares consent", ask(workDoctor(), FunctionDeclare), authorised, RefusalFunction, 3},
		{"4 blocked", ask(gp(), FunctionRead), with(func(f *Facts) { f.Blocks = []Actor{{ID: idGP}} }), RefusalBlocked, 4},
		{"4 structure blocked", ask(gp(), FunctionRead), with(func(f *Facts) { f.Blocks = []Actor{{ID: orgPractice, Org: true}} }), RefusalBlocked, 4},
		{"4 blocked in break-glass", askIn(fhir.ModeBreakGlass, gp(), FunctionOpen), with(func(f *Facts) { f.Blocks = []Actor{{ID: idGP}} }), RefusalBlocked, 4},
		{"4 not in centre 15", askIn(fhir.ModeCentre15, regulator(), FunctionRead), with(func(f *Facts) { f.Blocks = []Actor{{ID: idRegulator}} }), "", 0},
		{"4 never the MT", ask(gp(), FunctionRead), with(func(f *Facts) { f.MT = idGP; f.Blocks = []Actor{{ID: idGP}, {ID: orgPractice, Org: true}} }), "", 0},
		{"4 an MT who is no doctor is none", ask(pharmacist(), FunctionRead), with(func(f *Facts) { f.MT = idPharmacist; f.Blocks = []Actor{{ID: idPharmacist}} }), RefusalBlocked, 4},
		{"4 a structure's id is not a person's", ask(gp(), FunctionRead), with(func(f *Facts) { f.Blocks = []Actor{{ID: idGP, Org: true}, {ID: orgPractice}} }), "", 0},
		{"5 nobody let them in", ask(gp(), FunctionRead), open(), RefusalNoConsent, 5},
		{"5 break-glass", askIn(fhir.ModeBreakGlass, gp(), FunctionRead), open(), "", 0},
		{"5 break-glass opposed", askIn(fhir.ModeBreakGlass, gp(), FunctionRead), with(func(f *Facts) { f.OpposeBreakGlass = true }), RefusalOpposed, 5},
		{"5 break-glass opposed, while the visit runs", askIn(fhir.ModeBreakGlass, gp(), FunctionOpen), with(func(f *Facts) { f.OpposeBreakGlass = true }), RefusalOpposed, 5},
		{"5 the opposition to centre 15 is another", askIn(fhir.ModeBreakGlass, gp(), FunctionRead), with(func(f *Facts) { f.OpposeCentre15 = true }), "", 0},
		{"5 centre 15 opposed", askIn(fhir.ModeCentre15, regulator(), FunctionRead), with(func(f *Facts) { f.OpposeCentre15 = true }), RefusalOpposed, 5},
		{"5 the opposition to break-glass is another", askIn(fhir.ModeCentre15, regulator(), FunctionRead), with(func(f *Facts) { f.OpposeBreakGlass = true }), "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Decide(tt.req, tt.facts, testMatrix())
			if d.Refusal != tt.want || d.Step != tt.step {
				t.Fatalf("refusal %q at line %d, want %q at %d", d.Refusal, d.Step, tt.want, tt.step)
			}
			if d.Grant.Valid() != (tt.want == "") {
				t.Fatal("a grant exactly when nothing refuses")
			}
		})
	}
}

func TestFilingIsNotReading(t *testing.T) {
	blocked := open()
	blocked.Blocks = []Actor{{ID: idPharmacist}}
	opposed := open()
	opposed.OpposeBreakGlass = true
	tests := []struct {
		name  string
		req   Request
		facts Facts
	}{
		{"never authorised", ask(pharmacist(), FunctionFile), open()},
		{"blocked", ask(pharmacist(), FunctionFile), blocked},
		{"occupational doctor", ask(workDoctor(), FunctionFile), open()},
		{"a profession whose column is empty", ask(Requester{ID: "8", Profession: "35"}, FunctionFile), open()},
		{"in a break-glass visit that the patient has just objected to", askIn(fhir.ModeBreakGlass, gp(), FunctionFile), opposed},
		{"who could also read", ask(gp(), FunctionFile), openTo(idGP)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Decide(tt.req, tt.facts, testMatrix())
			if !d.Grant.Has(fhir.RightUpload) {
				t.Fatalf("cannot file: %q", d.Refusal)
			}
			if !d.Grant.Filter().Empty() {
				t.Error("filing shows documents")
			}
			if refusal := MayFile(d.Grant, typeReport, testMatrix()); refusal != "" {
				t.Errorf("a known type is refused: %q", refusal)
			}
			if refusal := MayFile(d.Grant, typeUnknown, testMatrix()); refusal != RefusalNoRow || refusal.Code() != fhir.BusinessRule {
				t.Errorf("a type without a row: %q", refusal)
			}
		})
	}
	if MayFile(nil, typeReport, testMatrix()) == "" || MayFile(&Grant{}, typeReport, testMatrix()) == "" {
		t.Error("filing without a grant")
	}
}

// An emergency mode is opened with a typed reason and lives in its time box.
func TestEmergencyNeedsReasonAndSession(t *testing.T) {
	for reason, want := range map[string]Refusal{
		"": RefusalReason, "   ": RefusalReason, "..": RefusalReason, "a b": RefusalReason,
		"AVP": "", "coma": "", "œdème": "",
	} {
		r := askIn(fhir.ModeBreakGlass, gp(), FunctionOpen)
		r.Reason, r.SessionEnd = reason, time.Time{}
		if d := Decide(r, open(), testMatrix()); d.Refusal != want {
			t.Errorf("reason %q: %q, want %q", reason, d.Refusal, want)
		}
	}
	for name, end := range map[string]time.Time{"none": {}, "over now": noon(), "past": noon().Add(-time.Second)} {
		r := askIn(fhir.ModeBreakGlass, gp(), FunctionRead)
		r.SessionEnd = end
		if d := Decide(r, open(), testMatrix()); d.Refusal != RefusalSession {
			t.Errorf("session %s: %q", name, d.Refusal)
		}
	}
}

// Relations hold from their start, and no longer at their end.
func TestRelationInTime(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon().Add(d) }
	tests := []struct {
		name       string
		start, end time.Time
		want       bool
	}{
		{"without limits", time.Time{}, time.Time{}, true},
		{"starts now", at(0), time.Time{}, true},
		{"starts in a nanosecond", at(1), time.Time{}, false},
		{"ends in a nanosecond", at(-time.Hour), at(1), true},
		{"ends now", at(-time.Hour), at(0), false},
		{"ended", at(-time.Hour), at(-1), false},
		{"ends before it starts", at(1), at(-1), false},
	}
	for _, tt := range tests {
		for _, actor := range []Actor{{ID: idGP}, {ID: orgPractice, Org: true}} {
			rel := []Relation{{Actor: actor, Start: tt.start, End: tt.end}}
			auth, team := open(), open()
			auth.Authorisations, team.Team = rel, rel
			for basis, f := range map[string]Facts{fhir.BasisAuthorised: auth, fhir.BasisCareTeam: team} {
				d := Decide(ask(gp(), FunctionRead), f, testMatrix())
				if d.Grant.Valid() != tt.want {
					t.Errorf("%s by %s: granted %v", tt.name, basis, d.Grant.Valid())
				}
				if tt.want && (d.Basis != basis || !d.Until.Equal(tt.end)) {
					t.Errorf("%s: basis %s until %v", tt.name, d.Basis, d.Until)
				}
			}
		}
	}
}

func TestBasisIsTheLongest(t *testing.T) {
	hour, day := noon().Add(time.Hour), noon().Add(24*time.Hour)
	rel := func(end time.Time) []Relation { return []Relation{{Actor: Actor{ID: idGP}, End: end}} }
	tests := []struct {
		name       string
		auth, team []Relation
		basis      string
		until      time.Time
	}{
		{"team longer", rel(hour), rel(day), fhir.BasisCareTeam, day},
		{"authorisation longer", rel(day), rel(hour), fhir.BasisAuthorised, day},
		{"authorisation without limit", rel(time.Time{}), rel(day), fhir.BasisAuthorised, time.Time{}},
		{"team without limit", rel(day), rel(time.Time{}), fhir.BasisCareTeam, time.Time{}},
		{"equal", rel(day), rel(day), fhir.BasisCareTeam, day},
		{"two authorisations", append(rel(hour), rel(day)...), nil, fhir.BasisAuthorised, day},
	}
	for _, tt := range tests {
		f := open()
		f.Authorisations, f.Team = tt.auth, tt.team
		d := Decide(ask(gp(), FunctionRead), f, testMatrix())
		if d.Basis != tt.basis || !d.Until.Equal(tt.until) {
			t.Errorf("%s: %s until %v", tt.name, d.Basis, d.Until)
		}
		f.MT = idGP
		if d := Decide(ask(gp(), FunctionRead), f, testMatrix()); d.Basis != fhir.BasisMT || !d.Until.IsZero() {
			t.Errorf("%s: the MT reads as %s until %v", tt.name, d.Basis, d.Until)
		}
	}
}

// A blocked professional cannot tell the block from a missing consent.
func TestBlockIsNeverTold(t *testing.T) {
	blocked := openTo(idPharmacist)
	blocked.Blocks = []Actor{{ID: idPharmacist}}
	for _, fn := range []Function{FunctionOpen, FunctionRead, FunctionFile, FunctionChange, FunctionDeclare, FunctionWithdrawOwn, FunctionTraces} {
		b := Decide(ask(pharmacist(), fn), blocked, testMatrix())
		n := Decide(ask(pharmacist(), fn), open(), testMatrix())
		if b.Refusal.Code() != n.Refusal.Code() || b.Refusal.Public() != n.Refusal.Public() ||
			b.ReadRefusal.Public() != n.ReadRefusal.Public() || !slices.Equal(b.Rights, n.Rights) ||
			b.Basis != n.Basis || !b.Until.Equal(n.Until) {
			t.Errorf("function %d tells of the block", fn)
		}
	}
	opposed := open()
	opposed.OpposeBreakGlass = true
	b := Decide(askIn(fhir.ModeBreakGlass, pharmacist(), FunctionOpen), blocked, testMatrix())
	o := Decide(askIn(fhir.ModeBreakGlass, pharmacist(), FunctionOpen), opposed, testMatrix())
	if b.Refusal.Public() != o.Refusal.Public() || b.Refusal.Code() != o.Refusal.Code() {
		t.Error("break-glass tells of the block")
	}
}

// Every refusal has the code of contract section 11 and a public word.
func TestRefusalCodes(t *testing.T) {
	want := map[Refusal]fhir.Code{
		"": "", RefusalIdentity: fhir.Unauthenticated, RefusalNoRecord: fhir.NoRecord, RefusalFunction: fhir.Forbidden,
		RefusalMode: fhir.Forbidden, RefusalReason: fhir.Required, RefusalSession: fhir.Forbidden,
		RefusalProfession: fhir.Forbidden, RefusalBlocked: fhir.NoConsent, RefusalNoConsent: fhir.NoConsent,
		RefusalOpposed: fhir.NoConsent, RefusalHidden: fhir.NotFound, RefusalNotOwn: fhir.Forbidden,
		RefusalWithdrawn: fhir.Withdrawn, RefusalNoRow: fhir.BusinessRule,
	}
	for refusal, code := range want {
		if refusal.Code() != code {
			t.Errorf("%q: %s, want %s", refusal, refusal.Code(), code)
		}
	}
	if RefusalBlocked.Public() != "no-consent" || RefusalProfession.Public() != "profession" || RefusalHidden.Public() != "not-found" || Refusal("").Public() != "" {
		t.Error("public words")
	}
}
