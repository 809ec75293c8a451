package notebook

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

var _ client.Notebook = (*Notebook)(nil)

// maxName is how long a name may be, in bytes.
const maxName = 4 << 10

// Config says where a notebook lives. Both are required.
type Config struct {
	Dir  string        // its own folder
	Seal *vault.Sealer // of an unlocked vault, purpose "notebook"
}

// Notebook is a durable set of named notes. It is safe for concurrent use; one
// program at a time has a folder open.
type Notebook struct {
	dir    string
	seal   *vault.Sealer
	lock   *flock.Flock
	sync   func(*os.File) error
	report Report

	// The log. Only drain writes it.
	f      *os.File
	gen    uint64
	number uint64 // of the last record
	size   int64  // durable bytes
	floor  int64  // not written anew before it is as long as this

	mu      sync.Mutex // guards what follows; never held during input or output
	idle    *sync.Cond
	notes   map[string][]byte
	live    int64  // bytes of notes
	next    *batch // gathers while another is written
	writing bool
	closed  bool
	broken  error // why nothing can be written until the next Open
}

// batch is what shares one fsync.
type batch struct {
	records [][]client.Note
	done    chan struct{}
	err     error
}

// Open opens the notebook in a folder, or makes one. Errors: StateConflict when
// another program has it open, Unauthenticated when the vault is locked,
// Forbidden when it was sealed under another key (nothing is changed then),
// Unavailable. See Report for what was found.
func Open(c Config) (*Notebook, error) {
	n := &Notebook{dir: c.Dir, seal: c.Seal, sync: (*os.File).Sync, notes: map[string][]byte{}}
	n.idle = sync.NewCond(&n.mu)
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, diskError(err)
	}
	n.lock = flock.New(filepath.Join(c.Dir, "notebook.lock"))
	if got, err := n.lock.TryLock(); err != nil || !got {
		return nil, &client.Error{Code: fhir.StateConflict, Message: "Le carnet de travail est déjà ouvert par un autre programme. Fermez-le d’abord.", Err: err}
	}
	if err := n.load(); err != nil {
		if n.f != nil {
			n.f.Close()
		}
		n.lock.Unlock()
		return nil, err
	}
	return n, nil
}

// Report says what Open found on the disk.
func (n *Notebook) Report() Report { return n.report }

// Put keeps pages, all or none; see client.Notebook.
func (n *Notebook) Put(ctx context.Context, pages ...client.Note) error {
	if ctx.Err() != nil {
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	if len(pages) == 0 {
		return nil
	}
	mine, err := checked(pages)
	if err != nil {
		return err
	}
	n.mu.Lock()
	switch {
	case n.closed:
		err = fhir.E(fhir.Unavailable, "Le carnet de travail est fermé. Rouvrez l’application.")
	case n.broken != nil:
		err = n.broken
	}
	if err != nil {
		n.mu.Unlock()
		return err
	}
	if n.next == nil {
		n.next = &batch{done: make(chan struct{})}
	}
	b := n.next
	b.records = append(b.records, mine)
	if !n.writing {
		n.writing = true
		go n.drain()
	}
	n.mu.Unlock()
	<-b.done
	return b.err
}

// checked copies pages that may be kept.
func checked(pages []client.Note) ([]client.Note, error) {
	out, total := make([]client.Note, len(pages)), 0
	for i, p := range pages {
		total += len(p.Name) + len(p.Value) + 20
		switch {
		case p.Name == "":
			return nil, fhir.E(fhir.Required, "Il manque le nom de ce qui est à garder. Recommencez la saisie.")
		case len(p.Value) > client.MaxNote || len(p.Name) > maxName || total > maxBody-1024:
			return nil, fhir.E(fhir.TooLarge, "Ce qui est à garder est trop long. Faites-le en plusieurs parties.")
		}
		out[i] = client.Note{Name: p.Name, Value: bytes.Clone(p.Value)}
	}
	return out, nil
}

// Get gives a copy of the value kept under a name.
func (n *Notebook) Get(_ context.Context, name string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if v, ok := n.notes[name]; ok {
		return bytes.Clone(v), nil
	}
	return nil, fhir.E(fhir.NotFound, "Rien n’est gardé sous ce nom. Actualisez la page.")
}

// List gives copies of all notes whose name begins with prefix.
func (n *Notebook) List(_ context.Context, prefix string) ([]client.Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []client.Note
	for name, v := range n.notes {
		if strings.HasPrefix(name, prefix) {
			out = append(out, client.Note{Name: name, Value: bytes.Clone(v)})
		}
	}
	slices.SortFunc(out, func(a, b client.Note) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Close closes the notebook after what is being written. Closing twice is no
// error.
func (n *Notebook) Close() error {
	n.mu.Lock()
	was := n.closed
	n.closed = true
	for n.writing {
		n.idle.Wait()
	}
	n.mu.Unlock()
	if was {
		return nil
	}
	var err error
	if n.f != nil {
		err = n.f.Close()
	}
	return errors.Join(err, n.lock.Unlock())
}
