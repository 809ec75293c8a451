package summary

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Phase is what the page shows.
type Phase int

// The phases.
const (
	Loading   Phase = iota // nothing yet
	Shown                  // the picture, also of an empty profile
	Forbidden              // this reader may not read the profile
	Failed                 // no answer, and nothing to show
)

// Section is a part of the picture.
type Section int

// The sections, in the order of the page: those of the left column, then those of
// the right.
const (
	Allergies Section = iota
	Warnings
	Treatments
	Conditions
	Family
	Due
	Vaccines
	Measures
	Documents
	Team
)

// left tells the sections of the left column.
func (s Section) left() bool { return s < Due }

// RowKind is what a row shows.
type RowKind int

// The kinds of rows.
const (
	Heading RowKind = iota
	ItemRow
	WarningRow
	UnverifiedRow
	DueRow
	MeasureRow
	DocumentRow
	MemberRow
	NoneRow // says that nothing is recorded
	FoldRow // unfolds, or folds, what is past
	TroubleRow
	LimitRow // says what a section does not look at
)

// Row is one line of a column.
type Row struct {
	Kind    RowKind
	Section Section
	Count   int  // of a heading or fold: how many things
	Open    bool // of a fold: it is unfolded
	Own     bool // of an item: this reader wrote it
	Waits   bool // of an item: it is still to be sent, as it is

	Item       client.Item
	Warning    advice.Warning
	Unverified advice.Unverified
	Due        advice.Vaccination
	Reading    string // of a measure: its value in words
	Document   client.Document
	Member     client.CareMember
}

// Known is all that the picture is made of.
type Known struct {
	Tables    advice.Tables // of warnings and vaccinations; zero: the embedded ones
	Patient   client.Patient
	Me        string // national id of this reader
	Items     []client.Item
	Waiting   []string          // ids of those that are still to be sent, as they are here
	Documents []client.Document // newest act first
	Team      []client.CareMember
	TeamErr   error
	Unfolded  map[Section]bool
	Language  string
	Now       time.Time
}

// Picture is the page without its looks.
type Picture struct {
	Left, Right []Row
	Allergic    []string // the names of live allergies, for the band of identity
	Edition     string   // of the interactions
}

// How much of a section is on the page; the rest stands in its own tab, or under a
// fold.
const (
	mostMeasures  = 8
	mostDocuments = 8
	mostVaccines  = 6
)

// Build makes the picture. It is pure and may take a while for a long profile: call
// it off the UI goroutine.
func Build(k Known) Picture {
	b := builder{Known: k, by: map[string][]client.Item{}}
	for _, i := range k.Items {
		if i.Status != "entered-in-error" {
			b.by[i.Resource] = append(b.by[i.Resource], i)
		}
	}
	b.Tables = b.Tables.InForce()
	p := Picture{Edition: b.Tables.Thesaurus.Edition}
	allergies := b.split("AllergyIntolerance", advice.Live)
	for _, i := range allergies.now {
		p.Allergic = append(p.Allergic, nameOf(i))
	}
	treatments := b.split("MedicationStatement", func(i client.Item) bool { return advice.Current(i, k.Now) })
	b.items(Allergies, allergies)
	b.warnings(allergies.now, treatments.now)
	b.items(Treatments, treatments)
	b.items(Conditions, b.split("Condition", advice.Live))
	b.items(Family, b.split("FamilyMemberHistory", func(client.Item) bool { return true }))
	b.due()
	b.vaccines()
	b.measures()
	b.documents()
	b.team()
	p.Left, p.Right = b.left, b.right
	return p
}

// builder puts rows into the columns.
type builder struct {
	Known
	by          map[string][]client.Item
	left, right []Row
}

func (b *builder) add(r Row) {
	if r.Section.left() {
		b.left = append(b.left, r)
	} else {
		b.right = append(b.right, r)
	}
}

func (b *builder) head(s Section, count int) { b.add(Row{Kind: Heading, Section: s, Count: count}) }

