package record

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// cursorHeld is of a holder's list of documents.
const cursorHeld = "held-documents"

// heldCursor is a place in a holder's list of documents.
type heldCursor struct {
	Record string
	Query  HeldQuery
	After  store.DocPos
}

// HeldDocuments lists the documents of a record, newest act first: those that
// are archived when the query asks for them, else the others. What waits for
// its announcement is neither listed nor counted, nor is, for a representative,
// what is hidden from them. Errors: NotFound, BadValue for a cursor of another
// sign-in.
func (s *Service) HeldDocuments(ctx context.Context, c Citizen, rec string, q HeldQuery) (HeldDocuments, error) {
	at := heldCursor{Record: rec, Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorHeld, q.Cursor, &at); err != nil {
			return HeldDocuments{}, err
		}
		if at.Record != rec {
			return HeldDocuments{}, fhir.E(fhir.BadValue, "Ce lien de page n’est plus valable : relancez la recherche.")
		}
	}
	var out HeldDocuments
	err := s.enters(ctx, c, rec, func(h *held) error {
		return s.shown(ctx, h, s.heldEntry(h, fhir.KindSearch, at.Query.shape()), func() (err error) {
			out, err = s.listHeld(ctx, h, at)
			return err
		})
	})
	return durable(out, err)
}

// shape names what a query asks, for the log, without values.
func (q HeldQuery) shape() string {
	names := []string{"patient", "status"}
	for _, part := range []struct {
		used bool
		name string
	}{{q.ID != "", "_id"}, {q.Words != "", "_text"}, {q.Class != "", "category"}, {q.Archived, "isArchived"}} {
		if part.used {
			names = append(names, part.name)
		}
	}
	return strings.Join(names, ",")
}

// listHeld reads one page.
func (s *Service) listHeld(ctx context.Context, h *held, at heldCursor) (out HeldDocuments, err error) {
	q := store.DocQuery{Statuses: []string{consent.StatusCurrent}, Archived: &at.Query.Archived, Limit: pageSize(at.Query.Limit), After: at.After}
	if len(at.Query.Statuses) > 0 {
		q.Statuses = at.Query.Statuses
	}
	if at.Query.Class != "" {
		q.Classes = []string{at.Query.Class}
	}
	if id := at.Query.ID; id != "" {
		d, _, err := s.st.Locate(ctx, id, "")
		if errors.Is(err, store.ErrNotFound) || err == nil && d.Record != h.rec.N {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		q.Among, q.Archived, q.Statuses = []int64{d.N}, nil, []string{consent.StatusCurrent, consent.StatusSuperseded}
	}
	found, err := s.foundHeld(ctx, h, q, strings.Fields(fold(at.Query.Words)))
	if err != nil {
		return out, err
	}
	out.Total = found.Total
	for _, d := range found.Docs {
		r, err := s.linked(ctx, h.grant, h.rec, d, d.Served)
		if err != nil {
			return out, err
		}
		v, err := fhir.ParseDocumentReference(unmarked(r.JSON))
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, v)
	}
	if found.More {
		at.After = positionOf(found.Docs[len(found.Docs)-1])
		out.Next = s.sealCursor(h.c.principal(), cursorHeld, at)
	}
	return out, nil
}

// foundHeld reads the page of a query, of all documents or of those with words.
func (s *Service) foundHeld(ctx context.Context, h *held, q store.DocQuery, words []string) (store.DocPage, error) {
	if len(words) == 0 {
		return s.st.Documents(ctx, h.grant, h.rec, q)
	}
	all, err := s.withWords(ctx, h, q, words)
	if err != nil || len(all) == 0 {
		return store.DocPage{}, err
	}
	from := 0
	if q.After != (store.DocPos{}) {
		from = slices.IndexFunc(all, func(p store.DocPos) bool { return before(q.After, p) })
		if from < 0 {
			return store.DocPage{Total: len(all)}, nil
		}
	}
	to := min(from+q.Limit, len(all))
	q.Among, q.After = nil, store.DocPos{}
	for _, p := range all[from:to] {
		q.Among = append(q.Among, p.N)
	}
	page, err := s.st.Documents(ctx, h.grant, h.rec, q)
	page.Total, page.More = len(all), to < len(all)
	return page, err
}

// The words of titles are sealed: to find one, every title that the holder may
// see is opened once, and its folded words are remembered: no change of a
// document changes its title, type or author. What is remembered is only ever
// looked up for documents that the filter lets pass.

