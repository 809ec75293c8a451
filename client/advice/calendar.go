package advice

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"carnet/client/fhir"
)

// CalendarEdition is the edition of the embedded calendar of vaccinations.
const CalendarEdition = "2025"

// calendarSource is how it is cited.
const calendarSource = "Calendrier des vaccinations, ministère chargé de la santé"

// Calendar is the simple part of a calendar of vaccinations: doses by age. It
// never changes once it is made.
type Calendar struct {
	// Edition is the year of the calendar.
	Edition string

	series []series
}

// series is the doses of one vaccine that belong together.
type series struct {
	vaccine, name string
	doses         []dose
}

// dose is one line of the calendar.
type dose struct {
	number               int
	due, late, until     age // due from, late from, no longer expected from
	countFrom, countTo   age // an injection at this age counts for the series
	interval             int // months after the dose before
	bornFrom, bornTo     string
	season               season
	basis, citationTitle string
}

// age is a number of months.
type age int

// at gives the day at which somebody of this birth date reaches an age.
func (a age) at(birth time.Time) time.Time { return addMonths(birth, int(a)) }

// addMonths keeps to the month: the 31st plus a month is the month's last day.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// season is a part of the year, MM-DD to MM-DD, in which a yearly vaccination is
// given; zero for the others. It may span the new year.
type season struct{ from, to string }

// CurrentCalendar gives the embedded edition. It is shared and never changes.
func CurrentCalendar() *Calendar { return currentCalendar() }

var currentCalendar = sync.OnceValue(func() *Calendar {
	c, err := LoadCalendar(CalendarEdition, openTable("calendar_2025.csv"))
	if err != nil {
		panic("advice: embedded calendar: " + err.Error())
	}
	return c
})

// calendarHeading names the columns of a calendar.
var calendarHeading = []string{
	"vaccine", "series", "dose", "due", "late", "until", "counts_from", "counts_to", "interval",
	"born_from", "born_to", "season", "basis", "citation",
}

