package sqlite

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// tx is what an op may do, on the writer's goroutine. What memory is to learn
// is kept until the transaction is durable.
type tx struct {
	w   *writer
	job *job
	// rights are the records whose epoch it moved.
	rights []int64
}

var _ store.Tx = (*tx)(nil)

func (t *tx) onCommit(f func()) { t.job.commit = append(t.job.commit, f) }

// run executes a statement and gives the last row id.
func (t *tx) run(text string, args ...any) (int64, error) {
	r, err := t.w.exec(text, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// Log adds an entry to those of the op.
func (t *tx) Log(e store.Entry) { t.job.log = append(t.job.log, e) }

// AddPerson adds a person with their record and sets p.N.
func (t *tx) AddPerson(p *store.Person, s store.RecordState) error {
	given, err := json.Marshal(p.Given)
	if err != nil {
		return err
	}
	p.N, err = t.run(`INSERT INTO patient (id, ins_system, ins, birth_name, used_name, given, gender, birth_date, birth_place,
		city, reliability, sort_name, match_key, version, updated) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,1,?14)`,
		p.ID, p.INS.System, p.INS.Value, p.BirthName, p.UsedName, string(given), p.Gender, p.BirthDate, p.BirthPlace,
		p.City, p.Reliability, p.SortName, p.MatchKey, millis(t.w.db.now()))
	if err != nil {
		return unique(err)
	}
	if p.INS.Value != "" {
		if _, err := t.run(`INSERT INTO patient_identifier VALUES (?1,?2,?3)`, p.INS.System, p.INS.Value, p.N); err != nil {
			return unique(err)
		}
	}
	for _, word := range p.Words {
		if _, err := t.run(`INSERT OR IGNORE INTO patient_word VALUES (?1,?2)`, word, p.N); err != nil {
			return err
		}
	}
	if err := t.w.db.keys.MakeRecordKey(p.N); err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO record (patient, state, closed_at, mt, oppose_btg, oppose_c15, masked_emergency, epoch, docs, key)
		VALUES (?1,?2,?3,?4,?5,?6,?7,1,1,x'')`,
		p.N, int64(s.State), millis(s.ClosedAt), s.MT, flag(s.OpposeBTG), flag(s.OpposeC15), flag(s.MaskedEmergency))
	if err == nil && s.MT != "" {
		err = t.bumpPanel(s.MT)
	}
	if err != nil {
		return err
	}
	return t.sealFacts(p.N)
}

// SetRecord changes the outer state of a record.
func (t *tx) SetRecord(n int64, s store.RecordState) error {
	var before string
	if err := t.w.row(`SELECT mt FROM record WHERE patient = ?1`, []any{&before}, n); err != nil {
		return err
	}
	_, err := t.run(`UPDATE record SET state=?2, closed_at=?3, mt=?4, oppose_btg=?5, oppose_c15=?6, masked_emergency=?7 WHERE patient=?1`,
		n, int64(s.State), millis(s.ClosedAt), s.MT, flag(s.OpposeBTG), flag(s.OpposeC15), flag(s.MaskedEmergency))
	if err != nil {
		return err
	}
	return errors.Join(t.bumpPanel(before), t.bumpPanel(s.MT), t.bumpRelated(n), t.BumpEpoch(n), t.sealFacts(n))
}

// BumpEpoch says that who may read what has changed in a record.
func (t *tx) BumpEpoch(n int64) error {
	_, err := t.run(`UPDATE record SET epoch = epoch + 1 WHERE patient = ?1`, n)
	if !slices.Contains(t.rights, n) {
		t.rights = append(t.rights, n)
	}
	t.onCommit(func() { t.w.db.records.remove(n) })
	t.told(store.Changed{Record: n, Rights: true})
	return err
}

// bumpDocs says that what there is has changed in a record.
func (t *tx) bumpDocs(n int64) error {
	_, err := t.run(`UPDATE record SET docs = docs + 1 WHERE patient = ?1`, n)
	t.onCommit(func() { t.w.db.records.remove(n) })
	t.told(store.Changed{Record: n, Docs: true})
	return err
}

// bumpPanel says that an actor's list of patients has changed.
func (t *tx) bumpPanel(actor string) error {
	if actor == "" {
		return nil
	}
	_, err := t.run(`INSERT INTO panel VALUES (?1, 1) ON CONFLICT (actor) DO UPDATE SET version = version + 1`, actor)
	return err
}

// bumpRelated bumps the panels of all who have a relation with the record.
func (t *tx) bumpRelated(n int64) error {
	_, err := t.run(`INSERT INTO panel SELECT DISTINCT actor, 1 FROM provision WHERE patient = ?1 AND active = 1
		ON CONFLICT (actor) DO UPDATE SET version = version + 1`, n)
	return err
}

// AddProvision adds what the patient decided about an actor and sets p.N.
func (t *tx) AddProvision(p *store.Provision) (err error) {
	box, err := t.box(p.Record)
	if err != nil {
		return err
	}
	var sealed []byte
	if p.Body != nil {
		sealed = box.Seal("provision", store.RowOf(p.ID), int(p.Version), p.Body)
	}
	p.N, err = t.run(`INSERT INTO provision (id, patient, kind, actor, org, starts, ends, active, declarer, version, updated, body)
		VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)`,
		p.ID, p.Record, int64(p.Kind), p.Actor, flag(p.Org), millis(p.Starts), millis(p.Ends), flag(p.Active),
		p.Declarer, p.Version, millis(p.Updated), sealed)
	if err != nil {
		return unique(err)
	}
	return errors.Join(t.bumpPanel(p.Actor), t.BumpEpoch(p.Record), t.sealFacts(p.Record))
}

// EndProvisions ends an actor's active provisions of a kind and tells how many
// there were.
func (t *tx) EndProvisions(record int64, kind store.ProvisionKind, actor string, at time.Time) (int, error) {
	r, err := t.w.exec(`UPDATE provision SET active = 0, ends = ?4, updated = ?4 WHERE patient = ?1 AND active = 1 AND kind = ?2 AND actor = ?3`,
		record, int64(kind), actor, millis(at))
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	if err != nil || n == 0 {
		return 0, err
	}
	return int(n), errors.Join(t.bumpPanel(actor), t.BumpEpoch(record), t.sealFacts(record))
}

// Touch notes a visit.
func (t *tx) Touch(actor string, record int64, at time.Time) (out store.Touched, err error) {
	var before int64
	err = t.w.row(`SELECT at FROM visit WHERE actor = ?1 AND patient = ?2`, []any{&before}, actor, record)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	out.Before = fromMillis(before)
	_, err = t.run(`INSERT INTO visit VALUES (?1,?2,?3) ON CONFLICT (actor, patient) DO UPDATE SET at = ?3`, actor, record, millis(at))
	if err != nil {
		return out, err
	}
	if err := t.bumpPanel(actor); err != nil {
		return out, err
	}
	return out, t.w.row(`SELECT version FROM panel WHERE actor = ?1`, []any{&out.Panel}, actor)
}

// AddAccess starts an access session.
func (t *tx) AddAccess(a store.Access) error {
	box, err := t.box(a.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO access VALUES (?1,?2,?3,?4,?5,?6,0,?7)`,
		a.ID, a.Record, a.Actor, a.SignIn, a.Mode, millis(a.Ends), box.Seal("access", store.RowOf(a.ID), 0, []byte(a.Reason)))
	return err
}

