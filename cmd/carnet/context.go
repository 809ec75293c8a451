package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui"

	"github.com/sirupsen/logrus"
)

// wishOpen opens the record of the patient whom the practice's own software shows.
const wishOpen = "open"

// handedPatient is that patient, by INS, or by all strict traits.
type handedPatient struct {
	INS       string `json:"ins,omitempty"` // 15 characters
	OID       string `json:"oid,omitempty"` // of the INS: 1.2.250.1.213.1.4.8 (NIR), .9 (NIA), .10 and .11 (test)
	BirthName string `json:"birthName,omitempty"`
	Given     string `json:"given,omitempty"` // first given name
	Sex       string `json:"sex,omitempty"`   // M or F
	BirthDate string `json:"birthDate,omitempty"`
	Place     string `json:"birthPlace,omitempty"` // INSEE code
}

// context checks what was handed over and gives it to the window's form. Errors
// are for who wrote the other program: they name a field and no value.
func (w wish) context() (c ui.Context, err error) {
	p := w.Patient
	if p == nil {
		return c, errors.New("patient is missing")
	}
	c.Traits = fhir.Traits{BirthName: p.BirthName, FirstGiven: p.Given, Sex: p.Sex, BirthDate: p.BirthDate, BirthPlace: p.Place}
	if p.BirthDate != "" {
		if _, err := time.Parse(time.DateOnly, p.BirthDate); err != nil {
			return c, errors.New("patient.birthDate is to be YYYY-MM-DD")
		}
	}
	if p.Sex != "" && p.Sex != "M" && p.Sex != "F" {
		return c, errors.New("patient.sex is to be M or F")
	}
	switch {
	case p.INS != "":
		system := "urn:oid:" + strings.TrimPrefix(p.OID, "urn:oid:")
		value := strings.ReplaceAll(p.INS, " ", "")
		if _, err := terminology.CheckINS(system, value); err != nil {
			return c, errors.New("patient.ins and patient.oid are no INS: " + err.Error())
		}
		c.INS = fhir.Identifier{System: system, Value: value}
	case p.BirthName == "" || p.Given == "" || p.Sex == "" || p.BirthDate == "":
		return c, errors.New("without patient.ins, all of birthName, given, sex and birthDate are needed")
	}
	return c, w.checkFile(&c)
}

// checkFile takes the document to file; what it is worth is judged when it is
// filed.
func (w wish) checkFile(c *ui.Context) error {
	if w.File == "" {
		return nil
	}
	if !filepath.IsAbs(w.File) {
		return errors.New("file is to be an absolute path")
	}
	if info, err := os.Stat(w.File); err != nil || !info.Mode().IsRegular() {
		return errors.New("file is no file that can be read")
	}
	c.File = filepath.Clean(w.File)
	return nil
}

// The folder of one-shot files.
const (
	folderEvery = time.Second     // how often it is looked at
	folderHalf  = 3 * time.Second // how long a file that does not read may still be being written
	folderOld   = 2 * time.Minute // a context that lay there longer is of a patient who has left
)

// folder takes contexts from files: for software that cannot speak to a socket.
// Each is read once and deleted, whatever was in it.
type folder struct {
	dir  string
	now  func() time.Time
	open func(ui.Context)
	bad  func() // a file was no context
	log  logrus.FieldLogger
}

// run looks until ctx ends.
func (f folder) run(ctx context.Context, tick <-chan time.Time) {
	for {
		f.look()
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}

// look takes what is there; of several, the newest counts.
func (f folder) look() {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return
	}
	var newest time.Time
	var found *ui.Context
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		c, at, err := f.take(filepath.Join(f.dir, e.Name()))
		switch {
		case errors.Is(err, errLater):
		case err != nil:
			f.log.WithField("reason", err.Error()).Warn("a file that was handed over is no context")
			f.bad()
		case found == nil || at.After(newest):
			found, newest = &c, at
		}
	}
	if found != nil {
		f.open(*found)
	}
}

var (
	errLater   = errors.New("nothing to take now")
	errForeign = errors.New("the file belongs to somebody else, or others can read it: it is to be yours alone (0600)")
	errOld     = errors.New("the file is older than two minutes")
	errLarge   = errors.New("the file is larger than 64 KiB")
)

// take reads a file once and deletes it. A file of somebody else is deleted
// unread.
func (f folder) take(path string) (c ui.Context, at time.Time, err error) {
	file, err := openHanded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, at, errLater
	}
	if err != nil {
		return c, at, errors.Join(err, os.Remove(path))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return c, at, err
	}
	at = info.ModTime()
	var w wish
	switch age := f.now().Sub(at); {
	case info.Size() > maxWish:
		err = errLarge
	case age > folderOld:
		err = errOld
	default:
		if w, err = decodeWish(file); err != nil && age < folderHalf {
			return c, at, errLater
		}
	}
	if err == nil && w.Do != wishOpen {
		err = errUnknownWish
	}
	if err == nil {
		c, err = w.context()
	}
	return c, at, errors.Join(err, os.Remove(path))
}

// decodeWish reads one JSON object, strictly.
func decodeWish(r interface{ Read([]byte) (int, error) }) (w wish, err error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil || d.More() {
		return wish{}, errNoWish
	}
	return w, nil
}

// desk is what of the window hears wishes.
type desk interface {
	Front()
	OpenContext(ui.Context)
	RefuseContext()
}

// Serve hands wishes to the window, from the socket and from the folder, until
// stop is called.
func (i *instance) Serve(d desk, log logrus.FieldLogger) (stop func()) {
	i.Hear(func(w wish) error {
		if w.Do == wishShow {
			d.Front()
			return nil
		}
		c, err := w.context()
		if err == nil {
			d.OpenContext(c)
		}
		return err
	})
	ctx, cancel := context.WithCancel(context.Background())
	ticker := time.NewTicker(folderEvery)
	f := folder{dir: filepath.Join(filepath.Dir(i.path), "context"), now: time.Now, open: d.OpenContext, bad: d.RefuseContext, log: log}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		log.WithField("reason", "folder").Warn("no context can be handed over by file")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.run(ctx, ticker.C)
	}()
	return func() {
		ticker.Stop()
		cancel()
		<-ended
	}
}
