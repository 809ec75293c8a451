package record

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// cursorItems is the kind of cursors of the health profile.
const cursorItems = "items"

// ItemQuery asks for items of the health profile after parsing. Empty fields
// narrow nothing.
type ItemQuery struct {
	PatientID  string
	PatientINS *fhir.Identifier
	Resources  []string // FHIR types
	Codes      []fhir.Coding
	Parts      bool // a code of a part of a measure counts, too
	Statuses   []string
	Date       []DateRange // of when it was: an item that says no date is not found
	Limit      int
	Cursor     string
}

// ItemResource is one item ready for the wire.
type ItemResource struct {
	Kind string // FHIR type
	Resource
}

// ItemPage is one page of items. Total counts what the caller may read.
type ItemPage struct {
	Total int
	Items []ItemResource
	Next  string
}

// itemCursor is a place in a list of items.
type itemCursor struct {
	Session string
	Query   ItemQuery
	After   itemPlace
}

// itemPlace is where an item stands: what is no measure first, newest first as
// it was written, then measures by their moment, newest first.
type itemPlace struct {
	Measure bool
	At      int64 // moment of a measure, Unix milliseconds
	N       int64 // 0: before all
}

func (p itemPlace) compare(q itemPlace) int {
	switch {
	case p.Measure != q.Measure && p.Measure:
		return 1
	case p.Measure != q.Measure:
		return -1
	}
	return cmp.Or(cmp.Compare(q.At, p.At), cmp.Compare(q.N, p.N))
}

// Items lists the items of one record's health profile that the caller may
// read: what is no measure first, as it was written, newest first, then the
// measures by their moment, newest first. However many types are asked for, it
// is one access. Errors: as SearchDocuments.
func (s *Service) Items(ctx context.Context, p Principal, session string, q ItemQuery) (ItemPage, error) {
	at := itemCursor{Session: session, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(p, cursorItems, q.Cursor, &at); err != nil {
			return ItemPage{}, err
		}
		session, q = at.Session, at.Query
	}
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return ItemPage{}, err
	}
	rec, err := s.recordFor(ctx, q.PatientID, q.PatientINS)
	if err != nil {
		return ItemPage{}, err
	}
	var page ItemPage
	err = s.search(ctx, p, v, ask{rec, fhir.KindProfile, detailRead}, func(g *consent.Grant, rec *store.Record) error {
		page, err = s.listItems(ctx, p, g, rec, at)
		return err
	})
	return durable(page, err)
}

// foundItem is an item of a list, opened.
type foundItem struct {
	store.Item
	place itemPlace
}

// foundItems gives the items that are asked for, opened, in their order.
func (s *Service) foundItems(ctx context.Context, g *consent.Grant, rec *store.Record, q ItemQuery) ([]foundItem, error) {
	all, err := s.st.Items(ctx, g, rec)
	if err != nil {
		return nil, err
	}
	found := make([]foundItem, 0, len(all))
	for _, i := range all {
		one, fits, err := q.fits(i)
		if err != nil {
			return nil, err
		}
		if fits {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b foundItem) int { return a.place.compare(b.place) })
	return found, nil
}

// listItems reads one page.
func (s *Service) listItems(ctx context.Context, p Principal, g *consent.Grant, rec *store.Record, at itemCursor) (ItemPage, error) {
	found, err := s.foundItems(ctx, g, rec, at.Query)
	if err != nil {
		return ItemPage{}, err
	}
	page := ItemPage{Total: len(found)}
	if at.After.N != 0 {
		from, exact := slices.BinarySearchFunc(found, at.After, func(one foundItem, after itemPlace) int { return one.place.compare(after) })
		if exact {
			from++
		}
		found = found[from:]
	}
	rows := found[:min(len(found), pageSize(at.Query.Limit))]
	see := newSources(s, g, rec)
	page.Items = make([]ItemResource, 0, len(rows))
	for _, one := range rows {
		body, err := s.servedItem(ctx, see, one.Item)
		if err != nil {
			return ItemPage{}, err
		}
		page.Items = append(page.Items, ItemResource{one.Facts.Resource, itemResource(one.Item, body)})
	}
	if len(rows) < len(found) {
		at.After = rows[len(rows)-1].place
		page.Next = s.sealCursor(p, cursorItems, at)
	}
	return page, nil
}

