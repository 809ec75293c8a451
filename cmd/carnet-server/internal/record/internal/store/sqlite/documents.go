package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const documentColumns = `d.n, d.patient, d.id, d.unique_id, d.status, d.type, d.class, d.author, d.by_patient, d.filer, d.masked,
	d.hidden, d.archived, d.conf, d.ctype, d.size, d.sha256, d.period_start, d.filed, d.version, d.updated, d.replaces,
	d.replaced_by, d.segment, d.start, d.head, r.epoch`

// scanDocument reads a document and the epoch of its record.
func (d *DB) scanDocument(r rows) (doc store.Doc, epoch int64, err error) {
	var status, kind, hidden, start, filed, updated int64
	var sum sql.RawBytes
	f := &doc.Facts
	err = r.Scan(
		&doc.N, &doc.Record, &doc.ID, &doc.UniqueID, &status, &kind, &doc.Class, &f.AuthorID, &f.ByPatient, &doc.Filer,
		&f.Masked, &hidden, &f.Archived, &doc.Conf, &doc.ContentType, &doc.Size, &sum, &start, &filed, &doc.Version, &updated,
		&doc.Replaces, &doc.ReplacedBy, &doc.Stored.Segment, &doc.Stored.Start, &doc.Stored.Head, &epoch,
	)
	if err != nil {
		return doc, 0, err
	}
	copy(doc.SHA256[:], sum)
	doc.Stored.Size = doc.Size
	f.Status, f.Type = statusNames[status], d.types.name(kind)
	f.HiddenPatient, f.HiddenReps = hidden&hiddenPatient != 0, hidden&hiddenReps != 0
	doc.PeriodStart, doc.Filed, doc.Updated = fromMillis(start), fromMillis(filed), fromMillis(updated)
	return doc, epoch, nil
}

