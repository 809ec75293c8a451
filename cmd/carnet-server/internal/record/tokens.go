package record

import (
	"context"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Formats and events are kept by code alone, and their systems are not bound to
// a value set: a search that names a system is answered from the documents
// themselves, of those that the reader may read.

// sieve is the part of a query that only a document's resource can answer.
type sieve struct{ formats, events []fhir.Coding }

// sieveOf gives the sieve of a query, and whether it has one; what is left of
// the store's query finds at least what passes the sieve.
func sieveOf(q DocumentQuery, narrow *store.DocQuery) (sieve, bool) {
	exact := func(c fhir.Coding) bool { return c.System != "" }
	any := func(c fhir.Coding) bool { return c.Code == "" }
	needed := slices.ContainsFunc(q.Formats, exact) || slices.ContainsFunc(q.Events, exact) || len(q.Events) > 1
	if slices.ContainsFunc(q.Formats, any) {
		narrow.Formats = nil
	}
	if len(q.Events) > 1 || slices.ContainsFunc(q.Events, any) { // the store wants all of them, a token parameter one
		narrow.Events = nil
	}
	return sieve{q.Formats, q.Events}, needed
}

// passes tells whether a document has one of the formats and one of the events.
func (s sieve) passes(d fhir.DocumentReference) bool {
	return oneOf(s.formats, d.Format) && oneOf(s.events, d.Event...)
}

// oneOf tells whether one of the codings is asked for; nothing asked asks for
// all.
func oneOf(asked []fhir.Coding, has ...fhir.Coding) bool {
	return len(asked) == 0 || slices.ContainsFunc(asked, func(a fhir.Coding) bool {
		return slices.ContainsFunc(has, func(h fhir.Coding) bool {
			return (a.Code == "" || a.Code == h.Code) && (a.System == "" || a.System == h.System)
		})
	})
}

// sift reads all that the store's query finds, and keeps one page of what
// passes the sieve.
func (s *Service) sift(ctx context.Context, g *consent.Grant, rec *store.Record, q store.DocQuery, by sieve) (store.DocPage, error) {
	after, limit, countOnly := q.After, q.Limit, q.CountOnly
	out := store.DocPage{}
	q.After, q.Limit, q.CountOnly = store.DocPos{}, largestPage, false
	for {
		found, err := s.st.Documents(ctx, g, rec, q)
		if err != nil {
			return out, err
		}
		for _, d := range found.Docs {
			v, err := fhir.ParseDocumentReference(d.Served)
			if err != nil {
				return out, err
			}
			if !by.passes(v) {
				continue
			}
			out.Total++
			switch {
			case countOnly || after != (store.DocPos{}) && !before(after, positionOf(d)):
			case len(out.Docs) < limit:
				out.Docs = append(out.Docs, d)
			default:
				out.More = true
			}
		}
		if !found.More {
			return out, nil
		}
		q.After = positionOf(found.Docs[len(found.Docs)-1])
	}
}

// positionOf gives the place of a document in lists.
func positionOf(d store.Doc) store.DocPos {
	return store.DocPos{Start: d.PeriodStart.UnixMilli(), N: d.N}
}

// before tells whether a place stands before another: newest act first.
func before(a, b store.DocPos) bool {
	return b.Start < a.Start || b.Start == a.Start && b.N < a.N
}
