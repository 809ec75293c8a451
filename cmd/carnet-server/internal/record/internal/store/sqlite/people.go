package sqlite

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const personColumns = `p.n, p.id, p.ins_system, p.ins, p.birth_name, p.used_name, p.given, p.gender, p.birth_date, p.birth_place, p.city,
	p.reliability, p.sort_name, p.version, p.updated, r.state, r.closed_at`

// An erased record (state 0) is of nobody that can be found.
const fromPerson = ` FROM patient p JOIN record r ON r.patient = p.n AND r.state <> 0 `

func scanPerson(r rows, more ...any) (p store.Person, err error) {
	var given string
	var updated, state, closed, version int64
	err = r.Scan(append([]any{
		&p.N, &p.ID, &p.INS.System, &p.INS.Value, &p.BirthName, &p.UsedName, &given, &p.Gender, &p.BirthDate, &p.BirthPlace, &p.City,
		&p.Reliability, &p.SortName, &version, &updated, &state, &closed,
	}, more...)...)
	if err != nil {
		return p, err
	}
	p.State, p.ClosedAt, p.Updated = consent.State(state), fromMillis(closed), fromMillis(updated)
	p.VersionN = version
	p.Active = p.State == consent.StateOpen
	if err := json.Unmarshal([]byte(given), &p.Given); err != nil {
		return p, err
	}
	if len(p.Given) > 0 {
		p.FirstGiven = p.Given[0]
	}
	return p, nil
}

func (d *DB) person(ctx context.Context, where string, args ...any) (p store.Person, err error) {
	all, err := d.persons(ctx, where, args...)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return p, err
	}
	return all[0], nil
}

func (d *DB) persons(ctx context.Context, where string, args ...any) (all []store.Person, err error) {
	err = each(d.queries(ctx), `SELECT `+personColumns+fromPerson+where, args, func(r rows) error {
		p, err := scanPerson(r)
		all = append(all, p)
		return err
	})
	return all, err
}

// PersonByID finds a person by logical id.
func (d *DB) PersonByID(ctx context.Context, id string) (store.Person, error) {
	return d.person(ctx, `WHERE p.id = ?1`, id)
}

// PersonByN finds a person by the store's number.
func (d *DB) PersonByN(ctx context.Context, n int64) (store.Person, error) {
	return d.person(ctx, `WHERE p.n = ?1`, n)
}

// PersonByIdentifier finds a person by an identifier of theirs, present or past.
func (d *DB) PersonByIdentifier(ctx context.Context, id fhir.Identifier) (store.Person, error) {
	return d.person(ctx, `JOIN patient_identifier i ON i.patient = p.n WHERE i.system = ?1 AND i.value = ?2`, id.System, id.Value)
}

// PersonsByMatch gives those with these folded strict traits, at most three.
func (d *DB) PersonsByMatch(ctx context.Context, key string) ([]store.Person, error) {
	return d.persons(ctx, `WHERE p.match_key = ?1 LIMIT 3`, key)
}

// PersonsByTraits searches everyone, for the emergency centre.
func (d *DB) PersonsByTraits(ctx context.Context, q store.TraitQuery) ([]store.Person, int, error) {
	var c clauses
	c.text.WriteString(`WHERE r.state = ` + c.arg(int64(consent.StateOpen)))
	for _, w := range q.Words {
		c.and(`EXISTS (SELECT 1 FROM patient_word w WHERE w.patient = p.n AND w.word >= ? AND w.word < ?)`, w, w+"\U0010FFFF")
	}
	if q.BirthDate != "" {
		c.and("p.birth_date GLOB ?", globPrefix(q.BirthDate))
	}
	if q.Gender != "" {
		c.and("p.gender = ?", q.Gender)
	}
	var total int
	if err := one(d.queries(ctx), `SELECT count(*)`+fromPerson+c.text.String(), []any{&total}, c.args...); err != nil {
		return nil, 0, err
	}
	where := c.text.String() + ` ORDER BY p.sort_name, p.birth_date, p.n` + c.limit(q.Limit) + ` OFFSET ` + c.arg(q.Offset)
	all, err := d.persons(ctx, where, c.args...)
	return all, total, err
}

