package clienttest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"carnet/client"
	"carnet/client/fhir"
)

// person finds somebody by logical id; nil when unknown. Callers hold mu, or
// are building the world.
func (f *Fake) person(id string) *person {
	for _, p := range f.people {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// fold makes text comparable: lower case, no accents, œ as oe.
func fold(s string) string {
	s = strings.NewReplacer("œ", "oe", "Œ", "oe", "'", " ", "-", " ").Replace(s)
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		return strings.ToLower(s)
	}
	return strings.ToLower(out)
}

// matches tells whether every word of text starts a name, is part of the birth
// date, or starts the INS.
func (p *person) matches(text string) bool {
	names := strings.Fields(fold(p.BirthName + " " + p.UsedName + " " + strings.Join(p.Given, " ")))
	day := frenchDate(p.BirthDate)
	for _, w := range strings.Fields(fold(text)) {
		hit := strings.Contains(day, w) || strings.HasPrefix(p.BirthDate, w) || (p.INS.Value != "" && strings.HasPrefix(p.INS.Value, strings.ToUpper(w)))
		for _, n := range names {
			hit = hit || strings.HasPrefix(n, w)
		}
		if !hit {
			return false
		}
	}
	return true
}

// page cuts one page out of rows; its cursor is the position of the next row.
func page[T any](rows []T, cursor string, limit, usual int) (cut []T, next string, err error) {
	if limit <= 0 {
		limit = usual
	}
	start := 0
	if cursor != "" {
		start, err = strconv.Atoi(strings.TrimPrefix(cursor, "at-"))
		if err != nil || start < 0 || start > len(rows) {
			return nil, "", fhir.E(fhir.BadValue, "this page is no longer there; start from the first")
		}
	}
	end := min(start+limit, len(rows))
	if end < len(rows) {
		next = "at-" + strconv.Itoa(end)
	}
	return rows[start:end], next, nil
}

// MyPatients lists the people with a relation to the caller.
func (f *Fake) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	if err := f.begin(ctx, Call{Op: OpMyPatients, Argument: q}); err != nil {
		return client.PatientPage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var hits []client.Patient
	for _, p := range f.people {
		if p.relation != "" && p.Active && p.matches(q.Text) {
			hits = append(hits, f.view(p))
		}
	}
	slices.SortStableFunc(hits, func(a, b client.Patient) int { return b.LastVisit.Compare(a.LastVisit) })
	rows, next, err := page(hits, q.Page, q.Limit, 20)
	if err != nil {
		return client.PatientPage{}, err
	}
	return client.PatientPage{Patients: slices.Clone(rows), Total: len(hits), Next: next, Provenance: f.fresh()}, nil
}

// FindByINS gives anyone by INS.
func (f *Fake) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	return f.lookup(ctx, Call{Op: OpFindByINS, Argument: ins}, func(p *person) bool { return ins.Value != "" && p.INS == ins })
}

// Match gives anyone by strict traits.
func (f *Fake) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	return f.lookup(ctx, Call{Op: OpMatch, Argument: t}, func(p *person) bool {
		sex := map[string]string{"female": "F", "male": "M"}[p.Gender]
		return fold(p.BirthName) == fold(t.BirthName) && fold(p.FirstGiven) == fold(t.FirstGiven) && sex == t.Sex &&
			p.BirthDate == t.BirthDate && (t.BirthPlace == "" || t.BirthPlace == p.BirthPlace)
	})
}

