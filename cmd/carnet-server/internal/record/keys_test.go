package record

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A server does not start on a database without the keys that it was written
// with: new ones would open nothing, and would sign over what happened to the
// log.
func TestKeysAreNeverReplaced(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	otherLog, err := audit.NewKey(rand.Reader, defaultLogName)
	if err != nil {
		t.Fatal(err)
	}
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	replace := func(with []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			remove(t, path)
			if err := store.WriteSecret(path, with); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		file string
		harm func(*testing.T, string)
	}{
		"no master key":      {store.KeyFile, remove},
		"no log key":         {logKeyFile, remove},
		"another master key": {store.KeyFile, replace([]byte(strings.Repeat("k", 32)))},
		"another log key":    {logKeyFile, replace(otherLog)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, dir); err != nil {
				t.Fatal(err)
			}
			c.harm(t, filepath.Join(dir, c.file))
			before := files(t, dir)[c.file]
			svc, err := Open(ctx, Config{Dir: dir, Now: w.clock.now, NoSync: true})
			if err == nil {
				_ = svc.Close()
				t.Fatal("it started")
			}
			if text := err.Error(); !strings.Contains(text, c.file) || !strings.Contains(text, "backup") || strings.Contains(text, dir) {
				t.Errorf("it says: %s", text)
			}
			if after := files(t, dir)[c.file]; after != before {
				t.Error("a key was written")
			}
		})
	}
}

// A log whose head is gone, or is that of other leaves, is not signed over.
func TestALogThatWasCutIsNotSignedOver(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	if _, err := w.content(gp(), "", docID("open")); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]string{
		"no head":     `DELETE FROM head`,
		"a leaf less": `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf WHERE seq = 1`,
		"no leaves":   `DROP TRIGGER leaf_is_for_ever_d; DELETE FROM leaf`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/copy"
			if err := Backup(ctx, w.dir, dir); err != nil {
				t.Fatal(err)
			}
			execute(t, dir, edit)
			svc, err := Open(ctx, Config{Dir: dir, Now: w.clock.now, NoSync: true})
			if err == nil {
				_ = svc.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), "verify") {
				t.Errorf("it says: %v", err)
			}
		})
	}
}
