package sqlite

import (
	"errors"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// changed runs a statement that changes rows and tells how many.
func (t *tx) changed(text string, args ...any) (int64, error) {
	r, err := t.w.exec(text, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// decided seals what was decided about a record and says that it changed.
func (t *tx) decided(record int64) error {
	return errors.Join(t.BumpEpoch(record), t.sealFacts(record))
}

// AddMandate adds a mandate; ErrNotFound when the person's own record was
// erased meanwhile, which ends all that they had.
func (t *tx) AddMandate(m store.Mandate) error {
	var erased bool
	err := t.w.row(`SELECT EXISTS (SELECT 1 FROM patient p JOIN record r ON r.patient = p.n WHERE p.id = ?1 AND r.state = 0)`, []any{&erased}, m.Person)
	if err == nil && erased {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO mandate (id, patient, person, bond, starts, ends, ended, author) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)`,
		m.ID, m.Record, m.Person, int64(m.Bond), millis(m.Starts), millis(m.Ends), millis(m.Ended), m.By)
	if err != nil {
		return unique(err)
	}
	return t.decided(m.Record)
}

// EndMandate ends a mandate that is in force.
func (t *tx) EndMandate(record int64, id string, at time.Time) error {
	n, err := t.changed(`UPDATE mandate SET ended = ?3 WHERE patient = ?1 AND id = ?2 AND ended = 0 AND (ends = 0 OR ends > ?3)`, record, id, millis(at))
	if err != nil {
		return err
	}
	if n == 0 {
		return store.ErrNotFound
	}
	return t.decided(record)
}

// SetChoices sets the switches of a record.
func (t *tx) SetChoices(record int64, c store.Choices) error {
	box, err := t.box(record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO choice VALUES (?1,?2,?3,?4) ON CONFLICT (patient) DO UPDATE SET no_offline = ?2, every_visit = ?3, email = ?4`,
		record, flag(c.NoOffline), flag(c.EveryVisit), box.Seal("email", uint64(record), 0, []byte(c.Email)))
	if err != nil {
		return err
	}
	return t.decided(record)
}

// SetSwitches sets the three emergency switches.
func (t *tx) SetSwitches(record int64, s store.RecordState) error {
	_, err := t.run(`UPDATE record SET oppose_btg = ?2, oppose_c15 = ?3, masked_emergency = ?4 WHERE patient = ?1`,
		record, flag(s.OpposeBTG), flag(s.OpposeC15), flag(s.MaskedEmergency))
	if err != nil {
		return err
	}
	return t.decided(record)
}

// SetMT sets the médecin traitant.
func (t *tx) SetMT(record int64, mt string) error {
	var before string
	if err := t.w.row(`SELECT mt FROM record WHERE patient = ?1`, []any{&before}, record); err != nil {
		return err
	}
	if _, err := t.run(`UPDATE record SET mt = ?2 WHERE patient = ?1`, record, mt); err != nil {
		return err
	}
	return errors.Join(t.bumpPanel(before), t.bumpPanel(mt), t.decided(record))
}

// EndProvision ends one provision and tells whether it was active.
func (t *tx) EndProvision(record int64, id string, at time.Time) (bool, error) {
	var actor string
	err := t.w.row(`SELECT actor FROM provision WHERE patient = ?1 AND id = ?2 AND active = 1`, []any{&actor}, record, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := t.run(`UPDATE provision SET active = 0, ends = ?3, updated = ?3 WHERE patient = ?1 AND id = ?2`, record, id, millis(at)); err != nil {
		return false, err
	}
	return true, errors.Join(t.bumpPanel(actor), t.decided(record))
}

// AddContest adds what is said against a provision.
func (t *tx) AddContest(c store.Contest) error {
	box, err := t.box(c.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO contest VALUES (?1,?2,?3,?4,?5,?6)`,
		c.Provision, c.Record, c.Declarer, millis(c.At), millis(c.Until), box.Seal("contest", store.RowOf(c.Provision), 0, []byte(c.Words)))
	if err != nil {
		return unique(err)
	}
	return t.decided(c.Record)
}

// AddWish adds a wish.
func (t *tx) AddWish(w store.Wish) error {
	box, err := t.box(w.Record)
	if err != nil {
		return err
	}
	_, err = t.run(`INSERT INTO wish (id, patient, actor, at, state, answered, words) VALUES (?1,?2,?3,?4,?5,?6,?7)`,
		w.ID, w.Record, w.Actor, millis(w.At), w.State, millis(w.Answered), box.Seal("wish", store.RowOf(w.ID), 0, []byte(w.Words)))
	return unique(err)
}

// AnswerWish answers a wish that waits.
func (t *tx) AnswerWish(record int64, id string, state int, at time.Time) error {
	n, err := t.changed(`UPDATE wish SET state = ?3, answered = ?4 WHERE patient = ?1 AND id = ?2 AND state = 0`, record, id, state, millis(at))
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

// KeepListed adds to the directory, or renews, one entry.
func (t *tx) KeepListed(l store.Listed) error {
	_, err := t.run(`INSERT INTO listed (id, org, name, profession, specialty, sector, org_id, org_name, city, updated, since, until)
		VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT (id) DO UPDATE SET
		org = ?2, name = ?3, profession = ?4, specialty = ?5, sector = ?6, org_id = ?7, org_name = ?8, city = ?9, updated = ?10, since = ?11, until = ?12`,
		l.ID, flag(l.Org), l.Name, l.Profession, l.Specialty, l.Sector, l.OrgID, l.OrgName, l.City, millis(l.Updated), l.Since, l.Until)
	if err != nil {
		return err
	}
	if _, err := t.run(`DELETE FROM listed_word WHERE id = ?1`, l.ID); err != nil {
		return err
	}
	for _, word := range l.Words {
		if _, err := t.run(`INSERT OR IGNORE INTO listed_word VALUES (?1,?2)`, word, l.ID); err != nil {
			return err
		}
	}
	return nil
}

// KeepItem writes a version of an item of the profile. A removed item keeps no
// content.
func (t *tx) KeepItem(i *store.Item) error {
	box, err := t.box(i.Record)
	if err != nil {
		return err
	}
	var sealed []byte
	if !i.Removed {
		sealed = box.Seal("item", store.RowOf(i.ID), int(i.Version), i.Body)
	}
	if i.Version == 1 {
		i.N, err = t.run(`INSERT INTO item (id, patient, kind, author, masked, version, updated, removed, body) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)`,
			i.ID, i.Record, i.Facts.Resource, i.Facts.AuthorID, flag(i.Facts.Masked), i.Version, millis(i.Updated), flag(i.Removed), sealed)
		if err != nil {
			return unique(err)
		}
		return t.decided(i.Record)
	}
	n, err := t.changed(`UPDATE item SET masked = ?4, version = ?3, updated = ?5, removed = ?6, body = ?7 WHERE id = ?1 AND patient = ?2 AND version = ?3 - 1 AND removed = 0`,
		i.ID, i.Record, i.Version, flag(i.Facts.Masked), millis(i.Updated), flag(i.Removed), sealed)
	if err != nil {
		return err
	}
	if n != 1 {
		return store.ErrVersion
	}
	return t.decided(i.Record)
}

// Item finds an item as it is in this transaction, opened.
func (t *tx) Item(record int64, id string) (i store.Item, err error) {
	box, err := t.box(record)
	if err != nil {
		return i, err
	}
	found := false
	err = each(t.w.queries(), itemColumns+`WHERE patient = ?1 AND id = ?2`, []any{record, id}, func(r rows) error {
		var sealed []byte
		if i, sealed, err = scanItem(r); err != nil || i.Removed {
			return err
		}
		found = true
		i.Body, err = box.Open(nil, "item", store.RowOf(i.ID), int(i.Version), sealed)
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return i, err
}
