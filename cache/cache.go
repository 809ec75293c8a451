package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"carnet/cache/notebook"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

var _ client.Records = (*Cache)(nil)

// Config says where a cache lives and what stands behind it. What has no default
// is required.
type Config struct {
	Dir     string         // its own folder, of one owner
	Seal    *vault.Sealer  // of the owner's unlocked vault, purpose "cache"
	Reads   *vault.Sealer  // of the same vault, purpose "offline reads"
	Records client.Records // the HTTP client
	Copies  client.Copies  // nil: nothing is copied and nothing is reported
	// Shared is what the reader shares with the other members of their establishment on
	// this computer; nil: nothing.
	Shared *Shared
	// As is the capacity in which the reader signed in: profession, place of work. What
	// was copied in another one of theirs stays closed.
	As string
	// Auto takes a copy of every record opened in normal mode with a right to read.
	Auto   bool
	Budget int64            // bytes of contents on disk; 0: 2 GiB
	Rate   int              // bytes a second of contents fetched in advance; 0: 2 MiB, negative: no bound
	Now    func() time.Time // nil: time.Now
	// Ran tells how long the program has run, however the computer's clock is set
	// meanwhile. With no Now it is measured; nil beside a Now: by Now alone.
	Ran func() time.Duration
	// Pending tells what waits in the outbox, by document id; nil: nothing does.
	Pending func(context.Context) (map[string]Pending, error)
	// Between is called in each Sync that reached the server, once refusals are obeyed and
	// offline reads are told, before anything is copied; nil: nothing happens there.
	Between func(context.Context)
	Log     func(event string) // words without names or keys; nil: nowhere
}

const (
	usualBudget = 2 << 30
	usualRate   = 2 << 20
)

// manyRecords are so many that opening them leaves memory worth giving back.
const manyRecords = 5000

// Cache is the offline decorator. It is safe for concurrent use; one program at a
// time has a folder open.
type Cache struct {
	client.Records // what is not overridden stays the server's alone

	cfg      Config
	seal     *vault.Sealer
	copies   client.Copies
	dir      string
	lock     *flock.Flock
	report   Report
	clock    *clock
	journal  *notebook.Notebook
	contents *contents
	pool     *pool // nil: nothing is shared

	// life is held for reading while Badger or files are used, for writing by Shut
	// and Clear.
	life   sync.RWMutex
	db     *badger.DB
	closed bool

	write sync.Mutex // serialises changes of the copy; taken after life
	keys  *keyTable  // changed under write

	mu      sync.RWMutex // guards what follows; never held during input or output
	entries map[string]*entry
	people  map[string]client.Patient // seen in answers of this run, for who is copied next
	wanted  []client.Access           // records to copy, the last one opened last
	asleep  bool                      // entries and keys are out of memory: see Sleep
	screen  string                    // patient whose record was opened last
	noted   map[string]bool           // what the journal holds of this run's accesses
	// declined are patients of colleagues of whom the server gave no copy, and when.
	declined map[string]time.Time
	waking   sync.Mutex // one wake at a time; taken after life, before write
	syncing  sync.Mutex // one Sync at a time
	nudge    chan struct{}
	hurry    chan struct{}
}

// head is what a record's copy says of itself, as it is kept.
type head struct {
	Patient   client.Patient
	Lease     client.Lease
	Access    client.Access // as granted when the copy was taken
	Documents []string      // ids; each has its value
	AsOf      time.Time     // when the server last confirmed it
	Opened    time.Time     // when the person last opened the record
	Whole     bool          // the first copy came to its end
	Profile   profileHead   // the health profile that is copied with it
	As        string        `json:",omitempty"` // the capacity in which it was confirmed (Config.As)
	Pool      string        `json:",omitempty"` // the pool that it is shared in; empty: it is the reader's alone
	Card      string        `json:",omitempty"` // its card there
}

// entry is a copy in memory. It is replaced, never changed.
type entry struct {
	head
	record string // keyed name
	words  string // folded names, each after a space
	day    string // birth date as people write it
	ins    string
}

