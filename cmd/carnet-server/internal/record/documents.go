package record

import (
	"context"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Rows of a page, when a caller does not say and at most.
const (
	defaultPage = 50
	largestPage = 200
)

func pageSize(asked int) int {
	if asked <= 0 {
		return defaultPage
	}
	return min(asked, largestPage)
}

// sought is what a list must say (ITI-66, ITI-67): whose, and in which states.
type sought struct {
	patientID  string
	patientINS *fhir.Identifier
	statuses   []string
}

// enter checks what a list must say and gives the caller's visit and the
// record, which is nil when there is none. It decides nothing: search does.
func (s *Service) enter(ctx context.Context, p Principal, session string, q sought) (visit, *store.Record, error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return visit{}, nil, err
	}
	if len(q.statuses) == 0 {
		return visit{}, nil, fhir.E(fhir.Required, "Le paramètre status est obligatoire : précisez par exemple status=current.")
	}
	rec, err := s.recordFor(ctx, q.patientID, q.patientINS)
	return v, rec, err
}

// documentCursor is a place in a list of documents.
type documentCursor struct {
	Session string
	Query   DocumentQuery
	After   store.DocPos
}

// SearchDocuments lists the documents of one record that the caller may read,
// newest act first (ITI-67). Errors: Required without patient or status,
// NoConsent, NoRecord, BadValue for a cursor of another sign-in.
func (s *Service) SearchDocuments(ctx context.Context, p Principal, session string, q DocumentQuery) (Page, error) {
	at := documentCursor{Session: session, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorDocuments, q.Cursor, &at); err != nil {
			return Page{}, err
		}
		session, q = at.Session, at.Query
	}
	v, rec, err := s.enter(ctx, p, session, sought{q.PatientID, q.PatientINS, q.Statuses})
	if err != nil {
		return Page{}, err
	}
	var page Page
	err = s.search(ctx, p, v, ask{rec, fhir.KindSearch, q.shape()}, func(g *consent.Grant, rec *store.Record) error {
		page, err = s.listDocuments(ctx, p, g, rec, at)
		return err
	})
	return durable(page, err)
}

// listDocuments reads one page.
func (s *Service) listDocuments(ctx context.Context, p Principal, g *consent.Grant, rec *store.Record, at documentCursor) (Page, error) {
	q, any, err := s.storeQuery(ctx, g, at.Query)
	if err != nil || !any {
		return Page{}, err
	}
	q.After = at.After
	list := func() (store.DocPage, error) { return s.st.Documents(ctx, g, rec, q) }
	if by, needed := sieveOf(at.Query, &q); needed {
		list = func() (store.DocPage, error) { return s.sift(ctx, g, rec, q, by) }
	}
	found, err := list()
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: found.Total, Items: make([]Resource, 0, len(found.Docs))}
	for _, d := range found.Docs {
		r, err := s.linked(ctx, g, rec, d, d.Served)
		if err != nil {
			return Page{}, err
		}
		page.Items = append(page.Items, r)
	}
	if found.More {
		at.After = positionOf(found.Docs[len(found.Docs)-1])
		page.Next = s.sealCursor(p, cursorDocuments, at)
	}
	return page, nil
}

// storeQuery turns a query into the store's; any is false when nothing can
// match it.
func (s *Service) storeQuery(ctx context.Context, g *consent.Grant, q DocumentQuery) (out store.DocQuery, any bool, err error) {
	out = store.DocQuery{
		Statuses: q.Statuses, Given: fold(q.Authors.Given), Family: fold(q.Authors.Family), Formats: codes(q.Formats), Events: codes(q.Events),
		Archived: q.Archived, Creation: ranges(q.Creation), Date: ranges(q.Date), Period: ranges(q.Period),
		Limit: pageSize(q.Limit), CountOnly: q.Count,
	}
	for _, f := range []struct {
		into   *[]string
		asked  []fhir.Coding
		system func(code string) string
	}{
		{&out.Types, q.Types, typeSystem},
		{&out.Classes, q.Categories, func(string) string { return terminology.SystemClass }},
		{&out.Facilities, q.Facilities, systemIn(terminology.FacilityByCode)},
		{&out.Settings, q.Settings, systemIn(terminology.PracticeByCode)},
	} {
		asked := ofSystem(f.asked, f.system)
		if *f.into = codes(asked); len(asked) == 0 && len(f.asked) > 0 {
			return out, false, nil
		}
	}
	if out.Given == "" && q.Authors.Given != "" || out.Family == "" && q.Authors.Family != "" { // no letter in it
		return out, false, nil
	}
	if id := q.Identifier; id != nil {
		if out.UniqueID = id.Value; id.Value == "" || id.System != "" && id.System != fhir.SystemURI {
			return out, false, nil
		}
	}
	labels := ofSystem(q.Labels, func(code string) string { return fhir.LabelCoding(code).System })
	if len(labels) == 0 && len(q.Labels) > 0 {
		return out, false, nil
	}
	for _, label := range labels {
		switch label.Code {
		case fhir.LabelMasked:
			out.Masked = true
		case fhir.LabelHiddenPatient, fhir.LabelNoPat:
			out.Hidden = true
		default:
			out.Conf = append(out.Conf, label.Code)
		}
	}
	return s.queryRelated(ctx, g, q, out)
}