// panelText lists the patients of some actors: those who let them in, and
// those whose médecin traitant they are.
const panelText = `SELECT ` + personColumns + `, x.kind, x.starts, x.ends,
	COALESCE((SELECT v.at FROM visit v WHERE v.actor = ?2 AND v.patient = p.n), 0),
	EXISTS (SELECT 1 FROM provision b WHERE b.patient = p.n AND b.active = 1 AND b.kind = 3 AND b.actor IN (SELECT value FROM json_each(?1)))
	FROM (SELECT patient, kind, starts, ends FROM provision WHERE active = 1 AND kind < 3 AND actor IN (SELECT value FROM json_each(?1))
		UNION ALL SELECT patient, 4, 0, 0 FROM record WHERE mt = ?2 AND mt <> '') x
	JOIN patient p ON p.n = x.patient JOIN record r ON r.patient = p.n`

// Panel lists the patients of an actor (the first) and their structure. The
// version is read first: what changes meanwhile makes it old.
func (d *DB) Panel(ctx context.Context, actors []string) (panel store.Panel, err error) {
	if panel.Version, err = d.PanelVersion(ctx, actors); err != nil {
		return panel, err
	}
	list, err := json.Marshal(actors)
	if err != nil {
		return panel, err
	}
	err = each(d.queries(ctx), panelText, []any{string(list), actors[0]}, func(r rows) error {
		var row store.PanelRow
		var kind, starts, ends, visit int64
		row.Person, err = scanPerson(r, &kind, &starts, &ends, &visit, &row.Blocked)
		row.Kind, row.Starts, row.Ends, row.Visit = store.ProvisionKind(kind), fromMillis(starts), fromMillis(ends), fromMillis(visit)
		panel.Rows = append(panel.Rows, row)
		return err
	})
	return panel, err
}

// PanelVersion moves with every change of Panel.
func (d *DB) PanelVersion(ctx context.Context, actors []string) (v store.PanelVersion, err error) {
	who := [2]string{}
	copy(who[:], actors)
	err = one(d.queries(ctx), `SELECT COALESCE((SELECT version FROM panel WHERE actor = ?1), 0), COALESCE((SELECT version FROM panel WHERE actor = ?2), 0)`,
		[]any{&v[0], &v[1]}, who[0], who[1])
	return v, err
}

// Looked tells whether a sign-in session looked a person up.
func (d *DB) Looked(ctx context.Context, session string, n int64) (found bool, err error) {
	err = one(d.queries(ctx), `SELECT EXISTS (SELECT 1 FROM looked WHERE session = ?1 AND patient = ?2)`, []any{&found}, session, n)
	return found, err
}

// Record gives the facts of a record, from memory when they are known.
func (d *DB) Record(ctx context.Context, n int64) (*store.Record, error) {
	if r, ok := d.records.get(n); ok {
		return r, nil
	}
	return d.readFacts(d.queries(ctx), n)
}

// readFacts reads the facts of a record, and remembers them unless the record
// changed while they were read.
func (d *DB) readFacts(query queryFunc, n int64) (*store.Record, error) {
	mark := d.records.mark(n)
	r, err := readRecord(query, n)
	if err != nil {
		return nil, err
	}
	d.records.add(&r, mark)
	return &r, nil
}

// Fresh is Record as it is now. What memory holds is that: the lock on the
// directory keeps every other writer out, and the facts of a record are dropped
// before the change of it is acknowledged (see factCache).
func (d *DB) Fresh(ctx context.Context, n int64) (*store.Record, error) { return d.Record(ctx, n) }

// RecordOf is Record by the patient's logical id, which never changes hands.
func (d *DB) RecordOf(ctx context.Context, patientID string) (*store.Record, error) {
	n, ok := d.numbers.Get(patientID)
	if !ok {
		if err := one(d.queries(ctx), `SELECT n FROM patient WHERE id = ?1`, []any{&n}, patientID); err != nil {
			return nil, err
		}
		d.numbers.Add(patientID, n)
	}
	return d.Record(ctx, n)
}

// Forget drops what is remembered of a record.
func (d *DB) Forget(n int64) { d.records.remove(n) }

// Provisions lists those that a declarer recorded in a record, newest first.
func (d *DB) Provisions(ctx context.Context, record int64, declarer string) (all []store.Provision, err error) {
	return d.provisions(ctx, record, " AND declarer = ?2", declarer)
}

