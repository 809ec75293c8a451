package consent

import (
	"fmt"
	"slices"
	"testing"

	"carnet/client/fhir"
)

// The five columns of the functional-rights table, each as somebody who reads
// this record as far as their column lets them.
var tableColumns = []string{"professional", "doctor", "MT", "occupational", "break-glass", "break-glass pharmacist", "centre 15"}

func decideAs(col string, fn Function, change ...func(*Facts)) Decision {
	f := openTo(idGP, idPharmacist, idWork, idRegulator)
	var r Request
	switch col {
	case "professional":
		r = ask(pharmacist(), fn)
	case "doctor":
		r = ask(gp(), fn)
	case "MT":
		f.MT = idGP
		r = ask(gp(), fn)
	case "occupational":
		r = ask(workDoctor(), fn)
	case "break-glass": // the MT too: the mode has one column
		f.MT = idGP
		r = askIn(fhir.ModeBreakGlass, gp(), fn)
	case "break-glass pharmacist":
		r = askIn(fhir.ModeBreakGlass, pharmacist(), fn)
	case "centre 15":
		r = askIn(fhir.ModeCentre15, regulator(), fn)
	}
	for _, c := range change {
		c(&f)
	}
	return Decide(r, f, testMatrix())
}

// Every row × column of the functional-rights table, cell by cell as the
// contract prints it, tried on documents and functions, not on the rights.
func TestFunctionalRightsTable(t *testing.T) {
	maskedInEmergency := func(f *Facts) { f.MaskedInEmergency = true }
	oppose := func(f *Facts) { f.OpposeBreakGlass, f.OpposeCentre15 = true, true }
	granted := func(fn Function, change ...func(*Facts)) func(string) bool {
		return func(col string) bool { return decideAs(col, fn, change...).Grant.Valid() }
	}
	reads := func(own, masked bool, change ...func(*Facts)) func(string) bool {
		return func(col string) bool {
			d := decideAs(col, FunctionRead, change...)
			return d.Grant.Filter().Allows(docOf(col, own, func(x *DocFacts) { x.Masked = masked }))
		}
	}
	changes := func(c Change, own bool, more ...func(*DocFacts)) func(string) bool {
		return func(col string) bool {
			return MayChange(decideAs(col, FunctionChange, maskedInEmergency).Grant, c, docOf(col, own, more...)) == ""
		}
	}
	masked := func(d *DocFacts) { d.Masked = true }
	hidden := func(d *DocFacts) { d.HiddenPatient = true }
	byPatient := func(d *DocFacts) { d.ByPatient, d.AuthorID = true, "patient-1" }
	traces := func(right string) func(string) bool {
		return func(col string) bool { return decideAs(col, FunctionTraces).Grant.Has(right) }
	}

	tests := []struct {
		row  string
		want [7]int // as tableColumns
		got  func(col string) bool
	}{
		{"declare the patient's consent", [7]int{1, 1, 1, 0, 0, 0, 0}, granted(FunctionDeclare)},
		{"remove own authorisation", [7]int{1, 1, 1, 0, 0, 0, 0}, granted(FunctionWithdrawOwn)},
		{"upload", [7]int{1, 1, 1, 1, 1, 1, 1}, granted(FunctionFile)},
		{"read non-masked", [7]int{1, 1, 1, 0, 1, 1, 1}, reads(false, false)},
		{"read non-masked, opposed", [7]int{1, 1, 1, 0, 0, 0, 0}, reads(false, false, oppose)},
		{"read own non-masked", [7]int{1, 1, 1, 0, 1, 1, 1}, reads(true, false)},
		{"read masked of others", [7]int{0, 0, 1, 0, 0, 0, 0}, reads(false, true)},
		{"read masked of their own", [7]int{1, 1, 1, 0, 0, 0, 0}, reads(true, true)},
		{"read masked, allowed in emergency", [7]int{0, 0, 1, 0, 1, 1, 1}, reads(false, true, maskedInEmergency)},
		{"read masked own, allowed in emergency", [7]int{1, 1, 1, 0, 1, 1, 1}, reads(true, true, maskedInEmergency)},
		{"mask of others, where seen", [7]int{1, 1, 1, 0, 0, 0, 0}, changes(ChangeMask, false)},
		{"mask own", [7]int{1, 1, 1, 1, 0, 0, 0}, changes(ChangeMask, true)},
		{"unmask of others", [7]int{0, 0, 1, 0, 0, 0, 0}, changes(ChangeUnmask, false, masked)},
		{"unmask own", [7]int{1, 1, 1, 1, 0, 0, 0}, changes(ChangeUnmask, true, masked)},
		{"make visible, of others", [7]int{1, 1, 1, 0, 0, 0, 0}, changes(ChangeShow, false, hidden)},
		{"make visible, own", [7]int{1, 1, 1, 1, 0, 0, 0}, changes(ChangeShow, true, hidden)},
		{"hide, of others", [7]int{0, 0, 0, 0, 0, 0, 0}, changes(ChangeHide, false)},
		{"hide, own", [7]int{1, 1, 1, 1, 0, 0, 0}, changes(ChangeHide, true)},
		{"archive of others", [7]int{0, 0, 1, 0, 0, 0, 0}, changes(ChangeArchive, false)},
		{"archive own", [7]int{1, 1, 1, 1, 1, 0, 1}, changes(ChangeArchive, true)},
		{"unarchive own", [7]int{1, 1, 1, 1, 1, 0, 1}, changes(ChangeUnarchive, true, func(d *DocFacts) { d.Archived = true })},
		{"delete of others", [7]int{0, 0, 0, 0, 0, 0, 0}, changes(ChangeDelete, false)},
		{"delete own", [7]int{1, 1, 1, 1, 1, 1, 1}, changes(ChangeDelete, true)},
		{"replace of others", [7]int{0, 0, 0, 0, 0, 0, 0}, changes(ChangeReplace, false)},
		{"replace own", [7]int{1, 1, 1, 1, 1, 1, 1}, changes(ChangeReplace, true)},
		{"delete the patient's", [7]int{0, 0, 1, 0, 0, 0, 0}, changes(ChangeDelete, false, byPatient)},
		{"archive the patient's", [7]int{0, 0, 1, 0, 0, 0, 0}, changes(ChangeArchive, false, byPatient)},
		{"mask the patient's", [7]int{1, 1, 1, 0, 0, 0, 0}, changes(ChangeMask, false, byPatient)},
		{"unmask the patient's", [7]int{0, 0, 1, 0, 0, 0, 0}, changes(ChangeUnmask, false, byPatient, masked)},
		{"replace the patient's", [7]int{0, 0, 0, 0, 0, 0, 0}, changes(ChangeReplace, false, byPatient)},
		{"see own traces", [7]int{1, 1, 1, 1, 0, 0, 0}, traces(fhir.RightTracesOwn)},
		{"see all traces", [7]int{0, 0, 1, 0, 0, 0, 0}, traces(fhir.RightTracesAll)},
		{"no change at all", [7]int{0, 0, 0, 0, 0, 0, 0}, changes(ChangeNone, true)},
	}
	for _, tt := range tests {
		for i, col := range tableColumns {
			t.Run(fmt.Sprintf("%s/%s", tt.row, col), func(t *testing.T) {
				if got := tt.got(col); got != (tt.want[i] == 1) {
					t.Errorf("got %v", got)
				}
			})
		}
	}
}