// halves are the items of a section that hold now, and those that are past.
type halves struct{ now, past []client.Item }

// split puts the items of a type in order, the latest first.
func (b *builder) split(resource string, holds func(client.Item) bool) halves {
	var h halves
	for _, i := range b.by[resource] {
		if holds(i) {
			h.now = append(h.now, i)
		} else {
			h.past = append(h.past, i)
		}
	}
	for _, all := range [][]client.Item{h.now, h.past} {
		slices.SortStableFunc(all, func(x, y client.Item) int {
			return cmp.Or(cmp.Compare(weight(y), weight(x)), cmp.Compare(y.Start, x.Start), cmp.Compare(terminology.Fold(nameOf(x)), terminology.Fold(nameOf(y))))
		})
	}
	return h
}

// weight puts grave allergies first.
func weight(i client.Item) int {
	if i.Resource == "AllergyIntolerance" && i.Criticality == "high" {
		return 1
	}
	return 0
}

// items writes a section: what holds, then the fold of what is past.
func (b *builder) items(s Section, h halves) {
	b.head(s, len(h.now))
	if len(h.now) == 0 {
		b.add(Row{Kind: NoneRow, Section: s})
	}
	for _, i := range h.now {
		b.add(b.item(s, i))
	}
	b.fold(s, h.past)
}

func (b *builder) item(s Section, i client.Item) Row {
	return Row{Kind: ItemRow, Section: s, Item: i, Own: own(i, b.Me), Waits: b.waits(i)}
}

func (k Known) waits(i client.Item) bool { return client.ItemPage{Waiting: k.Waiting}.Waits(i) }

// own tells whether a reader wrote an item.
func own(i client.Item, me string) bool { return i.Author.ID != "" && i.Author.ID == me && !i.ByHolder }

func (b *builder) fold(s Section, past []client.Item) {
	if len(past) == 0 {
		return
	}
	open := b.Unfolded[s]
	b.add(Row{Kind: FoldRow, Section: s, Count: len(past), Open: open})
	if open {
		for _, i := range past {
			b.add(b.item(s, i))
		}
	}
}

// warnings writes what the tables say of allergies and current treatments.
func (b *builder) warnings(allergies, treatments []client.Item) {
	r := Advise(b.Tables, allergies, treatments)
	b.head(Warnings, len(r.Warnings))
	if len(treatments) == 0 || len(r.Warnings)+len(r.Unverified) == 0 {
		b.add(Row{Kind: NoneRow, Section: Warnings, Count: len(treatments)})
	}
	for _, w := range r.Warnings {
		b.add(Row{Kind: WarningRow, Section: Warnings, Warning: w})
	}
	for _, u := range r.Unverified {
		b.add(Row{Kind: UnverifiedRow, Section: Warnings, Unverified: u})
	}
}

// Advise asks the tables about live allergies and current treatments: indexes are
// those of the two lists.
func Advise(tables advice.Tables, allergies, treatments []client.Item) advice.Report {
	if len(treatments) == 0 {
		return advice.Report{}
	}
	names := make([]string, len(treatments))
	for i, t := range treatments {
		names[i] = advice.TreatmentOf(t)
	}
	against := make([]advice.Allergy, len(allergies))
	for i, a := range allergies {
		against[i] = advice.AllergyOf(a)
	}
	th := tables.InForce().Thesaurus
	return advice.Join(th.Allergies(against, names), th.Check(names), th.Duplicates(names))
}

// due writes the vaccinations that the calendar expects.
func (b *builder) due() {
	all, unverified := b.Tables.Calendar.Due(b.Patient.BirthDate, b.by["Immunization"], b.Now)
	open := slices.DeleteFunc(slices.Clone(all), func(v advice.Vaccination) bool { return v.State == advice.DueDone })
	b.head(Due, len(open))
	for _, v := range open {
		b.add(Row{Kind: DueRow, Section: Due, Due: v})
	}
	for _, u := range unverified {
		if u.Index < 0 {
			b.add(Row{Kind: UnverifiedRow, Section: Due, Unverified: u})
		}
	}
	if len(open) == 0 && len(unverified) == 0 {
		b.add(Row{Kind: NoneRow, Section: Due})
	}
	b.add(Row{Kind: LimitRow, Section: Due})
}