// LoadCalendar reads a newer calendar that an administrator gives: its year and a
// table of the columns of data/calendar_2025.csv, by vaccine and series. Ages are
// written 2m or 25y. It is refused whole when one line is wrong. Errors: as Load.
func LoadCalendar(year string, in io.Reader) (*Calendar, error) {
	if n, err := strconv.Atoi(year); err != nil || n < 2000 || n > 2100 {
		return nil, fhir.E(fhir.BadValue, "L’édition du calendrier est une année, par exemple 2025. Corrigez-la, puis recommencez.")
	}
	rows, err := readTable("calendrier", in, calendarHeading...)
	if err != nil {
		return nil, err
	}
	c, wrong := &Calendar{Edition: year}, &faults{name: "calendrier"}
	for _, r := range rows {
		d, why := doseOf(r.cells)
		if why == "" {
			why = c.add(r.cells[0], r.cells[1], d)
		}
		if why != "" {
			wrong.add(r.line, "%s", why)
		}
	}
	if len(rows) == 0 {
		wrong.add(1, "aucune vaccination.")
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// add puts a dose into its series: the doses of one series and cohort follow each
// other from 1.
func (c *Calendar) add(vaccine, name string, d dose) (why string) {
	if vaccines()[vaccine] == nil {
		return "ce vaccin n’est pas connu."
	}
	i := slices.IndexFunc(c.series, func(s series) bool {
		return s.vaccine == vaccine && s.name == name && s.doses[0].bornFrom == d.bornFrom && s.doses[0].bornTo == d.bornTo
	})
	if i < 0 {
		i = len(c.series)
		c.series = append(c.series, series{vaccine: vaccine, name: name})
	}
	if d.number != len(c.series[i].doses)+1 {
		if len(c.series[i].doses) == 0 {
			c.series = c.series[:i]
		}
		return "les doses d’une série se suivent à partir de 1."
	}
	c.series[i].doses = append(c.series[i].doses, d)
	return ""
}

var (
	agePattern    = regexp.MustCompile(`^(\d{1,4})([my])$`)
	seasonPattern = regexp.MustCompile(`^(\d\d-\d\d):(\d\d-\d\d)$`)
)

func doseOf(cells []string) (d dose, why string) {
	d = dose{bornFrom: cells[9], bornTo: cells[10], basis: cells[12], citationTitle: cells[13]}
	var err error
	if d.number, err = strconv.Atoi(cells[2]); err != nil || d.number < 1 || d.number > 9 {
		return d, "la dose est un nombre de 1 à 9."
	}
	ages := make([]age, 6)
	for i, s := range cells[3:9] {
		m := agePattern.FindStringSubmatch(s)
		if m == nil {
			return d, "un âge s’écrit 2m ou 25y."
		}
		n, _ := strconv.Atoi(m[1])
		if m[2] == "y" {
			n *= 12
		}
		if n > 150*12 {
			return d, "un âge dépasse 150 ans."
		}
		ages[i] = age(n)
	}
	d.due, d.late, d.until, d.countFrom, d.countTo, d.interval = ages[0], ages[1], ages[2], ages[3], ages[4], int(ages[5])
	if d.late < d.due || d.until <= d.due || d.countTo <= d.countFrom {
		return d, "les âges ne se suivent pas."
	}
	for _, day := range []string{d.bornFrom, d.bornTo} {
		if day != "" && dayOf(day) != day {
			return d, "une date de naissance s’écrit AAAA-MM-JJ."
		}
	}
	if cells[11] != "" {
		m := seasonPattern.FindStringSubmatch(cells[11])
		if m == nil || dayOf("2024-"+m[1]) == "" || dayOf("2024-"+m[2]) == "" {
			return d, "une saison s’écrit MM-JJ:MM-JJ."
		}
		d.season = season{m[1], m[2]}
	}
	if _, known := basisWords[d.basis]; !known || d.citationTitle == "" {
		return d, "le fondement est obligatoire ou recommandée, et la citation ne manque pas."
	}
	return d, ""
}

// vaccine is how the injections of one vaccine are recognised.
type vaccine struct {
	fr, en string
	codes  []string // ATC: the code or what begins with it
	words  []string // keys
	// broader is the vaccine of which it is a kind: what is recorded of that is
	// told as the last injection, and does not count as a dose.
	broader string
}

var vaccines = sync.OnceValue(func() map[string]*vaccine {
	all := map[string]*vaccine{}
	for _, r := range mustRead("vaccines.csv", "vaccine", "match", "value") {
		v := all[r.cells[0]]
		if v == nil {
			v = &vaccine{}
			all[r.cells[0]] = v
		}
		switch r.cells[1] {
		case "label":
			v.fr, v.en, _ = strings.Cut(r.cells[2], "|")
		case "code":
			v.codes = append(v.codes, r.cells[2])
		case "word":
			v.words = append(v.words, key(r.cells[2]))
		case "broader":
			v.broader = r.cells[2]
		default:
			panic("advice: embedded vaccines.csv: match " + r.cells[1])
		}
	}
	return all
})

// is tells whether an injection is of this vaccine: by its code, or by words that
// stand in its name.
func (v *vaccine) is(i fhir.Item) bool {
	if i.Code.Code != "" && slices.ContainsFunc(v.codes, func(c string) bool { return strings.HasPrefix(i.Code.Code, c) }) {
		return true
	}
	for _, s := range []string{i.Code.Display, i.Text} {
		k := " " + key(s) + " "
		if slices.ContainsFunc(v.words, func(w string) bool { return strings.Contains(k, " "+w+" ") }) {
			return true
		}
	}
	return false
}

// injections gives the days of a vaccine's injections, oldest first, and whether
// one of them has no day. The same day twice is one injection.
func (v *vaccine) injections(recorded []fhir.Item) (days []time.Time, undated bool) {
	for _, i := range recorded {
		if i.Resource != "Immunization" || i.Status == "entered-in-error" || i.Status == "not-done" || !v.is(i) {
			continue
		}
		day := dayOf(i.Start)
		if day == "" {
			undated = true
			continue
		}
		t, _ := time.Parse(time.DateOnly, day)
		days = append(days, t)
	}
	slices.SortFunc(days, time.Time.Compare)
	return slices.CompactFunc(days, time.Time.Equal), undated
}
