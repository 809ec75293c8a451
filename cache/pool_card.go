package cache

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carnet/cache/vault"
	"carnet/client"
)

// sharedFor is how long after a colleague served somebody their record is worth a
// copy of one's own.
const sharedFor = 72 * time.Hour

// markStep is how much later a mark must end for its card to be written again.
const markStep = time.Hour

// slip is a card as it is sealed: a record that members copied.
type slip struct {
	Patient client.Patient
	Opened  time.Time            // when a member last opened it
	Holders map[string]time.Time // until when, by the member's keyed name
	Key     []byte               // of the bytes that are kept of it
}

// card is what is known of a slip in memory: no name of anybody.
type card struct {
	holders map[string]time.Time
	opened  time.Time
}

func (c slip) card() *card { return &card{c.Holders, c.Opened} }

// last is when the last member's copy ends.
func (c *card) last() (last time.Time) {
	for _, until := range c.holders {
		if until.After(last) {
			last = until
		}
	}
	return last
}

func (p *pool) recordName(patientID string) (string, error) { return p.named("record", patientID) }

// readCards reads the cards; a damaged one goes, with what it stood for.
func (p *pool) readCards() error {
	files, err := os.ReadDir(filepath.Join(p.Dir, cardsName))
	if err != nil {
		return err
	}
	cards := map[string]*card{}
	for _, f := range files {
		name := f.Name()
		if strings.HasPrefix(name, ".") { // a crash left it half written
			if err := os.Remove(filepath.Join(p.Dir, cardsName, name)); err != nil {
				return err
			}
			continue
		}
		c, err := p.read(name)
		if errors.Is(err, vault.ErrLocked) {
			return err
		}
		if err != nil {
			if err := p.remove(name); err != nil {
				return err
			}
			continue
		}
		clear(c.Key)
		cards[name] = c.card()
	}
	p.mu.Lock()
	p.cards = cards
	p.mu.Unlock()
	return nil
}

// read opens a card.
func (p *pool) read(name string) (c slip, err error) {
	sealed, err := os.ReadFile(filepath.Join(p.Dir, cardsName, name))
	if err != nil {
		return c, err
	}
	err = p.with(func(key []byte) error {
		plain, err := vault.OpenUnder(key, sealed, "card", vault.Label{Name: name})
		if err != nil {
			return err
		}
		defer clear(plain)
		if json.Unmarshal(plain, &c) != nil || len(c.Key) != keySize {
			return vault.ErrDamaged
		}
		return nil
	})
	return c, err
}

// put writes a card.
func (p *pool) put(name string, c slip) error {
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	defer clear(plain)
	var sealed []byte
	err = p.with(func(key []byte) (err error) {
		sealed, err = vault.SealUnder(key, plain, "card", vault.Label{Name: name})
		return err
	})
	if err == nil {
		err = vault.WriteFile(filepath.Join(p.Dir, cardsName, name), sealed)
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.cards[name] = c.card()
	p.mu.Unlock()
	return nil
}

// remove takes a card away, with the key of what was kept of the record.
func (p *pool) remove(name string) error {
	p.mu.Lock()
	delete(p.cards, name)
	p.mu.Unlock()
	return errors.Join(vault.Overwrite(filepath.Join(p.Dir, cardsName, name)), p.contents.dropRecord(name))
}

// join marks the member's copy of a record on its card, which is made when there is
// none, and gives the card's name.
func (p *pool) join(e *entry) (string, error) {
	name, err := p.recordName(e.Patient.ID)
	if err != nil {
		return "", err
	}
	p.write.Lock()
	defer p.write.Unlock()
	p.mu.RLock()
	known, me := p.cards[name], p.me
	p.mu.RUnlock()
	if known != nil && !known.holders[me].IsZero() && e.Lease.Until.Sub(known.holders[me]) < markStep && !e.Opened.After(known.opened) {
		return name, nil
	}
	c, err := p.read(name)
	if errors.Is(err, vault.ErrLocked) {
		return "", err
	}
	if known == nil || err != nil {
		c = slip{Holders: map[string]time.Time{}, Key: make([]byte, keySize)}
		rand.Read(c.Key)
	}
	defer clear(c.Key)
	c.Patient, c.Holders[me] = e.row(), e.Lease.Until
	if e.Opened.After(c.Opened) {
		c.Opened = e.Opened
	}
	return name, p.put(name, c)
}

// leave takes the member's mark off a card; the last one takes the card with it.
func (p *pool) leave(name string) error {
	p.write.Lock()
	defer p.write.Unlock()
	c, err := p.read(name)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, vault.ErrLocked) {
		return nil
	}
	if err == nil {
		defer clear(c.Key)
		p.mu.RLock()
		delete(c.Holders, p.me)
		p.mu.RUnlock()
		if len(c.Holders) > 0 {
			return p.put(name, c)
		}
	}
	return p.remove(name)
}

// end takes a record away from all members, until the server has told each of them
// that they may still have it: what it refuses one of them it may refuse them all.
func (p *pool) end(name string) error {
	p.write.Lock()
	defer p.write.Unlock()
	return p.remove(name)
}

// holds tells whether a card has the member's mark.
func (p *pool) holds(name string, now time.Time) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c := p.cards[name]
	return c != nil && p.wrapped != nil && now.Before(p.until) && now.Before(c.holders[p.me])
}

// lately gives who was served lately by members whose copies run, the last one first.
func (p *pool) lately(now time.Time) (out []slip, err error) {
	p.mu.RLock()
	names := []string{}
	for name, c := range p.cards {
		if now.Before(c.last()) && now.Sub(c.opened) < sharedFor {
			names = append(names, name)
		}
	}
	p.mu.RUnlock()
	for _, name := range names {
		c, err := p.read(name)
		if errors.Is(err, vault.ErrLocked) {
			return nil, err
		}
		if err != nil {
			continue // the next reading of the cards takes it away
		}
		clear(c.Key)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b slip) int { return b.Opened.Compare(a.Opened) })
	return out, nil
}

// sweep removes the cards of copies that all have ended.
func (p *pool) sweep(now time.Time) error {
	p.write.Lock()
	defer p.write.Unlock()
	var over []string
	p.mu.RLock()
	for name, c := range p.cards {
		if !now.Before(c.last()) {
			over = append(over, name)
		}
	}
	p.mu.RUnlock()
	var err error
	for _, name := range over {
		err = errors.Join(err, p.remove(name))
	}
	return err
}
