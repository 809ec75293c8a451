package consent

import (
	"slices"
	"time"
)

// Reader is on whose behalf a Grant was made.
type Reader int

// The readers. The zero Reader is nobody: the zero Grant opens nothing.
const (
	ReaderNone Reader = iota
	ReaderProfessional
	ReaderHolder
	ReaderRepresentative
	ReaderExport
	ReaderBackup
	ReaderDemo
	ReaderHeir
)

// Grant is the proof that a decision was made, and the only key to the store.
// It is bound to one principal, one record, one mode, one consent epoch and a
// time; it cannot be made outside this package and the zero Grant opens
// nothing. A Grant is not changed after it was made and may be shared.
type Grant struct {
	reader    Reader
	principal string
	record    string // "" for a backup or a demo, which span all records
	mode      string
	basis     string
	expires   time.Time
	epoch     int64
	filter    Filter
	rights    []string
	manages   bool // who may read is this reader's to decide
}

// Valid tells that the Grant was made by this package. A nil Grant is not.
func (g *Grant) Valid() bool { return g != nil && g.reader != ReaderNone }

// Opens tells whether the Grant reaches a record now: valid, made for this
// record, not expired. What it may do there is told by Filter and Has.
func (g *Grant) Opens(record string, now time.Time) bool {
	if !g.Valid() || !now.Before(g.expires) {
		return false
	}
	if g.reader == ReaderBackup || g.reader == ReaderDemo {
		return true
	}
	return record != "" && g.record == record
}

// Has tells whether the Grant holds a right (fhir.Right…).
func (g *Grant) Has(right string) bool { return g.Valid() && slices.Contains(g.rights, right) }

// Filter says which documents the Grant's reader may see; for a Grant that
// only files, none.
func (g *Grant) Filter() Filter {
	if !g.Valid() {
		return Filter{}
	}
	return g.filter
}

// Reader tells on whose behalf the Grant was made.
func (g *Grant) Reader() Reader { return g.reader }

// Principal is the id of who asked.
func (g *Grant) Principal() string { return g.principal }

// Record is the logical id of the patient whose record it opens.
func (g *Grant) Record() string { return g.record }

// Mode is the access mode (fhir.Mode…).
func (g *Grant) Mode() string { return g.mode }

// Basis is what lets the reader read (fhir.Basis…), "" when nothing does.
func (g *Grant) Basis() string { return g.basis }

// Expires is when the Grant stops opening anything.
func (g *Grant) Expires() time.Time { return g.expires }

// Epoch is the record's consent epoch when the decision was made: if it has
// moved when the answer is about to leave, decide again.
func (g *Grant) Epoch() int64 { return g.epoch }

// Rights lists what the Grant may do (fhir.Right…), sorted as the table is.
func (g *Grant) Rights() []string { return slices.Clone(g.rights) }
