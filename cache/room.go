package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"
	"github.com/gofrs/flock"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Badger writes through memory mapped onto files that are longer than what is in them.
// When the disk has no page left for such a place, the system ends the program: there
// is no error to meet. So nothing is written to Badger unless the disk has room for
// all that it may come to (margin and its tables once more, for their merging); the
// log that it writes to at each change has its room beforehand (backed); and what
// closing it needs is held in a file that goes just before (the ballast). Reading what
// is there needs no room.
const (
	// margin is the room, in bytes, that stays free: new logs and the tables made of them.
	margin = 64 << 20
	// logRoom is how far Badger writes into a log before it takes another: a table of
	// memory, and one transaction more.
	logRoom = 10 << 20
	// ballastSize is what closing Badger may write: the tables of two logs.
	ballastSize = 2 * logRoom
	ballastName = "ballast"
)

// errNoRoom says that the disk is so full that nothing more is copied to it.
var errNoRoom = fmt.Errorf("cache: little room is left on the disk: %w", syscall.ENOSPC)

// Full tells errors of a disk that is full, or protected.
func Full(err error) bool { return full(err) }

// disk tells how much room a folder's disk has.
type disk struct {
	dir  string
	free func(dir string) (bytes int64, known bool, err error)
}

func diskOf(dir string) disk { return disk{dir, freeOn} }

// fits tells, by an error that is errNoRoom, that so many bytes more would leave less
// room than must stay. A disk that does not know its room has it.
func (d disk) fits(size int64) error {
	free, known, err := d.free(d.dir)
	switch {
	case err != nil:
		return err
	case known && free < margin+size:
		return errNoRoom
	}
	return nil
}

// Short tells whether the disk is so full that nothing more is copied: what is there
// can be read, and what may no longer be kept goes all the same.
func (c *Cache) Short() bool {
	if !c.life.TryRLock() { // it is being cleared or shut
		return false
	}
	defer c.life.RUnlock()
	return !c.closed && errors.Is(c.roomy(), errNoRoom)
}

// roomy is nil when Badger may be written to. The caller holds life.
func (c *Cache) roomy() error {
	on := diskOf(c.dir)
	if c.contents != nil {
		on = c.contents.disk
	}
	tables, _ := c.db.Size()
	return on.fits(tables)
}

// writing runs f, which writes to Badger, when there is room for it. Errors:
// vault.ErrDamaged for a panic of Badger's; errNoRoom.
func (c *Cache) writing(f func() error) error {
	err := c.roomy()
	if err == nil {
		err = backed(filepath.Join(c.dir, dbName))
	}
	if err != nil {
		return err
	}
	return contained(f)
}

// backed gives the logs that Badger writes to at each change room of their own.
func backed(db string) error {
	files, err := os.ReadDir(db)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".mem") {
			continue
		}
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) { // Badger is done with it
			continue
		}
		if err == nil && info.Size() >= logRoom {
			err = allocate(filepath.Join(db, f.Name()), logRoom, false)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// closeBase closes Badger. What that writes has room: the ballast's.
func closeBase(dir string, db *badger.DB) error {
	return errors.Join(os.RemoveAll(filepath.Join(dir, ballastName)), contained(db.Close))
}

// renew writes heads whose lease the server renewed, and shows them. On a full disk they
// are renewed in memory: at the next start they end sooner. One whose lease became
// shorter goes instead.
func (c *Cache) renew(all []*entry) error {
	err := c.putHeads(all)
	if !full(err) {
		return err
	}
	var shorter []string
	c.mu.Lock()
	for _, e := range all {
		switch old := c.entries[e.Patient.ID]; {
		case old == nil || !c.keys.has(e.record):
		case e.Lease.Until.Before(old.Lease.Until):
			shorter = append(shorter, e.record)
		default:
			c.entries[e.Patient.ID] = e
		}
	}
	c.mu.Unlock()
	return c.forget(shorter...)
}

// unwritten is after changes of a copy could not be written: when something in it may
// no longer be kept, or that is still to be told, none of it is.
func (c *Cache) unwritten(e *entry, gone bool, cause error) error {
	if full(cause) && gone {
		return errors.Join(cause, c.forget(e.record))
	}
	return cause
}

// strays gives the records that Badger has and the table of keys has not: their purge
// came to no end, or their key was damaged.
func (c *Cache) strays() (names []string, err error) {
	all, err := c.namesUnder(headPrefix)
	for _, name := range all {
		if record := string(name[len(headPrefix):]); !c.keys.has(record) {
			names = append(names, record)
		}
	}
	return names, err
}

// finish removes what purges left behind.
func (c *Cache) finish(strays []string) (err error) {
	for _, record := range strays {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.dir, contentsName, record)), c.deleteRecord(record))
	}
	return err
}

// Erase removes the copies that lie in a folder without opening them: their keys first.
// What was read offline and not yet told stays. Errors: StateConflict when the folder is
// open; Unavailable.
func Erase(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever copied
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	err = errors.Join(vault.Overwrite(filepath.Join(dir, keysName)), vault.Overwrite(filepath.Join(dir, poolKeyName)))
	if err == nil {
		err = errors.Join(os.RemoveAll(filepath.Join(dir, contentsName)), os.RemoveAll(filepath.Join(dir, ballastName)),
			os.RemoveAll(filepath.Join(dir, dbName)), removeRuins(dir), passed(dir))
	}
	return diskError(errors.Join(err, lock.Unlock()))
}

// lockFolder takes a cache's folder for this program alone.
func lockFolder(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, "cache.lock"))
	if got, err := lock.TryLock(); err != nil || !got {
		return nil, &client.Error{Code: fhir.StateConflict, Message: "La copie locale est déjà ouverte par un autre programme. Fermez-le d’abord.", Err: err}
	}
	return lock, nil
}

// roomToOpen is nil when Badger may be opened in a folder, and then holds the room that
// closing it needs.
func roomToOpen(dir string) error {
	ballast := filepath.Join(dir, ballastName)
	if err := os.RemoveAll(ballast); err != nil { // a crash left it
		return err
	}
	if err := diskOf(dir).fits(logRoom + ballastSize); err != nil {
		return err
	}
	return allocate(ballast, ballastSize, true)
}

// fill writes zeros.
func fill(f *os.File, size int64) error {
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros, at); err != nil {
			return err
		}
	}
	return nil
}