// CloseAccess ends an access session.
func (t *tx) CloseAccess(id string) error {
	_, err := t.run(`UPDATE access SET closed = 1 WHERE id = ?1`, id)
	t.told(store.Changed{Access: id})
	return err
}

// AddLooked notes that a person was looked up in a sign-in session.
func (t *tx) AddLooked(session string, record int64, at time.Time) error {
	_, err := t.run(`INSERT OR REPLACE INTO looked VALUES (?1,?2,?3)`, session, record, millis(at))
	return err
}

// box gives the box of a record, from its row in this transaction.
func (t *tx) box(record int64) (store.Box, error) {
	if box, ok := t.w.db.keys.Known(record); ok {
		return box, nil
	}
	var key []byte
	if err := t.w.row(`SELECT key FROM record WHERE patient = ?1`, []any{&key}, record); err != nil {
		return store.Box{}, err
	}
	return t.w.db.keys.Box(record, key)
}

// Record reads a record as it is in this transaction.
func (t *tx) Record(n int64) (store.Record, error) {
	return readRecord(t.w.queries(), n)
}

const recordText = `SELECT r.patient, p.id, r.state, r.mt, r.oppose_btg, r.oppose_c15, r.masked_emergency, r.epoch, r.docs, r.key
	FROM record r JOIN patient p ON p.n = r.patient WHERE r.patient = ?1 AND r.state <> 0`

// provisionsText reads what was decided about whom; 5 is a declarer who was
// contested.
const provisionsText = `SELECT kind, actor, org, starts, ends FROM (
	SELECT n, kind, actor, org, starts, ends FROM provision WHERE patient = ?1 AND active = 1
	UNION ALL SELECT 0, 5, declarer, 0, at, until FROM contest WHERE patient = ?1) ORDER BY n`

// readRecord reads the facts of a record. The epoch is read first: should the
// record change between the two reads, what is decided here is stale and is
// decided again.
func readRecord(query queryFunc, n int64) (store.Record, error) {
	var r store.Record
	var state int64
	f := &r.Facts
	err := one(query, recordText, []any{
		&r.N, &f.PatientID, &state, &f.MT, &f.OpposeBreakGlass, &f.OpposeCentre15,
		&f.MaskedInEmergency, &f.Epoch, &r.Docs, &r.Key,
	}, n)
	if err != nil {
		return r, err
	}
	f.State = consent.State(state)
	return r, each(query, provisionsText, []any{n}, func(row rows) error {
		var kind, starts, ends int64
		var rel consent.Relation
		if err := row.Scan(&kind, &rel.ID, &rel.Org, &starts, &ends); err != nil {
			return err
		}
		rel.Start, rel.End = fromMillis(starts), fromMillis(ends)
		switch store.ProvisionKind(kind) {
		case store.KindAuthorisation:
			f.Authorisations = append(f.Authorisations, rel)
		case store.KindTeam:
			f.Team = append(f.Team, rel)
		case store.KindBlock:
			f.Blocks = append(f.Blocks, rel.Actor)
		case kindContested:
			f.Contested = append(f.Contested, rel)
		}
		return nil
	})
}
