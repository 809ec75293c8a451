package e2e

import (
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestOrderOfDecisions takes each line of the decision (contract section 5) in
// its order: what it lets through, what it stops, and what the log keeps.
func TestOrderOfDecisions(t *testing.T) {
	w := newWorld(t)
	plain := w.document(alice, nurse)
	birth := w.document(alice, nurse, birthReport)
	ownBirth := w.document(alice, optician, birthReport)
	secret := w.document(alice, nurse, masked)
	waiting := w.document(alice, nurse, hiddenPat)
	stored := w.document(alice, nurse, archived)
	old := w.document(alice, nurse)
	w.document(alice, nurse, func(d *record.DocumentSeed) { d.Replaces = "urn:oid:1.2.250.1.213.1.4.10.1.7" })
	gone := w.document(alice, nurse, withdrawn)
	carols := w.document(carol, nurse)
	carolsMasked := w.document(carol, nurse, masked)
	hugos := w.document(hugo, nurse)
	ofUnlisted := w.document(alice, unlisted)
	ofWork := w.document(alice, occupational)
	ofBlocked := w.document(alice, blocked)
	forged := w.token(gp)[:len(w.token(gp))-8] + "AAAAAAAA"
	c15, glass := w.session(regulator, alice, fhir.ModeCentre15), w.session(stranger, alice, fhir.ModeBreakGlass)
	none, one := []string{}, func(kind string) []string { return []string{kind} }

	w.play(t, []row{
		// 1: token and profession
		{name: "1 no token", ask: list("", "", alice), status: 401, code: fhir.Unauthenticated},
		{name: "1 forged token", ask: ask{token: forged, path: "/Patient"}, status: 401, code: fhir.Unauthenticated},
		{name: "1 not a token", ask: ask{token: "x", path: "/Patient"}, status: 401, code: fhir.Unauthenticated},
		{name: "1 no profession", ask: list(system, "", alice), status: 401, code: fhir.Unauthenticated},
		// 2: the record is open
		{name: "2 closed", ask: list(mt, "", dan), status: 422, code: fhir.NoRecord, audit: one(fhir.KindDenial)},
		{name: "2 opposed", ask: list(mt, "", eve), status: 422, code: fhir.NoRecord},
		{name: "2 pending", ask: list(mt, "", frank), status: 422, code: fhir.NoRecord},
		{name: "2 unknown", ask: list(mt, "", "nobody"), status: 200, has: []string{`"total":0`}, audit: one(fhir.KindSearch)},
		{name: "2 opening a closed one", ask: ask{who: mt, path: "/Patient/" + dan + "/$open", body: string(fhir.OpenParameters("normal", ""))}, status: 422, code: fhir.NoRecord},
		{name: "2 opening an unknown one", ask: ask{who: mt, path: "/Patient/nobody/$open", body: string(fhir.OpenParameters("normal", ""))}, status: 404, code: fhir.NotFound, audit: one(fhir.KindMiss)},
		// 3: the function
		{name: "3 occupational doctor", ask: list(occupational, "", alice), status: 403, code: fhir.Forbidden, audit: one(fhir.KindDenial)},
		{name: "3 occupational doctor, own document", ask: read(occupational, "", ofWork), status: 404, code: fhir.NotFound},
		{name: "3 centre 15 for a general practitioner", ask: opening(gp, alice, fhir.ModeCentre15, "motif"), status: 403, code: fhir.Forbidden},
		{name: "3 break-glass for an occupational doctor", ask: opening(occupational, alice, fhir.ModeBreakGlass, "motif"), status: 403, code: fhir.Forbidden},
		{name: "3 emergency without a reason", ask: opening(stranger, alice, fhir.ModeBreakGlass, ""), status: 400, code: fhir.Required},
		// 4: blocked
		{name: "4 blocked, list", ask: list(blocked, "", alice), status: 403, code: fhir.NoConsent, hasNot: []string{"bloqu"}, audit: one(fhir.KindDenial)},
		{name: "4 blocked, own document", ask: read(blocked, "", ofBlocked), status: 404, code: fhir.NotFound, audit: one(fhir.KindMiss)},
		{name: "4 blocked, break-glass", ask: opening(blocked, alice, fhir.ModeBreakGlass, "motif"), status: 403, code: fhir.NoConsent, hasNot: []string{"bloqu"}},
		{name: "4 the médecin traitant cannot be blocked", ask: read(mt, "", hugos), status: 200, audit: one(fhir.KindRead)},
		// 5: a relation, or an emergency without objection
		{name: "5 none", ask: list(stranger, "", alice), status: 403, code: fhir.NoConsent},
		{name: "5 none, by id", ask: read(stranger, "", plain), status: 404, code: fhir.NotFound, audit: one(fhir.KindMiss)},
		{name: "5 authorised", ask: read(gp, "", plain), status: 200, has: []string{"contenu"}, audit: one(fhir.KindRead)},
		{name: "5 care team", ask: read(nurse, "", plain), status: 200},
		{name: "5 authorisation over", ask: list(gp, "", hugo), status: 403, code: fhir.NoConsent},
		{name: "5 break-glass", ask: read(stranger, glass, plain), status: 200, audit: one(fhir.KindRead)},
		{name: "5 centre 15", ask: read(regulator, c15, plain), status: 200},
		{name: "5 a session of another record", ask: read(stranger, glass, carols), status: 404, code: fhir.NotFound},
		{name: "5 a session of somebody else", ask: read(gp, glass, plain), status: 403, code: fhir.Forbidden},
		{name: "5 objects to break-glass", ask: opening(stranger, bob, fhir.ModeBreakGlass, "motif"), status: 403, code: fhir.NoConsent, audit: one(fhir.KindDenial)},
		{name: "5 objects to centre 15", ask: opening(regulator, bob, fhir.ModeCentre15, "motif"), status: 403, code: fhir.NoConsent},
		// 6: profession and type
		{name: "6 a type not for opticians", ask: read(optician, "", birth), status: 404, code: fhir.NotFound, audit: one(fhir.KindMiss)},
		{name: "6 the same type for a doctor", ask: read(gp, "", birth), status: 200},
		{name: "6 an author reads their own", ask: read(optician, "", ownBirth), status: 200},
		{name: "6 a profession that the matrix does not know", ask: read(unlisted, "", plain), status: 404, code: fhir.NotFound},
		{name: "6 the same, own document", ask: read(unlisted, "", ofUnlisted), status: 404, code: fhir.NotFound},
		// 7: mask
		{name: "7 masked", ask: read(gp, "", secret), status: 404, code: fhir.NotFound, audit: one(fhir.KindMiss)},
		{name: "7 masked, its author", ask: read(nurse, "", secret), status: 200},
		{name: "7 masked, the médecin traitant", ask: read(mt, "", secret), status: 200},
		{name: "7 masked, emergency, not allowed", ask: read(regulator, c15, secret), status: 404, code: fhir.NotFound},
		{name: "7 masked, emergency, allowed", ask: read(regulator, w.session(regulator, carol, fhir.ModeCentre15), carolsMasked), status: 200},
		{name: "7 waiting for its announcement, to a professional", ask: read(gp, "", waiting), status: 200},
		// 8: archived, superseded, withdrawn
		{name: "8 by default neither archived nor superseded", ask: list(gp, "", alice), status: 200, has: []string{`"` + plain + `"`}, hasNot: []string{`"` + stored + `"`, `"id":"` + old + `"`, gone, `"` + secret + `"`}},
		{name: "8 archived, asked for", ask: ask{who: gp, path: "/DocumentReference?status=current&isArchived=true&patient=" + alice}, status: 200, has: []string{`"` + stored + `"`}, hasNot: []string{`"` + plain + `"`}},
		{name: "8 superseded, asked for", ask: ask{who: gp, path: "/DocumentReference?status=superseded&patient=" + alice}, status: 200, has: []string{`"id":"` + old + `"`, fhir.ExtReplacedBy}, hasNot: []string{`"` + plain + `"`}},
		{name: "8 withdrawn, asked for", ask: ask{who: mt, path: "/DocumentReference?status=entered-in-error&patient=" + alice}, status: 200, has: []string{`"total":0`}},
		{name: "8 withdrawn, to who could read it", ask: read(gp, "", gone), status: 410, code: fhir.Withdrawn},
		{name: "8 withdrawn, to who could not", ask: read(stranger, "", gone), status: 404, code: fhir.NotFound},
		// 9: the log
		{name: "9 list", ask: list(gp, "", alice), status: 200, audit: one(fhir.KindSearch)},
		{name: "9 description", ask: ask{who: gp, path: "/DocumentReference/" + plain}, status: 200, audit: one(fhir.KindReadMeta)},
		{name: "9 my patients", ask: ask{who: gp, path: "/Patient"}, status: 200, audit: one(fhir.KindPatientQuery)},
		{name: "9 a lookup", ask: ask{who: gp, path: "/Patient/_search", form: "identifier=" + insOf(carol).System + "|" + insOf(carol).Value}, status: 200, has: []string{carol}, audit: one(fhir.KindLookup)},
		{name: "9 nothing for what has no token", ask: ask{path: "/metadata"}, status: 200},
		{name: "9 nothing for a request that cannot be read", ask: ask{who: gp, path: "/DocumentReference"}, status: 400, code: fhir.Required, audit: none},
	})
}

func opening(who, patient, mode, reason string) ask {
	return ask{who: who, path: "/Patient/" + patient + "/$open", body: string(fhir.OpenParameters(mode, reason))}
}

// TestFilingIsNotReading: filing needs the first lines of the decision only.
func TestFilingIsNotReading(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{stranger, blocked, occupational, regulator} {
		filed := w.do(w.file(who, "", alice))
		if filed.status != 201 {
			t.Fatalf("%s files: %d %s", who, filed.status, filed.body)
		}
		doc := strings.TrimPrefix(filed.header.Get("Location"), w.base+"/DocumentReference/")
		if got := w.do(read(who, "", doc)); got.status != 404 {
			t.Errorf("%s reads what they filed without a right to read: %d", who, got.status)
		}
		if got := w.do(read(mt, "", doc)); got.body != "Bonjour" {
			t.Errorf("the médecin traitant reads what %s filed: %d %s", who, got.status, got.body)
		}
	}
}

// TestWhatEndsEndsAtOnce: an authorisation, a session and a token at their end.
func TestWhatEndsEndsAtOnce(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	session := w.session(nurse, alice, fhir.ModeNormal)
	glass := w.session(stranger, alice, fhir.ModeBreakGlass)
	stale := w.token(gp)
	w.play(t, []row{
		{name: "before", ask: read(nurse, session, doc), status: 200},
		{name: "closing", ask: ask{who: nurse, path: "/Patient/" + alice + "/$close", body: string(fhir.CloseParameters(session))}, status: 204, audit: []string{fhir.KindClose}},
		{name: "closing twice", ask: ask{who: nurse, path: "/Patient/" + alice + "/$close", body: string(fhir.CloseParameters(session))}, status: 204},
		{name: "a closed session", ask: read(nurse, session, doc), status: 403, code: fhir.Forbidden},
		{name: "withdrawing one's own authorisation", ask: ask{who: gp, method: "POST", path: "/Patient/" + alice + "/$withdraw"}, status: 204},
		{name: "after it", ask: read(gp, "", doc), status: 404, code: fhir.NotFound},
	})
	w.later(5 * time.Hour)
	w.play(t, []row{
		{name: "a token of this morning", ask: ask{token: stale, path: "/Patient"}, status: 401, code: fhir.TokenExpired},
		{name: "an emergency of this morning", ask: read(stranger, glass, doc), status: 403, code: fhir.Forbidden},
	})
	w.later(120 * day)
	w.play(t, []row{{name: "a care team of last season", ask: list(nurse, "", alice), status: 403, code: fhir.NoConsent}})
}

// TestConsentDeclaredByAProfessional opens a record, is told once, and never
// lifts a block.
func TestConsentDeclaredByAProfessional(t *testing.T) {
	w := newWorld(t)
	doc := w.document(carol, nurse)
	declare := func(who, patient string, visit bool) ask {
		c := fhir.Consent{Status: "active", PatientID: patient, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional, Visit: visit}
		return ask{who: who, path: "/Consent", body: string(c.JSON())}
	}
	w.play(t, []row{
		{name: "before", ask: read(gp, "", doc), status: 404, code: fhir.NotFound},
		{name: "declared", ask: declare(gp, carol, true), status: 201, has: []string{`"status":"active"`, id(gp)}, audit: []string{fhir.KindConsent}},
		{name: "after", ask: read(gp, "", doc), status: 200},
		{name: "what the caller declared", ask: ask{who: gp, path: "/Consent?patient=" + carol}, status: 200, has: []string{`"total":1`, id(gp)}},
		{name: "what the caller did not", ask: ask{who: stranger, path: "/Consent?patient=" + carol}, status: 200, has: []string{`"total":0`}, hasNot: []string{id(gp)}},
		{name: "no patient", ask: ask{who: gp, path: "/Consent"}, status: 400, code: fhir.Required},
		{name: "by a blocked professional", ask: declare(blocked, alice, true), status: 403, code: fhir.NoConsent},
		{name: "by an occupational doctor", ask: declare(occupational, carol, true), status: 403, code: fhir.Forbidden},
		{name: "for a closed record", ask: declare(gp, dan, true), status: 422, code: fhir.NoRecord},
		{name: "with an unknown element", ask: ask{who: gp, path: "/Consent", body: `{"resourceType":"Consent","foo":1}`}, status: 400, code: fhir.Malformed, has: []string{"Consent.foo"}},
	})
	w.later(4*time.Hour - time.Minute)
	w.play(t, []row{{name: "a visit takes half a day at most", ask: read(gp, "", doc), status: 200}})
	w.later(2 * time.Minute)
	w.play(t, []row{{name: "a consent for one visit is over", ask: read(gp, "", doc), status: 404, code: fhir.NotFound}})
}

// TestEmergencySearch: the emergency centre finds everyone by traits, nobody
// else does.
func TestEmergencySearch(t *testing.T) {
	w := newWorld(t)
	everyone := "/Patient?_query=centre-15&name=corse"
	w.play(t, []row{
		{name: "regulator", ask: ask{who: regulator, path: everyone}, status: 200, has: []string{carol, `"total":1`}, audit: []string{fhir.KindLookup}},
		{name: "regulator, my patients", ask: ask{who: regulator, path: "/Patient?name=corse"}, status: 200, has: []string{`"total":0`}},
		{name: "by id afterwards", ask: ask{who: regulator, path: "/Patient/" + carol}, status: 200},
		{name: "others", ask: ask{who: gp, path: everyone}, status: 403, code: fhir.Forbidden, hasNot: []string{carol}},
		{name: "another named query", ask: ask{who: gp, path: "/Patient?_query=all"}, status: 400, code: fhir.BadValue},
	})
}