// locate finds the one document whose column has a value, with the epoch of
// its record in the same instant.
func (d *DB) locate(query queryFunc, column string, value any) (at location, err error) {
	found := false
	text := `SELECT ` + documentColumns + ` FROM document d JOIN record r ON r.patient = d.patient WHERE d.` + column + ` = ?1`
	err = each(query, text, []any{value}, func(r rows) error {
		found = true
		at.doc, at.epoch, err = d.scanDocument(r)
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return at, err
}

// byID names the column to find a document by.
func byID(id, uniqueID string) (column, value string) {
	if id == "" {
		return "unique_id", uniqueID
	}
	return "id", id
}

// Locate finds a document for a decision, with its record at the same epoch.
// What is remembered of a document counts as long as that epoch, which moves
// with every change of a document.
func (d *DB) Locate(ctx context.Context, id, uniqueID string) (store.Doc, *store.Record, error) {
	column, value := byID(id, uniqueID)
	for range 3 {
		at, ok := d.known.get(column + value)
		if !ok {
			mark := d.known.mark()
			found, err := d.locate(d.queries(ctx), column, value)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return store.Doc{}, nil, err
			}
			at = found
			d.known.add(column+value, at, mark)
		}
		if at.doc.N == 0 {
			return store.Doc{}, nil, store.ErrNotFound
		}
		rec, err := d.Record(ctx, at.doc.Record)
		if err != nil || rec.Facts.Epoch == at.epoch {
			return at.doc, rec, err
		}
		d.known.forget(column + value)
		d.Forget(rec.N)
	}
	return store.Doc{}, nil, errors.New("sqlite: the record changes too often")
}

// opens is the door: a grant of this record, now.
func (d *DB) opens(g *consent.Grant, r *store.Record) bool {
	return r != nil && g.Opens(r.Facts.PatientID, d.now())
}

// Reveal gives the resource of a located document against a grant whose filter
// it passes. ErrStale: the document changed since.
func (d *DB) Reveal(ctx context.Context, g *consent.Grant, doc store.Doc, r *store.Record) ([]byte, error) {
	if !d.opens(g, r) || doc.Record != r.N || !g.Filter().Allows(doc.Facts) {
		return nil, store.ErrNoGrant
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return nil, err
	}
	return served(d.queries(ctx), box, doc)
}

// served reads and opens a document's resource.
func served(query queryFunc, box store.Box, doc store.Doc) (body []byte, err error) {
	err = one(query, `SELECT served FROM document WHERE n = ?1 AND version = ?2`, []any{&body}, doc.N, doc.Version)
	if errors.Is(err, store.ErrNotFound) {
		return nil, store.ErrStale
	}
	if err != nil {
		return nil, err
	}
	return box.Open(nil, "served", store.RowOf(doc.ID), int(doc.Version), body)
}

// countKey names a count that holds as long as the record does not change.
type countKey struct {
	record, epoch, docs int64
	query               [sha256.Size]byte
}

// Documents lists what the grant's filter lets pass, newest act first. The page
// may be shared with others who asked for it: it must not be written to.
func (d *DB) Documents(ctx context.Context, g *consent.Grant, r *store.Record, q store.DocQuery) (page store.DocPage, err error) {
	if !d.opens(g, r) {
		return page, store.ErrNoGrant
	}
	filter := g.Filter()
	if filter.Empty() {
		return page, nil
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return page, err
	}
	c := clauses{args: d.filterArgs(r.N, filter, q.Statuses)}
	c.documents(q)
	key := pageKey{countKey{r.N, r.Facts.Epoch, r.Docs, c.key()}, q.After, q.Limit}
	if !q.CountOnly {
		if page, ok := d.pages.get(key); ok {
			return page, nil
		}
		defer func() {
			if err == nil {
				d.pages.add(key, page)
			}
		}()
	}
	if page.Total, err = d.count(ctx, key.countKey, &c); err != nil || page.Total == 0 || q.CountOnly {
		return page, err
	}
	if q.After != (store.DocPos{}) {
		c.and("(d.period_start, d.n) < (?, ?)", q.After.Start, q.After.N)
	}
	page.Docs = make([]store.Doc, 0, min(q.Limit, page.Total))
	var opened []byte // the resources, one after the other
	text := `SELECT d.n, d.id, d.version, d.updated, d.period_start, d.replaces, d.replaced_by, d.served FROM document d WHERE ` + filterText +
		c.text.String() + ` ORDER BY d.period_start DESC, d.n DESC` + c.limit(q.Limit+1)
	err = each(d.queries(ctx), text, c.args, func(row rows) error {
		if len(page.Docs) == q.Limit {
			page.More = true
			return nil
		}
		var sealed sql.RawBytes
		var updated, start int64
		doc := store.Doc{Record: r.N}
		if err := row.Scan(&doc.N, &doc.ID, &doc.Version, &updated, &start, &doc.Replaces, &doc.ReplacedBy, &sealed); err != nil {
			return err
		}
		doc.Updated, doc.PeriodStart = fromMillis(updated), fromMillis(start)
		if cap(opened)-len(opened) < len(sealed) { // about as long as those that follow
			opened = make([]byte, 0, (cap(page.Docs)-len(page.Docs))*(len(sealed)+len(sealed)/16))
		}
		from := len(opened)
		if opened, err = box.Open(opened, "served", store.RowOf(doc.ID), int(doc.Version), sealed); err != nil {
			return err
		}
		doc.Served = slices.Clip(opened[from:])
		page.Docs = append(page.Docs, doc)
		return nil
	})
	return page, err
}

// count counts what the clauses let pass, remembering it for this state of the
// record.
func (d *DB) count(ctx context.Context, key countKey, c *clauses) (n int, err error) {
	if n, ok := d.counts.Get(key); ok {
		return n, nil
	}
	text := `SELECT count(*) FROM document d WHERE ` + filterText + c.text.String()
	if err := one(d.queries(ctx), text, []any{&n}, c.args...); err != nil {
		return 0, err
	}
	d.counts.Add(key, n)
	return n, nil
}

// Visible gives the logical ids of those documents that the filter lets pass.
func (d *DB) Visible(ctx context.Context, g *consent.Grant, r *store.Record, docs []int64) (map[int64]string, error) {
	if !d.opens(g, r) {
		return nil, store.ErrNoGrant
	}
	list, err := json.Marshal(docs)
	if err != nil {
		return nil, err
	}
	c := clauses{args: d.filterArgs(r.N, g.Filter(), statusNames)}
	c.and("d.n IN (SELECT value FROM json_each(?))", string(list))
	out := map[int64]string{}
	err = each(d.queries(ctx), `SELECT d.n, d.id FROM document d WHERE `+filterText+c.text.String(), c.args, func(row rows) error {
		var n int64
		var id string
		err := row.Scan(&n, &id)
		out[n] = id
		return err
	})
	return out, err
}

// Sets lists submission sets whose document the filter lets pass.
func (d *DB) Sets(ctx context.Context, g *consent.Grant, r *store.Record, q store.SetQuery) (page store.SetPage, err error) {
	if !d.opens(g, r) {
		return page, store.ErrNoGrant
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return page, err
	}
	c := clauses{args: d.filterArgs(r.N, g.Filter(), []string{consent.StatusCurrent, consent.StatusSuperseded})}
	if q.ID != "" {
		c.and("s.id = ?", q.ID)
	}
	c.ranges("s.filed", q.Date)
	from := ` FROM document d CROSS JOIN submission s ON s.document = d.n WHERE ` + filterText
	if err := one(d.queries(ctx), `SELECT count(DISTINCT s.id)`+from+c.text.String(), []any{&page.Total}, c.args...); err != nil {
		return page, err
	}
	if q.Before != 0 {
		c.and("s.n < ?", q.Before)
	}
	text := `SELECT s.n, s.id, s.filed, s.body, d.id` + from + c.text.String() + ` ORDER BY s.n DESC` + c.limit(setRows*(q.Limit+1))
	m := setMerger{box: box, limit: q.Limit}
	if err := each(d.queries(ctx), text, c.args, m.row); err != nil && !errors.Is(err, errFull) {
		return page, err
	}
	page.Sets, page.More = m.sets, m.more
	return page, nil
}

// SetOf tells of which record a submission set is.
func (d *DB) SetOf(ctx context.Context, id string) (record int64, err error) {
	err = one(d.queries(ctx), `SELECT d.patient FROM submission s JOIN document d ON d.n = s.document WHERE s.id = ?1 LIMIT 1`, []any{&record}, id)
	return record, err
}

// key gives a hash of the query and its arguments.
func (c *clauses) key() [sha256.Size]byte {
	b := append(make([]byte, 0, 512), c.text.String()...)
	for _, a := range c.args[1:] {
		b = appendKey(b, a)
	}
	return sha256.Sum256(b)
}
