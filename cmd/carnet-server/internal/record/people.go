package record

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const defaultPatients = 20

// patientCursor is a place in a list of patients.
type patientCursor struct {
	Session string // access session, of the emergency search
	Query   PatientQuery
	Offset  int
}

// MyPatients lists the caller's patients: those who authorised them, whose
// médecin traitant they are, in whose care team they are; last visited first,
// then by name. With an Identifier it answers anyone, none or one, leaves a
// line in the history of someone who is not the caller's patient, and may be
// Throttled.
func (s *Service) MyPatients(ctx context.Context, p Principal, q PatientQuery) (Page, error) {
	if err := p.check(); err != nil {
		return Page{}, err
	}
	at := patientCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorPatients, q.Cursor, &at); err != nil {
			return Page{}, err
		}
	}
	if at.Query.Identifier != nil {
		return s.lookUp(ctx, p, func() (store.Person, error) { return s.st.PersonByIdentifier(ctx, *at.Query.Identifier) })
	}
	mine, err := s.panels.last(ctx, p)
	if err != nil {
		return Page{}, fault(err)
	}
	for try := 0; ; try++ {
		page, shown, err := s.listPatients(ctx, p, mine, at)
		if err != nil {
			return Page{}, fault(err)
		}
		if try == 0 { // one event per search
			e := s.entry(p, fhir.KindPatientQuery)
			e.Detail, e.Count = at.Query.shape(), page.Total
			if err := s.record(ctx, e, nil); err != nil {
				return Page{}, err
			}
		}
		// What was read counts if it is so now that the search is logged. Should the
		// list change all the time, it is enough that all who are shown are still on it.
		now, err := s.panels.get(ctx, p)
		if err != nil {
			return Page{}, fault(err)
		}
		if now == mine || try > 1 && now.holds(mine, shown, s.now()) {
			return page, nil
		}
		mine = now
	}
}

// holds tells whether all of some patients of an older panel are still there.
func (p *panel) holds(older *panel, places []int32, now time.Time) bool {
	return !slices.ContainsFunc(places, func(place int32) bool {
		at, ok := p.byN[older.people[place].N]
		return !ok || !p.in(at, now)
	})
}

// listPatients gives one page of a panel, and the places on it.
func (s *Service) listPatients(ctx context.Context, p Principal, mine *panel, at patientCursor) (page Page, shown []int32, err error) {
	places := mine.find(at.Query.criteria(), s.now())
	limit := at.Query.Limit
	if limit <= 0 {
		limit = defaultPatients
	}
	limit = min(limit, largestPage)
	from := min(at.Offset, len(places))
	shown = places[from:min(from+limit, len(places))]
	views, err := s.viewPatients(ctx, p, mine, shown)
	if err != nil {
		return page, nil, err
	}
	page = Page{Total: len(places), Items: make([]Resource, len(views))}
	for i := range views {
		page.Items[i] = patientResource(views[i])
	}
	if at.Offset += limit; at.Offset < len(places) {
		page.Next = s.sealCursor(p, cursorPatients, at)
	}
	return page, shown, nil
}

// viewPatients gives some places as the caller may see them.
func (s *Service) viewPatients(ctx context.Context, p Principal, mine *panel, places []int32) ([]fhir.Patient, error) {
	out := make([]fhir.Patient, len(places))
	now, reads := s.now(), s.everReads(p)
	for i, place := range places {
		who := &mine.people[place]
		v := view(who.Person)
		if rel, in := who.best(now); in {
			v.Relation, v.RelationEnd = rel.basis, rel.ends
			if !reads {
				v.Relation, v.RelationEnd = fhir.BasisFiling, time.Time{}
			}
		}
		if v.LastVisit = mine.visit(place); !v.LastVisit.IsZero() {
			fresh, err := s.newDocuments(ctx, p, who.N, v.LastVisit)
			if err != nil {
				return nil, err
			}
			v.New = fresh
		}
		out[i] = v
	}
	return out, nil
}

