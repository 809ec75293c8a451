package outbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"carnet/cache/seallog"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Report says what Open found. Damage is told to the person, once, by Words.
type Report struct {
	Items   int
	Torn    int    // bytes of a last write that a crash cut short: nothing acknowledged
	Damaged int    // places of the log that cannot be read; the whole log, when it is gone, is one
	Held    int    // items that wait for a person because of that
	Aside   string // name of the file where the damaged bytes were put; empty: none
}

// Words tells a person what to do, in French; empty when nothing is wrong.
func (r Report) Words() string {
	if r.Damaged == 0 {
		return ""
	}
	if r.Held == 0 {
		return "Une partie de la file d’envoi manque sur ce disque : ce qui y attendait n’est peut-être pas parti. Vérifiez ce que vous avez fait en dernier, et faites contrôler le disque."
	}
	return fmt.Sprintf("Une partie de la file d’envoi est abîmée sur ce disque. %d envois attendent : vérifiez chacun, puis relancez-le ou supprimez-le.", r.Held)
}

// loaded is what a log says.
type loaded struct {
	items   map[string]*stored
	order   []string          // ids by first arrival, deleted ones included
	suspect map[string]bool   // ids of damaged records
	last    map[string]uint64 // number of the last record about an id
	gap     bool              // records are missing and nobody knows about whom
	report  Report
	number  uint64 // of the last record
	dirty   bool   // the log is to be written anew
}

// openJournal opens or makes the log. One that is dirty is for the caller to
// rewrite, once what is held is known.
func openJournal(dir string, seal *vault.Sealer) (*journal, *loaded, error) {
	log, found, err := seallog.Open(seallog.Config{
		Dir: dir, Seal: seal, Format: format, Lost: lost,
		OtherKey: "La file d’envoi de ce poste ne s’ouvre pas avec cette clé. Ouvrez-la avec celle d’origine.",
	})
	if err != nil {
		return nil, nil, err
	}
	j := &journal{Log: log}
	j.group = seallog.NewGroup(j.Append, nil)
	l, err := j.read(&found)
	if err == nil && !l.dirty {
		err = j.Continue(found, l.number)
	}
	if err != nil {
		_ = j.Close() // the first error is told
		return nil, nil, err
	}
	return j, l, nil
}

// read takes in what a log says, and puts aside what is damaged.
func (j *journal) read(found *seallog.Found) (l *loaded, err error) {
	l = &loaded{items: map[string]*stored{}, suspect: map[string]bool{}, last: map[string]uint64{}}
	for _, f := range found.Frames {
		sound, err := j.apply(l, f)
		if err != nil {
			return nil, err
		}
		if !sound {
			found.Bad = append(found.Bad, f.Span)
		}
	}
	l.gap = l.gap || found.EndsBad
	l.report.Torn, l.report.Damaged = found.Torn, len(found.Bad)
	if found.Gone {
		l.report.Damaged++
	}
	l.dirty = found.New || l.report.Damaged > 0
	l.report.Aside, err = j.KeepAside(*found)
	return l, err
}

// apply adds a record to what is known; it is not sound when it says nothing.
func (j *journal) apply(l *loaded, f seallog.Frame) (sound bool, err error) {
	if f.Number != l.number+1 {
		l.gap = true
	}
	l.number = f.Number
	var ops []op
	body, err := j.Unseal(f)
	if errors.Is(err, vault.ErrLocked) {
		return false, err
	}
	if err == nil {
		err = json.Unmarshal(body, &ops)
	}
	if err != nil {
		l.gap = l.gap || f.IDs == nil
		for _, id := range f.IDs {
			l.suspect[id.String()] = true
			l.seen(id, f.Number)
		}
		return false, nil
	}
	for _, o := range ops {
		if id, err := uuid.Parse(o.id()); err == nil {
			l.seen(id, f.Number)
		}
		if o.Put == nil {
			delete(l.items, o.Del)
			delete(l.suspect, o.Del)
			continue
		}
		// A record holds the whole item: a later good one makes up for a damaged one.
		delete(l.suspect, o.Put.ID)
		l.items[o.Put.ID] = o.Put
	}
	return true, nil
}

func (l *loaded) seen(id uuid.UUID, number uint64) {
	if _, ok := l.last[id.String()]; !ok {
		l.order = append(l.order, id.String())
	}
	l.last[id.String()] = number
}

// settle makes of what the log says what holds now: attempts that a crash
// interrupted are to be made again, what damage touched is held, and of whom
// only the id is left, that is told.
func (l *loaded) settle(now time.Time) (changed []op) {
	for _, id := range l.order {
		it, known := l.items[id]
		if !known {
			if l.suspect[id] {
				it = &stored{OutboxItem: client.OutboxItem{
					ID: id, Kind: client.OutboxDamaged, State: client.OutboxRefused, Reason: fhir.Invalid, Created: now, Updated: now,
				}, Seq: l.last[id]}
				l.items[id] = it
				l.report.Held++
				changed = append(changed, op{Put: it})
			}
			continue
		}
		touched := false
		if next, ok := advance(it.OutboxItem, step{event: stop, now: now}); ok {
			it.OutboxItem, touched = next, true
		}
		if l.suspect[id] || l.gap {
			if next, ok := advance(it.OutboxItem, step{event: hold, now: now, reason: fhir.Invalid}); ok {
				next.Uncertain = true // what was done since is not known
				it.OutboxItem, touched = next, true
				l.report.Held++
			}
		}
		if touched {
			changed = append(changed, op{Put: it})
		}
	}
	l.report.Items = len(l.items)
	return changed
}