func itemResource(i store.Item, body []byte) Resource {
	return Resource{ID: i.ID, Version: formatInt(i.Version), LastUpdated: i.Updated, JSON: body}
}

// fits tells whether an opened item is asked for, and where it stands.
func (q ItemQuery) fits(i store.Item) (foundItem, bool, error) {
	one := foundItem{i, itemPlace{N: i.N}}
	if len(q.Resources) > 0 && !slices.Contains(q.Resources, i.Facts.Resource) {
		return one, false, nil
	}
	one.place.Measure = i.Facts.Resource == "Observation"
	if len(q.Codes) > 0 && !q.mentioned(i.Body) {
		return one, false, nil
	}
	if len(q.Codes) == 0 && len(q.Statuses) == 0 && len(q.Date) == 0 { // nothing else of its content counts
		if !one.place.Measure {
			return one, true, nil
		}
		if at, ok := momentOf(i.Body); ok {
			one.place.At = at
			return one, true, nil
		}
	}
	v, err := fhir.ParseItem(i.Body)
	if err != nil {
		return one, false, err
	}
	if one.place.Measure {
		one.place.At = fhir.ParseTime(v.Start).UnixMilli()
	}
	fits := (len(q.Statuses) == 0 || slices.Contains(q.Statuses, v.Status)) && q.coded(v) && q.dated(v.Start)
	return one, fits, nil
}

// mentioned tells whether a kept item can have one of the codes that are asked
// for: most are passed over without being read.
func (q ItemQuery) mentioned(body []byte) bool {
	return slices.ContainsFunc(q.Codes, func(c fhir.Coding) bool { return bytes.Contains(body, []byte(c.Code)) })
}

// momentOf finds the moment of a kept measure, Unix milliseconds, without
// reading all of it. The server wrote these bytes: within a text the quotation
// marks are escaped, and nothing that a measure may contain has such an element.
func momentOf(body []byte) (int64, bool) {
	_, after, ok := bytes.Cut(body, []byte(`"effectiveDateTime":"`))
	end := bytes.IndexByte(after, '"')
	if !ok || end < 0 {
		return 0, false
	}
	return fhir.ParseTime(string(after[:end])).UnixMilli(), true
}

// coded tells whether an item has one of the codes that are asked for.
func (q ItemQuery) coded(v fhir.Item) bool {
	if len(q.Codes) == 0 {
		return true
	}
	has := func(c fhir.Coding) bool {
		return slices.ContainsFunc(q.Codes, func(want fhir.Coding) bool {
			return c.Code == want.Code && (want.System == "" || want.System == c.System)
		})
	}
	return has(v.Code) || q.Parts && slices.ContainsFunc(v.Parts, func(p fhir.Part) bool { return has(p.Code) })
}

// dated tells whether a moment, as far as it is known, lies in all the ranges.
func (q ItemQuery) dated(start string) bool {
	if len(q.Date) == 0 {
		return true
	}
	when, err := fhir.ParseDateParam(start, time.UTC)
	if err != nil {
		return false
	}
	for _, r := range q.Date {
		if !r.From.IsZero() && !when.To.After(r.From) || !r.To.IsZero() && !when.From.Before(r.To) {
			return false
		}
	}
	return true
}

// Item gives one item by id. Errors: NotFound for an unknown and a hidden one
// alike, Withdrawn for one that this caller could read before.
func (s *Service) Item(ctx context.Context, p Principal, session, kind, id string) (Resource, error) {
	var out Resource
	err := s.itemOne(ctx, p, session, itemRef{kind, id}, func(l locatedItem) error {
		d := s.decide(p, l.v, consent.FunctionRead, l.rec)
		if d.Grant == nil || !d.Grant.Filter().AllowsItem(l.item.Facts) {
			return s.missed(ctx, p, id)
		}
		e := about(s.entry(p, fhir.KindProfile), l.v, d, l.rec)
		e.Detail, e.Document, e.Action = detailRead, id, "R"
		if l.item.Removed {
			return s.itemGone(ctx, e, l.rec)
		}
		return s.logged(ctx, logging{p, l.v, l.rec, e}, func() (err error) {
			if l.item.Body, err = s.st.RevealItem(ctx, d.Grant, l.item, l.rec); err != nil {
				return err
			}
			body, err := s.servedItem(ctx, newSources(s, d.Grant, l.rec), l.item)
			out = itemResource(l.item, body)
			return err
		})
	})
	return durable(out, err)
}

