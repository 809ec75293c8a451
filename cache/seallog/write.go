package seallog

import (
	"errors"
	"iter"
	"os"

	"github.com/google/uuid"

	"carnet/cache/vault"
)

// Record is an atomic set of changes, not yet sealed.
type Record struct {
	IDs  []uuid.UUID // only in a format with ids
	Body []byte
}

// Records is the number of the last record: how many there are, in a log that
// has lost none.
func (l *Log) Records() uint64 { return l.number }

// Size is how long the log is, in bytes.
func (l *Log) Size() int64 { return l.size }

// Generation is how often the log was begun.
func (l *Log) Generation() uint64 { return l.generation }

// Broken says why nothing can be written until the next Open; nil: it can.
func (l *Log) Broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

func (l *Log) breaks(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = l.diskError(err)
	return l.broken
}

// sealed adds the frame of a record to buf.
func (l *Log) sealed(buf []byte, generation, number uint64, r Record) ([]byte, error) {
	body, err := l.c.Seal.Seal(r.Body, l.c.Format.label(generation, number, r.IDs))
	if err != nil {
		return nil, err
	}
	return l.c.Format.Append(buf, Frame{Number: number, Generation: generation, IDs: r.IDs, Body: body}), nil
}

// Append writes records and syncs. When it fails, the log is as before: what
// was not acknowledged must not appear later.
func (l *Log) Append(records []Record) error {
	if err := l.Broken(); err != nil {
		return err
	}
	var buf []byte
	number := l.number
	for _, r := range records {
		number++
		var err error
		if buf, err = l.sealed(buf, l.generation, number, r); err != nil {
			return err
		}
	}
	_, err := l.f.WriteAt(buf, l.size)
	if err == nil {
		err = l.Sync(l.f)
	}
	if err != nil {
		if undo := errors.Join(l.f.Truncate(l.size), l.Sync(l.f)); undo != nil {
			_ = l.breaks(undo)
		}
		return l.diskError(err)
	}
	l.size, l.number = l.size+int64(len(buf)), number
	return nil
}

// Rewrite replaces the log by one of the next generation that holds these
// records alone. On an error, theirs or the disk's, the old log stays.
func (l *Log) Rewrite(records iter.Seq2[Record, error]) error {
	generation, number := l.generation+1, uint64(0)
	buf, err := l.start(generation)
	if err != nil {
		return err
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		number++
		if buf, err = l.sealed(buf, generation, number, r); err != nil {
			return err
		}
	}
	return l.replace(buf, generation, number)
}

// replace puts a whole log in the place of the present one.
func (l *Log) replace(buf []byte, generation, number uint64) error {
	if l.f != nil {
		l.f.Close() // Windows renames over no open file
	}
	failed := vault.WriteFile(l.path(), buf)
	f, err := os.OpenFile(l.path(), os.O_RDWR, 0o600)
	if err != nil {
		return l.breaks(err)
	}
	l.f = f
	if failed != nil {
		// Either log may be there now; the next Open reads whichever it is.
		if info, err := f.Stat(); err != nil || info.Size() != l.size {
			return l.breaks(failed)
		}
		return l.diskError(failed)
	}
	l.generation, l.number, l.size = generation, number, int64(len(buf))
	l.leaveMark()
	return nil
}
