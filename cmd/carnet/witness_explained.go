package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"carnet/ui"
)

// explained is one line of the file of doubts that were explained: what was
// noticed, who settled it, and from which head on the log is witnessed now.
type explained struct {
	Doubt       ui.Doubt
	Explanation ui.Explanation
	Size        int64  // entries of the head that is trusted from here on
	Head        string // that head, as signed
}

// Explained implements ui.Witness. What is written down comes first: a stop in
// the middle leaves the doubt, not a doubt that was lifted by nobody.
func (w *watchdog) Explained(ctx context.Context, e ui.Explanation) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	state, head, err := w.watch.Present(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doubt.Code == "" {
		return nil
	}
	if w.kept {
		if err := addLine(w.past, explained{Doubt: w.doubt, Explanation: e, Size: head.Size, Head: state.Head}); err != nil {
			return err
		}
	}
	if err := w.watch.Store.Save(state); err != nil {
		return err
	}
	if w.kept {
		if err := os.Remove(w.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	w.doubt, w.last = ui.Doubt{}, e
	return nil
}

// LastExplained implements ui.Witness.
func (w *watchdog) LastExplained() ui.Explanation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// lastExplained reads the newest line of the file, for people; a line that does
// not read says nothing.
func lastExplained(path string) ui.Explanation {
	data, err := os.ReadFile(path)
	if err != nil {
		return ui.Explanation{}
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	var e explained
	if json.Unmarshal(lines[len(lines)-1], &e) != nil {
		return ui.Explanation{}
	}
	return e.Explanation
}

// addLine appends a line to a file that its owner alone reads, down to the disk.
func addLine(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