// docOf is a report of somebody else, or of whoever sits in the column.
func docOf(col string, own bool, more ...func(*DocFacts)) DocFacts {
	d := doc()
	if own {
		d.AuthorID = map[string]string{
			"professional": idPharmacist, "break-glass pharmacist": idPharmacist,
			"occupational": idWork, "centre 15": idRegulator,
		}[col]
		if d.AuthorID == "" {
			d.AuthorID = idGP
		}
	}
	for _, m := range more {
		m(&d)
	}
	return d
}

// Line 6: profession × type, and the author's own.
func TestTypesByProfession(t *testing.T) {
	midwife := Requester{ID: idOther, Profession: "50"}
	optician := Requester{ID: idOther, Profession: "28"}
	technician := Requester{ID: idOther, Profession: "35"} // rows, all no
	tests := []struct {
		name string
		who  Requester
		typ  string
		own  bool
		want bool
	}{
		{"doctor, childbirth report", gp(), typeBirth, false, true},
		{"midwife, childbirth report", midwife, typeBirth, false, true},
		{"optician, childbirth report", optician, typeBirth, false, false},
		{"pharmacist, childbirth report", pharmacist(), typeBirth, false, false},
		{"pharmacist, dispensation", pharmacist(), typeDispense, false, true},
		{"optician, consultation report", optician, typeReport, false, true},
		{"technician, consultation report", technician, typeReport, false, false},
		{"technician, own report", technician, typeReport, true, true},
		{"optician, own report of a type not theirs", optician, typeBirth, true, true},
		{"doctor, a type that nobody reads", gp(), typeNobody, false, false},
		{"doctor, an unknown type", gp(), typeUnknown, false, false},
		{"doctor, own of an unknown type", gp(), typeUnknown, true, true},
	}
	for _, tt := range tests {
		d := DocFacts{Type: tt.typ, AuthorID: "somebody", Status: StatusCurrent}
		if tt.own {
			d.AuthorID = tt.who.ID
		}
		g := Decide(ask(tt.who, FunctionRead), openTo(tt.who.ID), testMatrix()).Grant
		if got := g.Filter().Allows(d); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// Centre 15 lets a blocked regulator in, but not to what they wrote as such.
func TestBlockedRegulatorHasNoOwn(t *testing.T) {
	f := open()
	f.Blocks = []Actor{{ID: idRegulator}}
	filter := Decide(askIn(fhir.ModeCentre15, regulator(), FunctionRead), f, testMatrix()).Grant.Filter()
	own := DocFacts{Type: typeNobody, AuthorID: idRegulator, Status: StatusCurrent}
	if filter.Allows(own) {
		t.Error("own document of a type not theirs")
	}
	own.Type = typeReport
	if !filter.Allows(own) {
		t.Error("a type of the profession")
	}
}

// A document that the caller neither sees nor wrote does not exist, whatever
// is asked of it; a withdrawn one is told to whoever knew it.
func TestChangeOfHiddenDocument(t *testing.T) {
	g := Decide(ask(pharmacist(), FunctionChange), openTo(idPharmacist), testMatrix()).Grant
	unseen := DocFacts{Type: typeBirth, AuthorID: idGP, Status: StatusCurrent}
	for c := ChangeNone; c <= ChangeReplace; c++ {
		if got := MayChange(g, c, unseen); got != RefusalHidden {
			t.Errorf("change %d of an unseen document: %q", c, got)
		}
	}
	withdrawn := doc(func(d *DocFacts) { d.Status = StatusWithdrawn })
	if got := MayChange(g, ChangeMask, withdrawn); got != RefusalWithdrawn {
		t.Errorf("withdrawn and known: %q", got)
	}
	withdrawn.Type = typeBirth
	if got := MayChange(g, ChangeMask, withdrawn); got != RefusalHidden {
		t.Errorf("withdrawn and unseen: %q", got)
	}
}

// What a professional without any relation may still do: protect the patient.
func TestRightsWithoutRelation(t *testing.T) {
	d := Decide(ask(gp(), FunctionOpen), open(), testMatrix())
	want := []string{
		fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightWithdrawOwn, fhir.RightMask,
		fhir.RightDeleteOwn, fhir.RightTracesOwn, fhir.RightBreakGlass,
	}
	if !d.Grant.Valid() || d.ReadRefusal != RefusalNoConsent || !slices.Equal(d.Rights, want) {
		t.Errorf("refusal %q, rights %v", d.ReadRefusal, d.Rights)
	}
	g := Decide(ask(gp(), FunctionChange), open(), testMatrix()).Grant
	own := DocFacts{Type: typeReport, AuthorID: idGP, Status: StatusCurrent, Masked: true}
	for c, want := range map[Change]Refusal{
		ChangeDelete: "", ChangeMask: "", ChangeUnmask: RefusalFunction, ChangeShow: RefusalFunction, ChangeArchive: RefusalFunction,
	} {
		if got := MayChange(g, c, own); got != want {
			t.Errorf("change %d of own: %q, want %q", c, got, want)
		}
	}
}

func TestEmergencyModesAreOffered(t *testing.T) {
	tests := []struct {
		name                 string
		who                  Requester
		breakGlass, centre15 bool
	}{
		{name: "GP", who: gp(), breakGlass: true},
		{name: "pharmacist", who: pharmacist(), breakGlass: true},
		{name: "regulator", who: regulator(), breakGlass: true, centre15: true},
		{name: "GP on call", who: Requester{ID: "8", Profession: "10", Specialty: "SM54", Sector: "SA50"}, breakGlass: true, centre15: true},
		{name: "nurse on call", who: Requester{ID: "8", Profession: "50", Sector: "SA50"}, breakGlass: true},
		{name: "occupational doctor", who: workDoctor()},
		{name: "profession without a row", who: Requester{ID: "8", Profession: "93"}},
	}
	for _, tt := range tests {
		rights := Decide(ask(tt.who, FunctionOpen), open(), testMatrix()).Rights
		if slices.Contains(rights, fhir.RightBreakGlass) != tt.breakGlass || slices.Contains(rights, fhir.RightCentre15) != tt.centre15 {
			t.Errorf("%s: %v", tt.name, rights)
		}
	}
}
