package widget

import (
	"strings"
	"testing"
	"time"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 11, 40, 0, 0, time.UTC) }

func TestFormats(t *testing.T) {
	now := day(2026, time.November, 21)
	for _, row := range []struct{ name, got, want string }{
		{"date", FormatDate(now), "21 nov. 2026"},
		{"no date", FormatDate(time.Time{}), ""},
		{"day of this year", FormatDay(day(2026, time.August, 4), now), "4 août"},
		{"day of another", FormatDay(day(2025, time.August, 4), now), "4 août 2025"},
		{"time", FormatTime(now), "11 h 40"},
		{"minutes have two figures", FormatTime(now.Add(-35 * time.Minute)), "11 h 05"},
		{"date and time", FormatDateTime(now), "21 nov. 2026, 11 h 40"},
		{"typed", FormatTypedDate(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)), "01/02/2026"},
		{"typed, none", FormatTypedDate(time.Time{}), ""},
		{"birth", FormatBirth("1979-03-28"), "28/03/1979"},
		{"birth, month", FormatBirth("1979-03"), "03/1979"},
		{"birth, year", FormatBirth("1979"), "1979"},
		{"age", Age("1979-03-28", now), "47 ans"},
		{"age on the birthday", Age("2019-11-21", now), "7 ans"},
		{"age the day before", Age("2019-11-22", now), "6 ans"},
		{"a small child", Age("2025-10-22", now), "12 mois"},
		{"a baby", Age("2026-08-21", now), "3 mois"},
		{"a newborn", Age("2026-11-20", now), "1 jour"},
		{"born today", Age("2026-11-21", now), "0 jour"},
		{"born in a year", Age("1979", now), "47 ans"},
		{"not born yet", Age("2027-01-01", now), ""},
		{"no birth date", Age("", now), ""},
		{"INS", FormatINS("279035121518989"), "2 79 03 51 215 189 89"},
		{"INS of another length", FormatINS("2790"), "2790"},
		{"name", FormatName("Martin", "", "LÉA"), "MARTIN Léa"},
		{"used name", FormatName("MARTIN", "DUBOIS", "Léa"), "DUBOIS Léa"},
		{"compound name", FormatName("MARTIN", "", "MARIE-LOUISE"), "MARTIN Marie-Louise"},
		{"born", FormatBirthName("martin", []string{"LÉA", "MARIE"}, "female"), "née MARTIN Léa Marie"},
		{"number", FormatNumber(1500), "1 500"},
		{"large number", FormatNumber(1234567), "1 234 567"},
		{"negative number", FormatNumber(-100), "-100"},
		{"bytes", FormatSize(340_400), "340 ko"},
		{"megabytes", FormatSize(1_240_000), "1,2 Mo"},
		{"none", Plural(0, "%d document", "%d documents"), "0 document"},
		{"one", Plural(1, "%d document", "%d documents"), "1 document"},
		{"many", Plural(2500, "%d document", "%d documents"), "2 500 documents"},
	} {
		if strings.ReplaceAll(row.got, Nbsp, " ") != row.want {
			t.Errorf("%s: %q, want %q", row.name, row.got, row.want)
		}
	}
}

func TestDatesDoNotBreak(t *testing.T) {
	if s := FormatDate(day(2026, time.May, 1)) + FormatINS("279035121518989"); strings.Contains(s, " ") {
		t.Errorf("%q has a space at which a line may break", s)
	}
}

// TestFormatUntil: an hour for what ends with the day, a day for what ends later.
func TestFormatUntil(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 22, 10, 30, 0, 0, paris)
	for want, end := range map[string]time.Time{
		"": {},
		"jusqu’à 14" + Nbsp + "h" + Nbsp + "30":        now.Add(4 * time.Hour).UTC(),
		"jusqu’à 23" + Nbsp + "h" + Nbsp + "59":        time.Date(2026, 11, 22, 23, 59, 59, 0, paris),
		"jusqu’au 23" + Nbsp + "nov.":                  now.Add(24 * time.Hour),
		"jusqu’au 21" + Nbsp + "févr." + Nbsp + "2027": time.Date(2027, 2, 21, 23, 59, 59, 0, paris),
		"jusqu’au 21" + Nbsp + "nov.":                  now.AddDate(0, 0, -1), // it is over, and not at an hour of today
	} {
		if got := FormatUntil(end, now); got != want {
			t.Errorf("%v: %q, want %q", end, got, want)
		}
	}
	late := time.Date(2026, 11, 22, 22, 0, 0, 0, paris)
	if got := FormatUntil(late.Add(4*time.Hour), late); got != "jusqu’à 2"+Nbsp+"h"+Nbsp+"00" {
		t.Errorf("over midnight: %q", got)
	}
}
