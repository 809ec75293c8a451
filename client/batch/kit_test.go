package batch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/cache/killtest"
	"carnet/cache/outbox"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// notes is a Notebook in memory.
type notes struct {
	mu    sync.Mutex
	pages map[string][]byte
	fail  error
	puts  int
}

func (n *notes) Put(_ context.Context, pages ...client.Note) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return n.fail
	}
	if n.pages == nil {
		n.pages = map[string][]byte{}
	}
	n.puts++
	for _, p := range pages {
		if len(p.Value) == 0 {
			delete(n.pages, p.Name)
			continue
		}
		n.pages[p.Name] = bytes.Clone(p.Value)
	}
	return nil
}

func (n *notes) Get(_ context.Context, name string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if v, ok := n.pages[name]; ok {
		return bytes.Clone(v), nil
	}
	return nil, fhir.E(fhir.NotFound, "no such note")
}

func (n *notes) List(_ context.Context, prefix string) (out []client.Note, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, v := range n.pages {
		if strings.HasPrefix(name, prefix) {
			out = append(out, client.Note{Name: name, Value: bytes.Clone(v)})
		}
	}
	slices.SortFunc(out, func(a, b client.Note) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (n *notes) setFail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = err
}

// plain is a Checker that takes what stands behind the header for the text, and
// refuses what is no PDF.
type plain struct {
	mu    sync.Mutex
	reads int
	gate  chan struct{} // nil: nobody waits
}

func (p *plain) CheckReader(ctx context.Context, r io.ReaderAt, size int64) (pdfcheck.Report, error) {
	p.mu.Lock()
	p.reads++
	gate := p.gate
	p.mu.Unlock()
	data := make([]byte, size)
	if _, err := r.ReadAt(data[:size/2], 0); err != nil && !errors.Is(err, io.EOF) {
		return pdfcheck.Report{}, fhir.Wrap(fhir.Unavailable, err)
	}
	if gate != nil {
		select {
		case gate <- struct{}{}:
			<-gate
		case <-ctx.Done():
			return pdfcheck.Report{}, fhir.Wrap(fhir.Canceled, ctx.Err())
		}
	}
	if _, err := r.ReadAt(data[size/2:], size/2); err != nil && !errors.Is(err, io.EOF) {
		return pdfcheck.Report{}, fhir.Wrap(fhir.Unavailable, err)
	}
	text, ok := strings.CutPrefix(string(data), "%PDF-1.4\n")
	if !ok {
		return refusal(pdfcheck.CodeNotPDF), nil
	}
	return pdfcheck.Report{Verdict: pdfcheck.Good, TextSample: text[:min(len(text), 4<<10)]}, nil
}

func (p *plain) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reads
}

// report is a laboratory's result of a person.
func report(p client.Patient, more string) string {
	sex := map[string]string{"female": "F", "male": "M"}[p.Gender]
	day := p.BirthDate[8:10] + "/" + p.BirthDate[5:7] + "/" + p.BirthDate[:4]
	return fmt.Sprintf("Laboratoire de biologie médicale de la Vesle\nCompte rendu d'analyses\nRésultats d'examens de biologie médicale\nPatient : %s %s\nNom de naissance : %s\nPrénom : %s\nSexe : %s\nNé(e) le %s\nINS : %s\nPrélèvement du 20/11/2026\nHémogramme\nHématies 4,52 T/l\nLeucocytes 6,1 G/l\nPlaquettes 250 G/l\nHémoglobine 13,5 g/dl\nGlycémie 0,92 g/l\nvaleurs de référence\n%s\n",
		p.BirthName, p.FirstGiven, p.BirthName, p.FirstGiven, sex, day, p.INS.Value, more)
}

func pdf(text string) []byte { return []byte("%PDF-1.4\n" + text) }

// place is a folder with what an Engine works with.
type place struct {
	t     testing.TB
	dir   string // of the files
	fake  *clienttest.Fake
	notes *notes
	check *plain
	box   *outbox.Outbox
	now   func() time.Time
}

