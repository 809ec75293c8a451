package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"strings"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Snapshot makes all that is read from now on be of one moment, whatever a
// server writes meanwhile, until Release.
func (r *Reader) Snapshot(ctx context.Context) error {
	_, err := r.conn.ExecContext(ctx, `BEGIN`)
	return err
}

// Release ends what Snapshot began.
func (r *Reader) Release(ctx context.Context) error {
	_, err := r.conn.ExecContext(ctx, `ROLLBACK`)
	return err
}

// Empty tells that nothing was ever written.
func (r *Reader) Empty(ctx context.Context) (empty bool, err error) {
	err = one(r.db.queries(ctx), `SELECT NOT EXISTS (SELECT 1 FROM leaf) AND NOT EXISTS (SELECT 1 FROM entry)
		AND NOT EXISTS (SELECT 1 FROM patient) AND NOT EXISTS (SELECT 1 FROM document)`, []any{&empty})
	return empty, err
}

// Orphan is rows that belong to nothing that is there.
type Orphan struct {
	Place int64 // number of the row that they name, or of the row itself
	What  string
}

var orphans = []struct{ what, text string }{
	{"an entry has no leaf", `SELECT seq FROM entry WHERE seq NOT IN (SELECT seq FROM leaf)`},
	{"bytes of a document that is gone", `SELECT DISTINCT document FROM content WHERE document NOT IN (SELECT n FROM document)`},
	{"what was received of a document that is gone", `SELECT DISTINCT document FROM received WHERE document NOT IN (SELECT n FROM document)`},
	{"a submission set of a document that is gone", `SELECT document FROM submission WHERE document NOT IN (SELECT n FROM document)`},
	{"a sending key of a document that is gone", `SELECT document FROM once WHERE document NOT IN (SELECT n FROM document)`},
	{"a document has not exactly one submission set", `SELECT n FROM document d WHERE 1 <> (SELECT count(*) FROM submission s WHERE s.document = d.n AND s.filed = d.filed)`},
	{"a document and the one it replaces do not name each other", `SELECT d.n FROM document d WHERE d.replaces <> 0
		AND NOT EXISTS (SELECT 1 FROM document o WHERE o.n = d.replaces AND o.replaced_by = d.n AND o.patient = d.patient)`},
	{"a document and the one that replaces it do not name each other", `SELECT d.n FROM document d WHERE d.replaced_by <> 0
		AND NOT EXISTS (SELECT 1 FROM document o WHERE o.n = d.replaced_by AND o.replaces = d.n AND o.patient = d.patient)`},
	{"the list of files of contents was changed", `SELECT n FROM document d WHERE segment <> 0 AND start + head + size + (size + 262143) / 262144 * 28 >
		COALESCE((SELECT length FROM segment WHERE n = d.segment), 0)`},
	{"a message of a dialogue that is gone", `SELECT n FROM message WHERE dialogue NOT IN (SELECT n FROM dialogue)`},
	{"the words of a dialogue are not all there", `SELECT dialogue FROM dialogue_words GROUP BY dialogue HAVING max(part) + 1 <> count(*)`},
	{"the words of a dialogue that is gone", `SELECT dialogue FROM dialogue_words WHERE dialogue NOT IN (SELECT n FROM dialogue)`},
	{"a person has no record", `SELECT n FROM patient WHERE n NOT IN (SELECT patient FROM record)`},
	{"a record is of nobody", `SELECT patient FROM record WHERE patient NOT IN (SELECT n FROM patient)`},
	{"a mandate over a record that is gone", `SELECT n FROM mandate WHERE patient NOT IN (SELECT patient FROM record)`},
	{"an item of a record that is gone", `SELECT n FROM item WHERE patient NOT IN (SELECT patient FROM record)`},
	{"a decision about a record that is gone", `SELECT patient FROM provision WHERE patient NOT IN (SELECT patient FROM record)`},
}

