package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// copies writes documents outside Carnet, where the person said. These are the
// only files in the clear that the desktop makes.
type copies struct {
	home func() (string, error) // os.UserHomeDir
	now  func() time.Time
}

func newCopies() copies { return copies{home: os.UserHomeDir, now: time.Now} }

// extensions of the media types of a record.
var extensions = map[string]string{
	"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif", "text/plain": ".txt",
	"text/csv": ".csv",
}

// folders where people look for what they saved, best first; the home folder
// itself when there is none of them.
var folders = []string{"Documents", "Téléchargements", "Downloads", ""}

// Suggest implements choose.Saver: a free path whose name says the day and
// nothing of the patient.
func (c copies) Suggest(mediaType string) string {
	home, err := c.home()
	if err != nil {
		home = ""
	}
	dir := home
	for _, name := range folders {
		if info, err := os.Stat(filepath.Join(home, name)); err == nil && info.IsDir() {
			dir = filepath.Join(home, name)
			break
		}
	}
	kind, _, _ := strings.Cut(mediaType, ";")
	base := "document-" + c.now().Format("2006-01-02")
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		path := filepath.Join(dir, name+extensions[strings.TrimSpace(kind)])
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) || n > 999 {
			return path
		}
	}
}

// Save implements choose.Saver. A file that could not be written whole is taken
// away again.
func (copies) Save(ctx context.Context, path string, c client.Content) error {
	if ctx.Err() != nil {
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fhir.E(fhir.StateConflict, "there is a file of this name already")
	case err != nil:
		return fhir.E(fhir.Invalid, "nothing can be written there")
	}
	_, err = f.Write(c.Bytes)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		_ = os.Remove(path)
		return fhir.Wrap(fhir.Unavailable, err)
	}
	return nil
}