// ofSystem keeps the codings that can match: a system that is given must be
// that of the code.
func ofSystem(cs []fhir.Coding, system func(code string) string) (kept []fhir.Coding) {
	for _, c := range cs {
		if want := system(c.Code); c.System == "" || want == "" || c.System == want {
			kept = append(kept, c)
		}
	}
	return kept
}

func typeSystem(code string) string {
	t, _ := terminology.TypeByCode(code)
	return t.System
}

func systemIn(find func(string) (terminology.Code, bool)) func(string) string {
	return func(code string) string {
		c, _ := find(code)
		return c.System
	}
}

// queryRelated adds what the documents relate to.
func (s *Service) queryRelated(ctx context.Context, g *consent.Grant, q DocumentQuery, out store.DocQuery) (store.DocQuery, bool, error) {
	if q.Related == "" {
		return out, true, nil
	}
	// What a document replaces is found only when that, too, is the caller's to
	// see: a reference to a hidden one is one to nothing.
	d, _, err := s.st.Locate(ctx, relatedID(q.Related), "")
	switch {
	case fhir.CodeOf(fault(err)) == fhir.NotFound:
		return out, false, nil
	case err != nil:
		return out, false, err
	case !g.Filter().Allows(d.Facts):
		return out, false, nil
	}
	out.Replaces = d.N
	return out, true, nil
}

// relatedID gives the logical id of a reference to a document here.
func relatedID(ref string) string {
	if fhir.IsHere(ref, "", "DocumentReference") {
		return fhir.RefID(ref, "DocumentReference")
	}
	return ref
}

func codes(cs []fhir.Coding) (out []string) {
	for _, c := range cs {
		out = append(out, c.Code)
	}
	return out
}

func ranges(rs []DateRange) (out []store.Range) {
	for _, r := range rs {
		out = append(out, store.Range(r))
	}
	return out
}

// shape names the parameters of a query for the log, without their values.
func (q DocumentQuery) shape() string {
	names := []string{"patient", "status"}
	for _, part := range []struct {
		used bool
		name string
	}{
		{q.Identifier != nil, "identifier"},
		{len(q.Types) > 0, "type"},
		{len(q.Categories) > 0, "category"},
		{q.Authors.Given != "", "author.given"},
		{q.Authors.Family != "", "author.family"},
		{len(q.Facilities) > 0, "facility"},
		{len(q.Settings) > 0, "setting"},
		{len(q.Formats) > 0, "format"},
		{len(q.Events) > 0, "event"},
		{len(q.Labels) > 0, "security-label"},
		{q.Related != "", "related"},
		{q.Archived != nil, "isArchived"},
		{len(q.Creation) > 0, "creation"},
		{len(q.Date) > 0, "date"},
		{len(q.Period) > 0, "period"},
	} {
		if part.used {
			names = append(names, part.name)
		}
	}
	return strings.Join(names, ",")
}

// resource gives a document's resource as the wire wants it.
func resource(d store.Doc, body []byte) Resource {
	return Resource{ID: d.ID, Version: strconv.FormatInt(d.Version, 10), LastUpdated: d.Updated, JSON: body}
}

// setCursor is a place in a list of submission sets.
type setCursor struct {
	Session string
	Query   SetQuery
	Before  int64
}

// SearchSets lists the submission sets of one record whose document the caller
// may read, newest first (ITI-66). Errors: as SearchDocuments.
func (s *Service) SearchSets(ctx context.Context, p Principal, session string, q SetQuery) (Page, error) {
	at := setCursor{Session: session, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorSets, q.Cursor, &at); err != nil {
			return Page{}, err
		}
		session, q = at.Session, at.Query
	}
	v, rec, err := s.enter(ctx, p, session, sought{q.PatientID, q.PatientINS, q.Statuses})
	if err != nil {
		return Page{}, err
	}
	var page Page
	err = s.search(ctx, p, v, ask{rec, fhir.KindSearchSets, "patient,status"}, func(g *consent.Grant, rec *store.Record) error {
		found, err := s.st.Sets(ctx, g, rec, store.SetQuery{Date: ranges(q.Date), Limit: pageSize(q.Limit), Before: at.Before})
		if err != nil {
			return err
		}
		page = Page{Total: found.Total}
		for _, set := range found.Sets {
			page.Items = append(page.Items, Resource{ID: set.ID, Version: "1", LastUpdated: set.Filed, JSON: set.Body})
			at.Before = set.N
		}
		if found.More {
			page.Next = s.sealCursor(p, cursorSets, at)
		}
		return nil
	})
	return durable(page, err)
}
