package upload

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

var (
	now = time.Date(2026, time.November, 21, 23, 30, 0, 0, time.FixedZone("Paris", 3600))
	lea = client.Patient{ID: "p-lea", BirthName: "MARTIN", FirstGiven: "Léa", BirthDate: "1979-03-28", INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "279035145430032"}}
	me  = client.Person{ID: "899700218896", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54", OrgID: "1", OrgName: "Cabinet"}
)

// read is a state after a file was read.
func read(seen Inspection) State {
	s := State{Patient: lea}
	s.Begin("id-1", now)
	if seen.ContentType == "" {
		seen.ContentType = "application/pdf"
	}
	s.Read([]byte("%PDF-1.7 bytes"), seen, nil)
	return s
}

var biology = Inspection{Types: []string{"11502-2", "11488-4"}, Sure: true, Identity: Match}

// TestTheCommonCase: everything is known, one action is left.
func TestTheCommonCase(t *testing.T) {
	s := read(biology)
	if s.Actions() != 1 || !s.CanSend() {
		t.Fatalf("%d actions, needs %v", s.Actions(), s.Needs())
	}
	d := s.Draft(me)
	kind, _ := terminology.TypeByCode("11502-2")
	data, err := io.ReadAll(d.Content)
	if err != nil || string(data) != "%PDF-1.7 bytes" || d.Size != 14 {
		t.Errorf("content %q, size %d, %v", data, d.Size, err)
	}
	if d.ID != "id-1" || d.PatientID != lea.ID || d.PatientINS != lea.INS || d.Type.Code != kind.Code || d.Type.System == "" ||
		d.Class.Code != kind.Class || d.Class.Display == "" || d.Title != kind.Short || d.Author.ID != me.ID || d.Facility.System == "" || d.Practice.Code != "AMBULATOIRE" {
		t.Errorf("draft %+v", d)
	}
	if got := d.ActDate.Format("2006-01-02 15h MST"); got != "2026-11-21 12h Paris" {
		t.Errorf("the act was %s", got)
	}
}

// TestNeeds: what is asked for, and never more than three actions.
func TestNeeds(t *testing.T) {
	for _, c := range []struct {
		name string
		seen Inspection
		want []Need
	}{
		{"all known", biology, nil},
		{"nothing to read", Inspection{ContentType: "image/png"}, []Need{NeedType, NeedTitle}},
		{"a suggestion", Inspection{Types: []string{"11502-2"}, Identity: Unsure}, []Need{NeedType}},
		{"somebody else", Inspection{Types: []string{"11502-2"}, Sure: true, Identity: Mismatch}, []Need{NeedIdentity}},
		{"an unknown suggestion", Inspection{Types: []string{"00000-0"}, Sure: true}, []Need{NeedType, NeedTitle}},
	} {
		s := read(c.seen)
		if !slices.Equal(s.Needs(), c.want) {
			t.Errorf("%s: needs %v, want %v", c.name, s.Needs(), c.want)
		}
		if s.Actions() > 3 {
			t.Errorf("%s: %d actions", c.name, s.Actions())
		}
		if s.CanSend() != (len(c.want) == 0) {
			t.Errorf("%s: can send: %v", c.name, s.CanSend())
		}
	}
	s := read(Inspection{ContentType: "image/png"})
	s.SetType("18748-4") // the title follows
	if !s.CanSend() {
		t.Errorf("after the type: %v", s.Needs())
	}
}

// TestTitleFollowsTheType until somebody types one.
func TestTitleFollowsTheType(t *testing.T) {
	s := read(biology)
	first := s.Title
	s.SetType("11488-4")
	if s.Title == first {
		t.Error("the title did not follow")
	}
	s.SetTitle("Suivi du diabète")
	s.SetType("57833-6")
	if s.Title != "Suivi du diabète" {
		t.Errorf("the typed title became %q", s.Title)
	}
	s.SetType("nothing")
	if s.Type != "57833-6" {
		t.Error("an unknown type was taken")
	}
	s.SetTitle("   ")
	if !slices.Equal(s.Needs(), []Need{NeedTitle}) {
		t.Errorf("needs %v", s.Needs())
	}
}

