package sqlite

import (
	"context"
	"encoding/json"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// kindContested stands among provisions for a declarer who was contested.
const kindContested store.ProvisionKind = 5

// numbers keeps rows whose column is one of some numbers, given as one
// argument.
func (c *clauses) numbers(column string, ns []int64) {
	list, err := json.Marshal(ns)
	if err != nil { // numbers always marshal
		panic(err)
	}
	c.and(column+" IN (SELECT value FROM json_each(?))", string(list))
}

const mandateColumns = `SELECT id, patient, person, bond, starts, ends, ended, author FROM mandate `

func (d *DB) mandates(ctx context.Context, where string, arg any) ([]store.Mandate, error) {
	return readMandates(d.queries(ctx), where, arg)
}

func readMandates(query queryFunc, where string, arg any) (all []store.Mandate, err error) {
	err = each(query, mandateColumns+where+` ORDER BY n`, []any{arg}, func(r rows) error {
		var m store.Mandate
		var bond, starts, ends, ended int64
		err := r.Scan(&m.ID, &m.Record, &m.Person, &bond, &starts, &ends, &ended, &m.By)
		m.Bond, m.Starts, m.Ends, m.Ended = consent.Bond(bond), fromMillis(starts), fromMillis(ends), fromMillis(ended)
		all = append(all, m)
		return err
	})
	return all, err
}

// MandatesOf lists the mandates over a record.
func (d *DB) MandatesOf(ctx context.Context, record int64) ([]store.Mandate, error) {
	return d.mandates(ctx, `WHERE patient = ?1`, record)
}

// MandatesFor lists the mandates of a person.
func (d *DB) MandatesFor(ctx context.Context, person string) ([]store.Mandate, error) {
	return d.mandates(ctx, `WHERE person = ?1`, person)
}

// sealed gives the box of a record, to open what is sealed in its rows.
func (d *DB) sealed(ctx context.Context, record int64) (store.Box, error) {
	rec, err := d.Record(ctx, record)
	if err != nil {
		return store.Box{}, err
	}
	return d.keys.Box(record, rec.Key)
}

// Choices gives the switches of a record.
func (d *DB) Choices(ctx context.Context, record int64) (c store.Choices, err error) {
	box, err := d.sealed(ctx, record)
	if err != nil {
		return c, err
	}
	err = each(d.queries(ctx), `SELECT no_offline, every_visit, email FROM choice WHERE patient = ?1`, []any{record}, func(r rows) error {
		var sealed []byte
		if err := r.Scan(&c.NoOffline, &c.EveryVisit, &sealed); err != nil {
			return err
		}
		email, err := box.Open(nil, "email", uint64(record), 0, sealed)
		c.Email = string(email)
		return err
	})
	return c, err
}

// Decisions lists all provisions of a record, newest first.
func (d *DB) Decisions(ctx context.Context, record int64) (all []store.Provision, err error) {
	return d.provisions(ctx, record, "")
}

// Contests lists what was contested of a record's provisions.
func (d *DB) Contests(ctx context.Context, record int64) (all []store.Contest, err error) {
	box, err := d.sealed(ctx, record)
	if err != nil {
		return nil, err
	}
	err = each(d.queries(ctx), `SELECT provision, declarer, at, until, words FROM contest WHERE patient = ?1`, []any{record}, func(r rows) error {
		c := store.Contest{Record: record}
		var at, until int64
		var sealed []byte
		if err := r.Scan(&c.Provision, &c.Declarer, &at, &until, &sealed); err != nil {
			return err
		}
		c.At, c.Until = fromMillis(at), fromMillis(until)
		words, err := box.Open(nil, "contest", store.RowOf(c.Provision), 0, sealed)
		c.Words = string(words)
		all = append(all, c)
		return err
	})
	return all, err
}

// Wishes lists the wishes of a record, newest first.
func (d *DB) Wishes(ctx context.Context, record int64) (all []store.Wish, err error) {
	box, err := d.sealed(ctx, record)
	if err != nil {
		return nil, err
	}
	err = each(d.queries(ctx), `SELECT id, actor, at, state, answered, words FROM wish WHERE patient = ?1 ORDER BY n DESC`, []any{record}, func(r rows) error {
		w := store.Wish{Record: record}
		var at, answered int64
		var sealed []byte
		if err := r.Scan(&w.ID, &w.Actor, &at, &w.State, &answered, &sealed); err != nil {
			return err
		}
		w.At, w.Answered = fromMillis(at), fromMillis(answered)
		words, err := box.Open(nil, "wish", store.RowOf(w.ID), 0, sealed)
		w.Words = string(words)
		all = append(all, w)
		return err
	})
	return all, err
}

const listedColumns = `l.id, l.org, l.name, l.profession, l.specialty, l.sector, l.org_id, l.org_name, l.city, l.updated, l.since, l.until`

func scanListed(r rows) (l store.Listed, err error) {
	var updated int64
	err = r.Scan(&l.ID, &l.Org, &l.Name, &l.Profession, &l.Specialty, &l.Sector, &l.OrgID, &l.OrgName, &l.City, &updated, &l.Since, &l.Until)
	l.Updated = fromMillis(updated)
	return l, err
}

// Listed finds one of the directory.
func (d *DB) Listed(ctx context.Context, id string) (l store.Listed, err error) {
	found := false
	err = each(d.queries(ctx), `SELECT `+listedColumns+` FROM listed l WHERE l.id = ?1`, []any{id}, func(r rows) error {
		found = true
		l, err = scanListed(r)
		return err
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return l, err
}

// Directory finds those of whom every word starts a word, by name.
func (d *DB) Directory(ctx context.Context, words []string, limit int) (all []store.Listed, err error) {
	if len(words) == 0 {
		return nil, nil
	}
	c := clauses{}
	c.text.WriteString(`WHERE 1`)
	for _, w := range words {
		c.and(`l.id IN (SELECT id FROM listed_word WHERE word >= ? AND word < ?)`, w, w+"\U0010FFFF")
	}
	text := `SELECT ` + listedColumns + ` FROM listed l ` + c.text.String() + ` ORDER BY l.name, l.id` + c.limit(limit)
	err = each(d.queries(ctx), text, c.args, func(r rows) error {
		l, err := scanListed(r)
		all = append(all, l)
		return err
	})
	return all, err
}

// Places lists where what the filter and the query let pass stands. Without
// more than the filter asks, the index alone is read.
func (d *DB) Places(ctx context.Context, g *consent.Grant, r *store.Record, q store.DocQuery) (all []store.DocPos, err error) {
	if !d.opens(g, r) {
		return nil, store.ErrNoGrant
	}
	if g.Filter().Empty() {
		return nil, nil
	}
	c := clauses{args: d.filterArgs(r.N, g.Filter(), q.Statuses)}
	c.documents(q)
	err = each(d.queries(ctx), `SELECT d.period_start, d.n FROM document d WHERE `+filterText+c.text.String()+
		` ORDER BY d.period_start DESC, d.n DESC`, c.args, func(row rows) error {
		var p store.DocPos
		err := row.Scan(&p.Start, &p.N)
		all = append(all, p)
		return err
	})
	return all, err
}

// Items lists the items of the profile that the grant's filter lets pass.
func (d *DB) Items(ctx context.Context, g *consent.Grant, r *store.Record) (all []store.Item, err error) {
	if !d.opens(g, r) {
		return nil, store.ErrNoGrant
	}
	box, err := d.keys.Box(r.N, r.Key)
	if err != nil {
		return nil, err
	}
	filter := g.Filter()
	err = each(d.queries(ctx), itemColumns+`WHERE patient = ?1 AND removed = 0 ORDER BY n`, []any{r.N}, func(row rows) error {
		i, sealed, err := scanItem(row)
		if err != nil || !filter.AllowsItem(i.Facts) {
			return err
		}
		i.Body, err = box.Open(nil, "item", store.RowOf(i.ID), int(i.Version), sealed)
		all = append(all, i)
		return err
	})
	return all, err
}

const itemColumns = `SELECT n, id, patient, kind, author, masked, version, updated, removed, body FROM item `

func scanItem(r rows) (i store.Item, sealed []byte, err error) {
	var updated int64
	err = r.Scan(&i.N, &i.ID, &i.Record, &i.Facts.Resource, &i.Facts.AuthorID, &i.Facts.Masked, &i.Version, &updated, &i.Removed, &sealed)
	i.Updated = fromMillis(updated)
	return i, sealed, err
}
