// Package sqlite keeps records in one SQLite file, and the bytes of documents
// in files beside it (package segment).
//
// Writing: one goroutine owns the only writing connection and commits what
// arrives together as one transaction (writer.go). Reading: a pool of
// connections that cannot write. The file is in WAL mode with synchronous=FULL:
// what was acknowledged is on the disk. A lock on the data directory keeps a
// second server out, so that what the writer remembers is what there is.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/pressly/goose/v3"
	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

//go:embed migrations/*.sql
var migrations embed.FS

// File is the name of the database within the data directory.
const File = "carnet.db"

const (
	readers       = 8
	cachedNumbers = 50_000
	cachedCounts  = 50_000
)

// Options of a database.
type Options struct {
	Dir    string
	Keys   *store.Keys
	Signer note.Signer // signs the heads of the log
	// Verifier is of the same key: the head that is there must be signed by it.
	Verifier note.Verifier
	Now      func() time.Time
	NoSync   bool // tests only: synchronous=OFF
	// Disk is what the bytes of documents lie on; nil: the system's.
	Disk segment.Disk
	// Memory is how many bytes of opened lists are kept; 0: DefaultMemory.
	Memory int
}

// DefaultMemory keeps about the lists of a thousand records of fifty documents.
const DefaultMemory = 192 << 20

// DB is a store.Store on SQLite.
type DB struct {
	keys    *store.Keys
	now     func() time.Time
	lock    *flock.Flock
	read    *sql.DB
	write   *sql.DB
	w       *writer
	records *factCache
	numbers *lru.Cache[string, int64] // of persons, by logical id
	counts  *lru.Cache[countKey, int]
	pages   *pageCache
	known   *locations
	types   typeTable
	ear     ear
	files   *segment.Files // the bytes of documents

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // prepared reads, by text
}

var _ store.Store = (*DB)(nil)

// ErrInUse says that another server has the data directory.
var ErrInUse = errors.New("sqlite: another server uses this data directory")

// Open opens the database of a data directory, making or migrating it.
func Open(ctx context.Context, o Options) (*DB, error) {
	lock := flock.New(filepath.Join(o.Dir, "lock"))
	if got, err := lock.TryLock(); err != nil || !got {
		return nil, errors.Join(ErrInUse, err)
	}
	d := &DB{keys: o.Keys, now: o.Now, lock: lock, stmts: map[string]*sql.Stmt{}}
	if err := d.open(ctx, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *DB) open(ctx context.Context, o Options) (err error) {
	path := filepath.Join(o.Dir, File)
	if err := touch(path); err != nil {
		return err
	}
	if d.write, err = sql.Open("sqlite", dsn(path, true, o.NoSync)); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	unsealed, err := migrate(ctx, d.write)
	if err != nil {
		return err
	}
	if d.read, err = sql.Open("sqlite", dsn(path, false, o.NoSync)); err != nil {
		return err
	}
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	if d.numbers, err = lru.New[string, int64](cachedNumbers); err != nil {
		return err
	}
	if d.counts, err = lru.New[countKey, int](cachedCounts); err != nil {
		return err
	}
	d.records, d.pages, d.known = newFactCache(), newPageCache(cmp.Or(o.Memory, DefaultMemory)), newLocations()
	if o.Disk == nil {
		o.Disk = segment.System{NoSync: o.NoSync}
	}
	if d.files, err = segment.Open(o.Dir, o.Disk); err != nil {
		return err
	}
	if err := errors.Join(d.loadTypes(ctx), d.openKeys(ctx, o.Dir), d.checkFiles(ctx)); err != nil {
		return err
	}
	if d.w, err = startWriter(ctx, d, o); err != nil {
		return err
	}
	if unsealed {
		if err := d.sealAllFacts(ctx); err != nil {
			return err
		}
	}
	return d.tidy(ctx)
}

// Exists tells whether a data directory has a database, so that its keys must
// be there, too.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, File))
	return err == nil && info.Size() > 0
}

// How long what is over is kept: the log keeps the accesses themselves.
const (
	keepAccess = 30 * 24 * time.Hour
	keepLooked = 2 * 24 * time.Hour
)

// tidy drops access sessions, lookups and reads handed in that are long over.
func (d *DB) tidy(ctx context.Context) error {
	now := d.now()
	return d.Do(ctx, store.Op{Do: func(store.Tx) error {
		_, err := d.w.exec(`DELETE FROM access WHERE ends < ?1`, millis(now.Add(-keepAccess)))
		_, lookErr := d.w.exec(`DELETE FROM looked WHERE at < ?1`, millis(now.Add(-keepLooked)))
		_, readErr := d.w.exec(`DELETE FROM offline_read WHERE at < ?1`, millis(now.Add(-keepHandedIn)))
		return errors.Join(err, lookErr, readErr)
	}})
}

// touch makes the file before SQLite does, readable by its owner alone.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn gives the connection string. The writer checkpoints by itself, with the
// commit that makes the log long enough. Pages are of SQLite's own 4 KiB: a
// filing touches a dozen, so that bigger ones write more (210 KiB to the disk
// for a document of 100 KiB; with 8 KiB pages 265, with 16 KiB 367) and save
// little room (3 % and 15 % of the database). No memory map: each group of
// accesses commits to the log, after each commit SQLite drops a reader's whole
// map, and faulting it in again costs more than reading (a list of 50 documents
// under load: 1.2 ms of the processor instead of 1.9).
func dsn(path string, writing, noSync bool) string {
	sync := "FULL"
	if noSync {
		sync = "OFF"
	}
	s := "file:" + path + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + sync + ")" +
		"&_pragma=mmap_size(0)&_pragma=cache_size(-32768)&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(ON)"
	if writing {
		return s + "&_pragma=secure_delete(ON)&_pragma=wal_autocheckpoint(2000)&_txlock=immediate"
	}
	return s + "&_pragma=query_only(ON)"
}

// factsVersion is the migration that adds the column of sealed facts.
const factsVersion = 2

// migrate brings the tables up to date. unsealed tells that the facts of the
// records that are there are not sealed yet.
func migrate(ctx context.Context, db *sql.DB) (unsealed bool, err error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return false, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return false, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return false, fmt.Errorf("migrate: %w", err)
	}
	return slices.ContainsFunc(done, func(r *goose.MigrationResult) bool { return r.Source.Version == factsVersion }), nil
}

// stmt gives a prepared read. Texts are few: they differ by the clauses that a
// query has, never by values.
func (d *DB) stmt(text string) (*sql.Stmt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.stmts[text]; ok {
		return s, nil
	}
	s, err := d.read.PrepareContext(context.Background(), text)
	if err == nil {
		d.stmts[text] = s
	}
	return s, err
}

// query runs a prepared read. Reads are short, so they run to their end: a
// context that can end would cost the driver a goroutine for each.
func (d *DB) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := d.stmt(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.WithoutCancel(ctx), args...)
}

// Keys gives the keys.
func (d *DB) Keys() *store.Keys { return d.keys }

// Ready tells whether reads and writes would work now.
func (d *DB) Ready(ctx context.Context) error {
	var n int
	if err := one(d.queries(ctx), `SELECT 1`, []any{&n}); err != nil {
		return err
	}
	return d.w.ready()
}

// Close waits for what was accepted, then closes the file.
func (d *DB) Close() error {
	var errs []error
	if d.w != nil {
		errs = append(errs, d.w.close())
	}
	for _, db := range []*sql.DB{d.read, d.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if d.files != nil {
		errs = append(errs, d.files.Close())
	}
	return errors.Join(append(errs, d.lock.Unlock())...)
}

// millis and fromMillis are the form of times in columns; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
