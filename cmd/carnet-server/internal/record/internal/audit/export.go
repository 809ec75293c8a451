package audit

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// ExportFormat names the form of an exported history: one JSON object a line,
// in UTF-8, without white space, in this order: a header, then the tree of the
// log from left to right (entries of the record, and hashes of the parts of the
// tree that hold none), then an end. README, "Verify a history", is its
// specification.
const (
	ExportFormat = "carnet-history-2"
	// formatBefore is of files from before leaves had tags: they are still read.
	formatBefore = "carnet-history-1"
)

// What the last entry of an export is: the export's own.
const (
	ExportKind   = "history"
	ExportDetail = "export"
)

// maxPruned bounds the hashes between two entries: two a level.
const maxPruned = 128

// ExportHeader is the first line of an exported history.
type ExportHeader struct {
	Format string        `json:"format"`
	Key    string        `json:"key"`             // public key of the log, as a note verifier key
	Record string        `json:"record"`          // logical id of the patient
	Salt   string        `json:"salt,omitempty"`  // base64; opens the record's tag (TagOf)
	Export string        `json:"export"`          // of this export; its own entry carries it as session
	Head   string        `json:"head"`            // signed note
	Since  []ExportSince `json:"since,omitempty"` // older heads that this one continues
}

// Open tells whoever reads the export what opens the record's tag.
func (h *ExportHeader) Open(salt [SaltSize]byte) { h.Salt = base64.StdEncoding.EncodeToString(salt[:]) }

// ExportSince proves that the log of the export's head begins with that of an
// older one.
type ExportSince struct {
	Size  int64       `json:"size"`
	Hash  tlog.Hash   `json:"hash"`
	Proof []tlog.Hash `json:"proof"`
}

// ExportEntry is one entry of the record. It is either told (Salt and Entry) or
// withheld from its reader (Commitment alone): it counts, and does not read.
type ExportEntry struct {
	Seq        int64
	Form       int
	Number     int64
	Salt       [SaltSize]byte
	Entry      []byte // nil: withheld
	Commitment [32]byte
}

// entryLine is an ExportEntry as written.
type entryLine struct {
	Leaf       int64  `json:"leaf"`
	Form       int    `json:"form,omitempty"` // 0: in a file of before, which does not say
	Number     int64  `json:"number,omitempty"`
	Commitment string `json:"commitment,omitempty"` // base64; of a withheld entry
	Salt       string `json:"salt,omitempty"`       // base64
	Entry      string `json:"entry,omitempty"`      // the entry's exact bytes
}

// hashesLine tells parts of the tree without an entry of the record.
type hashesLine struct {
	Hashes []tlog.Hash `json:"hashes"`
}

// endLine is the last line.
type endLine struct {
	End int64 `json:"end"` // how many entries there were
}

// leaf gives the leaf of an entry, told or withheld.
func (e ExportEntry) leaf(tag [32]byte) Leaf {
	l := Leaf{Form: e.Form, Commitment: e.Commitment, Number: e.Number, Tag: tag}
	if e.Entry != nil {
		l.Commitment = Commit(e.Salt, e.Entry)
	}
	return l
}

func (e ExportEntry) line() entryLine {
	out := entryLine{Leaf: e.Seq, Form: e.Form, Number: e.Number}
	if e.Entry == nil {
		out.Commitment = base64.StdEncoding.EncodeToString(e.Commitment[:])
		return out
	}
	out.Salt, out.Entry = base64.StdEncoding.EncodeToString(e.Salt[:]), string(e.Entry)
	return out
}

