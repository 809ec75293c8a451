package seallog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// envelope is what sealing adds to a short text (see vault).
const envelope = 41

// Config says where a log lives and what its errors say to a person.
type Config struct {
	Dir      string
	Seal     *vault.Sealer
	Format   *Format
	OtherKey string // the log was sealed under another key
	Lost     string // something could not be kept
}

// Log is the file of a log. One writer at a time; Broken may be asked meanwhile.
type Log struct {
	Sync func(*os.File) error // (*os.File).Sync; a test lets it fail

	c                  Config
	f                  *os.File
	generation, number uint64
	size               int64 // durable bytes; -1: unknown

	mu     sync.Mutex
	broken error // why nothing can be written until the next Open
}

// Found is what Open found on the disk. All places are places of the file.
type Found struct {
	New     bool    // there is no log
	Gone    bool    // there was one, and somebody or something took it away
	Frames  []Frame // whole, in the order of the log; not yet unsealed
	Bad     []Span  // damaged; the owner adds the frames that are wrong
	Torn    int     // bytes of a last write that a crash cut short
	EndsBad bool    // the last bytes are damaged: no number after them tells
	data    []byte
	end     int64
}

// Open reads a log. Nothing on the disk is changed. Errors: Unauthenticated
// when the vault is locked, Forbidden under another key, Unavailable.
func Open(c Config) (*Log, Found, error) {
	l := &Log{Sync: (*os.File).Sync, c: c, size: -1}
	var found Found
	data, err := os.ReadFile(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		_, err := os.Stat(l.mark())
		return l, Found{New: true, Gone: err == nil}, nil
	}
	if err != nil {
		return l, found, l.diskError(err)
	}
	start := c.Format.StartLen()
	frames, bad, end := c.Format.Scan(data[min(start, len(data)):])
	if l.generation, err = l.readStart(data); errors.Is(err, vault.ErrLocked) {
		return l, found, err
	}
	if err != nil {
		generation, readable := l.opensAny(frames)
		if !readable && len(frames) > 0 {
			return l, found, &client.Error{Code: fhir.Forbidden, Message: c.OtherKey, Err: err}
		}
		l.generation = generation
		found.Bad = append(found.Bad, Span{0, min(start, len(data))})
	}
	for _, b := range bad {
		found.Bad = append(found.Bad, Span{b.From + start, b.To + start})
	}
	for i := range frames {
		frames[i].Span = Span{frames[i].From + start, frames[i].To + start}
	}
	found.EndsBad = len(bad) > 0 && bad[len(bad)-1].To == end && end == len(data)-start
	found.Frames, found.Torn = frames, max(0, len(data)-start-end)
	found.data, found.end = data, int64(start+end)
	return l, found, nil
}

func (l *Log) path() string { return filepath.Join(l.c.Dir, l.c.Format.File) }

// mark is the path of an empty file that tells that there is a log: without it, one
// that is gone would be taken for one that never was, and all of it be lost unsaid.
func (l *Log) mark() string { return l.path() + ".there" }

// leaveMark makes the mark, where there is none. On an error there is none yet: the
// log is whole all the same.
func (l *Log) leaveMark() {
	if _, err := os.Stat(l.mark()); errors.Is(err, fs.ErrNotExist) {
		_ = vault.WriteFile(l.mark(), nil)
	}
}

// StartLen is how long the start of a log is: the magic, the generation (8
// bytes), the sealed word.
func (f *Format) StartLen() int { return len(f.Magic) + 8 + envelope + len(f.Word) }

func (f *Format) startLabel(generation uint64) vault.Label {
	return vault.Label{Name: fmt.Sprintf("%s %d", f.Start, generation)}
}

// start makes the beginning of a log.
func (l *Log) start(generation uint64) ([]byte, error) {
	f := l.c.Format
	check, err := l.c.Seal.Seal([]byte(f.Word), f.startLabel(generation))
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64([]byte(f.Magic), generation), check...), nil
}

// readStart gives the generation of a log.
func (l *Log) readStart(data []byte) (uint64, error) {
	f := l.c.Format
	if len(data) < f.StartLen() || !bytes.HasPrefix(data, []byte(f.Magic)) {
		return 0, errors.New("seallog: no start")
	}
	generation := binary.BigEndian.Uint64(data[len(f.Magic):])
	_, err := l.c.Seal.Open(data[len(f.Magic)+8:f.StartLen()], f.startLabel(generation))
	return generation, err
}

// label binds a record to its place.
func (f *Format) label(generation, number uint64, ids []uuid.UUID) vault.Label {
	name := fmt.Appendf(nil, "record %d %d", generation, number)
	if f.IDs {
		name = append(name, ' ')
	}
	for _, id := range ids {
		name = append(name, id[:]...)
	}
	return vault.Label{Name: string(name)}
}

// opensAny tells whether the key opens one of the records, and its generation.
func (l *Log) opensAny(frames []Frame) (uint64, bool) {
	for _, r := range frames {
		if _, err := l.c.Seal.Open(r.Body, l.c.Format.label(r.Generation, r.Number, r.IDs)); err == nil {
			return r.Generation, true
		}
	}
	return 0, false
}

// Unseal opens a record of this log's generation.
func (l *Log) Unseal(r Frame) ([]byte, error) {
	return l.c.Seal.Open(r.Body, l.c.Format.label(l.generation, r.Number, r.IDs))
}

// KeepAside keeps the damaged bytes for who may read them one day, and gives the
// name of their file; empty when nothing is damaged.
func (l *Log) KeepAside(found Found) (string, error) {
	if len(found.Bad) == 0 {
		return "", nil
	}
	var ruins []byte
	for _, b := range found.Bad {
		ruins = append(ruins, found.data[b.From:min(b.To, len(found.data))]...)
	}
	name := "damaged-" + uuid.NewString() + ".bin"
	return name, l.diskError(vault.WriteFile(filepath.Join(l.c.Dir, name), ruins))
}

// Continue makes a sound log ready for writing after the record of that number,
// without what a crash cut short.
func (l *Log) Continue(found Found, number uint64) error {
	f, err := os.OpenFile(l.path(), os.O_RDWR, 0o600)
	if err != nil {
		return l.diskError(err)
	}
	l.f, l.number, l.size = f, number, found.end
	l.leaveMark()
	if found.Torn > 0 {
		err = errors.Join(f.Truncate(l.size), l.Sync(f))
	}
	return l.diskError(err)
}

// Close closes the file.
func (l *Log) Close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}

func (l *Log) diskError(err error) error { return DiskError(err, l.c.Lost) }

// DiskError says why nothing was kept: in the words of lost, or that the disk is
// full. An error that has words already keeps them.
func DiskError(err error, lost string) error {
	if err == nil {
		return nil
	}
	var e *client.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT) {
		lost = "Le disque de ce poste est plein. Libérez de la place, puis recommencez."
	}
	return &client.Error{Code: fhir.Unavailable, Message: lost, Err: err}
}