// Open opens the cache in a folder, or makes one. Errors: StateConflict when
// another program has it open, Unauthenticated when the vault is locked,
// Unavailable (disk full). Damage is no error: see Report.
func Open(cfg Config) (*Cache, error) {
	if cfg.Now == nil {
		start := time.Now()
		cfg.Now, cfg.Ran = time.Now, func() time.Duration { return time.Since(start) }
	}
	if cfg.Budget == 0 {
		cfg.Budget = usualBudget
	}
	if cfg.Rate == 0 {
		cfg.Rate = usualRate
	}
	if cfg.Log == nil {
		cfg.Log = func(string) {}
	}
	c := &Cache{
		Records: cfg.Records, cfg: cfg, seal: cfg.Seal, copies: cfg.Copies, dir: cfg.Dir,
		people: map[string]client.Patient{}, noted: map[string]bool{}, declined: map[string]time.Time{}, nudge: make(chan struct{}, 1), hurry: make(chan struct{}, 1),
	}
	if _, err := cfg.Seal.Name("ready"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, diskError(err)
	}
	c.lock = flock.New(filepath.Join(cfg.Dir, "cache.lock"))
	if got, err := c.lock.TryLock(); err != nil || !got {
		return nil, &client.Error{Code: fhir.StateConflict, Message: "La copie locale est déjà ouverte par un autre programme. Fermez-le d’abord.", Err: err}
	}
	err := c.load()
	if err == nil {
		err = c.openJournal()
	}
	if err != nil {
		if c.db != nil { // an error that was met is no crash: the marker goes
			err = errors.Join(err, closeBase(c.dir, c.db), passed(c.dir))
		}
		return nil, diskError(errors.Join(err, c.lock.Unlock()))
	}
	c.openShared()
	return c, nil
}

// openJournal opens the journal of offline reads. One that does not open with this
// key is put aside, for who looks into it, and a new one begun.
func (c *Cache) openJournal() (err error) {
	dir := filepath.Join(c.dir, "reads")
	open := func() { c.journal, err = notebook.Open(notebook.Config{Dir: dir, Seal: c.cfg.Reads}) }
	open()
	if fhir.CodeOf(err) == fhir.Forbidden {
		c.report.Journal = "reads-" + uuid.NewString()
		if err := os.Rename(dir, filepath.Join(c.dir, c.report.Journal)); err != nil {
			return err
		}
		open()
	}
	if err == nil && c.journal.Report().Damaged > 0 {
		c.report.Torn = true
	}
	return err
}

