package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// rules says who may read whose record, one person a line, so that every line
// of the decision can be seen (see the accounts). Words:
//
//	mt=WHO            médecin traitant
//	auth=WHO[:DAYS]   an authorisation; +30 ends in 30 days, -1 ended yesterday
//	team=WHO[:DAYS]   care team
//	block=WHO         a block
//	visit=WHO:-DAYS   the last visit
//	btg=no c15=no     oppositions to break-glass and to centre 15
//	masked=emergency  masked documents may be read in an emergency
//	state=…           closed, opposed, pending
//
// WHO is a key of cast or of orgs. Whoever has no line follows usualRules.
const rules = `
p001 mt=gp team=nurse auth=pharma auth=optician auth=biologist auth=occupational visit=gp:-20 visit=pharmacist:-6
p002 mt=gp auth=pharma visit=gp:-90
p003 mt=gp2 auth=gp:+30
p004 mt=gp team=midwife:+60 auth=pharma
p005 mt=gp
p006 mt=gp
p007 mt=gp block=port
p008 mt=gp auth=pharma team=nurse visit=gp:-45
p009 mt=gp2
p010 mt=gp2 team=gp:+60
p011 mt=gp2 auth=port
p012 mt=gp visit=gp:-3
p013 mt=gp team=nurse auth=pharma
p014 mt=gp auth=pharma auth=occupational
p015 mt=gp2 masked=emergency
p016 mt=gp2 btg=no
p017 mt=gp2 c15=no auth=nurse
p018 mt=gp2 auth=gp block=gp
p019 mt=gp auth=pharmacist block=pharma
p020 mt=gp state=closed
p021 state=opposed
p022 state=pending
p023 auth=gp
p024 auth=gp
p027 mt=gp2 auth=gp:-1
p028 mt=gp2 auth=gp:+2
p029 mt=gp auth=pharma team=nurse
p033 mt=gp auth=pharma auth=optician
p066 state=pending
`

// usualRules are those of everybody else, by the rest of their number by four.
var usualRules = [...]string{"mt=gp auth=pharma", "mt=gp2 auth=gp", "mt=gp auth=nurse:+80", "mt=gp2 auth=pharma"}

// relations is what rules say, ready to be seeded.
type relations struct {
	records []record.RecordSeed
	auths   []record.AuthorisationSeed
	teams   []record.TeamSeed
	blocks  []record.BlockSeed
	visits  []record.VisitSeed
}

func readRules(all []person, now time.Time) (relations, error) {
	lines := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(rules), "\n") {
		id, words, _ := strings.Cut(line, " ")
		lines[id] = words
	}
	var rel relations
	for i, p := range all {
		words, ok := lines[p.seed.ID]
		if !ok {
			words = usualRules[i%len(usualRules)]
		}
		if err := rel.read(p, words, now); err != nil {
			return relations{}, err
		}
	}
	return rel, nil
}

// ruleReader reads one person's line.
type ruleReader struct {
	rel *relations
	rec *record.RecordSeed
	now time.Time
}

func (rel *relations) read(p person, words string, now time.Time) error {
	rec := record.RecordSeed{PatientID: p.seed.ID}
	r := ruleReader{rel: rel, rec: &rec, now: now}
	for word := range strings.FieldsSeq(words) {
		key, value, _ := strings.Cut(word, "=")
		if err := r.word(key, value); err != nil {
			return fmt.Errorf("demo: rules of %s: %w", p.seed.ID, err)
		}
	}
	rel.records = append(rel.records, rec)
	return nil
}

func (r ruleReader) word(key, value string) error {
	switch key {
	case "btg":
		r.rec.OpposeBreakGlass = true
		return nil
	case "c15":
		r.rec.OpposeCentre15 = true
		return nil
	case "masked":
		r.rec.MaskedEmergency = true
		return nil
	case "state":
		r.rec.State = value
		if value == record.StateClosed {
			r.rec.ClosedAt = r.now.AddDate(0, -4, 0)
		}
		return nil
	}
	who, days, limited := strings.Cut(value, ":")
	id, name, ok := actor(who)
	if !ok {
		return fmt.Errorf("nobody is called %s", who)
	}
	n, err := 0, error(nil)
	if limited {
		if n, err = strconv.Atoi(days); err != nil {
			return err
		}
	}
	return r.relation(key, id, name, n)
}

// relation adds what a word says of an actor; days is 0 for no limit.
func (r ruleReader) relation(key, id, name string, days int) error {
	patient, at := r.rec.PatientID, r.now.AddDate(0, 0, days)
	end := at
	if days == 0 {
		end = time.Time{}
	}
	switch key {
	case "mt":
		r.rec.MT = id
	case "auth":
		form := [...]string{"ecrit", "oral"}[len(r.rel.auths)%2]
		start := r.now.AddDate(0, -6, 0)
		r.rel.auths = append(r.rel.auths, record.AuthorisationSeed{PatientID: patient, Actor: id, ActorName: name, Form: form, Start: start, End: end})
	case "team":
		if days == 0 {
			end = r.now.AddDate(0, 3, 0)
		}
		r.rel.teams = append(r.rel.teams, record.TeamSeed{PatientID: patient, Actor: id, Start: r.now.AddDate(0, -1, 0), End: end})
	case "block":
		r.rel.blocks = append(r.rel.blocks, record.BlockSeed{PatientID: patient, Actor: id})
	case "visit":
		r.rel.visits = append(r.rel.visits, record.VisitSeed{PatientID: patient, Actor: id, At: at.Add(10 * time.Hour)})
	default:
		return fmt.Errorf("a word %s", key)
	}
	return nil
}

// actor finds a professional or a structure by its short key.
func actor(key string) (id, name string, ok bool) {
	if p, ok := cast[key]; ok {
		return p.id, p.name, true
	}
	if o, ok := orgs[key]; ok {
		return o.id, o.name, true
	}
	return "", "", false
}

// hasDocuments: nothing was ever filed to a record that never was, nor to an
// identity that is not qualified.
func (rel relations) hasDocuments(p person) bool {
	if p.seed.INS.Value == "" {
		return false
	}
	i := slices.IndexFunc(rel.records, func(r record.RecordSeed) bool { return r.PatientID == p.seed.ID })
	return i >= 0 && rel.records[i].State != record.StateOpposed && rel.records[i].State != record.StatePending
}