// everReads asks the decision whether a patient's authorisation would let this
// professional read at all: an occupational doctor files and never reads, known
// by specialty or by sector, and so does a profession that the matrix does not
// know.
func (s *Service) everReads(p Principal) bool {
	own := consent.Relation{Actor: consent.Actor{ID: p.ID}}
	d := consent.Decide(consent.Request{
		Requester: p.requester(), Mode: fhir.ModeNormal, Function: consent.FunctionRead, Now: s.now(),
	}, consent.Facts{PatientID: "-", State: consent.StateOpen, Authorisations: []consent.Relation{own}}, s.matrix)
	return d.Refusal == ""
}

// newDocuments counts what the caller may read, others wrote and was filed after
// a time: what a record shows as new. It uses nothing that the caller may not
// read.
func (s *Service) newDocuments(ctx context.Context, p Principal, n int64, since time.Time) (int, error) {
	rec, err := s.st.Fresh(ctx, n)
	if errors.Is(err, store.ErrNotFound) { // erased since the list was read: it is read again
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	d := s.decide(p, visit{mode: fhir.ModeNormal}, consent.FunctionRead, rec)
	if d.Grant == nil {
		return 0, nil
	}
	no := false
	page, err := s.st.Documents(ctx, d.Grant, rec, store.DocQuery{
		Statuses: []string{consent.StatusCurrent}, Archived: &no, FiledAfter: since, NotBy: p.ID, CountOnly: true,
	})
	return page.Total, err
}

// view is a person as the wire knows them, without what is the caller's.
func view(p store.Person) fhir.Patient {
	v := p.Patient
	v.Version, v.LastUpdated = strconv.FormatInt(p.VersionN, 10), p.Updated
	if p.State != consent.StateClosed {
		v.ClosedAt = time.Time{}
	}
	return v
}

func patientResource(v fhir.Patient) Resource {
	return Resource{ID: v.ID, Version: v.Version, LastUpdated: v.LastUpdated, JSON: v.JSON()}
}

// shape names what a query asks, for the log, without values.
func (q PatientQuery) shape() string {
	var names []string
	for _, part := range []struct {
		used bool
		name string
	}{{len(q.Names) > 0, "name"}, {q.BirthDate != "", "birthdate"}, {q.Text != "", "_text"}, {q.ID != "", "_id"}} {
		if part.used {
			names = append(names, part.name)
		}
	}
	return strings.Join(names, ",")
}

// criteria reads a query. The free text is taken apart: words of letters are
// names, digits are a date or the start of an INS.
func (q PatientQuery) criteria() criteria {
	c := criteria{id: q.ID}
	for _, n := range q.Names {
		c.words = append(c.words, strings.Fields(fold(n))...)
	}
	if q.BirthDate != "" {
		c.births = append(c.births, q.BirthDate)
	}
	for _, part := range strings.Fields(q.Text) {
		if iso := strings.Trim(part, "0123456789-"); iso == "" && strings.Contains(part, "-") && len(strings.SplitN(part, "-", 2)[0]) == 4 {
			c.births = append(c.births, part)
			continue
		}
		digits := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, part)
		switch {
		case digits == "":
			c.words = append(c.words, strings.Fields(fold(part))...)
		case c.digits == "" || strings.IndexFunc(part, unicode.IsLetter) < 0:
			c.digits += digits
		}
	}
	return c
}

