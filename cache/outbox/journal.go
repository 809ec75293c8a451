package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

const (
	logName  = "outbox.log"
	logMagic = "CNOBX\x00\x00\x01"
	// logHead is the magic, the generation (8 bytes) and a sealed word that tells
	// a wrong key from a damaged log.
	logHead  = len(logMagic) + 8 + checkLen
	checkLen = 41 + len(checkWord)

	checkWord = "carnet outbox"
)

// journal is the log file. Its records are numbered from 1 in each generation;
// writing it anew (compaction) begins the next one.
type journal struct {
	dir  string
	seal *vault.Sealer
	sync func(*os.File) error

	mu      sync.Mutex
	idle    *sync.Cond
	f       *os.File
	gen     uint64
	number  uint64 // of the last record
	size    int64  // durable bytes
	next    *batch // gathers while another is written
	writing bool
	broken  error // why nothing can be written until the next Open
}

// batch is what shares one fsync.
type batch struct {
	records []record
	done    chan struct{}
	err     error
}

// record is an atomic set of changes, not yet sealed.
type record struct {
	ids  []uuid.UUID
	body []byte
}

// label binds a record to its place.
func label(generation, number uint64, ids []uuid.UUID) vault.Label {
	name := fmt.Appendf(nil, "record %d %d ", generation, number)
	for _, id := range ids {
		name = append(name, id[:]...)
	}
	return vault.Label{Name: string(name)}
}

func headLabel(generation uint64) vault.Label {
	return vault.Label{Name: fmt.Sprintf("head %d", generation)}
}

// head makes the start of a log.
func (j *journal) head(generation uint64) ([]byte, error) {
	check, err := j.seal.Seal([]byte(checkWord), headLabel(generation))
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64([]byte(logMagic), generation), check...), nil
}

// commit writes ops as one record and returns when it is on disk. Those that
// wait together are written together.
func (j *journal) commit(ops []op) error {
	body, ids, err := encode(ops)
	if err != nil {
		return err
	}
	if len(body) > maxBody-1024 || len(ids) > maxIDs {
		return fhir.E(fhir.TooLarge, "L’envoi est trop grand. Faites-le en plusieurs parties.")
	}
	j.mu.Lock()
	if j.broken != nil {
		defer j.mu.Unlock()
		return j.broken
	}
	if j.next == nil {
		j.next = &batch{done: make(chan struct{})}
	}
	b := j.next
	b.records = append(b.records, record{ids, body})
	if !j.writing {
		j.writing = true
		go j.drain()
	}
	j.mu.Unlock()
	<-b.done
	return b.err
}

// drain writes batch after batch until none waits.
func (j *journal) drain() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.next != nil {
		b := j.next
		j.next = nil
		j.mu.Unlock()
		b.err = j.write(b.records)
		close(b.done)
		j.mu.Lock()
	}
	j.writing = false
	j.idle.Broadcast()
}

// quiet waits until nothing is being written; the caller sees to it that
// nothing new comes.
func (j *journal) quiet() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.writing {
		j.idle.Wait()
	}
}

// write appends records and syncs; only drain calls it. When it fails, the log
// is as before: what was not acknowledged must not appear later.
func (j *journal) write(records []record) error {
	if j.broken != nil {
		return j.broken
	}
	var buf []byte
	number := j.number
	for _, r := range records {
		number++
		sealed, err := j.seal.Seal(r.body, label(j.gen, number, r.ids))
		if err != nil {
			return err
		}
		buf = appendFrame(buf, frame{number: number, generation: j.gen, ids: r.ids, body: sealed})
	}
	_, err := j.f.WriteAt(buf, j.size)
	if err == nil {
		err = j.sync(j.f)
	}
	if err != nil {
		if undo := errors.Join(j.f.Truncate(j.size), j.sync(j.f)); undo != nil {
			j.mu.Lock()
			j.broken = diskError(undo)
			j.mu.Unlock()
		}
		return diskError(err)
	}
	j.size, j.number = j.size+int64(len(buf)), number
	return nil
}

// rewrite replaces the log by one of the next generation that holds these items
// alone. On an error the old log stays. Nothing may be committed meanwhile.
func (j *journal) rewrite(items []*stored) error {
	generation := j.gen + 1
	buf, err := j.head(generation)
	if err != nil {
		return err
	}
	number := uint64(0)
	for part := range slices.Chunk(items, 64) {
		ops := make([]op, len(part))
		for i, it := range part {
			ops[i] = op{Put: it}
		}
		body, ids, err := encode(ops)
		if err != nil {
			return err
		}
		number++
		sealed, err := j.seal.Seal(body, label(generation, number, ids))
		if err != nil {
			return err
		}
		buf = appendFrame(buf, frame{number: number, generation: generation, ids: ids, body: sealed})
	}
	path := filepath.Join(j.dir, logName)
	if j.f != nil {
		j.f.Close() // Windows renames over no open file
	}
	failed := vault.WriteFile(path, buf)
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.broken = diskError(err)
		return j.broken
	}
	j.f = f
	if failed != nil {
		// Either log may be there now; the next Open reads whichever it is.
		if info, err := f.Stat(); err != nil || info.Size() != j.size {
			j.broken = diskError(failed)
		}
		return diskError(failed)
	}
	j.gen, j.number, j.size, j.broken = generation, number, int64(len(buf)), nil
	return nil
}

// diskError says in words why nothing was kept.
func diskError(err error) error {
	var e *client.Error
	if errors.As(err, &e) {
		return e
	}
	words := "L’envoi n’a pas pu être gardé sur ce poste. Vérifiez le disque, puis recommencez."
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT) {
		words = "Le disque de ce poste est plein. Libérez de la place, puis recommencez."
	}
	return &client.Error{Code: fhir.Unavailable, Message: words, Err: err}
}