// Orphans finds rows that name what is not there.
func (r *Reader) Orphans(ctx context.Context) (all []Orphan, err error) {
	for _, o := range orphans {
		err := each(r.db.queries(ctx), o.text, nil, func(row rows) error {
			found := Orphan{What: o.what}
			err := row.Scan(&found.Place)
			all = append(all, found)
			return err
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// Records checks each record's facts against their seal, and tells the numbers
// of those that were changed.
func (r *Reader) Records(ctx context.Context) (changed []int64, err error) {
	query := r.db.queries(ctx)
	for after := int64(0); ; {
		var key, sealed []byte
		var state int64
		err := one(query, `SELECT patient, state, key, facts FROM record WHERE patient > ?1 ORDER BY patient LIMIT 1`, []any{&after, &state, &key, &sealed}, after)
		if errors.Is(err, store.ErrNotFound) {
			return changed, nil
		}
		if err != nil {
			return changed, err
		}
		sum, err := hashFacts(query, after)
		if err != nil {
			return changed, err
		}
		var was []byte
		box := r.db.keys.System()
		if consent.State(state) != consent.StateNone { // not erased
			box, err = r.db.keys.Box(after, key)
		}
		if err == nil {
			was, err = box.Open(nil, "facts", uint64(after), 0, sealed)
		}
		whole := err == nil && string(was) == string(sum[:])
		if whole {
			if whole, err = chainHolds(query, box, after); err != nil {
				return changed, err
			}
		}
		if !whole {
			changed = append(changed, after)
		}
	}
}

// Checked is a document as its columns tell it, with its opened resource in
// Served.
type Checked struct {
	store.Doc
	Patient string // logical id
	// What does not open, or is not what was filed; "" when all is well.
	Bad string
}

// Documents gives every document, after checking that all of it opens and that
// its bytes are those that were filed.
func (r *Reader) Documents(ctx context.Context, yield func(Checked)) error {
	for after := int64(0); ; {
		doc, err := r.next(ctx, after)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		after = doc.N
		if err := r.check(ctx, &doc); err != nil {
			return err
		}
		yield(doc)
	}
}

const checkedText = `SELECT d.n, d.patient, d.id, d.unique_id, d.status, COALESCE(t.code, ''), d.class, d.author, d.author_family, d.author_given,
	d.by_patient, d.filer, d.masked, d.hidden, d.archived, d.conf, d.facility, d.setting, d.format, d.events, d.ctype, d.size, d.sha256,
	d.doc_date, d.creation, d.period_start, d.period_end, d.filed, d.version, d.updated, d.replaces, d.replaced_by,
	d.segment, d.start, d.head, COALESCE(p.id, '')
	FROM document d LEFT JOIN doctype t ON t.ord = d.type LEFT JOIN patient p ON p.n = d.patient WHERE d.n > ?1 ORDER BY d.n LIMIT 1`

func (r *Reader) next(ctx context.Context, after int64) (doc Checked, err error) {
	var sum []byte
	var status, hidden, date, creation, start, end, filed, updated int64
	var events string
	f := &doc.Facts
	err = one(r.db.queries(ctx), checkedText, []any{
		&doc.N, &doc.Record, &doc.ID, &doc.UniqueID, &status, &f.Type, &doc.Class, &f.AuthorID, &doc.Family, &doc.GivenName,
		&f.ByPatient, &doc.Filer, &f.Masked, &hidden, &f.Archived, &doc.Conf, &doc.Facility, &doc.Setting, &doc.Format, &events,
		&doc.ContentType, &doc.Size, &sum, &date, &creation, &start, &end, &filed, &doc.Version, &updated, &doc.Replaces, &doc.ReplacedBy,
		&doc.Stored.Segment, &doc.Stored.Start, &doc.Stored.Head, &doc.Patient,
	}, after)
	if err != nil {
		return doc, err
	}
	copy(doc.SHA256[:], sum)
	doc.Stored.Size = doc.Size
	f.Status = "?"
	if status >= 0 && status < int64(len(statusNames)) {
		f.Status = statusNames[status]
	}
	f.HiddenPatient, f.HiddenReps = hidden&hiddenPatient != 0, hidden&hiddenReps != 0
	if events = strings.Trim(events, "|"); events != "" {
		doc.Events = strings.Split(events, "|")
	}
	doc.Date, doc.Creation, doc.PeriodStart, doc.PeriodEnd = fromMillis(date), fromMillis(creation), fromMillis(start), fromMillis(end)
	doc.Filed, doc.Updated = fromMillis(filed), fromMillis(updated)
	return doc, nil
}

// check opens all of a document.
func (r *Reader) check(ctx context.Context, doc *Checked) error {
	query := r.db.queries(ctx)
	var key []byte
	err := one(query, `SELECT key FROM record WHERE patient = ?1`, []any{&key}, doc.Record)
	if errors.Is(err, store.ErrNotFound) {
		doc.Bad = "a document is in no record"
		return nil
	}
	if err != nil {
		return err
	}
	box, err := r.db.keys.Box(doc.Record, key)
	if err != nil {
		doc.Bad = "the key of a document's record does not open"
		return nil
	}
	if doc.Served, err = served(query, box, doc.Doc); err != nil {
		doc.Bad = "a document's description does not open"
		return ignore(err, store.ErrSealed)
	}
	sum := sha256.New()
	c := r.db.content(ctx, box, doc.Doc)
	defer func() { _ = c.Close() }() // it only forgets
	if _, err := io.Copy(sum, c); err != nil || [32]byte(sum.Sum(nil)) != doc.SHA256 {
		doc.Bad = "a document is not the one that was filed"
		return ignore(err, store.ErrSealed)
	}
	return errors.Join(r.checkReceived(query, box, doc), r.checkSet(query, box, doc))
}

// ignore drops an error that is told as a problem; another is one of reading.
func ignore(err, known error) error {
	if errors.Is(err, known) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// checkReceived opens what was received: the resource, then each patch, under
// the versions that they made. Being replaced makes a version, too, and is not
// received.
func (r *Reader) checkReceived(query queryFunc, box store.Box, doc *Checked) error {
	want := doc.Version
	if doc.ReplacedBy != 0 {
		want--
	}
	var parts int64
	first := false
	if doc.Stored.Segment != 0 {
		_, err := r.db.receivedRun(box, doc.Doc)
		if err != nil && !errors.Is(err, store.ErrSealed) {
			return err
		}
		if parts, first = 1, true; err != nil {
			doc.Bad = "what was received of a document does not open"
		}
	}
	err := each(query, `SELECT part, body FROM received WHERE document = ?1 ORDER BY part`, []any{doc.N}, func(row rows) error {
		var part int64
		var sealed sql.RawBytes
		if err := row.Scan(&part, &sealed); err != nil {
			return err
		}
		parts++
		first = first || part == 1
		if _, err := box.Open(nil, "received", store.RowOf(doc.ID), int(part), sealed); err != nil || part > doc.Version {
			doc.Bad = "what was received of a document does not open"
		}
		return nil
	})
	if doc.Bad == "" && (parts != want || !first) {
		doc.Bad = "what was received of a document is not all there"
	}
	return err
}

// checkSet opens a document's submission set.
func (r *Reader) checkSet(query queryFunc, box store.Box, doc *Checked) error {
	return each(query, `SELECT id, body FROM submission WHERE document = ?1`, []any{doc.N}, func(row rows) error {
		var id string
		var sealed sql.RawBytes
		if err := row.Scan(&id, &sealed); err != nil {
			return err
		}
		if _, err := box.Open(nil, "set", store.RowOf(id), 0, sealed); err != nil {
			doc.Bad = "a document's submission set does not open"
		}
		return nil
	})
}