// lookUp answers anyone, by an exact identifier or the strict traits.
func (s *Service) lookUp(ctx context.Context, p Principal, find func() (store.Person, error)) (Page, error) {
	if err := s.limits.look(p); err != nil {
		return Page{}, err
	}
	person, err := find()
	e := s.entry(p, fhir.KindLookup)
	if errors.Is(err, store.ErrNotFound) || err == nil && (person.State == consent.StateNone) {
		s.limits.missed(p)
		e.Outcome = audit.OutcomeMinor
		return Page{}, s.record(ctx, e, nil)
	}
	if err != nil {
		return Page{}, fault(err)
	}
	shown, mine, err := s.known(ctx, p, person)
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: 1, Items: []Resource{patientResource(shown)}}
	if mine { // one's own patient: a query like any other
		e.Kind = fhir.KindPatientQuery
		e.Detail = "identifier"
		return durable(page, s.record(ctx, e, nil))
	}
	return durable(page, s.looked(ctx, p, e, person))
}

// looked writes that someone was looked up, and lets them be seen by id in
// this sign-in.
func (s *Service) looked(ctx context.Context, p Principal, e audit.Entry, person store.Person) error {
	rec, err := s.st.Record(ctx, person.N)
	if err != nil {
		return fault(err)
	}
	e.Patient, e.Count = person.ID, 1
	log, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	now := s.now()
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{log}, Do: func(tx store.Tx) error {
		return tx.AddLooked(p.Session, person.N, now)
	}}))
}

// known gives a person as the caller may see them, and whether they are their
// patient.
func (s *Service) known(ctx context.Context, p Principal, person store.Person) (fhir.Patient, bool, error) {
	panel, err := s.panels.get(ctx, p)
	if err != nil {
		return fhir.Patient{}, false, fault(err)
	}
	place, ok := panel.byN[person.N]
	if ok {
		_, ok = panel.people[place].best(s.now())
	}
	if !ok {
		return view(person), false, nil
	}
	items, err := s.viewPatients(ctx, p, panel, []int32{place})
	if err != nil {
		return fhir.Patient{}, false, fault(err)
	}
	return items[0], true, nil
}

// Patient gives one person by logical id: the caller's patient, or someone
// looked up in this sign-in. Errors: NotFound for everyone else.
func (s *Service) Patient(ctx context.Context, p Principal, id string) (Resource, error) {
	if err := p.check(); err != nil {
		return Resource{}, err
	}
	person, err := s.st.PersonByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Resource{}, s.missed(ctx, p, id)
	}
	if err != nil {
		return Resource{}, fault(err)
	}
	shown, mine, err := s.known(ctx, p, person)
	if err != nil {
		return Resource{}, err
	}
	if !mine {
		seen, err := s.st.Looked(ctx, p.Session, person.N)
		if err != nil {
			return Resource{}, fault(err)
		}
		if !seen {
			return Resource{}, s.missed(ctx, p, id)
		}
	}
	e := s.entry(p, fhir.KindPatientQuery)
	e.Detail = "_id"
	if err := s.record(ctx, e, nil); err != nil {
		return Resource{}, err
	}
	return patientResource(shown), nil
}

// Match gives the one person with these strict traits, or none; never a list.
// Trace and throttle are those of an identifier. Errors: Required when a
// strict trait is missing.
func (s *Service) Match(ctx context.Context, p Principal, t fhir.Traits) (Page, error) {
	if err := p.check(); err != nil {
		return Page{}, err
	}
	if t.BirthName == "" || t.FirstGiven == "" || t.Sex == "" || len(t.BirthDate) != len(time.DateOnly) {
		return Page{}, fhir.E(fhir.Required, "Indiquez le nom de naissance, le premier prénom, le sexe et la date de naissance complète.")
	}
	return s.lookUp(ctx, p, func() (store.Person, error) {
		all, err := s.st.PersonsByMatch(ctx, matchKey(t))
		if err != nil {
			return store.Person{}, err
		}
		if t.BirthPlace != "" {
			all = slices.DeleteFunc(all, func(p store.Person) bool { return p.BirthPlace != "" && p.BirthPlace != t.BirthPlace })
		}
		if len(all) != 1 { // none, or twins: no certain match
			return store.Person{}, store.ErrNotFound
		}
		return all[0], nil
	})
}
