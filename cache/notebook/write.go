package notebook

import (
	"iter"
	"maps"
	"slices"

	"carnet/cache/seallog"
	"carnet/client"
)

const (
	// The log is written anew when it is this much longer than what it keeps.
	slack = 1 << 20
	times = 4

	// Records of a log written anew are about this long.
	recordSize = 256 << 10
)

// format is that of the notebook's log.
var format = &seallog.Format{
	File: "notebook.log", Magic: "CNNBK\x00\x00\x01", Word: "carnet notebook", Start: "start", Marker: "\xC5NB\xBE",
}

// write keeps records, then makes them visible.
func (n *Notebook) write(records [][]client.Note) error {
	sealable := make([]seallog.Record, len(records))
	for i, r := range records {
		sealable[i].Body = encode(r)
	}
	if err := n.log.Append(sealable); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range records {
		n.apply(r)
	}
	return nil
}

// shorten writes the log anew when most of it is history.
func (n *Notebook) shorten() {
	n.mu.Lock()
	if n.log.Size() <= max(times*n.live+slack, n.floor) || n.log.Broken() != nil {
		n.mu.Unlock()
		return
	}
	all := maps.Clone(n.notes)
	n.mu.Unlock()
	if n.floor = 0; n.rewrite(all) != nil {
		n.floor = n.log.Size() + slack // a full disk only keeps the log long
	}
}

// apply makes pages visible; an empty value forgets the name.
func (n *Notebook) apply(pages []client.Note) {
	for _, p := range pages {
		if old, ok := n.notes[p.Name]; ok {
			n.live -= noteSize(p.Name, old)
			delete(n.notes, p.Name)
		}
		if len(p.Value) > 0 {
			n.live += noteSize(p.Name, p.Value)
			n.notes[p.Name] = p.Value
		}
	}
}

func noteSize(name string, value []byte) int64 { return int64(len(name) + len(value) + 100) }

// rewrite replaces the log by one that holds these notes alone. On an error the
// old log stays. Nothing may be written meanwhile.
func (n *Notebook) rewrite(notes map[string][]byte) error { return n.log.Rewrite(parts(notes)) }

// parts makes records of notes, by their names.
func parts(notes map[string][]byte) iter.Seq2[seallog.Record, error] {
	return func(yield func(seallog.Record, error) bool) {
		var pages []client.Note
		names, length := slices.Sorted(maps.Keys(notes)), 0
		for i, name := range names {
			pages = append(pages, client.Note{Name: name, Value: notes[name]})
			length += len(name) + len(notes[name])
			if length < recordSize && i < len(names)-1 {
				continue
			}
			if !yield(seallog.Record{Body: encode(pages)}, nil) {
				return
			}
			pages, length = nil, 0
		}
	}
}

// lost is said when something could not be kept.
const lost = "Le travail n’a pas pu être gardé sur ce poste. Vérifiez le disque, puis recommencez."
