package cache

import (
	"context"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// What stays on the screen while no server answers, and until when.
func TestWhenARecordLeavesTheScreen(t *testing.T) {
	now := time.Date(2026, time.November, 22, 23, 59, 0, 0, time.UTC)
	midnight, past := now.Add(time.Minute), now
	from := func(a client.Access) client.Access { a.Session = sessionPrefix + "1"; return a }
	copied := func(until time.Time) standing { return standing{now, true, true, until} }
	alone := standing{now: now, known: true}
	for name, c := range map[string]struct {
		a    client.Access
		s    standing
		want string
	}{
		"a copy that runs":                           {from(client.Access{}), copied(midnight), ""},
		"a copy that ended":                          {from(client.Access{}), copied(past), fhir.ReasonSession},
		"a copy that is gone":                        {from(client.Access{}), alone, fhir.ReasonSession},
		"a copy, and a clock that went back":         {from(client.Access{}), standing{now: now, copied: true, until: midnight}, fhir.ReasonSession},
		"a copy whose consent ended":                 {from(client.Access{Until: past}), copied(midnight), fhir.ReasonConsent},
		"a copy whose consent ends at midnight":      {from(client.Access{Until: midnight}), copied(midnight), ""},
		"opened online, with a copy that runs":       {client.Access{Session: "s", End: past}, copied(midnight), ""},
		"opened online, with a copy that ended":      {client.Access{Session: "s", End: midnight}, copied(past), fhir.ReasonSession},
		"opened online, without a copy":              {client.Access{Session: "s", End: midnight}, alone, ""},
		"opened online, the session over":            {client.Access{Session: "s", End: past}, alone, fhir.ReasonSession},
		"opened online, the consent over":            {client.Access{Session: "s", End: midnight, Until: past}, copied(midnight), fhir.ReasonConsent},
		"an emergency in its time":                   {client.Access{Session: "s", Mode: fhir.ModeBreakGlass, End: midnight}, copied(past), ""},
		"an emergency after its time":                {client.Access{Session: "s", Mode: fhir.ModeCentre15, End: past}, copied(midnight), fhir.ReasonSession},
		"an emergency of which nobody said the time": {client.Access{Session: "s", Mode: fhir.ModeBreakGlass}, alone, ""},
	} {
		if got := over(c.a, c.s); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Who watches a record that was opened from its copy, or online before the network
// dropped, is told when its lease ends, and not before.
func TestTheLeaseEndsUnderARecordOnTheScreen(t *testing.T) {
	ctx := context.Background()
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(lea)
	online, err := b.Cache.Open(ctx, lea, client.OpenRequest{})
	ok(t, "open online", err)
	b.offline(true)
	fromCopy, err := b.Cache.Open(ctx, lea, client.OpenRequest{})
	ok(t, "open the copy", err)
	watch := func(a client.Access) (told []client.AccessEvent, code fhir.Code) {
		err := b.Watch(ctx, a, func(e client.AccessEvent) { told = append(told, e) })
		return told, fhir.CodeOf(err)
	}
	for _, a := range []client.Access{online, fromCopy} {
		if told, code := watch(a); len(told) != 0 || code != fhir.Offline {
			t.Errorf("before the end: %+v, %s", told, code)
		}
	}
	b.clock.move(72 * time.Hour)
	for _, a := range []client.Access{online, fromCopy} {
		told, code := watch(a)
		if len(told) != 1 || told[0].Kind != fhir.EventClosed || told[0].Access.Session != a.Session || told[0].Reason != fhir.ReasonSession || code != fhir.Forbidden {
			t.Errorf("at the end: %+v, %s", told, code)
		}
	}
}
