package e2e

import (
	"strings"
	"testing"

	"carnet/client/fhir"
)

// TestConsentsAreUnderstoodOrRefused: what would narrow the patient's consent,
// and is not understood, opens nothing.
func TestConsentsAreUnderstoodOrRefused(t *testing.T) {
	w := newWorld(t)
	good := string(fhir.Consent{
		Status: "active", PatientID: carol, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional,
		ActorID: id(gp), ActorName: "Dr Karim SELLAMI", End: w.now().Add(30 * day),
	}.JSON())
	change := func(from, to string) ask {
		if !strings.Contains(good, from) {
			t.Fatalf("nothing to replace: %s in %s", from, good)
		}
		return ask{who: gp, path: "/Consent", body: strings.Replace(good, from, to, 1)}
	}
	const provision, top = `"provision":{`, `"status":"active"`
	inside := func(element string) ask { return change(provision, provision+element+`,`) }
	role := `"role":{"coding":[{"system":"` + fhir.SystemParticipation + `","code":"IRCP"}]}`
	purpose := `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}]`
	var rows []row
	for _, c := range []struct {
		name string
		ask  ask
		at   string
	}{
		{"inactive", change(top, `"status":"inactive"`), "status"},
		{"entered in error", change(top, `"status":"entered-in-error"`), "status"},
		{"proposed", change(top, `"status":"proposed"`), "status"},
		{"for research", change("patient-privacy", "research"), "scope"},
		{"of another category", change("59284-0", "57016-8"), "category"},
		{"modified", change(top, top+`,"modifierExtension":[{"url":"http://x.example/not","valueBoolean":true}]`), "modifierExtension"},
		{"modified inside", inside(`"modifierExtension":[{"url":"http://x.example/not","valueBoolean":true}]`), "provision.modifierExtension"},
		{"under rules", change(top, top+`,"implicitRules":"http://x.example/rules"`), "implicitRules"},
		{"under a rule", change(top, top+`,"policyRule":{"text":"x"}`), "policyRule"},
		{"verified", change(top, top+`,"verification":[{"verified":false}]`), "verification"},
		{"a denial", change(`"permit"`, `"deny"`), "provision.type"},
		{"of no type", change(`"type":"permit",`, ``), "provision.type"},
		{"with a denial in it", inside(`"provision":[{"type":"deny"}]`), "provision.provision"},
		{"for a class", inside(`"class":[{"system":"urn:ietf:bcp:13","code":"application/pdf"}]`), "provision.class"},
		{"for a purpose", inside(purpose), "provision.purpose"},
		{"for a label", inside(`"securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]`), "provision.securityLabel"},
		{"for a period of data", inside(`"dataPeriod":{"start":"2024"}`), "provision.dataPeriod"},
		{"for some data", inside(`"data":[{"meaning":"instance","reference":{"reference":"DocumentReference/x"}}]`), "provision.data"},
		{"for an action", inside(`"action":[{"text":"voir"}]`), "provision.action"},
		{"with a code", inside(`"code":[{"text":"x"}]`), "provision.code"},
		{"for two", change(`"actor":[`, `"actor":[{`+role+`,"reference":{"identifier":{"value":"`+id(gp)+`"}}},`), "provision.actor[1]"},
		{"for another role", change(`"IRCP"}]},"reference"`, `"CST"}]},"reference"`), "provision.actor[0].role"},
		{"for somebody unnamed", change(`"identifier":{"system":"`+fhir.SystemNationalPro+`","value":"`+id(gp)+`"},"display":"Dr Karim SELLAMI"}}]`, `"reference":"Practitioner/x"}}]`), "provision.actor[0].reference"},
		{"for an id of another kind", change(`}]},"reference":{"identifier":{"system":"`+fhir.SystemNationalPro, `}]},"reference":{"identifier":{"system":"urn:other`), "provision.actor[0].reference.identifier.system"},
	} {
		rows = append(rows, row{name: c.name, ask: c.ask, status: 422, code: fhir.Invalid, has: []string{`"Consent.` + c.at + `"`}})
	}
	w.play(t, rows)
	if a := w.do(list(gp, "", carol)); a.code() != fhir.NoConsent {
		t.Fatalf("the record is open: %d %s", a.status, a.body)
	}
	w.play(t, []row{
		{name: "understood", ask: ask{who: gp, path: "/Consent", body: good}, status: 201},
		{name: "open", ask: list(gp, "", carol), status: 200},
	})
}
