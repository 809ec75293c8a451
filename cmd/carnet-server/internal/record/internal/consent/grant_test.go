package consent

import (
	"testing"
	"time"

	"carnet/client/fhir"
)

func TestZeroGrantOpensNothing(t *testing.T) {
	for name, g := range map[string]*Grant{"nil": nil, "zero": {}} {
		if g.Valid() || g.Opens("p1", noon()) || g.Opens("", noon()) || g.Has(fhir.RightRead) || !g.Filter().Empty() {
			t.Errorf("the %s grant opens something", name)
		}
		if MayChange(g, ChangeMask, DocFacts{Type: typeReport, Status: StatusCurrent}) != RefusalHidden {
			t.Errorf("the %s grant changes something", name)
		}
	}
}

func TestGrantIsBound(t *testing.T) {
	f := openTo(idGP)
	g := Decide(ask(gp(), FunctionRead), f, testMatrix()).Grant
	if g.Principal() != idGP || g.Record() != "p1" || g.Mode() != fhir.ModeNormal || g.Epoch() != 7 ||
		g.Basis() != fhir.BasisAuthorised || g.Reader() != ReaderProfessional {
		t.Errorf("bound to %s %s %s %d %s", g.Principal(), g.Record(), g.Mode(), g.Epoch(), g.Basis())
	}
	if !g.Opens("p1", noon()) || g.Opens("p2", noon()) || g.Opens("", noon()) {
		t.Error("opens another record")
	}
	rights := g.Rights()
	rights[0] = "other"
	if g.Has("other") {
		t.Error("a caller changed the grant")
	}
}

// A grant ends with the visit, with the relation, or with the default time.
func TestGrantExpires(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon().Add(d) }
	until := func(end time.Time) Facts {
		f := open()
		f.Authorisations = []Relation{{Actor: Actor{ID: idGP}, End: end}}
		return f
	}
	inVisit := ask(gp(), FunctionRead)
	inVisit.SessionEnd = at(10 * time.Minute)
	over := ask(gp(), FunctionRead)
	over.SessionEnd = at(-time.Minute)
	opening := askIn(fhir.ModeBreakGlass, gp(), FunctionOpen)
	opening.SessionEnd = time.Time{}
	tests := []struct {
		name  string
		req   Request
		facts Facts
		want  time.Time
	}{
		{"default", ask(gp(), FunctionRead), until(time.Time{}), at(SessionTime)},
		{"the visit", inVisit, until(time.Time{}), at(10 * time.Minute)},
		{"the authorisation", inVisit, until(at(time.Minute)), at(time.Minute)},
		{"a normal visit that is over is none", over, until(time.Time{}), at(SessionTime)},
		{"opening an emergency", opening, open(), at(EmergencyTime)},
		{"in an emergency", askIn(fhir.ModeBreakGlass, gp(), FunctionRead), open(), at(30 * time.Minute)},
	}
	for _, tt := range tests {
		g := Decide(tt.req, tt.facts, testMatrix()).Grant
		if !g.Valid() || !g.Expires().Equal(tt.want) {
			t.Errorf("%s: expires %v, want %v", tt.name, g.Expires(), tt.want)
			continue
		}
		if !g.Opens("p1", tt.want.Add(-1)) || g.Opens("p1", tt.want) {
			t.Errorf("%s: does not end at its end", tt.name)
		}
	}
}

func doc(change ...func(*DocFacts)) DocFacts {
	d := DocFacts{Type: typeReport, AuthorID: idOther, Status: StatusCurrent}
	for _, c := range change {
		c(&d)
	}
	return d
}

func TestHolderReadsTheirRecord(t *testing.T) {
	for _, state := range []State{StateOpen, StateClosed} {
		f := open()
		f.State = state
		g, refusal := ForHolder("patient-1", f, noon())
		if refusal != "" {
			t.Fatal(refusal)
		}
		filter := g.Filter()
		for name, d := range map[string]DocFacts{
			"masked":             doc(func(d *DocFacts) { d.Masked = true }),
			"archived":           doc(func(d *DocFacts) { d.Archived = true }),
			"superseded":         doc(func(d *DocFacts) { d.Status = StatusSuperseded }),
			"of a type unknown":  doc(func(d *DocFacts) { d.Type = typeUnknown }),
			"hidden from others": doc(func(d *DocFacts) { d.HiddenReps = true }),
		} {
			if !filter.Allows(d) {
				t.Errorf("the patient cannot read what is %s", name)
			}
		}
		if filter.Allows(doc(func(d *DocFacts) { d.HiddenPatient = true })) {
			t.Error("the patient reads what waits for its announcement")
		}
	}
	for _, state := range []State{StateNone, StatePending, StateOpposed} {
		f := open()
		f.State = state
		if g, refusal := ForHolder("patient-1", f, noon()); g.Valid() || refusal != RefusalNoRecord {
			t.Errorf("state %d gives a grant", state)
		}
	}
	if g, _ := ForHolder("", open(), noon()); g.Valid() {
		t.Error("nobody is a holder")
	}
}