// WriteExport writes a history: entries are those of one record, ascending, and
// all below the size of the head; store gives the hashes of the tree.
func WriteExport(w io.Writer, header ExportHeader, head Head, entries iter.Seq2[ExportEntry, error], store HashStore) error {
	next, stop := iter.Pull2(entries)
	defer stop()
	out := bufio.NewWriterSize(w, 64<<10)
	e := exporter{out: out, pull: next, store: store}
	header.Format = ExportFormat
	e.line(header)
	e.advance()
	if head.Size > 0 {
		e.walk(0, head.Size)
	}
	e.flush()
	if e.err == nil && e.more {
		e.err = fmt.Errorf("audit: leaf %d is not below the head's %d", e.next.Seq, head.Size)
	}
	e.line(endLine{e.count})
	return errors.Join(e.err, out.Flush())
}

// exporter is an export under way.
type exporter struct {
	out    *bufio.Writer
	pull   func() (ExportEntry, error, bool)
	store  HashStore
	next   ExportEntry
	more   bool // next is one
	pruned []tlog.Hash
	count  int64
	err    error // the first one; nothing is done after it
}

func (e *exporter) advance() {
	var err error
	before := e.next.Seq
	if e.next, err, e.more = e.pull(); err != nil {
		e.err, e.more = err, false
	}
	if e.more && e.count > 0 && e.next.Seq <= before {
		e.err, e.more = fmt.Errorf("audit: leaf %d after leaf %d", e.next.Seq, before), false
	}
}

// line writes one line.
func (e *exporter) line(v any) {
	if e.err != nil {
		return
	}
	data, err := marshalLine(v)
	if err == nil {
		_, err = e.out.Write(data)
	}
	e.err = err
}

// flush writes the hashes that are waiting.
func (e *exporter) flush() {
	if len(e.pruned) > 0 {
		e.line(hashesLine{e.pruned})
		e.pruned = e.pruned[:0]
	}
}

// walk writes the leaves from lo up to, not with, hi.
func (e *exporter) walk(lo, hi int64) {
	switch {
	case e.err != nil:
	case !e.more || e.next.Seq >= hi:
		h, err := rangeHash(lo, hi, e.store)
		if err != nil {
			e.err = err
			return
		}
		e.pruned = append(e.pruned, h)
	case hi-lo == 1:
		e.flush()
		e.line(e.next.line())
		e.count++
		e.advance()
	default:
		middle := lo + split(hi-lo)
		e.walk(lo, middle)
		e.walk(middle, hi)
	}
}

// split is the size of the left part of a tree of n leaves (RFC 6962): the
// largest power of two below n.
func split(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) }

// rangeHash is the hash of the leaves from lo up to hi: one subtree of the
// recursion of RFC 6962.
func rangeHash(lo, hi int64, store HashStore) (tlog.Hash, error) {
	var indexes []int64
	for at := lo; at < hi; {
		level := bits.Len64(uint64(hi-at)) - 1
		indexes = append(indexes, tlog.StoredHashIndex(level, at>>level))
		at += 1 << level
	}
	hashes, err := store.ReadHashes(indexes)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("audit: read hashes: %w", err)
	}
	if len(hashes) != len(indexes) {
		return tlog.Hash{}, fmt.Errorf("audit: %d hashes for %d asked", len(hashes), len(indexes))
	}
	h := hashes[len(hashes)-1]
	for i := len(hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(hashes[i], h)
	}
	return h, nil
}

// marshalLine gives the one form of a line.
func marshalLine(v any) ([]byte, error) {
	var b lineBuffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b, err
}

// lineBuffer collects a line.
type lineBuffer []byte

// Write implements io.Writer.
func (b *lineBuffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// Since proves that the log of a head begins with that of an older size.
func Since(size int64, head Head, store HashStore) (ExportSince, error) {
	if size < 1 || size > head.Size {
		return ExportSince{}, fmt.Errorf("audit: no log of %d leaves in one of %d", size, head.Size)
	}
	hash, err := rangeHash(0, size, store)
	if err != nil {
		return ExportSince{}, err
	}
	proof, err := ProveHeads(Head{Size: size}, head, store)
	return ExportSince{Size: size, Hash: hash, Proof: proof}, err
}
