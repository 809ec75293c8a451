package ui

import (
	"testing"
	"time"

	"carnet/client/fhir"
)

func TestLink(t *testing.T) {
	at := time.Date(2026, 11, 21, 11, 40, 0, 0, time.UTC)
	ping := func(code fhir.Code, took time.Duration) outcome {
		return outcome{code: code, took: took, at: at, ping: true}
	}
	page := func(code fhir.Code) outcome { return outcome{code: code, took: time.Second, at: at} }
	rows := []struct {
		name string
		from Link
		what outcome
		want Link
	}{
		{"the first answer", Unknown, ping("", 0), Online},
		{"a slow answer to a light question", Online, ping("", 2*time.Second), Slow},
		{"a page's answer does not undo slow", Slow, page(""), Slow},
		{"a quick answer does", Slow, ping("", 0), Online},
		{"no answer", Online, ping(fhir.Offline, 0), Offline},
		{"no answer to a page", Online, page(fhir.Offline), Offline},
		{"back", Offline, ping("", 0), Online},
		{"a refusal is an answer", Offline, page(fhir.NoConsent), Online},
		{"in trouble", Online, page(fhir.Unavailable), Trouble},
		{"a fault there", Online, page(fhir.Internal), Trouble},
		{"expired", Online, page(fhir.TokenExpired), Expired},
		{"a question without sign-in does not end expired", Expired, ping("", 0), Expired},
		{"an answer to a page does", Expired, page(""), Online},
		{"giving up tells nothing", Offline, page(fhir.Canceled), Offline},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := (link{state: row.from}).after(row.what); got.state != row.want {
				t.Errorf("%d, want %d", got.state, row.want)
			}
		})
	}
}

func TestLinkKeepsSinceAndCounts(t *testing.T) {
	at := time.Date(2026, 11, 21, 11, 40, 0, 0, time.UTC)
	l := link{state: Online}
	for i := range 3 {
		l = l.after(outcome{code: fhir.Offline, at: at.Add(time.Duration(i) * time.Minute), ping: true})
	}
	if !l.since.Equal(at) || l.failures != 3 {
		t.Errorf("since %s, %d failures", l.since, l.failures)
	}
	if l = l.after(outcome{at: at}); l.failures != 0 {
		t.Error("an answer does not end the count")
	}
}

func TestWaitGrowsAndSpreads(t *testing.T) {
	last := time.Duration(0)
	for failures := 1; failures < 12; failures++ {
		l := link{state: Offline, failures: failures}
		low, high := l.wait(0), l.wait(0.999)
		if low < last/2 || high > lastRetry || low >= high {
			t.Errorf("after %d failures between %s and %s", failures, low, high)
		}
		last = high
	}
	if w := (link{state: Offline, failures: 1}).wait(0); w > firstRetry {
		t.Errorf("the first retry waits %s", w)
	}
	if w := (link{state: Online}).wait(0.5); w < calm/2 || w > calm*2 {
		t.Errorf("a calm wait of %s", w)
	}
}

func TestAServerThatKeepsOneWaitingIsCalledSlowThenInTrouble(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from    Link
		longest time.Duration
		want    Link
	}{
		{Online, 0, Online},
		{Online, 2 * time.Second, Online},
		{Online, 3 * time.Second, Slow},
		{Slow, 3 * time.Second, Slow},
		{Slow, 7 * time.Second, Trouble},
		{Online, 7 * time.Second, Trouble},
		{Offline, 7 * time.Second, Offline},
		{Expired, 7 * time.Second, Expired},
		{Unknown, 7 * time.Second, Unknown},
	} {
		if got := (link{state: c.from}).waiting(c.longest, now).state; got != c.want {
			t.Errorf("state %d after %v of waiting: %d, want %d", c.from, c.longest, got, c.want)
		}
	}
}