func newPlace(t testing.TB) *place {
	t.Helper()
	base := t.TempDir()
	p := &place{t: t, dir: filepath.Join(base, "results"), notes: &notes{}, check: &plain{}, now: func() time.Time {
		return time.Date(2026, time.November, 21, 18, 0, 0, 0, time.UTC)
	}}
	ok(t, "folder", os.Mkdir(p.dir, 0o700))
	p.fake = clienttest.New(clienttest.Options{Documents: 3, Now: p.now})
	box, err := outbox.Open(outbox.Config{Dir: filepath.Join(base, "outbox"), Seal: sealer(t, base), Sender: outbox.NewSender(p.fake, nil), Now: p.now, Random: func() float64 { return 0.5 }})
	ok(t, "outbox", err)
	p.box = box
	t.Cleanup(func() { ok(t, "close the outbox", box.Close()) })
	return p
}

func sealer(t testing.TB, dir string) *vault.Sealer {
	t.Helper()
	v, err := killtest.Vault(dir)
	ok(t, "vault", err)
	return v.For("outbox")
}

func (p *place) config() Config {
	return Config{
		Finder: p.fake, Outbox: p.box, Notes: p.notes, Checker: p.check, Sender: "1510000001", Test: true, Now: p.now,
		Responsible: fhir.Party{ID: "899700218896", Name: "Dr Anne MOREL", OrgID: "499700218896000", OrgName: "Laboratoire de la Vesle"},
	}
}

func (p *place) engine(change ...func(*Config)) *Engine {
	p.t.Helper()
	c := p.config()
	for _, f := range change {
		f(&c)
	}
	e, err := New(c)
	ok(p.t, "engine", err)
	p.t.Cleanup(func() { _ = e.Close() }) // may be closed already
	return e
}

// write puts a file into the folder.
func (p *place) write(name string, data []byte) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	ok(p.t, "folder", os.MkdirAll(filepath.Dir(path), 0o700))
	ok(p.t, "write", os.WriteFile(path, data, 0o600))
	return path
}

// result puts a good report of a person into the folder.
func (p *place) result(name, patient string) string {
	return p.write(name, pdf(report(p.fake.Patient(patient), name)))
}

// running runs an engine until the test, or stop, ends it.
func running(t testing.TB, e interface{ Run(context.Context) error }) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil && fhir.CodeOf(err) != fhir.Canceled {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// until waits until what an engine tells is as wanted.
func until(t testing.TB, e *Engine, what string, reached func() bool) {
	t.Helper()
	moved := make(chan struct{}, 1)
	stop := e.Follow(func(Event) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})
	defer stop()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for !reached() {
		select {
		case <-moved:
		case <-late.C:
			rows, _ := e.Rows(Query{})
			for _, r := range rows[:min(len(rows), 10)] {
				t.Logf("%q %s %v reason %q line %d", r.Path, r.State, r.Problems, r.Reason, r.Line)
			}
			t.Fatalf("never %s: %+v", what, e.Counts())
		}
	}
}

// settled waits until nothing is read or sent any more.
func settled(t testing.TB, e *Engine) {
	t.Helper()
	until(t, e, "settled", func() bool {
		c := e.Counts()
		return c.By[Found]+c.By[Reading]+c.By[Queued]+c.By[Sending]+c.By[Waiting] == 0
	})
}

// row gives the latest row of a path.
func row(t testing.TB, e *Engine, path string) Row {
	t.Helper()
	rows, _ := e.Rows(Query{States: States()})
	slices.Reverse(rows)
	for _, r := range rows {
		if r.Path == path {
			return r
		}
	}
	t.Fatalf("no row of %q", path)
	return Row{}
}

func stands(t testing.TB, e *Engine, path string, s State, problems ...Problem) Row {
	t.Helper()
	r := row(t, e, path)
	if r.State != s || !slices.Equal(r.Problems, problems) {
		t.Errorf("%q is %s %v, want %s %v (%+v)", path, r.State, r.Problems, s, problems, r.Identity)
	}
	return r
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v (%v)", what, err, errors.Unwrap(err))
	}
}

func fails(t testing.TB, what string, err error, code fhir.Code) {
	t.Helper()
	if fhir.CodeOf(err) != code {
		t.Fatalf("%s: %v, want %s", what, err, code)
	}
}
