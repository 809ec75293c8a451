package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestFilingsThatMeanSomethingElse: elements that change the meaning, another
// system's identifier, what no act can be.
func TestFilingsThatMeanSomethingElse(t *testing.T) {
	w := newWorld(t)
	body := func(from, to string) ask {
		good := w.filing(alice, gp)
		if !strings.Contains(good, from) {
			t.Fatalf("nothing to replace: %s", from)
		}
		return ask{who: gp, path: "/DocumentReference", body: strings.Replace(good, from, to, 1)}
	}
	edited := func(edit func(*fhir.DocumentReference)) ask { return w.file(gp, "", alice, edit) }
	const modifier = `"modifierExtension":[{"url":"http://x.example/not","valueBoolean":true}]`
	ahead := w.now().Add(3 * day).UTC().Format(time.RFC3339)
	w.play(t, []row{
		{name: "modified", ask: body(`"status"`, modifier+`,"status"`), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.modifierExtension"`}},
		{name: "modified inside", ask: body(`"context":{`, `"context":{`+modifier+`,`), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.context.modifierExtension"`}},
		{name: "modified author", ask: body(`"resourceType":"Practitioner"`, `"resourceType":"Practitioner",`+modifier), status: 422, code: fhir.Invalid, has: []string{"contained", "modifierExtension"}},
		{name: "under rules", ask: body(`"status"`, `"implicitRules":"http://x.example/r","status"`), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.implicitRules"`}},
		{name: "unique in another system", ask: body(fhir.SystemURI, "urn:x"), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.masterIdentifier.system"`}},
		{name: "a title without end", ask: edited(func(d *fhir.DocumentReference) { d.Attachment.Title = strings.Repeat("é", 256) }), status: 422, code: fhir.Invalid, has: []string{`attachment.title"`, "255"}},
		{name: "of a day to come", ask: edited(func(d *fhir.DocumentReference) { d.Date = ahead }), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.date"`}},
		{name: "of an act to come", ask: edited(func(d *fhir.DocumentReference) { d.PeriodStart = ahead }), status: 422, code: fhir.Invalid, has: []string{`"DocumentReference.context.period.start"`}},
		{name: "of 2126", ask: edited(func(d *fhir.DocumentReference) { d.Attachment.Creation = "2126-01-01" }), status: 422, code: fhir.Invalid, has: []string{`attachment.creation"`}},
		{name: "a key twice, named", ask: body(`"status":"current"`, `"status":"current","status":"current"`), status: 400, code: fhir.Malformed, has: []string{`"DocumentReference.status"`}},
		{name: "the longest title", ask: edited(func(d *fhir.DocumentReference) { d.Attachment.Title = strings.Repeat("é", 255) }), status: 201},
		{name: "as late as can be", ask: edited(func(d *fhir.DocumentReference) { d.Date = w.now().Add(20 * time.Hour).UTC().Format(time.RFC3339) }), status: 201},
	})
}

// TestTokensMatchTheirSystem: a code of another system is another code.
func TestTokensMatchTheirSystem(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, gp, func(d *record.DocumentSeed) { d.Type.Code = "60591-5" })
	uid := uniqueID(w.docs)
	var rows []row
	for name, system := range map[string]string{
		"type|60591-5": fhir.SystemLOINC, "category|11": fhir.SystemClass, "security-label|N": fhir.SystemConfCode,
		"identifier|" + uid: fhir.SystemURI, "status|current": "http://hl7.org/fhir/document-reference-status",
	} {
		param, code, _ := strings.Cut(name, "|")
		search := func(token string) ask {
			form := "patient=" + alice + "&" + param + "=" + token
			if param != "status" {
				form += "&status=current"
			}
			return ask{who: gp, path: "/DocumentReference/_search", form: form}
		}
		rows = append(rows,
			row{name: param + " of its system", ask: search(system + "|" + code), status: 200, has: []string{`"total":1`}},
			row{name: param + " of any", ask: search(code), status: 200, has: []string{`"total":1`}})
		if param == "status" {
			rows = append(rows, row{name: "status of another system", ask: search("http://x.example|" + code), status: 400, code: fhir.BadValue})
		} else {
			rows = append(rows, row{name: param + " of another system", ask: search("http://x.example|" + code), status: 200, has: []string{`"total":0`}})
		}
	}
	w.play(t, append(rows,
		row{name: "facility of another system", ask: ask{who: gp, path: "/DocumentReference?status=current&facility=http://x.example%7CSA07&patient=" + alice}, status: 200, has: []string{`"total":0`}},
		row{name: "sets of another system", ask: ask{who: gp, path: "/List?status=current&code=http://x.example%7Csubmissionset&patient=" + alice}, status: 400, code: fhir.Required},
		row{name: "patch of another system", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference?identifier=urn:other|" + uid, body: archive(true)}, status: 404, code: fhir.NotFound},
		row{name: "patch", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference?identifier=" + fhir.SystemURI + "|" + uid, body: labels()}, status: 200},
		row{name: "patch of a foreign extension", ask: patch(gp, "", doc, `[{"op":"add","path":"/extension/-","value":{"url":"http://x.example/e","valueBoolean":true}}]`), status: 405, code: fhir.PatchRefused},
		row{name: "patch of foreign extensions", ask: patch(gp, "", doc, `[{"op":"add","path":"/extension","value":[{"url":"http://x.example/e","valueBoolean":true}]}]`), status: 405, code: fhir.PatchRefused},
		row{name: "patch of a foreign extension, by uid", ask: ask{who: gp, method: "PATCH", path: "/DocumentReference?identifier=" + uid, body: `[{"op":"add","path":"/extension/-","value":{"url":"http://x.example/e","valueBoolean":true}}]`}, status: 405, code: fhir.PatchRefused},
		row{name: "a foreign extension of what is unknown", ask: patch(gp, "", "none", `[{"op":"add","path":"/extension/-","value":{"url":"http://x.example/e","valueBoolean":true}}]`), status: 405, code: fhir.PatchRefused},
	))
}

// TestSearchesThatSayNothingFindNothing: text that would be folded away does
// not widen a search to everybody.
func TestSearchesThatSayNothingFindNothing(t *testing.T) {
	w := newWorld(t)
	var rows []row
	for _, form := range []string{"name=%00", "name=%ff%fe", "_text=%00", "family=-", "given=%20", "name=%e2%80%8b"} {
		rows = append(rows, row{name: form, ask: ask{who: mt, path: "/Patient/_search", form: form}, status: 400, code: fhir.BadValue, hasNot: []string{alice}})
	}
	w.document(alice, gp)
	w.play(t, append(rows,
		row{name: "pasted with a tab", ask: ask{who: mt, path: "/Patient/_search", form: "_text=pat%09dom"}, status: 200, has: []string{alice}},
		row{name: "author of no letter", ask: ask{who: gp, path: "/DocumentReference?status=current&author.family=-&patient=" + alice}, status: 200, has: []string{`"total":0`}},
	))
}

// TestRefusalsEndInAStepThatHelps: no refusal sends somebody to what was just
// refused, and none tells a block.
func TestRefusalsEndInAStepThatHelps(t *testing.T) {
	w := newWorld(t)
	declaring := ask{who: blocked, path: "/Consent", body: string(fhir.Consent{
		Status: "active", PatientID: alice, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional,
	}.JSON())}
	const glass, block = "bris de glace", "bloqu"
	w.play(t, []row{
		{name: "break-glass, opposed", ask: opening(stranger, bob, fhir.ModeBreakGlass, "Inconscient"), status: 403, code: fhir.NoConsent, hasNot: []string{glass, "oppos"}},
		{name: "centre 15, opposed", ask: opening(regulator, bob, fhir.ModeCentre15, "Inconscient"), status: 403, code: fhir.NoConsent, hasNot: []string{glass, "oppos"}},
		{name: "break-glass, blocked", ask: opening(blocked, alice, fhir.ModeBreakGlass, "Inconscient"), status: 403, code: fhir.NoConsent, hasNot: []string{glass, block}},
		{name: "consent, blocked", ask: declaring, status: 403, code: fhir.NoConsent, hasNot: []string{glass, block}, has: []string{"depuis son espace"}},
		{name: "reading", ask: list(stranger, "", alice), status: 403, code: fhir.NoConsent, has: []string{glass}},
		{name: "a closed record", ask: opening(gp, dan, fhir.ModeNormal, ""), status: 422, code: fhir.NoRecord, hasNot: []string{"remettez"}},
		{name: "filing to a closed record", ask: w.file(gp, "", dan), status: 422, code: fhir.NoRecord, has: []string{"remettez"}},
		{name: "a reason without end", ask: opening(stranger, alice, fhir.ModeBreakGlass, strings.Repeat("é", 401)), status: 422, code: fhir.Invalid, has: []string{"400", "reason"}},
		{name: "the longest reason", ask: opening(stranger, alice, fhir.ModeBreakGlass, strings.Repeat("é", 400)), status: 200},
	})
}

// TestConsentEvents: what was done about a consent is what its event says.
func TestConsentEvents(t *testing.T) {
	w := newWorld(t)
	body := string(fhir.Consent{Status: "active", PatientID: carol, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional}.JSON())
	for _, c := range []struct {
		name     string
		ask      ask
		has, not string
	}{
		{"declared", ask{who: gp, path: "/Consent", body: body}, `"code":"create"`, `"code":"search"`},
		{"declared again", ask{who: gp, path: "/Consent", body: body}, `"code":"create"`, `"action":"U"`},
		{"listed", ask{who: gp, path: "/Consent?patient=" + carol}, `"code":"search"`, `"code":"create"`},
		{"withdrawn", ask{who: gp, method: "POST", path: "/Patient/" + carol + "/$withdraw"}, `"code":"delete"`, `"code":"create"`},
		{"denied", list(gp, "", carol), `"type":"Consent"`, `"code":"create"`},
	} {
		w.do(c.ask)
		latest := string(w.bundle(w.do(ask{who: gp, path: "/AuditEvent?_count=1&patient=" + carol})).Entries[0].Resource)
		if !strings.Contains(latest, c.has) || strings.Contains(latest, c.not) {
			t.Errorf("%s: %s", c.name, latest)
		}
	}
}

// TestFormatsAndEventsMatchTheirSystem: both are free codes, so a system that is
// named is looked for in the document itself; pages and counts are of what fits.
func TestFormatsAndEventsMatchTheirSystem(t *testing.T) {
	w := newWorld(t)
	const one, other = "urn:one", "urn:other"
	coded := func(system, code string) func(*fhir.DocumentReference) {
		return func(d *fhir.DocumentReference) {
			d.Format, d.Event = fhir.Coding{System: system, Code: code}, []fhir.Coding{{System: system, Code: code}}
		}
	}
	var rows []row
	for _, d := range []func(*fhir.DocumentReference){coded(one, "x"), coded(other, "x"), coded(one, "x"), coded(one, "y")} {
		rows = append(rows, row{name: "filed", ask: w.file(gp, "", alice, d), status: 201})
	}
	for _, param := range []string{"format", "event"} {
		for token, total := range map[string]string{
			"x": "3", one + "|x": "2", other + "|x": "1", "urn:third|x": "0", one + "|y": "1", other + "|y": "0",
			one + "|y," + other + "|x": "2", "y,x": "4", "z": "0",
		} {
			form := "patient=" + alice + "&status=current&" + param + "=" + url.QueryEscape(token)
			for _, more := range []string{"", "&_count=1", "&_summary=count"} {
				rows = append(rows, row{
					name: param + "=" + token + more, ask: ask{who: gp, path: "/DocumentReference/_search", form: form + more},
					status: 200, has: []string{`"total":` + total},
				})
			}
		}
	}
	w.play(t, rows)
	first := w.do(ask{who: gp, path: "/DocumentReference/_search", form: "patient=" + alice + "&status=current&_count=1&format=" + one + "%7Cx"})
	next := w.bundle(first).Link("next")
	last := w.do(ask{who: gp, path: strings.TrimPrefix(next, w.base)})
	if a, b := w.ids(first), w.ids(last); len(a) != 1 || len(b) != 1 || a[0] == b[0] || w.bundle(last).Link("next") != "" {
		t.Errorf("two pages hold %v and %v", a, b)
	}
}
