package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/google/uuid"

	"carnet/cache/vault"
)

const (
	markerName = "opening"
	dbName     = "db"
	ruinPrefix = "damaged-"
)

// Report says what Open found.
type Report struct {
	Records int    // copies that can be read
	Lost    int    // copies that were damaged and are dropped; the server gives them again
	Rebuilt bool   // the local copy was damaged as a whole and begins anew
	Aside   string // folder where the damaged files were put; empty: none
	Torn    bool   // a part of the journal of offline reads is damaged
	Journal string // folder where a journal that does not open was put; empty: none
}

// Words tells a person what happened, in French; empty when nothing is wrong.
func (r Report) Words() string {
	switch {
	case r.Torn || r.Journal != "":
		return "Le journal des lectures hors ligne est abîmé sur ce disque : des lectures peuvent manquer dans l’historique des patients. Prévenez votre support, et faites contrôler le disque."
	case r.Rebuilt:
		return "La copie locale de ce poste était abîmée : elle a été refaite à neuf. Les dossiers reviennent au prochain contact avec le serveur."
	case r.Lost > 0:
		return "Une partie de la copie locale de ce poste était abîmée : elle est écartée, et revient au prochain contact avec le serveur."
	}
	return ""
}

// guardedOpen opens Badger so that its own faults stay contained. Badger panics in
// goroutines of its own over some damaged files, which ends the process: the
// marker, found at the next start, tells that, and the folder is put aside.
func guardedOpen(dir string, logger badger.Logger, r *Report) (*badger.DB, error) {
	marker := filepath.Join(dir, markerName)
	if _, err := os.Stat(marker); err == nil {
		if err := quarantine(dir, r); err != nil {
			return nil, err
		}
	}
	if err := roomToOpen(dir); err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		if err := vault.WriteFile(marker, []byte("1")); err != nil {
			return nil, err
		}
		var db *badger.DB
		err := contained(func() (err error) {
			db, err = badger.Open(desktop(filepath.Join(dir, dbName), logger))
			return err
		})
		if err == nil {
			return db, backed(filepath.Join(dir, dbName))
		}
		if attempt > 0 || full(err) {
			return nil, errors.Join(err, os.Remove(marker), os.RemoveAll(filepath.Join(dir, ballastName)))
		}
		if err := quarantine(dir, r); err != nil {
			return nil, err
		}
	}
}

// passed removes the marker: what Open had to read was read.
func passed(dir string) error {
	if err := os.Remove(filepath.Join(dir, markerName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return vault.SyncDir(dir)
}

// desktop are Badger's options for a desktop: its defaults reserve 2 GiB of disk
// and 128 MiB of memory. Values have our own seal; Badger's checksums of values
// make damage an empty value, so they are left off.
func desktop(dir string, logger badger.Logger) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(logger).
		WithMemTableSize(8 << 20).WithNumMemtables(2).
		WithNumLevelZeroTables(2).WithNumLevelZeroTablesStall(4).WithNumCompactors(2).
		WithValueLogFileSize(32 << 20).WithValueThreshold(64 << 10).
		WithBlockCacheSize(8 << 20).WithIndexCacheSize(8 << 20).
		WithCompression(options.None).WithSyncWrites(true).WithDetectConflicts(false).
		WithChecksumVerificationMode(options.OnTableAndBlockRead).WithMetricsEnabled(false)
}

// quarantine puts Badger's folder aside and the contents away, and drops the keys:
// everything begins anew. Of older ruins none stays.
func quarantine(dir string, r *Report) error {
	if err := removeRuins(dir); err != nil {
		return err
	}
	r.Rebuilt = true
	// The keys go first: whatever happens then, nothing of before opens again.
	if err := vault.Overwrite(filepath.Join(dir, keysName)); err != nil {
		return err
	}
	aside := ruinPrefix + uuid.NewString()
	switch err := os.Rename(filepath.Join(dir, dbName), filepath.Join(dir, aside)); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		r.Aside = aside
	}
	return os.RemoveAll(filepath.Join(dir, contentsName))
}

// removeRuins removes what was put aside.
func removeRuins(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ruinPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// quiet passes Badger's log on by level alone: its lines hold keys and paths.
type quiet struct{ log func(event string) }

// Errorf tells that there was an error.
func (q quiet) Errorf(string, ...any) { q.log("badger: error") }

// Warningf tells that there was a warning.
func (q quiet) Warningf(string, ...any) { q.log("badger: warning") }

// Infof says nothing.
func (q quiet) Infof(string, ...any) {}

// Debugf says nothing.
func (q quiet) Debugf(string, ...any) {}
