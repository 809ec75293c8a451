package audit

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carnet/client/fhir"
)

func fullEntry() Entry {
	return Entry{
		V: Version, At: morning(), Kind: fhir.KindDenial, Action: "E", Outcome: OutcomeMinor, Refusal: "blocked", Step: 4,
		Agent:   Agent{ID: "899700000011", Name: "Dr Anne MOREL", Role: "10", Specialty: "SM54", OrgID: "1750000011", OrgName: "Cabinet <du> Port & Cie"},
		Mode:    fhir.ModeBreakGlass,
		Basis:   fhir.BasisEmergency,
		Reason:  "malaise, « œdème »",
		Session: "s1", Patient: "p1", Document: "d1", DocVer: "2", Request: "r1", Detail: "type,date", Count: 3,
		Happened: morning().Add(-time.Hour),
	}
}

func TestEntryIsCanonical(t *testing.T) {
	want := fullEntry()
	data := want.Encode()
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	paris := time.FixedZone("Paris", 3600)
	same := want
	same.At, same.Happened = want.At.In(paris).Add(400*time.Microsecond), want.Happened.In(paris)
	if !bytes.Equal(same.Encode(), data) {
		t.Error("the same moment has two forms")
	}
	if !bytes.Contains(data, []byte("<du> Port & Cie")) {
		t.Error("characters are escaped")
	}
}

func TestEntryDefaults(t *testing.T) {
	e, err := Decode(Entry{At: morning(), Kind: fhir.KindCreate, Reason: "a\xffb"}.Encode())
	if err != nil || e.V != Version || e.Action != "C" || e.Outcome != OutcomeSuccess || e.Reason != "a\uFFFDb" {
		t.Errorf("%v %+v", err, e)
	}
	if Action("of the future") != "E" {
		t.Error("an unknown kind")
	}
	if _, err := Decode(Entry{At: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)}.Encode()); err != nil {
		t.Error("a time out of range makes no entry")
	}
}

// Every kind of the wire has its action (contract section 7).
func TestEveryKindHasAnAction(t *testing.T) {
	for _, kind := range []string{
		fhir.KindSearch, fhir.KindSearchSets, fhir.KindRead, fhir.KindReadMeta, fhir.KindCreate, fhir.KindSubmit,
		fhir.KindPatch, fhir.KindReplace, fhir.KindUndo, fhir.KindOpen, fhir.KindClose, fhir.KindConsent, fhir.KindDenial,
		fhir.KindMiss, fhir.KindHistory, fhir.KindLookup, fhir.KindPatientQuery,
	} {
		if _, ok := actions[kind]; !ok {
			t.Errorf("no action of %s", kind)
		}
	}
}

func TestOtherFormsAreRefused(t *testing.T) {
	good := string(fullEntry().Encode())
	for name, data := range map[string]string{
		"empty": "", "cut": good[:len(good)-1], "null": "null", "twice": good + good, "with a space": good + " ",
		"an unknown field": `{"v":1,"at":"2026-11-20T09:15:00.123Z","kind":"read","agent":{},"more":1}`,
		"a later version":  `{"v":2,"at":"2026-11-20T09:15:00.123Z","kind":"read","agent":{}}`,
		"no version":       `{"at":"2026-11-20T09:15:00.123Z","kind":"read","agent":{}}`,
		"another order":    `{"at":"2026-11-20T09:15:00.123Z","v":1,"kind":"read","agent":{}}`,
		"another case":     `{"v":1,"at":"2026-11-20T09:15:00.123Z","Kind":"read","agent":{}}`,
		"a field twice":    `{"v":1,"at":"2026-11-20T09:15:00.123Z","kind":"read","kind":"read","agent":{}}`,
	} {
		if _, err := Decode([]byte(data)); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What an agent sees of their own traces tells of no block and of no hidden
// document.
func TestEventTellsNothingHidden(t *testing.T) {
	e := fullEntry()
	v := e.Event("a1")
	if v.OutcomeDesc != "" || !v.Recorded.Equal(e.Happened) || v.PatientID != "p1" || v.Query != "type,date" {
		t.Errorf("%+v", v)
	}
	hidden := Entry{At: morning(), Kind: fhir.KindMiss, Outcome: OutcomeMinor, Refusal: "hidden", Step: 6, Patient: "p1", Document: "d1"}
	unknown := Entry{At: morning(), Kind: fhir.KindMiss, Outcome: OutcomeMinor, Refusal: "not-found", Document: "d1"}
	if diff := cmp.Diff(hidden.Event("a1"), unknown.Event("a1")); diff != "" {
		t.Error("a hidden document can be told from an unknown one:", diff)
	}
	parsed, err := fhir.ParseAuditEvent(v.JSON())
	if err != nil || parsed.Kind != fhir.KindDenial || parsed.AgentID != e.Agent.ID {
		t.Errorf("%v %+v", err, parsed)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(fullEntry().Encode())
	f.Add(Entry{At: morning(), Kind: fhir.KindRead}.Encode())
	f.Add([]byte(`{"v":1,"at":"2026-11-20T09:15:00.1234567Z","kind":"read","agent":{}}`))
	f.Add([]byte(`{"v":1,"at":"2026-11-20T09:15:00+01:00","kind":"\u0041","agent":{}}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		if !bytes.Equal(e.marshal(), data) {
			t.Fatal("an entry with two forms was read")
		}
		if _, err := Decode(e.Encode()); err != nil {
			t.Fatal("an entry that was read does not read again")
		}
	})
}

func FuzzOpenHead(f *testing.F) {
	signer, verifier := newKey(f)
	msg, err := Sign(logOf(3).head(), signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	f.Add([]byte(logOf(3).head().Text()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := Open(data, verifier); err == nil && h != logOf(3).head() {
			t.Fatal("a head that was never signed opens")
		}
		if h, err := parseHead(string(data)); err == nil && h.Text() != string(data) {
			t.Fatal("a head has two forms")
		}
	})
}
