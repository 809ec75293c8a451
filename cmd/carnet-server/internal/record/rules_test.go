package record

import (
	"context"
	"testing"
	"time"

	"carnet/client/fhir"
)

var bg = context.Background()

func TestAHolderLetsInAndOut(t *testing.T) {
	w := heldWorld(t, nil)
	if w.reads(pharmacist()) {
		t.Fatal("reads before anything was decided")
	}
	w.allow(pharmacist())
	if !w.reads(pharmacist()) {
		t.Fatal("does not read what was allowed")
	}
	w.allow(pharmacist()) // twice is once
	rules := w.rulesOf(zoe()).Rules
	if len(rules) != 1 || !rules[0].Active || rules[0].Actor.Name != "Paul PETIT" || rules[0].ByPro || rules[0].By != "" {
		t.Fatalf("rules: %+v", rules)
	}
	w.must(w.Revoke(bg, zoe(), "pat-1", rules[0].ID))
	if w.reads(pharmacist()) {
		t.Fatal("reads after the revocation")
	}
	w.must(w.Revoke(bg, zoe(), "pat-1", rules[0].ID)) // ended already
	w.wants("a rule that is not there", w.Revoke(bg, zoe(), "pat-1", "nothing"), fhir.NotFound)
	w.wants("nobody of the directory", w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: "899999999999", Kind: RuleAuthorisation}), fhir.NotFound)
}

func TestAnEstablishmentAndTheTeam(t *testing.T) {
	w := heldWorld(t, nil)
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: optician().OrgID, Kind: RuleAuthorisation}))
	if !w.reads(optician()) {
		t.Error("who works in an allowed establishment does not read")
	}
	start := w.clock.now()
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: gp().ID, Kind: RuleTeam}))
	rules := w.rulesOf(zoe()).Rules
	if rules[0].Kind != RuleTeam || !rules[0].End.Equal(start.AddDate(0, 3, 0)) {
		t.Errorf("a team lasts until %v", rules[0].End)
	}
	w.clock.at.Store(start.AddDate(0, 3, 0).Add(-time.Millisecond).UnixMilli())
	if !w.reads(gp()) {
		t.Error("does not read on the last moment of the team")
	}
	w.clock.advance(time.Millisecond)
	if w.reads(gp()) {
		t.Error("reads after the team's end")
	}
}

func TestAPeriodIsToTheMoment(t *testing.T) {
	w := heldWorld(t, nil)
	now := w.clock.now()
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: gp().ID, Kind: RuleAuthorisation, Start: now.Add(day(1)), End: now.Add(day(2))}))
	for _, step := range []struct {
		at   time.Duration
		want bool
	}{{0, false}, {day(1) - 1e6, false}, {day(1), true}, {day(2) - 1e6, true}, {day(2), false}} {
		w.clock.at.Store(now.Add(step.at).UnixMilli())
		if got := w.reads(gp()); got != step.want {
			t.Errorf("after %v: reads %v", step.at, got)
		}
	}
	w.wants("an end before the start", w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: gp().ID, Kind: RuleAuthorisation, End: now}), fhir.Invalid)
}

// The last word about an actor counts: a shorter period takes the place of a
// longer one.
func TestALaterWordReplacesTheEarlier(t *testing.T) {
	w := heldWorld(t, nil)
	w.allow(gp())
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: gp().ID, Kind: RuleAuthorisation, End: w.clock.now().Add(day(1))}))
	w.clock.advance(day(1))
	if w.reads(gp()) {
		t.Error("the first word still counts")
	}
}

func TestABlockWinsAndEndsNothing(t *testing.T) {
	w := heldWorld(t, nil)
	w.allow(pharmacist())
	w.must(w.Block(bg, zoe(), "pat-1", pharmacist().ID))
	w.must(w.Block(bg, zoe(), "pat-1", pharmacist().ID))
	if w.reads(pharmacist()) {
		t.Fatal("a blocked pharmacist reads")
	}
	w.wants("allow whom one blocks", w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: pharmacist().ID, Kind: RuleAuthorisation}), fhir.BusinessRule)
	w.must(w.Unblock(bg, zoe(), "pat-1", pharmacist().ID))
	w.must(w.Unblock(bg, zoe(), "pat-1", pharmacist().ID))
	if !w.reads(pharmacist()) {
		t.Error("unblocked, the pharmacist is not where they were")
	}
	w.must(w.Block(bg, zoe(), "pat-1", pharmacist().OrgID))
	if w.reads(pharmacist()) {
		t.Error("who works in a blocked establishment reads")
	}
}