// vaccines writes the injections that are recorded, the latest first.
func (b *builder) vaccines() {
	h := b.split("Immunization", func(i client.Item) bool { return i.Status != "not-done" })
	if len(h.now) > mostVaccines {
		h.past = append(slices.Clone(h.now[mostVaccines:]), h.past...)
		h.now = h.now[:mostVaccines]
	}
	b.items(Vaccines, h)
}

// measures writes the newest value of each kind of measure.
func (b *builder) measures() {
	newest := map[string]client.Item{}
	var order []string
	for _, i := range b.by["Observation"] {
		k := cmp.Or(i.Code.Code, terminology.Fold(i.Text))
		had, ok := newest[k]
		if !ok {
			order = append(order, k)
		}
		if !ok || fhir.ParseTime(i.Start).After(fhir.ParseTime(had.Start)) {
			newest[k] = i
		}
	}
	slices.SortStableFunc(order, func(x, y string) int {
		return fhir.ParseTime(newest[y].Start).Compare(fhir.ParseTime(newest[x].Start))
	})
	b.head(Measures, len(order))
	if len(order) == 0 {
		b.add(Row{Kind: NoneRow, Section: Measures})
	}
	for _, k := range order[:min(len(order), mostMeasures)] {
		b.add(Row{Kind: MeasureRow, Section: Measures, Item: newest[k], Waits: b.waits(newest[k]), Reading: readingOf(newest[k], b.Language)})
	}
}

// readingOf says a measure's value, as it was entered.
func readingOf(i client.Item, language string) string {
	if len(i.Parts) == 0 && i.Value == "" {
		return i.Note
	}
	written := []terminology.WrittenValue{{Code: i.Code.Code, Value: i.Value, Unit: i.Unit}}
	if len(i.Parts) > 0 {
		written = written[:0]
		for _, p := range i.Parts {
			written = append(written, terminology.WrittenValue{Code: p.Code.Code, Value: p.Value, Unit: p.Unit})
		}
	}
	m, _, known := terminology.MeasureByCode(i.Code.Code)
	var values []string
	unit := ""
	for _, w := range written {
		values = append(values, terminology.SayDecimal(w.Value, language))
		unit = w.Unit
	}
	if u, ok := m.Unit(unit); known && ok {
		unit = u.Name(language)
	}
	return strings.TrimSpace(strings.Join(values, "/") + "\u00a0" + unit)
}

func (b *builder) documents() {
	b.head(Documents, len(b.Documents))
	if len(b.Documents) == 0 {
		b.add(Row{Kind: NoneRow, Section: Documents})
	}
	for _, d := range b.Documents[:min(len(b.Documents), mostDocuments)] {
		b.add(Row{Kind: DocumentRow, Section: Documents, Document: d})
	}
}

func (b *builder) team() {
	b.head(Team, len(b.Team))
	if b.TeamErr != nil {
		b.add(Row{Kind: TroubleRow, Section: Team})
		return
	}
	if len(b.Team) == 0 {
		b.add(Row{Kind: NoneRow, Section: Team})
	}
	for _, m := range b.Team {
		b.add(Row{Kind: MemberRow, Section: Team, Member: m})
	}
}

// nameOf says what an item is of.
func nameOf(i client.Item) string {
	if t := strings.TrimSpace(i.Text); t != "" {
		return t
	}
	if i.Code.Display != "" {
		return i.Code.Display
	}
	for _, s := range i.Substances {
		if s.Display != "" {
			return s.Display
		}
	}
	return i.Code.Code
}
