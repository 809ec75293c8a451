package batch

import (
	"crypto/sha256"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// entry is one row with what the engine knows beside it. Engine.mu guards it.
type entry struct {
	row Row
	kept
	search   string // folded path and names, for Query.Text
	text     string // of the document, while there is room: see Engine.keepText
	hasText  bool
	found    pdfcheck.Found
	busy     bool   // a worker has it
	probing  bool   // it asks the server for all that wait: see gate
	tries    int    // how often in a row the check could not be made
	claimed  string // derived item that this row holds: see Engine.claims
	recalled bool   // its item is being deleted, and it stays
	twinned  bool   // another row waits for this one
	version  int    // counts what a person or a manifest says
}

// kept is what of an entry is on disk beside its row.
type kept struct {
	Seq         int
	Path        []byte // absolute; the bytes as the disk has them
	Inside      []byte `json:",omitempty"` // relative to the folder; empty for a single file
	Root        []byte `json:",omitempty"` // the folder
	Added       time.Time
	Listed      *line             `json:",omitempty"` // what the manifest says
	Ambiguous   bool              `json:",omitempty"`
	Fixed       Correction        // what a person said
	Stamp       stamp             // of the file that was checked
	Sum         [sha256.Size]byte // of its bytes
	SentSum     [sha256.Size]byte // of the bytes that go into the outbox: those, or the PDF made of them
	SentHash    string            `json:",omitempty"` // SHA-1 of these, in base64; empty: kept by an older version
	Image       bool              `json:",omitempty"` // they are a picture's
	Who         lookup            `json:",omitempty"`
	FileProblem Problem           `json:",omitempty"` // it could not be read
	Several     bool              `json:",omitempty"` // the document speaks of several people
	TextDay     string            `json:",omitempty"` // day of the act that it tells, YYYY-MM-DD
	Guess       string            `json:",omitempty"` // type that it seems to be
	GuessSure   float64           `json:",omitempty"`
	Item        string            `json:",omitempty"` // of the outbox
	Uncertain   bool              `json:",omitempty"` // an attempt may have arrived
	Moved       time.Time         `json:",omitzero"`  // of the item
}

// note is an entry as it is kept.
type note struct {
	Row  Row
	Kept kept
}

// stamp tells a file from a later one at its place.
type stamp struct {
	Size  int64
	Time  int64  // of the last change, nanoseconds
	Inode uint64 // 0 where there is none
}

// encode makes an entry's page of the notebook.
func (e *entry) encode() ([]byte, error) {
	return json.Marshal(note{e.row, e.kept})
}

// decode reads it.
func decode(data []byte) (*entry, error) {
	var n note
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, fhir.Wrap(fhir.Invalid, err)
	}
	e := &entry{row: n.Row, kept: n.Kept}
	e.index()
	return e, nil
}

// index prepares the search.
func (e *entry) index() {
	words := []string{e.row.Path}
	if p := e.row.Patient; p != nil {
		words = append(words, p.BirthName, p.UsedName, strings.Join(p.Given, " "))
	}
	e.search = terminology.Fold(strings.Join(words, "\n"))
}

// copy gives the row, sharing nothing.
func (e *entry) copy() Row {
	r := e.row
	r.Problems, r.Findings = slices.Clone(r.Problems), slices.Clone(r.Findings)
	if r.Patient != nil {
		r.Patient = clonePatient(r.Patient)
	}
	return r
}

func clonePatient(p *client.Patient) *client.Patient {
	c := *p
	c.Given = slices.Clone(p.Given)
	return &c
}

// shown is a path as it can be written: what is no UTF-8 is replaced.
func shown(path string) string { return strings.ToValidUTF8(path, "\uFFFD") }

// newEntry makes an entry of a file; inside is its place in root.
func newEntry(root, inside string) *entry {
	e := &entry{kept: kept{Path: []byte(inside)}}
	e.row = Row{Path: shown(inside), Size: -1, State: Found}
	if root != "" {
		e.Path, e.Root, e.Inside = []byte(filepath.Join(root, inside)), []byte(root), []byte(inside)
		e.row.Folder = shown(root)
	}
	e.index()
	return e
}

// inOutbox tells whether the outbox says how the row stands.
func (e *entry) inOutbox() bool { return e.Item != "" && !e.row.State.Final() }

// identity is a patient as pdfcheck compares them.
func identity(p *client.Patient) pdfcheck.Identity {
	given := slices.Clone(p.Given)
	if p.FirstGiven != "" && (len(given) == 0 || given[0] != p.FirstGiven) {
		given = slices.Insert(given, 0, p.FirstGiven)
	}
	return pdfcheck.Identity{INS: p.INS.Value, BirthName: p.BirthName, UsedName: p.UsedName, Given: given, BirthDate: p.BirthDate}
}