func TestTheDeclaredDoctor(t *testing.T) {
	w := heldWorld(t, nil)
	w.wants("a pharmacist", w.DeclareMT(bg, zoe(), "pat-1", pharmacist().ID), fhir.BusinessRule)
	w.wants("a structure", w.DeclareMT(bg, zoe(), "pat-1", gp().OrgID), fhir.BusinessRule)
	w.wants("nobody", w.DeclareMT(bg, zoe(), "pat-1", "899999999999"), fhir.NotFound)
	w.must(w.DeclareMT(bg, zoe(), "pat-1", gp().ID))
	w.must(w.DeclareMT(bg, zoe(), "pat-1", gp().ID))
	if !w.reads(gp()) || w.rulesOf(zoe()).MT.Name != gp().Name {
		t.Error("the declared doctor does not read")
	}
	w.wants("block the declared doctor", w.Block(bg, zoe(), "pat-1", gp().ID), fhir.BusinessRule)
	w.must(w.Block(bg, zoe(), "pat-1", otherGP().ID))
	w.wants("a blocked doctor", w.DeclareMT(bg, zoe(), "pat-1", otherGP().ID), fhir.BusinessRule)
	w.must(w.DeclareMT(bg, zoe(), "pat-1", regulator().ID))
	if w.reads(gp()) || !w.reads(regulator()) {
		t.Error("the doctor before still reads, or the new one does not")
	}
	w.must(w.Block(bg, zoe(), "pat-1", gp().ID)) // no longer declared
	w.must(w.DeclareMT(bg, zoe(), "pat-1", ""))
	if w.reads(regulator()) {
		t.Error("reads although nobody is declared")
	}
}

func TestSwitches(t *testing.T) {
	w := heldWorld(t, nil)
	want := Choices{OpposeBreakGlass: true, OpposeCentre15: true, MaskedEmergency: true, NoOffline: true, EveryVisit: true, Email: "zoe@example.org"}
	w.must(w.Choose(bg, zoe(), "pat-1", want))
	if got := w.rulesOf(zoe()).Choices; got != want {
		t.Errorf("choices: %+v", got)
	}
	if _, err := w.OpenAccess(bg, gp(), "pat-1", fhir.ModeBreakGlass, "malaise"); code(err) != fhir.NoConsent {
		t.Errorf("break-glass in spite of the opposition: %v", err)
	}
	want.OpposeBreakGlass = false
	w.must(w.Choose(bg, zoe(), "pat-1", want))
	if _, err := w.OpenAccess(bg, gp(), "pat-1", fhir.ModeBreakGlass, "malaise"); err != nil {
		t.Errorf("break-glass: %v", err)
	}
	for _, bad := range []string{"zoe", "zoe@", "Zoé <z@example.org>", "z@localhost", "a@b.c\r\nBcc: x@y.z"} {
		want.Email = bad
		w.wants(bad, w.Choose(bg, zoe(), "pat-1", want), fhir.Invalid)
	}
}

func TestARecordOfOthersIsNone(t *testing.T) {
	w := heldWorld(t, func(w *world, s *Seeder) { w.must(s.AddDocument(w.documentSeed("pat-1", "1"))) })
	who := stranger()
	asks := map[string]func(rec string) error{
		"rules":   func(rec string) error { _, err := w.Rules(bg, who, rec); return err },
		"list":    func(rec string) error { _, err := w.HeldDocuments(bg, who, rec, HeldQuery{}); return err },
		"content": func(rec string) error { _, err := w.heldBytes(who, rec, docID("1")); return err },
		"patch":   func(rec string) error { return w.HeldPatch(bg, who, rec, docID("1"), HeldChange{Delete: true}) },
		"allow":   func(rec string) error { return w.Allow(bg, who, rec, GrantAsked{Actor: gp().ID, Kind: RuleTeam}) },
		"revoke":  func(rec string) error { return w.Revoke(bg, who, rec, "x") },
		"block":   func(rec string) error { return w.Block(bg, who, rec, gp().ID) },
		"unblock": func(rec string) error { return w.Unblock(bg, who, rec, gp().ID) },
		"mt":      func(rec string) error { return w.DeclareMT(bg, who, rec, gp().ID) },
		"choose":  func(rec string) error { return w.Choose(bg, who, rec, Choices{}) },
		"contest": func(rec string) error { return w.Contest(bg, who, rec, "x", "") },
		"answer":  func(rec string) error { return w.Answer(bg, who, rec, "x", Reply{}) },
	}
	for name, ask := range asks {
		others, none := ask("pat-1"), ask("nobody")
		if code(others) != fhir.NotFound || others.Error() != none.Error() {
			t.Errorf("%s: %v for a record of others, %v for none", name, others, none)
		}
	}
	if _, err := w.Rules(bg, Citizen{}, "pat-1"); code(err) != fhir.Unauthenticated {
		t.Errorf("nobody: %v", err)
	}
	// Their own record gives no way to another's document.
	if _, err := w.heldBytes(who, "pat-3", docID("1")); code(err) != fhir.NotFound {
		t.Errorf("another's document by one's own record: %v", err)
	}
}

