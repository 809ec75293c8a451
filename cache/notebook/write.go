package notebook

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

const (
	logName  = "notebook.log"
	logMagic = "CNNBK\x00\x00\x01"

	// logStart is the magic, the generation (8 bytes) and a sealed word that tells
	// a wrong key from a damaged log.
	logStart  = len(logMagic) + 8 + 41 + len(checkWord)
	checkWord = "carnet notebook"

	// The log is written anew when it is this much longer than what it keeps.
	slack = 1 << 20
	times = 4

	// Records of a log written anew are about this long.
	recordSize = 256 << 10
)

// label binds a record to its place.
func label(generation, number uint64) vault.Label {
	return vault.Label{Name: fmt.Sprintf("record %d %d", generation, number)}
}

func startLabel(generation uint64) vault.Label {
	return vault.Label{Name: fmt.Sprintf("start %d", generation)}
}

// start makes the beginning of a log.
func (n *Notebook) start(generation uint64) ([]byte, error) {
	check, err := n.seal.Seal([]byte(checkWord), startLabel(generation))
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64([]byte(logMagic), generation), check...), nil
}

// sealed makes the frame of a record.
func (n *Notebook) sealed(buf []byte, generation, number uint64, pages []client.Note) ([]byte, error) {
	body, err := n.seal.Seal(encode(pages), label(generation, number))
	if err != nil {
		return nil, err
	}
	return appendFrame(buf, frame{number: number, generation: generation, body: body}), nil
}

// drain writes batch after batch until none waits.
func (n *Notebook) drain() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.next != nil {
		b := n.next
		n.next = nil
		n.mu.Unlock()
		err := n.write(b.records)
		n.mu.Lock()
		if b.err = err; err == nil {
			for _, r := range b.records {
				n.apply(r)
			}
		}
		close(b.done)
		if n.size > max(times*n.live+slack, n.floor) && n.broken == nil {
			all := maps.Clone(n.notes)
			n.mu.Unlock()
			if n.floor = 0; n.rewrite(all) != nil {
				n.floor = n.size + slack // a full disk only keeps the log long
			}
			n.mu.Lock()
		}
	}
	n.writing = false
	n.idle.Broadcast()
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

// write appends records and syncs; only drain calls it. When it fails, the log
// is as before: what was not acknowledged must not appear later.
func (n *Notebook) write(records [][]client.Note) error {
	n.mu.Lock()
	broken := n.broken
	n.mu.Unlock()
	if broken != nil {
		return broken
	}
	var buf []byte
	number := n.number
	for _, r := range records {
		number++
		var err error
		if buf, err = n.sealed(buf, n.gen, number, r); err != nil {
			return err
		}
	}
	_, err := n.f.WriteAt(buf, n.size)
	if err == nil {
		err = n.sync(n.f)
	}
	if err != nil {
		if undo := errors.Join(n.f.Truncate(n.size), n.sync(n.f)); undo != nil {
			n.breaks(undo)
		}
		return diskError(err)
	}
	n.size, n.number = n.size+int64(len(buf)), number
	return nil
}

// breaks says that nothing can be written until the next Open.
func (n *Notebook) breaks(err error) {
	n.mu.Lock()
	n.broken = diskError(err)
	n.mu.Unlock()
}

// rewrite replaces the log by one of the next generation that holds these notes
// alone. On an error the old log stays. Nothing may be written meanwhile.
func (n *Notebook) rewrite(notes map[string][]byte) error {
	generation, number := n.gen+1, uint64(0)
	buf, err := n.start(generation)
	if err != nil {
		return err
	}
	var pages []client.Note
	names, length := slices.Sorted(maps.Keys(notes)), 0
	for i, name := range names {
		pages = append(pages, client.Note{Name: name, Value: notes[name]})
		length += len(name) + len(notes[name])
		if length < recordSize && i < len(names)-1 {
			continue
		}
		number++
		if buf, err = n.sealed(buf, generation, number, pages); err != nil {
			return err
		}
		pages, length = nil, 0
	}
	return n.replace(buf, generation, number)
}

// replace puts a whole log in the place of the present one.
func (n *Notebook) replace(buf []byte, generation, number uint64) error {
	path := filepath.Join(n.dir, logName)
	if n.f != nil {
		n.f.Close() // Windows renames over no open file
	}
	failed := vault.WriteFile(path, buf)
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		n.breaks(err)
		return diskError(err)
	}
	n.f = f
	if failed != nil {
		// Either log may be there now; the next Open reads whichever it is.
		if info, err := f.Stat(); err != nil || info.Size() != n.size {
			n.breaks(failed)
		}
		return diskError(failed)
	}
	n.gen, n.number, n.size = generation, number, int64(len(buf))
	return nil
}

// diskError says in words why nothing was kept.
func diskError(err error) error {
	if err == nil {
		return nil
	}
	var e *client.Error
	if errors.As(err, &e) {
		return e
	}
	words := "Le travail n’a pas pu être gardé sur ce poste. Vérifiez le disque, puis recommencez."
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT) {
		words = "Le disque de ce poste est plein. Libérez de la place, puis recommencez."
	}
	return &client.Error{Code: fhir.Unavailable, Message: words, Err: err}
}
