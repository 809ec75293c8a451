package lifecycle

import (
	"context"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// clock is a clock that a test moves.
type clock struct{ at atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.set(t)
	return c
}

func (c *clock) set(t time.Time) { c.at.Store(t.UnixMilli()) }
func (c *clock) now() time.Time  { return time.UnixMilli(c.at.Load()).UTC() }
func (c *clock) days(n int)      { c.set(c.now().AddDate(0, 0, n)) }
func day(s string) time.Time     { return must(time.ParseInLocation("2006-01-02 15:04", s, paris())) }
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world is an engine on a real store, with an outbox folder.
type world struct {
	*Engine
	t       *testing.T
	clock   *clock
	dir     string
	outbox  string
	service *record.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(day("2026-03-02 10:00")), dir: t.TempDir(), outbox: filepath.Join(t.TempDir(), "outbox")}
	w.open()
	t.Cleanup(func() {
		if err := w.service.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	service, err := record.Open(context.Background(), record.Config{Dir: w.dir, Now: w.clock.now, NoSync: true, Demo: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.service = service
	w.Engine = New(Config{Records: service, Sender: Folder{w.outbox}, Address: "https://carnet.example/activation", Now: w.clock.now})
}

func zoe() record.Insured {
	return record.Insured{
		PatientSeed: record.PatientSeed{
			INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "290037512345644"}, BirthName: "LEFÈVRE", Given: []string{"Zoé"},
			Gender: "female", BirthDate: "1990-03-12", City: "Nantes",
		},
		Card: "0 012 345 678",
	}
}

func leo() record.Insured {
	return record.Insured{
		PatientSeed: record.PatientSeed{
			INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "119107512345657"}, BirthName: "LEFÈVRE", Given: []string{"Léo"},
			Gender: "male", BirthDate: "2019-10-02", City: "Nantes",
		},
		Card: "12345678", ParentINS: zoe().INS.Value,
	}
}

// announced announces somebody, sends what is due, and gives their logical id.
func (w *world) announced(p record.Insured) string {
	w.t.Helper()
	if created, err := w.Announce(context.Background(), p); err != nil || !created {
		w.t.Fatalf("announce: %v, %v", created, err)
	}
	w.work()
	return must(w.service.LifeByINS(context.Background(), p.INS.Value)).Patient
}

func (w *world) work() {
	w.t.Helper()
	if err := w.Work(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) state(patient string) string {
	w.t.Helper()
	l, err := w.service.LifeOf(context.Background(), patient)
	if fhir.CodeOf(err) == fhir.NotFound {
		return "none"
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return l.State
}

// letters gives the texts of the outbox, by file name.
func (w *world) letters() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	files, err := os.ReadDir(w.outbox)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	for _, f := range files {
		out[f.Name()] = must(readMessage(filepath.Join(w.outbox, f.Name())))
	}
	return out
}

func readMessage(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	return string(body), err
}

var codePattern = regexp.MustCompile(`Votre code provisoire : ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})`)

// codes gives the codes of all letters of the outbox.
func (w *world) codes() (all []string) {
	for _, text := range w.letters() {
		if m := codePattern.FindStringSubmatch(text); m != nil {
			all = append(all, m[1])
		}
	}
	return all
}

// clear empties the outbox.
func (w *world) clear() {
	w.t.Helper()
	if err := os.RemoveAll(w.outbox); err != nil {
		w.t.Fatal(err)
	}
}

func activation(p record.Insured, code string) Activation {
	return Activation{INS: p.INS.Value, BirthDate: p.BirthDate, Code: code, Card: p.Card, Peer: "192.0.2.1"}
}

func operator() record.Staff {
	return record.Staff{ID: "support-1", Name: "Ana SUPPORT", Role: record.StaffOperator}
}