// TestACorrectionInherits what it shares with the document that it corrects.
func TestACorrectionInherits(t *testing.T) {
	old := &client.Document{
		ID: "d1", Type: fhir.Coding{Code: "57833-6"}, Masked: true, PeriodStart: "2026-10-02T23:30:00Z", Attachment: fhir.Attachment{Title: "Ordonnance d'automne"},
	}
	s := State{Patient: lea, Replaces: old}
	s.Begin("id", now)
	seen := biology
	seen.ContentType, seen.Sure = "application/pdf", false
	s.Read([]byte("%PDF"), seen, nil)
	d := s.Draft(me)
	if s.Actions() != 1 || d.Type.Code != "57833-6" || d.Title != "Ordonnance d'automne" || !d.Masked || d.Replaces != old || d.ActDate.Format(time.DateOnly) != "2026-10-03" {
		t.Errorf("%d actions, %+v", s.Actions(), d)
	}
}

// TestDates: as people type them; not tomorrow, not before birth.
func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"21/11/2026": "2026-11-21", "1/2/2026": "2026-02-01", "01-02-2026": "2026-02-01", "01.02.26": "2026-02-01", "01022026": "2026-02-01",
		"2026-02-01": "2026-02-01", " 28/03/1979 ": "1979-03-28", "22/11/2026": "", "27/03/1979": "", "": "", "demain": "", "31/02/2026": "", "0/0/0": "",
	} {
		s := read(biology)
		s.Date = text
		act, ok := s.Act()
		if ok != (want != "") || ok && act.Format(time.DateOnly) != want {
			t.Errorf("%q: %v %v, want %q", text, act, ok, want)
		}
	}
	seen := biology
	seen.Acts = []time.Time{time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)}
	if s := read(seen); s.Date != "03/11/2026" {
		t.Errorf("the date of the text became %q", s.Date)
	}
	seen.Acts = []time.Time{time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	if s := read(seen); s.Date != "21/11/2026" {
		t.Errorf("a date to come became %q", s.Date)
	}
}

// TestRefusals: what the check refuses, what is no document, what cannot be read.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		seen Inspection
		err  error
	}{
		"refused by the check": {seen: Inspection{ContentType: "application/pdf", Report: pdfcheck.Report{Verdict: pdfcheck.Refused}}},
		"no kind of document":  {},
		"unreadable":           {err: fhir.E(fhir.Invalid, "")},
	} {
		s := State{Patient: lea}
		s.Begin("id", now)
		s.Read([]byte("x"), c.seen, c.err)
		if s.Phase != Refused || s.CanSend() || s.Kept() {
			t.Errorf("%s: %+v", name, s.Phase)
		}
	}
}

// TestFailures: a failure keeps the draft and its id; what no repetition
// changes is final.
func TestFailures(t *testing.T) {
	for _, code := range []fhir.Code{fhir.Offline, fhir.Unavailable, fhir.Canceled, fhir.Internal, fhir.Throttled, fhir.TokenExpired, fhir.Invalid} {
		s := read(biology)
		s.Send()
		s.Settle(&client.Error{Code: code})
		if s.Final() || !s.CanSend() || !s.Kept() || s.ID != "id-1" {
			t.Errorf("%s is final, or lost the draft", code)
		}
	}
	for _, code := range []fhir.Code{fhir.NoRecord, fhir.BusinessRule, fhir.Duplicate, fhir.Forbidden, fhir.TooLarge} {
		s := read(biology)
		s.Settle(&client.Error{Code: code})
		if !s.Final() || s.CanSend() {
			t.Errorf("%s can be sent again", code)
		}
	}
	s := read(biology)
	s.Settle(errors.New("something"))
	if s.Final() {
		t.Error("an unknown failure is final")
	}
}

// TestPlaces: where people of each profession work.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ profession, specialty, sector, want, practice string }{
		{"10", "SM54", "SA07", "SA07", "AMBULATOIRE"}, // the sign-in says it
		{"10", "SM03", "SA04", "SA04", "ETABLISSEMENT"},
		{"10", "SM54", "unknown", "SA08", "AMBULATOIRE"},
		{"10", "SM54", "", "SA08", "AMBULATOIRE"}, // by the profession
		{"10", "G15_10/SM03", "", "SA25", "AMBULATOIRE"},
		{"21", "G15_21/G", "", "SA25", "AMBULATOIRE"},
		{"21", "G15_21/A", "", "SA33", "AMBULATOIRE"},
		{"10", "SM25", "", "SA66", "AMBULATOIRE"},
		{"10", "SM59", "", "SA01", "ETABLISSEMENT"},
		{"60", "", "", "SA08", "AMBULATOIRE"},
	} {
		f, p := client.Person{Profession: c.profession, Specialty: c.specialty, Sector: c.sector}.Place()
		if f.Code != c.want || f.System == "" || p.Code != c.practice || p.System == "" {
			t.Errorf("%s %s works in %+v, %+v", c.profession, c.specialty, f, p)
		}
	}
}