// provisions lists the provisions of a record that a clause leaves, newest first.
func (d *DB) provisions(ctx context.Context, record int64, clause string, args ...any) (all []store.Provision, err error) {
	box, err := d.sealed(ctx, record)
	if err != nil {
		return nil, err
	}
	err = each(d.queries(ctx), `SELECT n, id, kind, actor, org, starts, ends, active, declarer, version, updated, body FROM provision
		WHERE patient = ?1`+clause+` ORDER BY n DESC`, append([]any{record}, args...), func(r rows) error {
		p := store.Provision{Record: record}
		var kind, starts, ends, updated int64
		err := r.Scan(&p.N, &p.ID, &kind, &p.Actor, &p.Org, &starts, &ends, &p.Active, &p.Declarer, &p.Version, &updated, &p.Body)
		if err != nil {
			return err
		}
		p.Kind, p.Starts, p.Ends, p.Updated = store.ProvisionKind(kind), fromMillis(starts), fromMillis(ends), fromMillis(updated)
		if p.Body != nil {
			p.Body, err = box.Open(nil, "provision", store.RowOf(p.ID), int(p.Version), p.Body)
		}
		all = append(all, p)
		return err
	})
	return all, err
}

// Access finds an access session.
func (d *DB) Access(ctx context.Context, id string) (a store.Access, err error) {
	var ends int64
	var sealed, key []byte
	err = one(d.queries(ctx), `SELECT a.id, a.patient, a.actor, a.signin, a.mode, a.ends, a.closed, a.reason, p.id, r.key
		FROM access a JOIN patient p ON p.n = a.patient JOIN record r ON r.patient = a.patient WHERE a.id = ?1`,
		[]any{&a.ID, &a.Record, &a.Actor, &a.SignIn, &a.Mode, &ends, &a.Closed, &sealed, &a.Patient, &key}, id)
	if err != nil {
		return a, err
	}
	a.Ends = fromMillis(ends)
	box, err := d.keys.Box(a.Record, key)
	if err != nil {
		return a, err
	}
	reason, err := box.Open(nil, "access", store.RowOf(a.ID), 0, sealed)
	a.Reason = string(reason)
	return a, err
}

// Visit tells when an actor was last in a record; zero when never.
func (d *DB) Visit(ctx context.Context, actor string, record int64) (time.Time, error) {
	var at int64
	err := each(d.queries(ctx), `SELECT at FROM visit WHERE actor = ?1 AND patient = ?2`, []any{actor, record}, func(r rows) error { return r.Scan(&at) })
	return fromMillis(at), err
}

// Once tells what was done under an idempotency key; store.ErrNotFound when
// nothing was.
func (d *DB) Once(ctx context.Context, actor, key string) (doc int64, id string, err error) {
	err = one(d.queries(ctx), `SELECT o.document, d.id FROM once o JOIN document d ON d.n = o.document WHERE o.actor = ?1 AND o.key = ?2`,
		[]any{&doc, &id}, actor, key)
	return doc, id, err
}

// Entries lists audit entries, newest first.
func (d *DB) Entries(ctx context.Context, q store.EntryQuery) (page store.EntryPage, err error) {
	var c clauses
	switch {
	case q.Actor != "" && q.Record != 0:
		c.text.WriteString(`WHERE e.actor = ` + c.arg(q.Actor) + ` AND e.patient = ` + c.arg(q.Record))
	case q.Record != 0:
		c.text.WriteString(`WHERE e.patient <> 0 AND e.patient = ` + c.arg(q.Record))
	default:
		c.text.WriteString(`WHERE e.actor = ` + c.arg(q.Actor))
	}
	c.ranges("e.at", q.Date)
	if err := one(d.queries(ctx), `SELECT count(*) FROM entry e `+c.text.String(), []any{&page.Total}, c.args...); err != nil {
		return page, err
	}
	if q.Before != 0 {
		c.and("e.seq < ?", q.Before)
	}
	text := `SELECT e.seq, e.at, e.actor, e.patient, e.nonce, e.body, r.key FROM entry e LEFT JOIN record r ON r.patient = e.patient ` +
		strings.TrimSpace(c.text.String()) + ` ORDER BY e.seq DESC` + c.limit(q.Limit+1)
	err = each(d.queries(ctx), text, c.args, func(row rows) error {
		if len(page.Entries) == q.Limit {
			page.More = true
			return nil
		}
		e, err := d.scanEntry(row)
		page.Entries = append(page.Entries, e)
		return err
	})
	return page, err
}
