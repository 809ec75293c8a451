package outbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Report says what Open found. Damage is told to the person, once, by Words.
type Report struct {
	Items   int
	Torn    int    // bytes of a last write that a crash cut short: nothing acknowledged
	Damaged int    // places of the log that cannot be read
	Held    int    // items that wait for a person because of that
	Aside   string // name of the file where the damaged bytes were put; empty: none
}

// Words tells a person what to do, in French; empty when nothing is wrong.
func (r Report) Words() string {
	if r.Damaged == 0 {
		return ""
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
	bad     []span
	report  Report
	size    int64
	gen     uint64
	number  uint64
	dirty   bool // the log is to be written anew
}

// read reads the log. Nothing on the disk is changed.
func (j *journal) read() (*loaded, error) {
	l := &loaded{items: map[string]*stored{}, suspect: map[string]bool{}, last: map[string]uint64{}}
	data, err := os.ReadFile(filepath.Join(j.dir, logName))
	if errors.Is(err, fs.ErrNotExist) {
		l.dirty = true
		return l, nil
	}
	if err != nil {
		return nil, diskError(err)
	}
	frames, bad, end := scan(data[min(logHead, len(data)):])
	head, err := j.readHead(data)
	if errors.Is(err, vault.ErrLocked) {
		return nil, err
	}
	generation, readable := j.opensAny(frames)
	if err != nil && !readable && len(frames) > 0 {
		// Another key: nothing is touched.
		return nil, &client.Error{Code: fhir.Forbidden, Message: "La file d’envoi de ce poste ne s’ouvre pas avec cette clé. Ouvrez-la avec celle d’origine.", Err: err}
	}
	if err != nil {
		l.bad, l.report.Damaged = []span{{0, min(logHead, len(data))}}, 1
		head = generation
	}
	l.gen = head
	for _, b := range bad {
		l.bad = append(l.bad, span{b.from + logHead, b.to + logHead})
		l.report.Damaged++
	}
	l.report.Torn = max(0, len(data)-logHead-end)
	for _, f := range frames {
		if err := j.apply(l, f); err != nil {
			return nil, err
		}
	}
	if len(bad) > 0 && bad[len(bad)-1].to == end && end == len(data)-logHead {
		l.gap = true // the last bytes are damaged: no number after them tells
	}
	l.size = int64(logHead + end)
	l.dirty = l.report.Damaged > 0
	return l, l.setAside(j, data)
}

// readHead gives the generation of a log.
func (j *journal) readHead(data []byte) (uint64, error) {
	if len(data) < logHead || !bytes.HasPrefix(data, []byte(logMagic)) {
		return 0, errors.New("outbox: no head")
	}
	generation := binary.BigEndian.Uint64(data[len(logMagic):])
	_, err := j.seal.Open(data[len(logMagic)+8:logHead], headLabel(generation))
	return generation, err
}

// opensAny tells whether the key opens one of the records, and its generation.
func (j *journal) opensAny(frames []frame) (uint64, bool) {
	for _, f := range frames {
		if _, err := j.seal.Open(f.body, label(f.generation, f.number, f.ids)); err == nil {
			return f.generation, true
		}
	}
	return 0, false
}

// apply adds a record to what is known.
func (j *journal) apply(l *loaded, f frame) error {
	if f.number != l.number+1 {
		l.gap = true
	}
	l.number = f.number
	var ops []op
	body, err := j.seal.Open(f.body, label(l.gen, f.number, f.ids))
	if errors.Is(err, vault.ErrLocked) {
		return err
	}
	if err == nil {
		err = json.Unmarshal(body, &ops)
	}
	if err != nil {
		l.report.Damaged++
		l.bad = append(l.bad, span{f.from + logHead, f.to + logHead})
		l.gap = l.gap || f.ids == nil
		for _, id := range f.ids {
			l.suspect[id.String()] = true
			l.seen(id, f.number)
		}
		return nil
	}
	for _, o := range ops {
		if id, err := uuid.Parse(o.id()); err == nil {
			l.seen(id, f.number)
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
	return nil
}

func (l *loaded) seen(id uuid.UUID, number uint64) {
	if _, ok := l.last[id.String()]; !ok {
		l.order = append(l.order, id.String())
	}
	l.last[id.String()] = number
}

// setAside keeps the damaged bytes for who may read them one day, and holds the
// items that they were about.
func (l *loaded) setAside(j *journal, data []byte) error {
	if len(l.bad) == 0 {
		return nil
	}
	var ruins []byte
	for _, b := range l.bad {
		ruins = append(ruins, data[b.from:min(b.to, len(data))]...)
	}
	l.report.Aside = "damaged-" + uuid.NewString() + ".bin"
	return diskErrorOrNil(vault.WriteFile(filepath.Join(j.dir, l.report.Aside), ruins))
}

func diskErrorOrNil(err error) error {
	if err == nil {
		return nil
	}
	return diskError(err)
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

// openJournal opens or makes the log.
func openJournal(dir string, seal *vault.Sealer, sync1 func(*os.File) error) (*journal, *loaded, error) {
	j := &journal{dir: dir, seal: seal, sync: sync1}
	j.idle = sync.NewCond(&j.mu)
	l, err := j.read()
	if err != nil {
		return nil, nil, err
	}
	j.gen, j.number, j.size = l.gen, l.number, l.size
	if l.dirty {
		return j, l, nil // rewritten by the caller, once what is held is known
	}
	j.f, err = os.OpenFile(filepath.Join(dir, logName), os.O_RDWR, 0o600)
	if err == nil && l.report.Torn > 0 {
		err = errors.Join(j.f.Truncate(j.size), j.sync(j.f))
	}
	return j, l, diskErrorOrNil(err)
}
