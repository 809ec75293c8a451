package sqlite

import (
	"bytes"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A submission set has a row for each of its documents, all with the set's id,
// one behind the other; the body of each is the List with that document alone.
// So a reader's set is made of the rows whose documents they may see, and can
// tell nothing of the others.

// setRows is how many documents a set has at most.
const setRows = fhir.MaxLot

// errFull ends the reading of rows.
var errFull = errors.New("sqlite: the page is full")

// setMerger makes sets of rows, newest first.
type setMerger struct {
	box   store.Box
	limit int
	sets  []store.Set
	more  bool
}

// row takes the next row: it begins a set or belongs to the one before.
func (m *setMerger) row(r rows) error {
	var s store.Set
	var filed int64
	var document string
	if err := r.Scan(&s.N, &s.ID, &filed, &s.Body, &document); err != nil {
		return err
	}
	last := len(m.sets) - 1
	same := last >= 0 && m.sets[last].ID == s.ID
	if !same && len(m.sets) == m.limit {
		m.more = true
		return errFull
	}
	s.Filed = fromMillis(filed)
	var err error
	if s.Body, err = m.box.Open(nil, "set", store.RowOf(s.ID), 0, s.Body); err != nil {
		return err
	}
	if !same {
		m.sets = append(m.sets, s)
		return nil
	}
	if !bytes.Contains(s.Body, []byte(`"DocumentReference/`+document+`"`)) {
		return store.ErrSealed // rows of one set were exchanged
	}
	m.sets[last].N = s.N
	m.sets[last].Body, err = mergeSets(s.Body, m.sets[last].Body)
	return err
}

// mergeSets puts the entries of a later List behind those of an earlier one.
func mergeSets(earlier, later []byte) ([]byte, error) {
	a, err := fhir.Parse(earlier)
	if err != nil {
		return nil, err
	}
	b, err := fhir.Parse(later)
	if err != nil {
		return nil, err
	}
	from, to := b.Get("entry"), a.Get("entry")
	if from == nil || to == nil {
		return nil, store.ErrSealed
	}
	to.Items = append(to.Items, from.Items...)
	return a.AppendJSON(nil), nil
}
