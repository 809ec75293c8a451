package demo

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// document is one document of the demonstration: what is filed, and how its
// bytes are made when they are needed.
type document struct {
	seed record.DocumentSeed // without Data
	draw func() ([]byte, error)
}

// world is the whole demonstration as plain data, before anything is drawn.
type world struct {
	today   time.Time // start of the day
	people  []person
	rel     relations
	docs    []document
	letters []letter
}

// howMany documents a person has, by profile: a least number and a spread.
var howMany = map[string][2]int{
	"child": {14, 9}, "adult": {17, 10}, "woman": {16, 9}, "mother": {23, 9}, "senior": {26, 12}, "diabetic": {28, 13},
}

// Persons with a part of their own.
const (
	richest    = "p001" // Hélène LEFÈBVRE
	richestHas = 214
	longest    = "p008" // Joaquim D'ALMEIDA
)

// rarely are the types that one person has once or twice.
var rarely = map[string]int{
	"15508-5": 1, "34794-8": 1, "EXPPAT_3": 1, "PROT_ALD": 2, "11369-6": 2, "60591-5": 3, "34874-8": 2,
	"77436-4": 2, "86531-1": 2, "18776-5": 2, "34749-2": 2,
}

// newWorld plans the demonstration of a day. It is the same for the same day.
func newWorld(now time.Time) (*world, error) {
	y, m, d := now.Date()
	w := &world{today: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	var err error
	if w.people, err = readPeople(); err != nil {
		return nil, err
	}
	if w.letters, err = readLetters(); err != nil {
		return nil, err
	}
	if w.rel, err = readRules(w.people, w.today); err != nil {
		return nil, err
	}
	for i, p := range w.people {
		if w.rel.hasDocuments(p) {
			w.plan(i, p)
		}
	}
	// A document that replaces another comes after it.
	slices.SortStableFunc(w.docs, func(a, b document) int { return a.seed.FiledAt.Compare(b.seed.FiledAt) })
	return w, nil
}

// source gives the random numbers of one document: the demonstration's only
// chance, the same at every start.
func source(person, document int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(person)<<20|uint64(document), 2026))
}

// plan gives one person their documents, the special ones first.
func (w *world) plan(i int, p person) {
	before := len(w.docs)
	w.specials(i, p)
	rnd := source(i, 0)
	n := howMany[p.profile][0] + rnd.IntN(howMany[p.profile][1])
	years := 6.0
	if p.seed.ID == richest {
		n, years = richestHas, 9
	}
	n -= len(w.docs) - before
	had := map[string]int{}
	for j := range n {
		// From long ago to yesterday, at even steps with some play.
		step := (float64(j) + rnd.Float64()) / float64(n)
		day := w.today.AddDate(0, 0, -1-int((1-step)*365*years))
		if day.Before(p.born.AddDate(0, 2, 0)) {
			day = p.born.AddDate(0, 2, j).UTC()
		}
		l, ok := w.choose(rnd, p, day, had)
		if !ok {
			continue
		}
		had[l.typ]++
		w.add(w.letterDoc(i, j+1, p, l, day))
	}
}

// choose draws a model by weight among those that suit.
func (w *world) choose(rnd *rand.Rand, p person, day time.Time, had map[string]int) (letter, bool) {
	total := 0
	var fit []letter
	for _, l := range w.letters {
		if most, ok := rarely[l.typ]; ok && had[l.typ] >= most {
			continue
		}
		if l.suits(p, day) {
			fit = append(fit, l)
			total += l.weight
		}
	}
	if total == 0 {
		return letter{}, false
	}
	n := rnd.IntN(total)
	for _, l := range fit {
		if n -= l.weight; n < 0 {
			return l, true
		}
	}
	return letter{}, false
}

func (w *world) add(d document) { w.docs = append(w.docs, d) }

// letterDoc is a document made of a model.
func (w *world) letterDoc(i, j int, p person, l letter, day time.Time) document {
	rnd := source(i, j)
	who := cast[l.authors[rnd.IntN(len(l.authors))]]
	hour := time.Duration(8+rnd.IntN(10))*time.Hour + time.Duration(rnd.IntN(60))*time.Minute
	fill := newFiller(rnd, p, day)
	title := fill.text(l.title)
	claim := rnd.IntN(10) < 1
	d := w.base(p, who, l.typ, title, day.Add(hour))
	d.seed.UniqueID = uniqueID(i, j)
	d.draw = func() ([]byte, error) {
		s := newSheet(paper{title: title, author: who, org: orgs[who.where], day: day, pdfA: claim, embed: claim || needsEmbedding(p.display())})
		s.patient(p, day)
		s.title(title, "Acte du "+frenchDate(day))
		body := newFiller(source(i, j+1<<16), p, day)
		body.chosen = maps.Clone(fill.chosen) // a title's side is its text's
		l.draw(s, body)
		s.signature(who, day)
		return s.bytes()
	}
	return d
}

// base is what every document of an author has.
func (w *world) base(p person, who pro, typ, title string, at time.Time) document {
	o := orgs[who.where]
	specialty := "G15_" + who.profession
	if who.specialty != "" {
		specialty += "/" + who.specialty
	}
	filed := at.Add(2 * time.Hour)
	return document{seed: record.DocumentSeed{
		PatientID: p.seed.ID, Type: fhir.Coding{Code: typ}, Title: title, Date: at, PeriodStart: at,
		Author:   fhir.Party{ID: who.id, Name: who.name, Specialty: specialty, OrgID: o.id, OrgName: o.name},
		Facility: fhir.Coding{Code: o.sector}, Practice: fhir.Coding{Code: o.practice},
		ContentType: "application/pdf", FiledAt: filed,
	}}
}

// uniqueID is the same for the same document at every start.
func uniqueID(person, document int) string {
	return "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "carnet demo %d %d", person, document)).String()
}