func TestAWishIsAnswered(t *testing.T) {
	w := heldWorld(t, nil)
	w.must(w.RequestAccess(bg, pharmacist(), "pat-1", "Pour votre traitement."))
	w.must(w.RequestAccess(bg, pharmacist(), "pat-1", "Encore."))
	all := w.rulesOf(zoe()).Requests
	if len(all) != 1 || all[0].Words != "Pour votre traitement." || all[0].Actor.ID != pharmacist().ID {
		t.Fatalf("requests: %+v", all)
	}
	w.must(w.Answer(bg, zoe(), "pat-1", all[0].ID, Reply{Accept: true, Until: w.clock.now().Add(day(7))}))
	if !w.reads(pharmacist()) || len(w.rulesOf(zoe()).Requests) != 0 {
		t.Error("an accepted wish lets nobody in, or still waits")
	}
	w.must(w.Answer(bg, zoe(), "pat-1", all[0].ID, Reply{})) // answered before
	if !w.reads(pharmacist()) {
		t.Error("a second answer changed the first")
	}
	w.must(w.RequestAccess(bg, otherGP(), "pat-1", ""))
	w.must(w.Answer(bg, zoe(), "pat-1", w.rulesOf(zoe()).Requests[0].ID, Reply{}))
	w.must(w.RequestAccess(bg, otherGP(), "pat-1", ""))
	if w.reads(otherGP()) || len(w.rulesOf(zoe()).Requests) != 0 {
		t.Error("asks again at once after a refusal")
	}
	w.clock.advance(wishAgain)
	w.must(w.RequestAccess(bg, otherGP(), "pat-1", ""))
	if len(w.rulesOf(zoe()).Requests) != 1 {
		t.Error("may never ask again")
	}
}

// A wish of a blocked professional is taken like any other, and shown to nobody.
func TestAWishTellsNoBlock(t *testing.T) {
	w := heldWorld(t, nil)
	w.must(w.Block(bg, zoe(), "pat-1", pharmacist().ID))
	w.must(w.RequestAccess(bg, pharmacist(), "pat-1", "s'il vous plaît"))
	if n := len(w.rulesOf(zoe()).Requests); n != 0 {
		t.Errorf("%d wishes of a blocked professional", n)
	}
}

func TestADeclaredConsentIsContested(t *testing.T) {
	w := heldWorld(t, nil)
	declare := func() error {
		_, err := w.DeclareConsent(bg, pharmacist(), fhir.Consent{Status: "active", PatientID: "pat-1", Form: "oral", DateTime: w.clock.now()}.JSON())
		return err
	}
	w.must(declare())
	rule := w.rulesOf(zoe()).Rules[0]
	if !rule.ByPro || rule.By != pharmacist().Name || rule.Form != "oral" || !w.reads(pharmacist()) {
		t.Fatalf("rule: %+v", rule)
	}
	w.must(w.Contest(bg, zoe(), "pat-1", rule.ID, "Je n'ai rien dit."))
	w.must(w.Contest(bg, zoe(), "pat-1", rule.ID, "encore"))
	if rule = w.rulesOf(zoe()).Rules[0]; rule.Active || rule.Contested.IsZero() || w.reads(pharmacist()) {
		t.Errorf("contested: %+v", rule)
	}
	w.wants("declared again", declare(), fhir.NoConsent)
	w.clock.advance(day(90) - time.Millisecond)
	w.wants("on the last moment", declare(), fhir.NoConsent)
	w.clock.advance(time.Millisecond)
	w.wants("after ninety days", declare(), "")
	w.allow(gp())
	w.wants("one's own decision", w.Contest(bg, zoe(), "pat-1", w.rulesOf(zoe()).Rules[0].ID, ""), fhir.NotFound)
}