// itemGone answers for an item that was taken back.
func (s *Service) itemGone(ctx context.Context, e audit.Entry, rec *store.Record) error {
	e.Outcome = audit.OutcomeMinor
	if err := s.record(ctx, e, rec); err != nil {
		return err
	}
	return fhir.E(fhir.Withdrawn, "Cet élément a été retiré par son auteur.")
}

// itemRef names an item; one of another kind is another item.
type itemRef struct{ kind, id string }

// locatedItem is an item that was found, in a visit.
type locatedItem struct {
	v    visit
	item store.Item
	rec  *store.Record
}

// itemOne finds an item and runs f with it, again when the record changed
// meanwhile.
func (s *Service) itemOne(ctx context.Context, p Principal, session string, ref itemRef, f func(locatedItem) error) error {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return err
	}
	for range attempts {
		i, rec, err := s.st.LocateItem(ctx, ref.id)
		if err == nil && i.Facts.Resource != ref.kind || errors.Is(err, store.ErrNotFound) {
			return s.missed(ctx, p, ref.id)
		}
		if err != nil {
			return fault(err)
		}
		if err = f(locatedItem{v, i, rec}); !errors.Is(err, store.ErrStale) {
			return fault(err)
		}
		s.st.Forget(rec.N)
	}
	return fault(errors.New("record: it changes too often"))
}

// CareTeam gives the médecin traitant and who is in the care team now, to who
// may read the record. Whom the patient blocked cares for nobody here. Errors:
// as SearchDocuments.
func (s *Service) CareTeam(ctx context.Context, p Principal, session, patientID string, ins *fhir.Identifier) ([]fhir.CareMember, string, error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return nil, "", err
	}
	rec, err := s.recordFor(ctx, patientID, ins)
	if err != nil {
		return nil, "", err
	}
	var out []fhir.CareMember
	var owner string
	err = s.search(ctx, p, v, ask{rec, fhir.KindProfile, detailTeam}, func(_ *consent.Grant, rec *store.Record) error {
		owner = rec.Facts.PatientID
		out, err = s.careTeam(ctx, rec)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return out, owner, nil
}

func (s *Service) careTeam(ctx context.Context, rec *store.Record) ([]fhir.CareMember, error) {
	out := []fhir.CareMember{}
	add := func(id string, mt bool, until time.Time) error {
		l, err := s.nameOf(ctx, id)
		out = append(out, fhir.CareMember{ID: id, Name: l.Name, Profession: l.Profession, OrgName: l.OrgName, MT: mt, Until: until})
		return err
	}
	if mt := rec.Facts.MT; mt != "" {
		if err := add(mt, true, time.Time{}); err != nil {
			return nil, err
		}
	}
	for _, m := range caring(rec, s.now()) {
		if slices.ContainsFunc(out, func(one fhir.CareMember) bool { return one.ID == m.ID }) {
			continue
		}
		if err := add(m.ID, false, m.End); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b fhir.CareMember) int {
		if a.MT != b.MT {
			return cmp.Compare(flagOf(b.MT), flagOf(a.MT))
		}
		return strings.Compare(fold(a.Name), fold(b.Name))
	})
	return out, nil
}

// caring gives who is in the care team now, and not blocked.
func caring(rec *store.Record, now time.Time) (out []consent.Relation) {
	for _, m := range rec.Facts.Team {
		running := !now.Before(m.Start) && (m.End.IsZero() || now.Before(m.End))
		if running && !slices.Contains(rec.Facts.Blocks, m.Actor) {
			out = append(out, m)
		}
	}
	return out
}

func flagOf(b bool) int {
	if b {
		return 1
	}
	return 0
}
