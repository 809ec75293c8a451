package record

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
)

// ending is one way in which a right to read ends, and how it comes back.
type ending struct {
	name  string
	right func(w *world) // what lets the general practitioner in; nil: an authorisation
	ends  func(w *world)
	back  func(w *world)
	stays bool // the right to read stays: the copy alone ends
}

// ruleID is the id of the first rule in force of a kind.
func (w *world) ruleID(kind string) string {
	w.t.Helper()
	for _, r := range w.rulesOf(zoe()).Rules {
		if r.Kind == kind && r.Active {
			return r.ID
		}
	}
	w.t.Fatal("no such rule")
	return ""
}

// lifeTo takes the record of pat-1 to another state of its life.
func (w *world) lifeTo(state, detail string) {
	w.t.Helper()
	l, err := w.LifeOf(bg, "pat-1")
	w.must(err)
	l.State, l.Closed = state, time.Time{}
	if state == LifeClosed {
		l.Closed = w.clock.now()
	}
	_, err = w.SaveLife(bg, l, LifeChange{Detail: detail, By: LifeBy{Citizen: zoe()}})
	w.must(err)
}

func (w *world) letsIn(kind string, until time.Duration) {
	w.t.Helper()
	g := GrantAsked{Actor: gp().ID, Kind: kind}
	if until > 0 {
		g.End = w.clock.now().Add(until)
	}
	w.must(w.Allow(bg, zoe(), "pat-1", g))
}

var endings = []ending{
	{name: "revoked", ends: func(w *world) { w.must(w.Revoke(bg, zoe(), "pat-1", w.ruleID(RuleAuthorisation))) }, back: func(w *world) { w.allow(gp()) }},
	{name: "blocked", ends: func(w *world) { w.must(w.Block(bg, zoe(), "pat-1", gp().ID)) }, back: func(w *world) { w.must(w.Unblock(bg, zoe(), "pat-1", gp().ID)) }},
	{
		name: "their structure blocked", ends: func(w *world) { w.must(w.Block(bg, zoe(), "pat-1", gp().OrgID)) },
		back: func(w *world) { w.must(w.Unblock(bg, zoe(), "pat-1", gp().OrgID)) },
	},
	{
		name: "another médecin traitant", right: func(w *world) { w.must(w.DeclareMT(bg, zoe(), "pat-1", gp().ID)) },
		ends: func(w *world) { w.must(w.DeclareMT(bg, zoe(), "pat-1", otherGP().ID)) },
		back: func(w *world) { w.must(w.DeclareMT(bg, zoe(), "pat-1", gp().ID)) },
	},
	{name: "closed", ends: func(w *world) { w.lifeTo(LifeClosed, "close") }, back: func(w *world) { w.lifeTo(LifeActivated, "reopen") }},
	{
		name: "withdrawn by themselves", ends: func(w *world) { w.must(w.WithdrawOwn(bg, gp(), "pat-1")) },
		back: func(w *world) { w.allow(gp()) },
	},
	{
		name: "no copies", stays: true, ends: func(w *world) { w.must(w.Choose(bg, zoe(), "pat-1", Choices{NoOffline: true})) },
		back: func(w *world) { w.must(w.Choose(bg, zoe(), "pat-1", Choices{})) },
	},
	{
		name: "a place in the team that ended", right: func(w *world) { w.letsIn(RuleTeam, time.Hour) },
		ends: func(w *world) { w.clock.advance(time.Hour) }, back: func(w *world) { w.letsIn(RuleTeam, 0) },
	},
	{
		name: "an authorisation cut short, over, and given anew", right: func(w *world) { w.letsIn(RuleAuthorisation, 0) },
		ends: func(w *world) { w.letsIn(RuleAuthorisation, time.Hour); w.clock.advance(time.Hour) },
		back: func(w *world) { w.letsIn(RuleAuthorisation, 0) },
	},
	{
		name: "a declared consent that was contested", right: func(w *world) {
			_, err := w.DeclareConsent(bg, gp(), consentBody("pat-1", fhir.Consent{ActorID: gp().ID, DateTime: w.clock.now(), End: w.clock.now().Add(day(9))}))
			w.must(err)
		},
		ends: func(w *world) { w.must(w.Contest(bg, zoe(), "pat-1", w.ruleID(RuleAuthorisation), "jamais")) },
		back: func(w *world) { w.allow(gp()) },
	},
}

