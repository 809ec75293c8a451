package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/witness"
	"carnet/ui"
)

// watchdog is the desktop's witness of one server's log: what it last saw, and
// the doubt that it once raised, each in a file of its own under the user's
// configuration. They hold no data of patients. A demonstration server forgets
// with each start, so that of one is kept in memory alone.
type watchdog struct {
	watch  witness.Watch
	demo   func(context.Context) (bool, error) // nil: it is none
	path   string                              // of the doubt
	past   string                              // of the doubts that were explained, one a line
	now    func() time.Time
	forget func() // from here on nothing is written

	turn sync.Mutex // held by who looks at the log, or starts over

	mu    sync.Mutex
	doubt ui.Doubt       // guarded by mu
	last  ui.Explanation // guarded by mu
	kept  bool           // guarded by mu: no demonstration, files are used
	asked bool           // guarded by mu
}

var _ ui.Witness = (*watchdog)(nil)

// newWatchdog makes the witness of a server's address. Errors: there is no
// place to keep anything.
func newWatchdog(server string, doer witness.Doer, records client.Records) (*watchdog, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("the log of accesses cannot be witnessed: %w", err)
	}
	sum := sha256.Sum256([]byte(server))
	base := filepath.Join(config, appID, "log-"+hex.EncodeToString(sum[:8]))
	store := &choosing{file: witness.File{Path: base + ".json"}}
	watch := witness.Watch{Store: store, Server: witness.HTTP{Base: server, Client: doer}}
	w := &watchdog{watch: watch, path: base + ".doubt.json", past: base + ".explained.jsonl", now: time.Now, forget: store.inMemory, kept: true}
	w.demo = func(ctx context.Context) (bool, error) {
		status, err := records.Status(ctx)
		return status.Demo, err
	}
	w.doubt, w.last = readDoubt(w.path), lastExplained(w.past)
	return w, nil
}

// Kept implements ui.Witness.
func (w *watchdog) Kept() ui.Doubt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.doubt
}

// Check implements ui.Witness.
func (w *watchdog) Check(ctx context.Context) (ui.Doubt, error) {
	if err := w.learn(ctx); err != nil {
		return w.Kept(), err
	}
	w.turn.Lock()
	defer w.turn.Unlock()
	_, err := w.watch.Check(ctx)
	var a *witness.Alarm
	if !errors.As(err, &a) {
		return w.Kept(), err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doubt.Code != "" {
		return w.doubt, nil
	}
	w.doubt = ui.Doubt{
		Code: a.Code, Raised: w.now().UTC().Truncate(time.Second), Size: a.Last.Size, Signed: a.Last.Time,
		Reference: fmt.Sprintf("%s · %d · %s · %x / %d · %x", a.Code, a.Last.Size, w.now().UTC().Format(time.RFC3339), a.Last.Hash[:6], a.Now.Size, a.Now.Hash[:6]),
	}
	if !w.kept {
		return w.doubt, nil
	}
	return w.doubt, writeDoubt(w.path, w.doubt)
}

// learn asks once whether this is a demonstration.
func (w *watchdog) learn(ctx context.Context) error {
	w.mu.Lock()
	asked := w.asked
	w.mu.Unlock()
	if asked || w.demo == nil {
		return nil
	}
	demo, err := w.demo(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = true
	if demo {
		w.kept = false
		w.forget()
	}
	return nil
}

// choosing keeps in a file, or in memory.
type choosing struct {
	file witness.File

	mu     sync.Mutex
	memory *witness.State // guarded by mu; nil: the file
}

func (c *choosing) inMemory() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory = &witness.State{}
}

// Load implements witness.Store.
func (c *choosing) Load() (witness.State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.memory != nil {
		return *c.memory, nil
	}
	return c.file.Load()
}

// Save implements witness.Store.
func (c *choosing) Save(s witness.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.memory != nil {
		*c.memory = s
		return nil
	}
	return c.file.Save(s)
}

// readDoubt reads the doubt of an earlier run. A file that does not read is a
// doubt, too: nobody but who wants it forgotten would spoil it.
func readDoubt(path string) ui.Doubt {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ui.Doubt{}
	}
	var d ui.Doubt
	if err != nil || json.Unmarshal(data, &d) != nil || d.Code == "" {
		return ui.Doubt{Code: "log-doubt", Reference: "log-doubt"}
	}
	return d
}

// writeDoubt keeps a doubt for the runs to come.
func writeDoubt(path string, d ui.Doubt) error {
	data, err := json.Marshal(d)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, append(data, '\n'), 0o600)
	}
	return err
}

var _ witness.Doer = (*http.Client)(nil)
