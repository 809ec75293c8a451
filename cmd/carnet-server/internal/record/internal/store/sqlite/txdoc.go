package sqlite

import (
	"errors"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// AddDocument adds a document whose bytes Put wrote, and sets d.N and d.Stored.
// d.Served is clear.
func (t *tx) AddDocument(d *store.Doc, s store.Stored) error {
	if s.Segment == 0 || s.Size != d.Size {
		return errors.New("sqlite: a document without its bytes")
	}
	t.w.names(s)
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	kind, err := t.typeNumber(d.Facts.Type)
	if err != nil {
		return err
	}
	status, _ := statusNumber(d.Facts.Status)
	row := store.RowOf(d.ID)
	n, err := t.nextDocument(d.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO document (n, id, unique_id, patient, status, type, class, author, author_family, author_given,
		by_patient, filer, masked, hidden, archived, conf, facility, setting, format, events, ctype, size, sha256,
		doc_date, creation, period_start, period_end, filed, version, updated, replaces, replaced_by, served, segment, start, head)
		VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,0,?32,?33,?34,?35)`,
		n, d.ID, d.UniqueID, d.Record, status, kind, d.Class, d.Facts.AuthorID, d.Family, d.GivenName,
		flag(d.Facts.ByPatient), d.Filer, flag(d.Facts.Masked), hiddenBits(d), flag(d.Facts.Archived), d.Conf, d.Facility,
		d.Setting, d.Format, "|"+strings.Join(d.Events, "|")+"|", d.ContentType, d.Size, d.SHA256[:],
		millis(d.Date), millis(d.Creation), millis(d.PeriodStart), millis(d.PeriodEnd), millis(d.Filed), d.Version,
		millis(d.Updated), d.Replaces, box.Seal("served", row, int(d.Version), d.Served), s.Segment, s.Start, s.Head)
	if err != nil {
		return unique(err)
	}
	d.N, d.Stored = n, s
	t.onCommit(func() { t.w.db.known.created(d) })
	return t.bumpDocs(d.Record)
}

// documentBits is how many bits of a document's number are its place within
// the record; those above are the record's number. A record's documents lie
// side by side in the file that way: a list reads a few pages that follow one
// another, not one for each row.
const documentBits = 24

// nextDocument gives the number of a record's next document.
func (t *tx) nextDocument(record int64) (n int64, err error) {
	first := record << documentBits
	err = t.w.row(`SELECT COALESCE(max(n), ?1) + 1 FROM document WHERE n > ?1 AND n < ?2`, []any{&n}, first, first+1<<documentBits)
	return n, err
}

// addReceived keeps a patch as received, as the part with the version that it
// makes.
func (t *tx) addReceived(box store.Box, d *store.Doc, received []byte) error {
	_, err := t.run(`INSERT INTO received VALUES (?1,?2,?3)`, d.N, d.Version,
		box.Seal("received", store.RowOf(d.ID), int(d.Version), received))
	return err
}

// UpdateDocument writes a new version of a document's state. The version
// before must be the one that is stored (ErrVersion).
func (t *tx) UpdateDocument(d *store.Doc, received []byte) error {
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	status, _ := statusNumber(d.Facts.Status)
	r, err := t.w.exec(`UPDATE document SET status=?3, masked=?4, hidden=?5, archived=?6, conf=?7, version=?8, updated=?9, replaced_by=?10,
		served=?11 WHERE n=?1 AND version=?2`,
		d.N, d.Version-1, status, flag(d.Facts.Masked), hiddenBits(d), flag(d.Facts.Archived), d.Conf, d.Version, millis(d.Updated),
		d.ReplacedBy, box.Seal("served", store.RowOf(d.ID), int(d.Version), d.Served))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return store.ErrVersion
	}
	if received != nil {
		if err := t.addReceived(box, d, received); err != nil {
			return err
		}
	}
	if err := t.bumpDocs(d.Record); err != nil {
		return err
	}
	return t.BumpEpoch(d.Record)
}

func hiddenBits(d *store.Doc) int64 {
	return flag(d.Facts.HiddenPatient)*hiddenPatient | flag(d.Facts.HiddenReps)*hiddenReps
}

// AddSet adds the submission set of a filing.
func (t *tx) AddSet(id string, d *store.Doc, body []byte) error {
	box, err := t.box(d.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO submission (id, document, filed, body) VALUES (?1,?2,?3,?4)`,
		id, d.N, millis(d.Filed), box.Seal("set", store.RowOf(id), 0, body))
	return unique(err)
}

// AddOnce keeps what was done under an idempotency key.
func (t *tx) AddOnce(actor, key string, doc int64, at time.Time) error {
	_, err := t.run(`INSERT INTO once VALUES (?1,?2,?3,?4)`, actor, key, doc, millis(at))
	return unique(err)
}

// Locate finds a document as it is in this transaction.
func (t *tx) Locate(id, uniqueID string) (store.Doc, error) {
	column, value := byID(id, uniqueID)
	at, err := t.w.db.locate(t.w.queries(), column, value)
	return at.doc, err
}

// LocateN is Locate by number.
func (t *tx) LocateN(n int64) (store.Doc, error) {
	at, err := t.w.db.locate(t.w.queries(), "n", n)
	return at.doc, err
}

// Unseal gives a document's resource, to write a new version of it.
func (t *tx) Unseal(d store.Doc) ([]byte, error) {
	box, err := t.box(d.Record)
	if err != nil {
		return nil, err
	}
	return served(t.w.queries(), box, d)
}
