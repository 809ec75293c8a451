package batch

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// How what changed reaches the notebook: what a person decided at once, what
// became of files soon, many in one page turn.
const (
	keepPause = 200 * time.Millisecond
	keepMany  = 100 // notes at a time
)

// meta is what is kept of the batch itself.
type meta struct {
	Paused bool
}

// load reads what the notebook holds of this batch.
func (e *Engine) load(ctx context.Context) error {
	notes, err := e.c.Notes.List(ctx, e.prefix)
	if err != nil {
		return err
	}
	var all []*entry
	for _, n := range notes {
		switch name := strings.TrimPrefix(n.Name, e.prefix); {
		case name == "meta":
			var m meta
			if json.Unmarshal(n.Value, &m) == nil {
				e.paused = m.Paused
			}
		case strings.HasPrefix(name, "row/"):
			x, err := decode(n.Value)
			if err != nil {
				return err
			}
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return a.Seq - b.Seq })
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range all {
		if x.row.State == Reading {
			x.row.State = Found // a crash interrupted it
		}
		e.seq = max(e.seq, x.Seq)
		e.insert(x)
		if x.row.State != Removed && x.row.State != Refused && x.row.State != NoRecord {
			e.claim(x)
		}
		if x.Item != "" {
			e.byItem[x.Item] = x
		}
		if x.row.Patient != nil {
			e.meet(x, x.row.Patient)
		}
		if x.row.State == Fix && slices.Contains(x.row.Problems, Offline) {
			e.parked = append(e.parked, x)
		}
	}
	return nil
}

// keepSoon sees to it that what is dirty is kept in a moment. The caller holds mu.
func (e *Engine) keepSoon() {
	if e.stopFlush != nil || e.closed {
		return
	}
	wait := keepPause << min(e.misses, 8)
	t := time.AfterFunc(wait, func() {
		e.mu.Lock()
		e.stopFlush = nil
		e.mu.Unlock()
		_ = e.flush(context.Background()) // it is tried again, and Send and Correct tell
	})
	e.stopFlush = func() { t.Stop() }
}

// flush keeps what changed; what cannot be kept stays to be.
func (e *Engine) flush(ctx context.Context) error {
	e.flushing.Lock()
	defer e.flushing.Unlock()
	for {
		pages, taken, done := e.pages()
		if len(pages)+len(done) == 0 {
			return nil
		}
		if pages = append(pages, e.remember(ctx, done)...); len(pages) == 0 {
			continue
		}
		err := e.c.Notes.Put(ctx, pages...)
		e.mu.Lock()
		if err != nil {
			for _, x := range taken {
				e.dirty[x] = true
			}
			e.filings = append(e.filings, done...)
			for _, p := range pages {
				if len(p.Value) == 0 {
					e.forgotten = append(e.forgotten, p.Name)
				}
			}
			e.misses++
			e.keepSoon()
			e.mu.Unlock()
			return err
		}
		e.misses = 0
		e.mu.Unlock()
	}
}

// pages takes some of what is dirty.
func (e *Engine) pages() (pages []client.Note, taken []*entry, done []filing) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := min(keepMany, len(e.forgotten))
	for _, name := range e.forgotten[:n] {
		pages = append(pages, client.Note{Name: name})
	}
	e.forgotten = slices.Delete(e.forgotten, 0, n)
	for x := range e.dirty {
		if len(pages) >= keepMany {
			break
		}
		delete(e.dirty, x)
		if e.byID[x.row.ID] != x {
			continue // cleared meanwhile
		}
		if value, err := x.encode(); err == nil { // plain data always encodes
			pages, taken = append(pages, client.Note{Name: e.rowName(x), Value: value}), append(taken, x)
		}
	}
	n = min(keepMany, len(e.filings))
	done = slices.Clone(e.filings[:n])
	e.filings = slices.Delete(e.filings, 0, n)
	return pages, taken, done
}

func (e *Engine) rowName(x *entry) string { return e.prefix + "row/" + x.row.ID }

// keepMeta keeps what is of the batch itself.
func (e *Engine) keepMeta(ctx context.Context, m meta) error {
	value, err := json.Marshal(m)
	if err != nil {
		return fhir.Wrap(fhir.Internal, err)
	}
	return e.c.Notes.Put(ctx, client.Note{Name: e.prefix + "meta", Value: value})
}
