package fhir

import (
	"errors"
	"strings"
	"testing"
)

// TestMalformedJSONNamesItsElement: where the JSON breaks, in words of FHIR and
// with nothing of the content.
func TestMalformedJSONNamesItsElement(t *testing.T) {
	for text, want := range map[string]string{
		`{"resourceType":"Patient","name":[{},{"family":"A","family":"B"}]}`: "Patient.name[1].family",
		`{"resourceType":"Patient","active":tru}`:                            "Patient.active",
		`{"resourceType":"SECRET","SECRET NAME":1,"SECRET NAME":2}`:          "?",
		`{"resourceType":"Patient","_birthDate":{"x":01}}`:                   "Patient._birthDate",
		`{"resourceType":"Patient","resourceType":"Patient"}`:                "Patient.resourceType",
		`{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}":    "a" + strings.Repeat("[0]", maxExpression-1),
		`{"resourceType":"Patient"}x`:                                        "Patient",
		`[1,{"op":}]`:                                                        "[1].op",
	} {
		_, err := Parse([]byte(text))
		var e *Error
		if !errors.As(err, &e) || e.Code != Malformed || len(e.Issues) != 1 || e.Issues[0].Expression != want || strings.Contains(e.Message, "SECRET") {
			t.Errorf("%.60s: %+v", text, e)
		}
	}
}

func TestModifiersAreFoundAnywhere(t *testing.T) {
	n, err := Parse([]byte(`{"resourceType":"Consent","implicitRules":"x","text":{"div":"modifierExtension"},"provision":{"actor":[{},{"modifierExtension":[]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := Modifiers(n)
	if len(got) != 2 || got[0].Expression != "Consent.implicitRules" || got[1].Expression != "Consent.provision.actor[1].modifierExtension" {
		t.Errorf("%+v", got)
	}
}

// TestConsentEventsSayWhatWasDone: declared, listed and withdrawn are three
// interactions; a denial names the patient's choices.
func TestConsentEventsSayWhatWasDone(t *testing.T) {
	for action, want := range map[string]string{"C": "create", "E": "search", "D": "delete"} {
		body := string(AuditEvent{Kind: KindConsent, Action: action, PatientID: "p1"}.JSON())
		if !strings.Contains(body, `"code":"`+want+`"`) || !strings.Contains(body, `"action":"`+action+`"`) {
			t.Errorf("%s: %s", action, body)
		}
	}
	if body := string(AuditEvent{Kind: KindDenial, PatientID: "p1"}.JSON()); !strings.Contains(body, `"type":"Consent"`) {
		t.Errorf("a denial: %s", body)
	}
}
