package demo

import (
	"context"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// The visits of the days before are in the histories and notices of those whom
// they were paid to, on their days, in the order of time, and contestable where
// they were emergencies.
func TestTheVisitsOfTheDaysBefore(t *testing.T) {
	clock := NewClock(today)
	clock.past.Store(scenes[0].at(today()).Add(-time.Hour).UnixMilli())
	s := stage(t, clock.Now)
	if err := playAll(t.Context(), s, clock, today()); err != nil {
		t.Fatal(err)
	}
	if !clock.Now().Equal(today()) {
		t.Errorf("afterwards it is %s", clock.Now())
	}
	for person, want := range map[string][]struct {
		who, mode string
		days      int
		reads     int
	}{
		richest: {{"nurse", fhir.ModeNormal, 2, 1}, {"pharmacist", fhir.ModeNormal, 6, 1}, {"gp", fhir.ModeNormal, 20, 2}},
		"p015":  {{"emergency", fhir.ModeBreakGlass, 1, 1}}, // whose only one the stage has
	} {
		c := record.Citizen{ID: person, Name: "x", Session: "s", RequestID: "r"}
		found, err := s.History(t.Context(), c, person, record.HistoryQuery{Only: "reads", Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var got []record.Visit
		for _, v := range found.Visits {
			if v.Role == "professional" {
				got = append(got, v)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d visits: %+v", person, len(got), got)
		}
		for i, v := range got {
			day := today().AddDate(0, 0, -want[i].days).Format("2006-01-02")
			if v.Who.ID != cast[want[i].who].id || v.Mode != want[i].mode || v.Start.UTC().Format("2006-01-02") != day || reads(v) != want[i].reads || (v.Reason == "") != (v.Mode == fhir.ModeNormal) {
				t.Errorf("%s: visit %d is %+v", person, i, v)
			}
		}
	}
	told := map[string]string{richest: "first-access", "p015": "emergency"}
	for person, kind := range told {
		all, err := s.Notices(context.Background(), record.Citizen{ID: person, Name: "x", Session: "s", RequestID: "r"}, person, 50)
		if err != nil || len(all) == 0 || all[0].Kind != kind || (all[0].Act == 0) != (kind != "emergency") {
			t.Errorf("%s is told %+v, %v", person, all, err)
		}
	}
}

// reads counts the documents shown in a visit; those that wait are none.
func reads(v record.Visit) int {
	n := 0
	for _, a := range v.Acts {
		if a.Kind == fhir.KindRead && !a.Waiting && a.Title != "" {
			n++
		}
	}
	return n
}
