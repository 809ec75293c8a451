package record

import (
	"fmt"
	"strings"
	"testing"

	"carnet/client/fhir"
)

// asConsent makes a Consent of pat-1 with a provision, in a generic client's
// words.
func asConsent(provision, extension string) []byte {
	return fmt.Appendf(nil, `{"resourceType":"Consent",%s"status":"active","scope":{"coding":[{"system":"%s","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/pat-1"},
		"policy":[{"uri":"urn:x"}],"provision":%s}`, extension, fhir.SystemConsentScope, provision)
}

func actorJSON(p Principal) string {
	return fmt.Sprintf(`"actor":[{"role":{"coding":[{"system":"%s","code":"IRCP"}]},"reference":{"identifier":{"system":"%s","value":"%s"}}}]`,
		fhir.SystemParticipation, fhir.SystemNationalPro, p.ID)
}

func purposeJSON(code string) string {
	return `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"` + code + `"}]`
}

// consents lists the active ones.
func (w *world) consents(c Citizen) (active []Resource) {
	w.t.Helper()
	page, err := w.HeldConsents(bg, c, "pat-1", "")
	w.must(err)
	for _, r := range page.Items {
		n, err := fhir.Parse(r.JSON)
		w.must(err)
		if issues := fhir.CheckAs(n, "Consent"); len(issues) > 0 {
			w.t.Errorf("a Consent that FHIR does not know: %v\n%s", issues, r.JSON)
		}
		if strings.Contains(string(r.JSON), `"code":[`) {
			w.t.Error("PCF forbids provision.code")
		}
		if n.Get("status").String() == "active" {
			active = append(active, r)
		}
	}
	return active
}

// Each kind of decision is made by a Consent, reads back as one, is in force,
// and ends with it.
func TestConsentsSayWhatIsDecided(t *testing.T) {
	team := fmt.Sprintf(`"extension":[{"url":"%s","valueBoolean":true}],`, fhir.ExtCareTeam)
	for name, tt := range map[string]struct {
		provision, extension string
		holds                func(w *world, r Rules) bool
	}{
		"authorise":   {`{"type":"permit",` + actorJSON(pharmacist()) + `}`, "", func(w *world, r Rules) bool { return w.reads(pharmacist()) }},
		"care team":   {`{"type":"permit",` + actorJSON(gp()) + `}`, team, func(w *world, r Rules) bool { return w.reads(gp()) && r.Rules[0].Kind == RuleTeam }},
		"block":       {`{"type":"permit","provision":[{"type":"deny",` + actorJSON(gp()) + `}]}`, "", func(_ *world, r Rules) bool { return len(r.Rules) > 0 && r.Rules[0].Active }},
		"break-glass": {`{"type":"deny",` + purposeJSON("BTG") + `}`, "", func(_ *world, r Rules) bool { return r.Choices.OpposeBreakGlass }},
		"centre 15":   {`{"type":"deny",` + purposeJSON("ETREAT") + `}`, "", func(_ *world, r Rules) bool { return r.Choices.OpposeCentre15 }},
		"masked": {
			`{"type":"permit",` + purposeJSON("BTG") + `,"securityLabel":[{"system":"` + fhir.SystemConfFR + `","code":"MASQUE_PS"}]}`, "",
			func(_ *world, r Rules) bool { return r.Choices.MaskedEmergency },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := heldWorld(t, nil)
			made, err := w.HeldDeclare(bg, zoe(), asConsent(tt.provision, tt.extension))
			w.must(err)
			if !tt.holds(w, w.rulesOf(zoe())) {
				t.Fatal("is not in force")
			}
			if all := w.consents(zoe()); len(all) != 2 || all[1].ID != made.ID || made.ID == "" {
				t.Fatalf("%d consents in force, made %q", len(all), made.ID)
			}
			w.wants("of a stranger", w.HeldEnd(bg, stranger(), made.ID), fhir.NotFound)
			w.must(w.HeldEnd(bg, zoe(), made.ID))
			w.must(w.HeldEnd(bg, zoe(), made.ID))
			if all := w.consents(zoe()); len(all) != 1 || tt.holds(w, w.rulesOf(zoe())) {
				t.Error("is still in force")
			}
		})
	}
}

func TestADeclaredConsentIsSeenAtOnce(t *testing.T) {
	w := heldWorld(t, nil)
	declared, err := w.DeclareConsent(bg, pharmacist(), fhir.Consent{Status: "active", PatientID: "pat-1", Form: "ecrit", DateTime: w.clock.now()}.JSON())
	w.must(err)
	all := w.consents(zoe())
	if len(all) != 2 || string(all[1].JSON) != string(declared.JSON) {
		t.Errorf("the patient sees %v", all)
	}
}

func TestAConsentIsUnderstoodOrRefused(t *testing.T) {
	w := heldWorld(t, nil)
	for name, provision := range map[string]string{
		"nothing":            `{}`,
		"everybody":          `{"type":"permit"}`,
		"one class":          `{"type":"permit","class":[{"system":"urn:x","code":"y"}],` + actorJSON(gp()) + `}`,
		"deny an actor":      `{"type":"deny",` + actorJSON(gp()) + `}`,
		"another purpose":    `{"type":"deny",` + purposeJSON("TREAT") + `}`,
		"two purposes":       `{"type":"deny","purpose":[{"code":"BTG"},{"code":"ETREAT"}]}`,
		"another label":      `{"type":"permit",` + purposeJSON("BTG") + `,"securityLabel":[{"code":"R"}]}`,
		"a limited deny":     `{"type":"permit","provision":[{"type":"deny","period":{"start":"2026-01-01"},` + actorJSON(gp()) + `}]}`,
		"permit within":      `{"type":"permit","provision":[{"type":"permit",` + actorJSON(gp()) + `}]}`,
		"an actor, purposed": `{"type":"permit",` + purposeJSON("BTG") + `,` + actorJSON(gp()) + `}`,
	} {
		if _, err := w.HeldDeclare(bg, zoe(), asConsent(provision, "")); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if all := w.consents(zoe()); len(all) != 1 {
		t.Errorf("%d consents in force", len(all))
	}
}