// EmergencySearch lists anyone by name, for a doctor of emergency medicine.
func (f *Fake) EmergencySearch(ctx context.Context, q client.EmergencyQuery) (client.PatientPage, error) {
	if err := f.begin(ctx, Call{Op: OpEmergency, Argument: q}); err != nil {
		return client.PatientPage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	letters := strings.ReplaceAll(fold(q.Name), " ", "")
	switch {
	case !f.regulates():
		return client.PatientPage{}, fhir.E(fhir.Forbidden, "this is for who regulates emergencies")
	case letters == "" || q.BirthDate == "" && len(letters) < 4:
		return client.PatientPage{}, fhir.E(fhir.Required, "give four letters of a name, or a name and a birth date")
	}
	var hits []*person
	for _, p := range f.people {
		if !p.opposed && strings.HasPrefix(p.BirthDate, q.BirthDate) && p.matches(q.Name) {
			hits = append(hits, p)
		}
	}
	rows, next, err := page(hits, q.Page, min(q.Limit, 20), 20)
	if err != nil {
		return client.PatientPage{}, err
	}
	out := client.PatientPage{Total: len(hits), Next: next, Provenance: f.fresh()}
	for _, p := range rows {
		f.log(client.Trace{Kind: fhir.KindLookup, Action: "E", PatientID: p.ID, Mode: fhir.ModeCentre15})
		shown := f.view(p) // as anyone sees them: no relation counts here
		shown.Relation, shown.RelationEnd, shown.LastVisit, shown.New = "", time.Time{}, time.Time{}, 0
		out.Patients = append(out.Patients, shown)
	}
	return out, nil
}

// lookupWait is how long a fake asks to wait whose Options.Lookups are used up.
const lookupWait = 7 * time.Second

// lookup gives the one person that fits, and leaves a line in the history of
// somebody who is not the caller's patient.
func (f *Fake) lookup(ctx context.Context, c Call, fits func(*person) bool) (client.Patient, error) {
	if err := f.begin(ctx, c); err != nil {
		return client.Patient{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookups--; f.limited && f.lookups < 0 {
		return client.Patient{}, Busy(lookupWait)
	}
	for _, p := range f.people {
		if !fits(p) {
			continue
		}
		if p.relation == "" {
			f.log(client.Trace{Kind: fhir.KindLookup, Action: "E", PatientID: p.ID})
		}
		return f.view(p), nil
	}
	return client.Patient{}, fhir.E(fhir.NotFound, "nobody with this identity; check what was typed")
}

// view is a person as the caller sees them, sharing no memory.
func (f *Fake) view(p *person) client.Patient {
	v := p.Patient
	v.Given = slices.Clone(p.Given)
	v.Relation = p.relation
	if p.relation == "" {
		v.RelationEnd, v.LastVisit, v.New = time.Time{}, time.Time{}, 0
	}
	return v
}

// log appends a trace of now.
func (f *Fake) log(t client.Trace) {
	t.Recorded, t.Outcome = f.now(), "0"
	if t.Mode == "" {
		t.Mode = fhir.ModeNormal
	}
	f.traces = append(f.traces, f.signed(t))
	f.stir() // what is done is logged
}

// Accesses lists the traces that the caller may see.
func (f *Fake) Accesses(ctx context.Context, q client.TraceQuery) (client.TracePage, error) {
	if err := f.begin(ctx, Call{Op: OpAccesses, PatientID: q.PatientID, Argument: q}); err != nil {
		return client.TracePage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := false
	if p := f.person(q.PatientID); p != nil {
		all = p.relation == fhir.BasisMT
	}
	var hits []client.Trace
	for i := len(f.traces) - 1; i >= 0; i-- {
		t := f.traces[i]
		mine := t.AgentID == f.me.ID
		inside := (q.From.IsZero() || !t.Recorded.Before(q.From)) && (q.To.IsZero() || t.Recorded.Before(q.To))
		if (mine || all) && inside && (q.PatientID == "" || q.PatientID == t.PatientID) {
			hits = append(hits, t)
		}
	}
	slices.SortStableFunc(hits, func(a, b client.Trace) int { return b.Recorded.Compare(a.Recorded) })
	rows, next, err := page(hits, q.Page, q.Limit, 50)
	if err != nil {
		return client.TracePage{}, err
	}
	return client.TracePage{Traces: slices.Clone(rows), Total: len(hits), Next: next, Provenance: f.fresh()}, nil
}

// Patient gives a person of the world as the caller sees them; it fails the
// caller's test by a panic on an unknown id.
func (f *Fake) Patient(id string) client.Patient {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(id)
	if p == nil {
		panic("clienttest: no such person in the world")
	}
	return f.view(p)
}
