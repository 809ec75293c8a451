package lifecycle

import (
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Every state and event: where it leads, or that it does not happen.
func TestSteps(t *testing.T) {
	const refused = "refused"
	now := day("2026-04-20 12:00") // after the six weeks of the lives below
	for event, want := range map[string]map[string]string{
		Announce:   {"": record.LifePending},
		Object:     {},
		Withdraw:   {record.LifeOpposed: record.LifeOpened},
		NewCode:    {record.LifePending: record.LifePending, record.LifeOpened: record.LifeOpened, record.LifeActivated: record.LifeActivated},
		WrongCode:  {record.LifePending: record.LifePending, record.LifeOpened: record.LifeOpened, record.LifeActivated: record.LifeActivated},
		Activate:   {record.LifePending: record.LifeActivated, record.LifeOpened: record.LifeActivated, record.LifeActivated: record.LifeActivated},
		Open:       {record.LifePending: record.LifeOpened},
		Close:      {record.LifeOpened: record.LifeClosed, record.LifeActivated: record.LifeClosed},
		Reopen:     {record.LifeClosed: record.LifeOpened},
		Expire:     {},
		EraseAsked: {record.LifeClosed: record.LifeClosed, record.LifeOpposed: record.LifeOpposed},
		Erase:      {}, // not before it was asked for
		Carried:    {record.LifeActivated: record.LifeActivated},
		Sent: {
			record.LifePending: record.LifePending, record.LifeOpposed: record.LifeOpposed, record.LifeOpened: record.LifeOpened,
			record.LifeActivated: record.LifeActivated, record.LifeClosed: record.LifeClosed,
		},
		"nonsense": {},
	} {
		for _, state := range []string{
			"", record.LifePending, record.LifeOpposed, record.LifeOpened, record.LifeActivated, record.LifeClosed, record.LifeErased,
		} {
			l := record.Life{
				Patient: "p", State: state, ObjectUntil: day("2026-04-14 00:00"), CodeHash: record.HashCode("p", "K7QM-2XWD-9FTR"),
				CodeUntil: day("2026-05-01 00:00"), ArchiveEnd: day("2036-03-03 00:00"),
			}
			got := refused
			next, effect, err := Step(l, Event{Kind: event, Code: record.NewCode(), Letter: "x"}, now)
			if err == nil {
				got = next.State
				if effect.Detail != event || effect.Erase != (event == Erase || event == Expire) {
					t.Errorf("%s in %q: %+v", event, state, effect)
				}
			} else if fhir.CodeOf(err) != fhir.StateConflict {
				t.Errorf("%s in %q: %v", event, state, err)
			}
			expected, ok := want[state]
			if !ok {
				expected = refused
			}
			if got != expected {
				t.Errorf("%s in %q: %s, want %s", event, state, got, expected)
			}
		}
	}
}

// Once its deletion was asked for, a record is deleted, and nothing else; asked
// for twice, one letter tells of it.
func TestStepsOfWhatIsToBeDeleted(t *testing.T) {
	now := day("2026-04-20 12:00")
	for _, state := range []string{record.LifeClosed, record.LifeOpposed} {
		l, _, err := Step(record.Life{Patient: "p", State: state, ArchiveEnd: day("2026-04-01 00:00")}, Event{Kind: EraseAsked, Letter: "1"}, now)
		if err != nil || !l.Due.Equal(now) {
			t.Fatalf("%+v, %v", l, err)
		}
		for kind := range steps {
			next, effect, err := Step(l, Event{Kind: kind, Code: record.NewCode(), Letter: "2"}, now)
			switch kind {
			case EraseAsked, Sent:
				if err != nil || effect.Erase || len(next.Letters) != 1 || next.Letters[0].ID != "1" || !next.Due.Equal(now) {
					t.Errorf("%s: %+v, %v", kind, next, err)
				}
			case Erase:
				if err != nil || !effect.Erase {
					t.Errorf("%+v, %v", effect, err)
				}
			default:
				if fhir.CodeOf(err) != fhir.StateConflict {
					t.Errorf("%s: %v", kind, err)
				}
			}
		}
	}
}

// Every term, to the day: its last moment, and the first after it. Days are
// those of Paris, whatever the season.
func TestTermsToTheDay(t *testing.T) {
	const code = "K7QM-2XWD-9FTR"
	announced := func(at string) record.Life {
		l, _, err := Step(record.Life{Patient: "p"}, Event{Kind: Announce, Code: code, Letter: "1"}, day(at))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	closed := func(at string) record.Life {
		l, _, err := Step(record.Life{Patient: "p", State: record.LifeActivated, Activated: day(at)}, Event{Kind: Close, Letter: "1"}, day(at))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for name, c := range map[string]struct {
		life record.Life
		kind string
		in   string // the last moment within the term
		out  string // the first after it
		open bool   // it may happen within the term; otherwise after it
		code fhir.Code
	}{
		"objecting":                     {announced("2026-03-02 10:00"), Object, "2026-04-13 23:59", "2026-04-14 00:00", true, fhir.StateConflict},
		"objecting, announced at night": {announced("2026-03-02 23:59"), Object, "2026-04-13 23:59", "2026-04-14 00:00", true, fhir.StateConflict},
		"objecting, from summer on":     {announced("2026-09-20 00:00"), Object, "2026-11-01 23:59", "2026-11-02 00:00", true, fhir.StateConflict},
		"opening by itself":             {announced("2026-03-02 10:00"), Open, "2026-04-13 23:59", "2026-04-14 00:00", false, fhir.StateConflict},
		"a code":                        {announced("2026-03-02 10:00"), Activate, "2026-04-13 23:59", "2026-04-14 00:00", true, fhir.TokenExpired},
		"opening again":                 {closed("2026-03-02 10:00"), Reopen, "2036-03-02 23:59", "2036-03-03 00:00", true, fhir.StateConflict},
		"the end of the archive":        {closed("2026-03-02 10:00"), Expire, "2036-03-02 23:59", "2036-03-03 00:00", false, fhir.StateConflict},
		"closed on 29 February":         {closed("2028-02-29 10:00"), Expire, "2038-02-28 23:59", "2038-03-01 00:00", false, fhir.StateConflict},
		"closed on 31 December":         {closed("2026-12-31 23:30"), Expire, "2036-12-31 23:59", "2037-01-01 00:00", false, fhir.StateConflict},
	} {
		for _, at := range []struct {
			when   string
			within bool
		}{{c.in, true}, {c.out, false}} {
			_, _, err := Step(c.life, Event{Kind: c.kind, Letter: "2"}, day(at.when))
			if happens := at.within == c.open; happens != (err == nil) {
				t.Errorf("%s at %s: %v", name, at.when, err)
			} else if !happens && fhir.CodeOf(err) != c.code {
				t.Errorf("%s at %s: %v, want %s", name, at.when, err, c.code)
			}
		}
	}
}

// When something is due of itself.
func TestDue(t *testing.T) {
	l, _, err := Step(record.Life{Patient: "p"}, Event{Kind: Announce, Code: "K7QM-2XWD-9FTR", Letter: "1"}, day("2026-03-02 10:00"))
	if err != nil || !l.Due.Equal(day("2026-03-02 10:00")) {
		t.Fatalf("the letter: %v, %v", l.Due, err)
	}
	for _, c := range []struct {
		event Event
		at    string
		due   time.Time
	}{
		{Event{Kind: Sent, Letter: "1"}, "2026-03-02 10:01", day("2026-04-14 00:00")},
		{Event{Kind: Open}, "2026-04-14 00:00", time.Time{}},
		{Event{Kind: Close, Letter: "2"}, "2026-05-01 09:00", day("2026-05-01 09:00")},
		{Event{Kind: Sent, Letter: "2"}, "2026-05-01 09:00", day("2036-05-02 00:00")},
		{Event{Kind: Reopen, Letter: "3"}, "2026-06-01 09:00", day("2026-06-01 09:00")},
		{Event{Kind: Sent, Letter: "3"}, "2026-06-01 09:00", time.Time{}},
	} {
		if l, _, err = Step(l, c.event, day(c.at)); err != nil || !l.Due.Equal(c.due) {
			t.Errorf("%s: %v, %v, want %v", c.event.Kind, l.Due, err, c.due)
		}
	}
}

// A new code puts an end to the one before, also to one whose letter is not out
// yet; objecting and closing end it, too.
func TestOneCodeIsGood(t *testing.T) {
	now := day("2026-03-02 10:00")
	first, _, err := Step(record.Life{Patient: "p"}, Event{Kind: Announce, Code: "AAAA-AAAA-AAAA", Letter: "1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	first.CodeTries = maxTries
	if _, _, err := Step(first, Event{Kind: Activate}, now); fhir.CodeOf(err) != fhir.Throttled {
		t.Errorf("after too many wrong codes: %v", err)
	}
	second, _, err := Step(first, Event{Kind: NewCode, Code: "BBBB-BBBB-BBBB", Letter: "2"}, now)
	if err != nil || second.CodeTries != 0 || len(second.Letters) != 1 || second.Letters[0].Code != "BBBB-BBBB-BBBB" {
		t.Errorf("%+v, %v", second, err)
	}
	if len(first.Letters) != 1 || first.Letters[0].ID != "1" {
		t.Error("a step changed the life that it was given")
	}
	for _, kind := range []string{Object, Activate} {
		l, _, err := Step(second, Event{Kind: kind, Letter: "3"}, now)
		if err != nil || len(l.CodeHash) != 0 {
			t.Errorf("%s: %v, %v", kind, l.CodeHash, err)
		}
		for _, x := range l.Letters {
			if x.Code != "" {
				t.Errorf("%s: a code is on its way", kind)
			}
		}
	}
}
