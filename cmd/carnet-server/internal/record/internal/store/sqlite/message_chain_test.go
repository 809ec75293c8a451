package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// chains is a store with one dialogue.
type chains struct {
	*testing.T
	*DB
	dialogue store.Dialogue
	sent     int
}

func (c *chains) do(f func(*tx) error) {
	c.Helper()
	if err := c.Do(context.Background(), store.Op{Do: func(s store.Tx) error { return f(s.(*tx)) }}); err != nil {
		c.Fatal(err)
	}
}

// sends sends messages.
func (c *chains) sends(n int) {
	c.Helper()
	for range n {
		c.sent++
		name := fmt.Sprintf("m%d", c.sent)
		m := store.Message{ID: name, Sender: "899", Key: name, Sent: time.UnixMilli(int64(c.sent)), Body: []byte(name)}
		c.do(func(t *tx) error { return t.AddMessage(c.dialogue, &m) })
	}
}

// changed gives the records that verify finds changed.
func (c *chains) changed(o Options) []int64 {
	c.Helper()
	r, err := OpenReader(context.Background(), o.Dir, o.Keys)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	all, err := r.Records(context.Background())
	if err != nil {
		c.Fatal(err)
	}
	return all
}

// TestMessagesOfBeforeTheChain: a record whose messages were sealed with its facts
// holds; its next message chains all of them, and counts go on.
func TestMessagesOfBeforeTheChain(t *testing.T) {
	o := options(t, time.Now)
	db, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c := &chains{T: t, DB: db}
	person := store.Person{Patient: fhir.Patient{ID: "p1"}}
	c.do(func(t *tx) error {
		return t.AddPerson(&person, store.RecordState{State: consent.StateOpen})
	})
	c.dialogue = store.Dialogue{ID: "d1", Record: person.N, Version: 1, Opened: time.UnixMilli(1), Members: []string{"899"}}
	c.do(func(t *tx) error { return t.AddDialogue(&c.dialogue) })
	c.sends(3)
	c.do(func(t *tx) error { // as it was written before
		if _, err := t.run(`DELETE FROM message_chain`); err != nil {
			return err
		}
		return t.sealFacts(person.N)
	})
	if bad := c.changed(o); len(bad) != 0 {
		t.Fatalf("an older store: %v", bad)
	}
	c.sends(2)
	if bad := c.changed(o); len(bad) != 0 {
		t.Fatalf("after the next messages: %v", bad)
	}
	c.do(func(tx *tx) error {
		n, err := tx.CountMessages(person.N)
		if n != 5 {
			t.Errorf("%d messages", n)
		}
		return err
	})
	c.do(func(t *tx) error { // one of before, and further ones
		_, err := t.run(`UPDATE message SET sender = 'x' WHERE id = 'm1'`)
		return err
	})
	c.sends(1)
	if bad := c.changed(o); len(bad) != 1 {
		t.Errorf("a message of before the chain was edited: %v", bad)
	}
}
