package client

import "context"

// Notebook keeps small things of one owner over crashes and power cuts: drafts,
// corrections, what became of a laboratory's files. Its implementation is
// cache/notebook, which seals every name and value. A change returns after it is on
// disk. Errors: Unavailable (disk full), Unauthenticated (the vault is locked),
// Required (no name), TooLarge (over MaxNote).
type Notebook interface {
	// Put keeps value under name; several pages in one call are kept together or
	// not at all. An empty value forgets the name.
	Put(ctx context.Context, pages ...Note) error
	// Get gives the value, NotFound when there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// List gives all notes whose name begins with prefix, in the order of the names.
	List(ctx context.Context, prefix string) ([]Note, error)
}

// Note is one thing kept in a Notebook.
type Note struct {
	Name  string // chosen by who keeps it, such as "batch/<id>/row/<id>"
	Value []byte
}

// MaxNote is how long a value may be, in bytes.
const MaxNote = 1 << 20