// textRecords bounds the records whose words are remembered: 5,000 documents
// take about a megabyte.
const textRecords = 64

// texts remembers the folded words of documents, by record.
type texts struct {
	of *lru.Cache[int64, *recordTexts]
}

// recordTexts is of one record.
type recordTexts struct {
	mu   sync.Mutex       // guards docs
	docs map[int64]string // by number: " word word", each word after a space
}

func newTexts() *texts {
	of, err := lru.New[int64, *recordTexts](textRecords)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &texts{of}
}

func (t *texts) record(n int64) *recordTexts {
	if found, ok := t.of.Get(n); ok {
		return found
	}
	made := &recordTexts{docs: map[int64]string{}}
	if found, ok, _ := t.of.PeekOrAdd(n, made); ok {
		return found
	}
	return made
}

// withWords gives the places of the documents that a query finds and that have
// words beginning with each of some, in the order of lists.
func (s *Service) withWords(ctx context.Context, h *held, q store.DocQuery, words []string) ([]store.DocPos, error) {
	places, err := s.st.Places(ctx, h.grant, h.rec, q)
	if err != nil {
		return nil, err
	}
	known := s.texts.record(h.rec.N)
	known.mu.Lock()
	defer known.mu.Unlock()
	var missing []int64
	for _, p := range places {
		if _, ok := known.docs[p.N]; !ok {
			missing = append(missing, p.N)
		}
	}
	if err := s.readTexts(ctx, h, known, missing); err != nil {
		return nil, err
	}
	var out []store.DocPos
	for _, p := range places {
		if hasWords(known.docs[p.N], words) {
			out = append(out, p)
		}
	}
	return out, nil
}

func hasWords(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, " "+w) {
			return false
		}
	}
	return true
}

// readTexts opens some documents for their words.
func (s *Service) readTexts(ctx context.Context, h *held, known *recordTexts, missing []int64) error {
	for len(missing) > 0 {
		some := missing[:min(len(missing), largestPage)]
		missing = missing[len(some):]
		found, err := s.st.Documents(ctx, h.grant, h.rec, store.DocQuery{
			Statuses: []string{consent.StatusCurrent, consent.StatusSuperseded}, Among: some, Limit: len(some),
		})
		if err != nil {
			return err
		}
		for _, d := range found.Docs {
			v, err := fhir.ParseDocumentReference(unmarked(d.Served))
			if err != nil {
				return err
			}
			known.docs[d.N] = " " + fold(strings.Join([]string{
				v.Attachment.Title, v.Type.Display, typeLabel(v.Type.Code), v.Author.Name, v.Author.OrgName,
			}, " "))
		}
	}
	return nil
}

// heldDocument finds a document of an entered record that its reader may see.
// Any other is one that never was.
func (s *Service) heldDocument(ctx context.Context, h *held, id string) (store.Doc, error) {
	d, rec, err := s.st.Locate(ctx, id, "")
	if errors.Is(err, store.ErrNotFound) {
		return d, s.missedBy(ctx, h.c, id)
	}
	if err != nil {
		return d, err
	}
	if rec.N != h.rec.N || !h.grant.Filter().Allows(d.Facts) {
		if rec.N == h.rec.N && h.grant.Filter().AllowedBefore(d.Facts) {
			return d, refused(consent.RefusalWithdrawn)
		}
		return d, s.missedBy(ctx, h.c, id)
	}
	if rec.Facts.Epoch != h.rec.Facts.Epoch {
		return d, store.ErrStale
	}
	return d, nil
}

// HeldContent gives a document's bytes. The caller closes it. Errors: NotFound,
// Withdrawn.
func (s *Service) HeldContent(ctx context.Context, c Citizen, rec, document string) (Content, error) {
	var out Content
	err := s.enters(ctx, c, rec, func(h *held) error {
		d, err := s.heldDocument(ctx, h, document)
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindRead, "")
		e.Document = d.ID
		out.close()
		return s.shown(ctx, h, e, func() error {
			r, err := s.st.Content(ctx, h.grant, d, h.rec)
			out = Content{Type: d.ContentType, Size: d.Size, SHA256: d.SHA256, Reader: r}
			return err
		})
	})
	if err != nil {
		out.close()
		return Content{}, err
	}
	return out, nil
}
