package record

import (
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// rights of the contract's table (section 5), as the server would declare them.
func rightsOf(who string) []string {
	common := []string{fhir.RightRead, fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightMask, fhir.RightShowPatient, fhir.RightDeleteOwn}
	switch who {
	case "médecin traitant":
		return append(common, fhir.RightUnmaskAll, fhir.RightArchiveAll, fhir.RightManagePatient, fhir.RightReadMaskedAll, fhir.RightTracesAll)
	case "pharmacist":
		return append(common, fhir.RightUnmaskOwn, fhir.RightArchiveOwn, fhir.RightReadMaskedOwn, fhir.RightTracesOwn)
	case "break-glass doctor":
		return []string{fhir.RightRead, fhir.RightUpload, fhir.RightArchiveOwn, fhir.RightDeleteOwn}
	case "occupational doctor":
		return []string{fhir.RightUpload, fhir.RightDeleteOwn, fhir.RightTracesOwn}
	}
	return nil
}

func TestActions(t *testing.T) {
	theirs := doc("d", "11502-2", "Labo", "2026-11-19", "")
	mine := theirs
	mine.Author.ID = me
	of := func(d client.Document, change func(*client.Document)) client.Document {
		change(&d)
		return d
	}
	masked := func(d *client.Document) { d.Masked = true }
	hidden := func(d *client.Document) { d.HiddenPatient = true }
	archived := func(d *client.Document) { d.Archived = true }
	superseded := func(d *client.Document) { d.Status = "superseded" }
	deposited := doc("d", "DOCPAT01", "Le patient", "2026-11-19", "")
	for name, c := range map[string]struct {
		who  string
		doc  client.Document
		want []Action
	}{
		"MT, a colleague's":                 {"médecin traitant", theirs, []Action{Mask, HideFromPatient, Archive}},
		"MT, a colleague's, masked":         {"médecin traitant", of(theirs, masked), []Action{Unmask, HideFromPatient, Archive}},
		"MT, own":                           {"médecin traitant", mine, []Action{Mask, HideFromPatient, Archive, Replace, Undo, Delete}},
		"MT, own, superseded":               {"médecin traitant", of(mine, superseded), []Action{Mask, HideFromPatient, Archive, Undo, Delete}},
		"MT, the patient's":                 {"médecin traitant", deposited, []Action{Mask, Archive, Delete}},
		"pharmacist, a colleague's":         {"pharmacist", theirs, []Action{Mask, HideFromPatient}},
		"pharmacist, waiting to be told":    {"pharmacist", of(theirs, hidden), []Action{Mask, ShowToPatient}},
		"pharmacist, own, masked":           {"pharmacist", of(mine, masked), []Action{Unmask, HideFromPatient, Archive, Replace, Undo, Delete}},
		"pharmacist, own, archived":         {"pharmacist", of(mine, archived), []Action{Mask, HideFromPatient, Unarchive, Replace, Undo, Delete}},
		"pharmacist, the patient's":         {"pharmacist", deposited, []Action{Mask}},
		"break-glass, a colleague's":        {"break-glass doctor", theirs, nil},
		"break-glass, own":                  {"break-glass doctor", mine, []Action{Archive, Replace, Undo, Delete}},
		"occupational doctor, own":          {"occupational doctor", mine, []Action{Replace, Undo, Delete}},
		"no rights at all, not even on own": {"nobody", mine, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := Actions(client.Access{Rights: rightsOf(c.who)}, c.doc, me)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	if got := Actions(client.Access{Rights: rightsOf("pharmacist")}, client.Document{}, ""); slices.Contains(got, Delete) {
		t.Error("an unknown professional is nobody's author")
	}
}

func TestWhatIsConfirmed(t *testing.T) {
	mt, pharmacist := client.Access{Rights: rightsOf("médecin traitant")}, client.Access{Rights: rightsOf("pharmacist")}
	for name, c := range map[string]struct {
		action Action
		access client.Access
		own    bool
		want   Caution
	}{
		"delete":                       {Delete, mt, true, CautionDelete},
		"undo":                         {Undo, mt, true, CautionUndo},
		"mask one's own":               {Mask, pharmacist, true, NoCaution},
		"mask a colleague's, for ever": {Mask, pharmacist, false, CautionOneWay},
		"mask a colleague's, as médecin traitant": {Mask, mt, false, NoCaution},
		"archive": {Archive, pharmacist, true, NoCaution},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CautionFor(c.action, c.access, c.own); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestEachActionIsOneChange(t *testing.T) {
	for action := Mask; action <= Delete; action++ {
		c := ChangeFor(action)
		n := 0
		for _, set := range []bool{c.Masked != nil, c.HiddenPatient != nil, c.Archived != nil, c.Delete} {
			if set {
				n++
			}
		}
		want := 1
		if action == Replace || action == Undo {
			want = 0
		}
		if n != want {
			t.Errorf("action %v sets %d fields, want %d", action, n, want)
		}
	}
}

func TestStaysReadable(t *testing.T) {
	pharmacist := client.Access{Rights: rightsOf("pharmacist")}
	d := doc("d", "11502-2", "Labo", "2026-11-19", "")
	if !StaysReadable(pharmacist, d, false) {
		t.Error("an ordinary document stays")
	}
	d.Masked = true
	if StaysReadable(pharmacist, d, false) || !StaysReadable(pharmacist, d, true) || !StaysReadable(client.Access{Rights: rightsOf("médecin traitant")}, d, false) {
		t.Error("a masked document stays for its author and for the médecin traitant alone")
	}
	d.Masked, d.Status = false, "entered-in-error"
	if StaysReadable(pharmacist, d, true) {
		t.Error("a deleted document goes")
	}
}

func TestOffersFollowTheRights(t *testing.T) {
	for name, c := range map[string]struct {
		rights []string
		want   []Offer
	}{
		"a doctor not yet authorised": {[]string{fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightBreakGlass}, []Offer{OfferConsent, OfferBreakGlass, OfferRequest, OfferUpload}},
		"an emergency regulator":      {[]string{fhir.RightUpload, fhir.RightCentre15}, []Offer{OfferCentre15, OfferUpload}},
		"an occupational doctor":      {rightsOf("occupational doctor"), []Offer{OfferUpload}},
		"nothing":                     {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Offers(client.Access{Rights: c.rights}); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestPhaseOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		rights []string
		err    error
		want   Phase
	}{
		"may read":                  {[]string{fhir.RightRead}, nil, Reading},
		"may only file":             {[]string{fhir.RightUpload}, nil, NoRight},
		"closed or opposed":         {nil, fhir.E(fhir.NoRecord, ""), NoRecord},
		"objects to emergencies":    {nil, fhir.E(fhir.NoConsent, ""), Refused},
		"mode not for profession":   {nil, fhir.E(fhir.Forbidden, ""), Refused},
		"no network":                {nil, fhir.E(fhir.Offline, ""), Failed},
		"server cannot log, so no.": {nil, fhir.E(fhir.Unavailable, ""), Failed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := PhaseOf(client.Access{Rights: c.rights}, c.err); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestRemaining(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		mode    string
		end     time.Duration
		left    time.Duration
		limited bool
	}{
		"normal":       {fhir.ModeNormal, time.Hour, 0, false},
		"break-glass":  {fhir.ModeBreakGlass, time.Hour, time.Hour, true},
		"over":         {fhir.ModeBreakGlass, -time.Minute, 0, true},
		"centre 15":    {fhir.ModeCentre15, 90 * time.Second, 90 * time.Second, true},
		"exactly over": {fhir.ModeCentre15, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			left, limited := Remaining(client.Access{Mode: c.mode, End: now.Add(c.end)}, now)
			if left != c.left || limited != c.limited {
				t.Errorf("%v %v", left, limited)
			}
		})
	}
}

func TestAlarm(t *testing.T) {
	f := Alarm{Mode: fhir.ModeBreakGlass, Reason: " .......... a "}
	if f.Missing() != MinReason-1 || f.Arm() {
		t.Fatalf("dots are no reason: %d letters missing", f.Missing())
	}
	f.Reason = "  Perte   de connaissance "
	if !f.Arm() {
		t.Fatal("a reason was refused")
	}
	for i := 1; i < Hold; i++ {
		if f.Tick() {
			t.Fatalf("opened after %d seconds", i)
		}
	}
	if !f.Tick() || f.Tick() {
		t.Error("the countdown opens once, at its end")
	}
	if f.Arm(); !f.Cancel() || f.Tick() || f.Cancel() {
		t.Error("a cancelled countdown went on")
	}
	if got := f.Request(); got.Reason != "Perte de connaissance" || got.Mode != fhir.ModeBreakGlass {
		t.Errorf("%+v", got)
	}
}

func TestDeclare(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	for name, c := range map[string]struct {
		written bool
		d       Duration
		now     time.Time
		want    client.ConsentDeclaration
	}{
		"oral, this visit":              {false, ThisVisit, time.Date(2026, 11, 21, 10, 0, 0, 0, paris), client.ConsentDeclaration{PatientID: "p", Form: "oral", Visit: true}},
		"written, without limit":        {true, Unlimited, time.Date(2026, 11, 21, 10, 0, 0, 0, paris), client.ConsentDeclaration{PatientID: "p", Form: "ecrit"}},
		"three months":                  {false, ThreeMonths, time.Date(2026, 11, 21, 10, 0, 0, 0, paris), client.ConsentDeclaration{PatientID: "p", Form: "oral", End: time.Date(2027, 2, 21, 23, 59, 59, 0, paris)}},
		"three months, shorter month":   {false, ThreeMonths, time.Date(2026, 11, 30, 10, 0, 0, 0, paris), client.ConsentDeclaration{PatientID: "p", Form: "oral", End: time.Date(2027, 2, 28, 23, 59, 59, 0, paris)}},
		"three months, over a leap day": {false, ThreeMonths, time.Date(2027, 11, 30, 10, 0, 0, 0, paris), client.ConsentDeclaration{PatientID: "p", Form: "oral", End: time.Date(2028, 2, 29, 23, 59, 59, 0, paris)}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Declare("p", c.written, c.d, c.now); !got.End.Equal(c.want.End) || got.Form != c.want.Form || got.Visit != c.want.Visit || got.PatientID != "p" {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