// load opens Badger behind the guard and reads the heads.
func (c *Cache) load() (err error) {
	if c.db, err = guardedOpen(c.dir, quiet{c.cfg.Log}, &c.report); err != nil {
		return err
	}
	c.keys, err = loadKeys(c.dir, c.seal)
	if errors.Is(err, vault.ErrDamaged) {
		if err = c.rebuild(); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	found, lost, err := c.heads()
	if err != nil {
		return err
	}
	if len(found) == 0 && len(lost) > 0 { // Badger came up silently empty
		c.report.Lost = len(lost)
		if err := c.rebuild(); err != nil {
			return err
		}
		lost = nil
	}
	c.entries = map[string]*entry{}
	for record, h := range found {
		c.entries[h.Patient.ID] = newEntry(record, *h)
	}
	if clear(found); len(c.entries) > manyRecords {
		debug.FreeOSMemory() // what opening them took is as much again as they are
	}
	if c.contents, err = openContents(c.dir, c.cfg.Budget, c.cfg.Now); err != nil {
		return err
	}
	if c.clock, err = loadClock(c.cfg, len(c.entries) > 0); err != nil {
		return err
	}
	if err := passed(c.dir); err != nil {
		return err
	}
	if len(lost) > 0 {
		c.report.Lost = len(lost)
		if err := c.forget(lost...); err != nil {
			return err
		}
	}
	if err := c.sweep(); err != nil {
		return err
	}
	c.report.Records = len(c.entries)
	return nil
}

// rebuild puts a Badger that cannot be believed aside and begins anew.
func (c *Cache) rebuild() error {
	if err := closeBase(c.dir, c.db); err != nil {
		c.cfg.Log("cache: a damaged database did not close well")
	}
	if err := quarantine(c.dir, &c.report); err != nil {
		return err
	}
	c.keys = newKeys(c.dir, c.seal)
	var err error
	c.db, err = guardedOpen(c.dir, quiet{c.cfg.Log}, &c.report)
	return err
}

// Report says what Open found on the disk.
func (c *Cache) Report() Report { return c.report }

// Shut closes the cache and lets its folder go. It waits for a Sync: end Run first.
// Shutting twice is no error.
func (c *Cache) Shut() error {
	c.life.Lock()
	defer c.life.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	return diskError(errors.Join(closeBase(c.dir, c.db), c.journal.Close(), c.pool.shut(), c.lock.Unlock()))
}

// use holds Badger and the files open for the caller; done lets them go.
func (c *Cache) use() (done func(), err error) {
	c.life.RLock()
	if c.closed {
		c.life.RUnlock()
		return nil, closedError()
	}
	if _, err := c.seal.Name("ready"); err != nil { // the vault is locked: so is what lies in memory
		c.life.RUnlock()
		return nil, err
	}
	if err := c.wake(); err != nil {
		c.life.RUnlock()
		return nil, err
	}
	return c.life.RUnlock, nil
}

// entry gives the copy of a patient's record, nil when there is none.
func (c *Cache) entry(patientID string) *entry {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[patientID]
}

// forget drops records by keyed name, from this reader's copies. The caller holds life.
func (c *Cache) forget(records ...string) error {
	gone, err := c.destroy(records)
	return errors.Join(err, c.unshare(gone, false))
}

// refuse drops records that the server says may not be kept: what was shared of them
// goes for all, until the server has told each of the others that they may.
func (c *Cache) refuse(records ...string) error {
	gone, err := c.destroy(records)
	return errors.Join(err, c.unshare(gone, true))
}

// destroy drops records: keys first, then what they sealed; entries go with it.
func (c *Cache) destroy(records []string) (gone []*entry, err error) {
	if len(records) == 0 {
		return nil, nil
	}
	c.write.Lock()
	defer c.write.Unlock()
	c.mu.Lock()
	for id, e := range c.entries {
		if slices.Contains(records, e.record) {
			gone = append(gone, e)
			delete(c.entries, id)
		}
	}
	c.mu.Unlock()
	err = c.keys.drop(records...)
	for _, r := range records {
		err = errors.Join(err, c.contents.dropRecord(r), c.deleteRecord(r))
	}
	return gone, err
}

// sweep forgets the copies whose lease has ended. It does nothing while the time
// is not known: they are closed then.
func (c *Cache) sweep() error {
	now, ok := c.clock.now()
	if !ok {
		return nil
	}
	var over []string
	c.mu.RLock()
	for _, e := range c.entries {
		if !now.Before(e.Lease.Until) {
			over = append(over, e.record)
		}
	}
	c.mu.RUnlock()
	err := c.forget(over...)
	if c.pool.open(now) {
		err = errors.Join(err, c.pool.sweep(now))
	}
	return err
}

func closedError() error {
	return fhir.E(fhir.Unavailable, "La copie locale est fermée. Rouvrez l’application.")
}

// full tells errors that another folder would not cure.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, fs.ErrPermission)
}

// diskError says in words why the copy cannot be used.
func diskError(err error) error {
	if err == nil {
		return nil
	}
	var e *client.Error
	if errors.As(err, &e) {
		return e
	}
	words := "La copie locale ne peut pas être lue ou écrite. Vérifiez le disque et ses droits."
	if full(err) {
		words = "Le disque de ce poste est plein ou protégé. Libérez de la place, puis recommencez."
	}
	return &client.Error{Code: fhir.Unavailable, Message: words, Err: err}
}
