package batch

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
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
	found    *pdfcheck.Found // in it; nil: nothing was read
	busy     bool            // a worker has it
	probing  bool            // it asks the server for all that wait: see gate
	tries    int             // how often in a row the check could not be made
	claimed  string          // derived item that this row holds: see Engine.claims
	recalled bool            // its item is being deleted, and it stays
	twinned  bool            // another row waits for this one
	version  int             // counts what a person or a manifest says
}

// kept is what of an entry is on disk beside its row.
type kept struct {
	Seq         int
	Path        raw `json:",omitempty"` // absolute; kept only where it is not Root and Inside
	Inside      raw `json:",omitempty"` // relative to the folder; empty for a single file
	Root        raw `json:",omitempty"` // the folder
	Added       time.Time
	Listed      *line      `json:",omitempty"` // what the manifest says
	Ambiguous   bool       `json:",omitempty"`
	Fixed       Correction `json:",omitzero"`  // what a person said
	Stamp       stamp      `json:",omitzero"`  // of the file that was checked
	Sum         digest     `json:",omitzero"`  // of its bytes
	SentSum     digest     `json:",omitzero"`  // of the bytes that go into the outbox: those, or the PDF made of them
	SentHash    string     `json:",omitempty"` // SHA-1 of these, in base64; empty: kept by an older version
	Image       bool       `json:",omitempty"` // they are a picture's
	Who         lookup     `json:",omitempty"`
	FileProblem Problem    `json:",omitempty"` // it could not be read
	Several     bool       `json:",omitempty"` // the document speaks of several people
	Namesake    bool       `json:",omitempty"` // somebody else bears the patient's name and birth date
	TextDay     string     `json:",omitempty"` // day of the act that it tells, YYYY-MM-DD
	Guess       string     `json:",omitempty"` // type that it seems to be
	GuessSure   float64    `json:",omitempty"`
	Original    string     `json:",omitempty"` // unique id of the document of an earlier run that it corrects
	Item        string     `json:",omitempty"` // of the outbox
	Uncertain   bool       `json:",omitempty"` // an attempt may have arrived
	Moved       time.Time  `json:",omitzero"`  // of the item
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

// raw is a path's bytes as the disk has them, which need not be text.
type raw string

// MarshalJSON keeps every byte.
func (r raw) MarshalJSON() ([]byte, error) { return json.Marshal([]byte(r)) }

// UnmarshalJSON reads that.
func (r *raw) UnmarshalJSON(data []byte) error {
	var b []byte
	err := json.Unmarshal(data, &b)
	*r = raw(b)
	return err
}

// digest is a SHA-256.
type digest [sha256.Size]byte

// MarshalJSON writes base64.
func (d digest) MarshalJSON() ([]byte, error) { return json.Marshal(d[:]) }

// UnmarshalJSON reads that, and the numbers of which older versions made a list.
func (d *digest) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[sha256.Size]byte)(d))
	}
	var b []byte
	if err := json.Unmarshal(data, &b); err != nil || len(b) != len(d) {
		return errors.Join(err, fhir.E(fhir.Invalid, "Une somme gardée sur ce poste n’en est pas une. Ajoutez le fichier de nouveau."))
	}
	*d = digest(b)
	return nil
}

// encode makes an entry's page of the notebook. What follows from the rest is
// left out: a batch may have 200,000 of them.
func (e *entry) encode() ([]byte, error) {
	n := note{e.row, e.kept}
	if n.Kept.Root != "" && n.Kept.Path == raw(filepath.Join(string(n.Kept.Root), string(n.Kept.Inside))) {
		n.Kept.Path = ""
		if n.Row.Path == shown(string(n.Kept.Inside)) && n.Row.Folder == shown(string(n.Kept.Root)) {
			n.Row.Path, n.Row.Folder = "", ""
		}
	}
	return json.Marshal(n)
}

// decode reads it.
func decode(data []byte) (*entry, error) {
	var n note
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, fhir.Wrap(fhir.Invalid, err)
	}
	e := &entry{row: n.Row, kept: n.Kept}
	if e.Path == "" && e.Root != "" {
		e.Path = raw(filepath.Join(string(e.Root), string(e.Inside)))
		if e.row.Path == "" {
			e.row.Path, e.row.Folder = shown(string(e.Inside)), shown(string(e.Root))
		}
	}
	e.index()
	return e, nil
}

// index prepares the search.
func (e *entry) index() {
	words := []string{e.row.Path}
	if p := e.row.Patient; p != nil {
		words = append(words, p.BirthName, p.UsedName, strings.Join(p.Given, " "))
	}
	text := strings.Join(words, "\n")
	if e.search = terminology.Fold(text); e.search == text {
		e.search = text // the same bytes as the path's, once
	}
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
	e := &entry{kept: kept{Path: raw(inside)}}
	e.row = Row{Path: shown(inside), Size: -1, State: Found}
	if root != "" {
		e.Path, e.Root, e.Inside = raw(filepath.Join(root, inside)), raw(root), raw(inside)
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
