//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/ui"

	"github.com/sirupsen/logrus"
)

// lea is a wish for a fictional person, as practice software would write it.
const lea = `{"do":"open","patient":{"ins":"2 79 03 51 215 189 89","oid":"1.2.250.1.213.1.4.10","birthName":"MARTIN","given":"Léa","sex":"F","birthDate":"1979-03-28"}}`

// window is a desk that notes what it is asked.
type window struct {
	shown, refused int
	opened         []ui.Context
}

func (w *window) Front()                   { w.shown++ }
func (w *window) OpenContext(c ui.Context) { w.opened = append(w.opened, c) }
func (w *window) RefuseContext()           { w.refused++ }

// drop is a folder of one-shot files at a moment.
type drop struct {
	folder
	*testing.T
	*window
	said *bytes.Buffer
}

func newDrop(t *testing.T) *drop {
	d := &drop{T: t, window: &window{}, said: &bytes.Buffer{}}
	log := logrus.New()
	log.SetOutput(d.said)
	d.folder = folder{dir: t.TempDir(), now: time.Now, open: d.OpenContext, bad: d.RefuseContext, log: log}
	return d
}

// leaves writes a file as other software would, so long ago, and looks.
func (d *drop) leaves(name, content string, mode os.FileMode, age time.Duration) {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		d.Fatal(err)
	}
	when := time.Now().Add(-age)
	if err := errors.Join(os.Chmod(path, mode), os.Chtimes(path, when, when)); err != nil {
		d.Fatal(err)
	}
	d.look()
}

func (d *drop) isThere(name string) bool {
	_, err := os.Lstat(filepath.Join(d.dir, name))
	return err == nil
}

func TestAContextFromAFile(t *testing.T) {
	d := newDrop(t)
	d.leaves("a.json", lea, 0o600, time.Second)
	if len(d.opened) != 1 || d.opened[0].INS.Value != "279035121518989" || d.opened[0].Traits.FirstGiven != "Léa" {
		t.Fatalf("opened %+v", d.opened)
	}
	if d.isThere("a.json") {
		t.Fatal("the file was left")
	}
	d.look()
	if len(d.opened) != 1 {
		t.Fatal("one file opened twice")
	}
}

// What is wrong is deleted, told, and opens nothing; what may still be being
// written waits.
func TestContextsThatAreNone(t *testing.T) {
	for name, row := range map[string]struct {
		content string
		mode    os.FileMode
		age     time.Duration
	}{
		"others can read it":  {lea, 0o644, time.Second},
		"half written, old":   {lea[:40], 0o600, 10 * time.Second},
		"left this morning":   {lea, 0o600, 3 * time.Hour},
		"large":               {strings.Repeat(" ", maxWish+1), 0o600, time.Second},
		"another wish":        {`{"do":"show"}`, 0o600, time.Second},
		"a bad key":           {strings.Replace(lea, "89\",\"oid", "88\",\"oid", 1), 0o600, time.Second},
		"an unknown domain":   {strings.Replace(lea, "4.10", "4.99", 1), 0o600, time.Second},
		"a date in French":    {strings.Replace(lea, "1979-03-28", "28/03/1979", 1), 0o600, time.Second},
		"nobody":              {`{"do":"open"}`, 0o600, time.Second},
		"half the traits":     {`{"do":"open","patient":{"birthName":"MARTIN"}}`, 0o600, time.Second},
		"a document nowhere":  {strings.Replace(lea, `{"do":"open"`, `{"do":"open","file":"/nowhere/x.pdf"`, 1), 0o600, time.Second},
		"a document relative": {strings.Replace(lea, `{"do":"open"`, `{"do":"open","file":"x.pdf"`, 1), 0o600, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDrop(t)
			content := row.content
			if name == "a bad key" { // which is only a remark in the test domain
				content = strings.Replace(content, "4.10", "4.8", 1)
			}
			d.leaves("a.json", content, row.mode, row.age)
			if len(d.opened) != 0 || d.refused != 1 || d.isThere("a.json") {
				t.Fatalf("opened %d, told %d, still there %v", len(d.opened), d.refused, d.isThere("a.json"))
			}
			for _, word := range []string{"MARTIN", "Léa", "2790351"} {
				if strings.Contains(d.said.String(), word) {
					t.Errorf("the log holds %q: %s", word, d.said)
				}
			}
		})
	}
}

func TestAContextThatIsBeingWritten(t *testing.T) {
	d := newDrop(t)
	d.leaves("a.json", lea[:40], 0o600, 0)
	if len(d.opened)+d.refused != 0 || !d.isThere("a.json") {
		t.Fatal("half a file was taken")
	}
	d.leaves("a.json", lea, 0o600, 0)
	if len(d.opened) != 1 {
		t.Fatal("the whole file was not taken")
	}
	d.leaves("b.tmp", lea, 0o600, time.Second)
	if len(d.opened) != 1 || !d.isThere("b.tmp") {
		t.Fatal("a file under another name was touched")
	}
}

// A link is not followed: it could lead to what another program may not read.
func TestALinkIsNotFollowed(t *testing.T) {
	d := newDrop(t)
	aim := filepath.Join(t.TempDir(), "aim.json")
	if err := errors.Join(os.WriteFile(aim, []byte(lea), 0o600), os.Symlink(aim, filepath.Join(d.dir, "a.json"))); err != nil {
		t.Fatal(err)
	}
	d.look()
	if _, err := os.Stat(aim); err != nil || len(d.opened) != 0 || d.isThere("a.json") {
		t.Fatalf("opened %d, aim %v, link there %v", len(d.opened), err, d.isThere("a.json"))
	}
}

// Of two patients the one shown last counts.
func TestTheNewestContextCounts(t *testing.T) {
	d := newDrop(t)
	older := strings.Replace(lea, "Léa", "Lou", 1)
	for name, age := range map[string]time.Duration{"a.json": 9 * time.Second, "b.json": time.Second} {
		content := lea
		if name == "a.json" {
			content = older
		}
		path, when := filepath.Join(d.dir, name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	d.look()
	if len(d.opened) != 1 || d.opened[0].Traits.FirstGiven != "Léa" {
		t.Fatalf("opened %+v", d.opened)
	}
}

// The whole way: another program writes to the socket and is answered in words.
func TestAContextFromTheSocket(t *testing.T) {
	i, err := claim(t.TempDir(), "https://carnet.example")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	var w wish
	if err := json.Unmarshal([]byte(lea), &w); err != nil {
		t.Fatal(err)
	}
	if err := ask(i.path, w); err == nil || !strings.Contains(err.Error(), "not open yet") {
		t.Fatalf("before there is a window: %v", err)
	}
	win := &window{}
	log := logrus.New()
	log.SetOutput(&bytes.Buffer{})
	stop := i.Serve(win, log)
	pdf := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(pdf, []byte("%PDF-1.4"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.File = pdf
	if err := ask(i.path, w); err != nil {
		t.Fatal(err)
	}
	w.Patient.BirthDate = "28/03/1979"
	if err := ask(i.path, w); err == nil || !strings.Contains(err.Error(), "YYYY-MM-DD") {
		t.Fatalf("a French date: %v", err)
	}
	stop()
	if len(win.opened) != 1 || win.opened[0].File != pdf {
		t.Fatalf("opened %+v", win.opened)
	}
}