// The patient manages what they deposited and masks anything, but never alters
// what a professional wrote.
func TestHolderChanges(t *testing.T) {
	g, _ := ForHolder("patient-1", open(), noon())
	theirs := DocFacts{Type: typeReport, AuthorID: "patient-1", ByPatient: true, Status: StatusCurrent}
	tests := []struct {
		change Change
		doc    DocFacts
		want   Refusal
	}{
		{ChangeMask, doc(), ""},
		{ChangeUnmask, doc(func(d *DocFacts) { d.Masked = true }), ""},
		{ChangeArchive, doc(), RefusalNotOwn},
		{ChangeArchive, theirs, ""},
		{ChangeDelete, doc(), RefusalNotOwn},
		{ChangeReplace, doc(), RefusalNotOwn},
		{ChangeShow, doc(func(d *DocFacts) { d.HiddenPatient = true }), RefusalHidden},
		{ChangeHide, doc(), RefusalFunction},
		{ChangeDelete, theirs, ""},
		{ChangeReplace, theirs, ""},
		{ChangeMask, theirs, ""},
	}
	for _, tt := range tests {
		if got := MayChange(g, tt.change, tt.doc); got != tt.want {
			t.Errorf("change %d: %q, want %q", tt.change, got, tt.want)
		}
	}
}

func TestRepresentativeWithinMandate(t *testing.T) {
	mandate := Relation{Actor: Actor{ID: "parent-1"}, Start: noon().Add(-time.Hour), End: noon().Add(time.Minute)}
	g, refusal := ForRepresentative(mandate, open(), noon())
	if refusal != "" || g.Principal() != "parent-1" || !g.Expires().Equal(mandate.End) {
		t.Fatalf("refused %q", refusal)
	}
	if !g.Filter().Allows(doc()) || g.Filter().Allows(doc(func(d *DocFacts) { d.HiddenReps = true })) ||
		g.Filter().Allows(doc(func(d *DocFacts) { d.HiddenPatient = true })) {
		t.Error("reads what is hidden from representatives")
	}
	if g, refusal := ForRepresentative(mandate, open(), mandate.End); g.Valid() || refusal == "" {
		t.Error("reads after the mandate")
	}
	mandate.Org = true
	if g, _ := ForRepresentative(mandate, open(), noon()); g.Valid() {
		t.Error("a structure represents somebody")
	}
}

func TestExportBackupDemo(t *testing.T) {
	holder, refusal := ForHolder("patient-1", open(), noon())
	e := ForExport(holder)
	if refusal != "" || !e.Filter().Allows(doc()) || e.Has(fhir.RightMask) || e.Has(fhir.RightUpload) || e.Manages() || !holder.Manages() {
		t.Errorf("export: %q", refusal)
	}
	professional := Decide(ask(gp(), FunctionRead), openTo(idGP), testMatrix()).Grant
	if ForExport(nil).Valid() || ForExport(professional).Valid() || ForExport(ForBackup(noon())).Valid() || ForExport(ForDemo(noon())).Valid() {
		t.Error("an export of nothing, or by who may take no record away")
	}
	b := ForBackup(noon())
	if !b.Opens("p1", noon()) || !b.Opens("p2", noon()) || b.Has(fhir.RightUpload) ||
		!b.Filter().Allows(doc(func(d *DocFacts) { d.Status, d.Masked, d.HiddenPatient = StatusWithdrawn, true, true })) {
		t.Error("a backup misses something")
	}
	d := ForDemo(noon())
	if !d.Opens("p2", noon()) || !d.Has(fhir.RightUpload) || !d.Filter().Empty() || d.Opens("p2", noon().Add(48*time.Hour)) {
		t.Error("a demo files and reads nothing")
	}
}

func TestUnknownStatusIsNotShown(t *testing.T) {
	filter := ForBackup(noon()).Filter()
	if filter.Allows(doc(func(d *DocFacts) { d.Status = "" })) || filter.Allows(doc(func(d *DocFacts) { d.Status = "draft" })) {
		t.Error("a status that this program does not know is shown")
	}
}

// Withdrawn content answers 410 to whoever could read it before, 404 to others.
func TestAllowedBefore(t *testing.T) {
	filter := Decide(ask(pharmacist(), FunctionRead), openTo(idPharmacist), testMatrix()).Grant.Filter()
	withdrawn := func(d *DocFacts) { d.Status = StatusWithdrawn }
	if filter.Allows(doc(withdrawn)) || !filter.AllowedBefore(doc(withdrawn)) {
		t.Error("a readable type")
	}
	if filter.AllowedBefore(doc(withdrawn, func(d *DocFacts) { d.Type = typeBirth })) ||
		filter.AllowedBefore(doc(withdrawn, func(d *DocFacts) { d.Masked = true })) || filter.AllowedBefore(doc()) {
		t.Error("tells of a document that could not be read")
	}
}

func BenchmarkDecide(b *testing.B) {
	r, f, m := ask(gp(), FunctionRead), openTo(idOther, idPharmacist, idGP), testMatrix()
	for b.Loop() {
		if !Decide(r, f, m).Grant.Valid() {
			b.Fatal("refused")
		}
	}
}