func (e ending) world(t *testing.T) *world {
	w := heldWorld(t, func(w *world, s *Seeder) { filled(w, s) })
	if e.right == nil {
		w.allow(gp())
	} else {
		e.right(w)
	}
	return w
}

// Whatever ends a right ends the copy taken by it at once: a right that is given
// back before anybody looked gives no old copy back.
func TestARightGivenBackGivesNoCopyBack(t *testing.T) {
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			w := e.world(t)
			l, err := w.TakeCopy(bg, gp(), "", "pat-1")
			w.must(err)
			if ok, err := w.MayKeep(bg, gp(), l.ID); !ok || err != nil {
				t.Fatalf("%v, %v", ok, err)
			}
			e.ends(w)
			if _, err := w.list(gp(), "", "pat-1"); (err == nil) != e.stays {
				t.Error("the right did not end as it should")
			}
			e.back(w)
			if !w.reads(gp()) {
				t.Fatal("the right did not come back")
			}
			if ok, err := w.MayKeep(bg, gp(), l.ID); ok || err != nil {
				t.Errorf("the old copy: %v, %v", ok, err)
			}
			if all, err := w.Leases(bg, zoe(), "pat-1"); err != nil || len(all) != 0 {
				t.Errorf("copies told: %+v, %v", all, err)
			}
			again, err := w.TakeCopy(bg, gp(), "", "pat-1")
			w.must(err)
			if ok, err := w.MayKeep(bg, gp(), again.ID); !ok || err != nil {
				t.Errorf("a new copy: %v, %v", ok, err)
			}
		})
	}
}

// A change that keeps the right ends no copy.
func TestAChangeOfOthersEndsNoCopy(t *testing.T) {
	w := endings[0].world(t)
	l, err := w.TakeCopy(bg, gp(), "", "pat-1")
	w.must(err)
	yes := true
	w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Masked: &yes}))
	w.allow(pharmacist())
	w.must(w.Block(bg, zoe(), "pat-1", optician().ID))
	w.must(w.Choose(bg, zoe(), "pat-1", Choices{OpposeBreakGlass: true}))
	if ok, err := w.MayKeep(bg, gp(), l.ID); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// Under readers that never stop: no read that starts after the acknowledgement
// of what ends the right succeeds, nor may a copy be kept or taken.
func TestNothingIsReadAfterARightEnded(t *testing.T) {
	for _, e := range endings {
		if e.stays {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			w := e.world(t)
			l, err := w.TakeCopy(bg, gp(), "", "pat-1")
			w.must(err)
			var over, stop atomic.Bool
			var reads, late atomic.Int64
			var wg sync.WaitGroup
			for r := range 8 {
				wg.Go(func() {
					for !stop.Load() {
						after := over.Load()
						var got bool
						switch r % 4 {
						case 0:
							_, err := w.content(gp(), "", docID("0"))
							got = err == nil
						case 1:
							_, err := w.list(gp(), "", "pat-1")
							got = err == nil
						case 2:
							got, _ = w.MayKeep(bg, gp(), l.ID)
						default:
							_, err := w.Document(bg, gp(), "", docID("0"))
							got = err == nil
						}
						reads.Add(1)
						if got && after {
							late.Add(1)
						}
					}
				})
			}
			more := func(n int64) {
				for before := reads.Load(); reads.Load() < before+n; {
					w.must(w.Ready(bg))
				}
			}
			more(40)
			e.ends(w)
			over.Store(true)
			more(80)
			stop.Store(true)
			wg.Wait()
			if late.Load() > 0 {
				t.Errorf("%d of %d reads succeeded after the right ended", late.Load(), reads.Load())
			}
			if _, err := w.TakeCopy(bg, gp(), "", "pat-1"); code(err) != fhir.NoConsent && code(err) != fhir.NoRecord && code(err) != fhir.Throttled {
				t.Errorf("a copy after the right ended: %v", err)
			}
		})
	}
}
