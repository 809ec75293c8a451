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

	"carnet/cache/seallog"
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
	report Report

	// Only the group, one batch at a time, touches the log and floor.
	group *seallog.Group[[]client.Note]
	log   *seallog.Log
	floor int64 // the log is not written anew before it is as long as this

	mu     sync.Mutex // guards what follows; never held during input or output
	notes  map[string][]byte
	live   int64 // bytes of notes
	closed bool
}

// Open opens the notebook in a folder, or makes one. Errors: StateConflict when
// another program has it open, Unauthenticated when the vault is locked,
// Forbidden when it was sealed under another key (nothing is changed then),
// Unavailable. See Report for what was found.
func Open(c Config) (*Notebook, error) {
	n := &Notebook{dir: c.Dir, seal: c.Seal, notes: map[string][]byte{}}
	n.group = seallog.NewGroup(n.write, n.shorten)
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, seallog.DiskError(err, lost)
	}
	n.lock = flock.New(filepath.Join(c.Dir, "notebook.lock"))
	if got, err := n.lock.TryLock(); err != nil || !got {
		return nil, &client.Error{Code: fhir.StateConflict, Message: "Le carnet de travail est déjà ouvert par un autre programme. Fermez-le d’abord.", Err: err}
	}
	if err := n.load(); err != nil {
		if n.log != nil {
			_ = n.log.Close() // the first error is told
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
	if n.closed {
		n.mu.Unlock()
		return fhir.E(fhir.Unavailable, "Le carnet de travail est fermé. Rouvrez l’application.")
	}
	wait := n.group.Add(mine)
	n.mu.Unlock()
	return wait()
}

// checked copies pages that may be kept.
func checked(pages []client.Note) ([]client.Note, error) {
	out, total := make([]client.Note, len(pages)), 0
	for i, p := range pages {
		total += len(p.Name) + len(p.Value) + 20
		switch {
		case p.Name == "":
			return nil, fhir.E(fhir.Required, "Il manque le nom de ce qui est à garder. Recommencez la saisie.")
		case len(p.Value) > client.MaxNote || len(p.Name) > maxName || total > seallog.MaxBody-1024:
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
	n.mu.Unlock()
	n.group.Quiet()
	if was {
		return nil
	}
	return errors.Join(n.log.Close(), n.lock.Unlock())
}
