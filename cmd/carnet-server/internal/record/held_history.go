package record

import (
	"context"
	"errors"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// historyCursor is a place in a history.
type historyCursor struct {
	Record string
	Query  HistoryQuery
	Below  int64
	Shown  []shownVisit
}

const cursorHistory = "history"

// How much of the log one page reads at most, and at a time.
const (
	historyScan  = 8_000
	historyChunk = 400
	historyPage  = 50
	largestLines = 200
	// offlineLate bounds how long after it was done an offline read is found by
	// its own time.
	offlineLate = 30 * 24 * time.Hour
)

// History tells who did what in a record, one line a visit, newest first.
// Reading it is itself logged. A page may be short, even empty, while Next is
// set: what is asked for is rare, and the search goes on there. Errors:
// NotFound, BadValue (cursor), Forbidden (heirs and the partner).
func (s *Service) History(ctx context.Context, c Citizen, rec string, q HistoryQuery) (History, error) {
	at := historyCursor{Record: rec, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorHistory, q.Cursor, &at); err != nil {
			return History{}, err
		}
		if at.Record != rec {
			return History{}, fhir.E(fhir.BadValue, "Ce lien de page n'est plus valable : relancez la recherche.")
		}
	}
	at.Query.Cursor = ""
	if at.Query.Limit <= 0 || at.Query.Limit > largestLines {
		at.Query.Limit = historyPage
	}
	var out History
	err := s.enters(ctx, c, rec, func(r *held) (err error) {
		if err := r.reviews(); err != nil {
			return err
		}
		if out, err = s.readHistory(ctx, r, at); err != nil {
			return err
		}
		return s.wrote(ctx, r, s.heldEntry(r, fhir.KindHistory, ""), nil)
	})
	return durable(out, err)
}

// readHistory reads one page.
func (s *Service) readHistory(ctx context.Context, r *held, at historyCursor) (out History, err error) {
	q := at.Query
	ask := store.HistoryAsk{Record: r.rec.N, Below: at.Below, Limit: min(historyChunk, 8*q.Limit)} // a visit is a few entries
	if q.Who != "" && !isOrg(q.Who) {
		ask.Actor = q.Who
	}
	if ask.Below == 0 && !q.To.IsZero() {
		late, err := s.st.SeqAt(ctx, r.rec.N, q.To.Add(offlineLate))
		if err != nil {
			return out, err
		}
		ask.Below = late
	}
	g := newLines(at.Shown)
	see := newSight(s, r)
	taken, more := 0, true
	for scanned := 0; more && len(out.Visits) < q.Limit; {
		var cut bool
		if more, err = s.moreLines(ctx, g, &ask, q.From); err != nil {
			return out, err
		}
		scanned += ask.Limit
		ask.Limit = historyChunk
		if scanned >= historyScan && more {
			cut = true
			if len(g.ready()) == 0 {
				g.end()
			}
		}
		for _, l := range g.ready()[taken:] {
			if taken++; q.matches(l) {
				if v, ok := q.visit(l, see.tell(ctx)); ok {
					out.Visits = append(out.Visits, v)
				}
			}
			if len(out.Visits) == q.Limit {
				break
			}
		}
		if cut {
			break
		}
	}
	if see.err != nil {
		return out, see.err
	}
	switch {
	case !more && taken == len(g.order):
		return out, nil
	case taken > 0:
		at.Below, at.Shown = g.rest(taken)
	default:
		at.Below = ask.Below
	}
	out.Next = s.sealCursor(r.c.principal(), cursorHistory, at)
	return out, nil
}

// visit gives a line that is asked for as its reader sees it, when it is asked for
// by what they see.
func (q HistoryQuery) visit(l *line, tell func(traced, *Act) bool) (Visit, bool) {
	seen, acts := seenOf(l, tell)
	if len(acts) == 0 || !q.matches(seen) {
		return Visit{}, false
	}
	return visitOf(seen, acts)
}

// moreLines reads on and tells whether there is more.
func (s *Service) moreLines(ctx context.Context, g *lines, ask *store.HistoryAsk, from time.Time) (bool, error) {
	found, err := s.st.History(ctx, *ask)
	if err != nil {
		return false, err
	}
	for _, e := range found {
		ask.Below = e.Seq
		if e.Body == nil { // erased
			continue
		}
		entry, err := audit.Read(e.Body)
		if err != nil {
			return false, err
		}
		if !from.IsZero() && entry.At.Before(from.Add(-visitSession-clockSlack)) {
			g.end()
			return false, nil
		}
		g.add(traced{e.Seq, entry})
	}
	if len(found) < ask.Limit {
		g.end()
		return false, nil
	}
	return true, nil
}

// sight is what one reader may see of the documents that a history tells of:
// names and titles are not in the log.
type sight struct {
	s    *Service
	r    *held
	docs map[string]seen
	err  error // the first fault of reading
}

// seen is a document as a reader may see it.
type seen struct {
	shown    bool // the reader may know of it
	waiting  bool // for its announcement: that it is there, and nothing else
	gone     bool // withdrawn
	other    bool // no document: an item of the profile, a rule …
	title    string
	typeCode string
}

func newSight(s *Service, r *held) *sight { return &sight{s: s, r: r, docs: map[string]seen{}} }

// tell gives the function that completes acts.
func (v *sight) tell(ctx context.Context) func(traced, *Act) bool {
	return func(e traced, act *Act) bool {
		if e.Document == "" {
			return true
		}
		d := v.document(ctx, e.Document, true)
		switch {
		case !d.shown:
			return false
		case d.waiting:
			act.Document, act.Waiting, act.Detail = "", true, ""
		case d.other:
			act.Document = ""
		case d.gone:
			act.Document = ""
			if act.Detail == "" {
				act.Detail = "withdrawn"
			}
		default:
			act.Title, act.TypeCode = d.title, d.typeCode
		}
		return true
	}
}

// document looks at one document, once.
func (v *sight) document(ctx context.Context, id string, titled bool) seen {
	if d, ok := v.docs[id]; ok {
		return d
	}
	d, err := v.look(ctx, id, titled)
	if err != nil && v.err == nil {
		v.err = err
	}
	v.docs[id] = d
	return d
}

// look decides what a reader may see of a document, and reads its title.
func (v *sight) look(ctx context.Context, id string, titled bool) (seen, error) {
	d, rec, err := v.s.st.Locate(ctx, id, "")
	if errors.Is(err, store.ErrNotFound) || err == nil && rec.N != v.r.rec.N {
		return seen{shown: true, other: true}, nil
	}
	if err != nil {
		return seen{}, err
	}
	filter, facts := v.r.grant.Filter(), d.Facts
	facts.HiddenPatient = false
	if !filter.Allows(facts) && !filter.AllowedBefore(facts) {
		return seen{}, nil
	}
	out := seen{shown: true, waiting: d.Facts.HiddenPatient, gone: d.Facts.Status == consent.StatusWithdrawn}
	if out.waiting || out.gone || !titled {
		return out, nil
	}
	body, err := v.s.st.Reveal(ctx, v.r.grant, d, rec)
	if errors.Is(err, store.ErrNoGrant) { // it changed just now
		return seen{}, store.ErrStale
	}
	if err != nil {
		return seen{}, err
	}
	view, err := fhir.ParseDocumentReference(body)
	out.title, out.typeCode = view.Attachment.Title, view.Type.Code
	return out, err
}
