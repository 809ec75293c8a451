package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Bounds of what is read of a file that came from anywhere.
const (
	maxLine    = 1 << 20
	maxEntries = 20_000_000
	maxSince   = 64
)

// ErrExport is of a file that is not an export, or not one any longer.
var ErrExport = errors.New("audit: the file is not the history that the log signed")

// Export is what a history that holds says.
type Export struct {
	Header    ExportHeader
	Head      Head
	Entries   int64
	Withheld  int64 // counted in Entries; not told to this reader
	First     time.Time
	Last      time.Time
	Unproved  int64 // entries of before entries were numbered
	Untagged  int64 // withheld entries of before leaves had tags: they may be another record's
	Whole     bool  // nothing of the record was logged before Last that is not there; false: a file of before
	tag       [32]byte
	leaves    map[int64]tlog.Hash
	publicKey note.Verifier
}

// CheckExport reads a history and checks all of it: that each line is as it was
// written, that all entries are of the record and are in the tree of the signed
// head, that none is missing, and that log and file end with the export's own entry.
// keep makes the result fit for Continues, at about 60 bytes an entry. It is
// ErrExport, with the reason in words, when anything does not hold.
func CheckExport(r io.Reader, keep bool) (Export, error) {
	c := checker{in: bufio.NewReaderSize(r, 64<<10)}
	if keep {
		c.out.leaves = map[int64]tlog.Hash{}
	}
	if err := c.header(); err != nil {
		return Export{}, err
	}
	var root tlog.Hash
	if c.out.Head.Size > 0 {
		root = c.walk(0, c.out.Head.Size)
	}
	c.finish(root)
	if c.err != nil {
		return Export{}, c.err
	}
	return c.out, nil
}

// checker is a check under way.
type checker struct {
	in      *bufio.Reader
	line    int
	pruned  []tlog.Hash // read and not used yet
	next    *ExportEntry
	ended   bool // the last line was read
	end     int64
	last    Entry // the last entry; zero when it is withheld
	lastSeq int64
	number  int64
	form    int
	err     error
	out     Export
}

// fail keeps the first thing that is wrong.
func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: line %d: %s", ErrExport, c.line, fmt.Sprintf(format, args...))
	}
}

// read reads one line into v and refuses any other form of the same.
func (c *checker) read(v any) []byte {
	c.line++
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			c.fail("the line is too long")
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			c.fail("the file is cut short")
			return nil
		case err != nil:
			c.err = errors.Join(c.err, err)
			return nil
		}
		break
	}
	if v != nil {
		c.decode(line, v)
	}
	return line
}

func (c *checker) decode(line []byte, v any) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		c.fail("it does not read")
		return
	}
	if again, err := marshalLine(v); err != nil || !bytes.Equal(again, line) {
		c.fail("it is not written as the log writes")
	}
}

func (c *checker) header() error {
	h := &c.out.Header
	c.read(h)
	if c.err != nil {
		return c.err
	}
	var salt [SaltSize]byte
	before := h.Format == formatBefore && h.Salt == ""
	tagged := h.Format == ExportFormat && decodeFixed(h.Salt, salt[:])
	if !before && !tagged || h.Record == "" || h.Export == "" || len(h.Since) > maxSince {
		c.fail("this is not a history in the form %s", ExportFormat)
		return c.err
	}
	c.out.tag = TagOf(salt, h.Record)
	key, err := strictKey(h.Key)
	if err != nil {
		c.fail("the key of the log does not read")
		return c.err
	}
	c.out.publicKey = key
	if c.out.Head, err = Open([]byte(h.Head), key); err != nil {
		c.fail("the head is not signed by the key of the log")
		return c.err
	}
	if tagged && !descend(h.Since) {
		c.fail("the older heads are not in order")
	}
	for _, s := range h.Since {
		older := Head{Origin: c.out.Head.Origin, Size: s.Size, Hash: s.Hash}
		if s.Size < 1 || s.Size >= c.out.Head.Size || CheckHeads(s.Proof, older, c.out.Head) != nil {
			c.fail("the head does not continue the one of %d leaves", s.Size)
		}
	}
	return c.err
}

// ahead reads up to the next entry, or the end.
func (c *checker) ahead() {
	for c.err == nil && c.next == nil && !c.ended {
		line := c.read(nil)
		switch {
		case c.err != nil:
		case bytes.HasPrefix(line, []byte(`{"hashes":`)):
			var h hashesLine
			c.decode(line, &h)
			if len(h.Hashes) == 0 || len(h.Hashes) > maxPruned || len(c.pruned) > 0 {
				c.fail("so many hashes are not those of a tree")
			}
			c.pruned = h.Hashes
		case bytes.HasPrefix(line, []byte(`{"end":`)):
			var e endLine
			c.decode(line, &e)
			c.ended, c.end = true, e.End
		default:
			c.entry(line)
		}
	}
}

// entry reads an entry and checks it against those before it.
func (c *checker) entry(line []byte) {
	var l entryLine
	c.decode(line, &l)
	e := ExportEntry{Seq: l.Leaf, Form: c.formOf(l), Number: l.Number}
	if c.err != nil {
		return
	}
	c.last = Entry{}
	if l.Commitment != "" {
		if l.Salt != "" || l.Entry != "" || !decodeFixed(l.Commitment, e.Commitment[:]) {
			c.fail("it does not read")
			return
		}
		c.out.Withheld++
		if e.Form < FormTagged {
			c.out.Untagged++
		}
	} else {
		if !decodeFixed(l.Salt, e.Salt[:]) {
			c.fail("it does not read")
			return
		}
		e.Entry = []byte(l.Entry)
		c.told(e.Entry)
	}
	if c.out.Entries > 0 && l.Leaf <= c.lastSeq || l.Leaf < 0 || l.Leaf >= c.out.Head.Size {
		c.fail("leaf %d is out of order", l.Leaf)
	}
	if c.out.Entries++; c.out.Entries > maxEntries {
		c.fail("there are too many entries")
	}
	if l.Number == 0 && c.number == 0 {
		c.out.Unproved++
	} else if c.number = max(c.number, c.out.Unproved) + 1; l.Number != c.number {
		c.fail("entry %d of the record is missing: after it comes number %d", c.number, l.Number)
	}
	c.next, c.lastSeq, c.form = &e, l.Leaf, e.Form
}

// formOf gives the form of an entry's leaf. It never goes back: a leaf of an
// older form says less, so that a later one may not pass for it.
func (c *checker) formOf(l entryLine) int {
	form := l.Form
	switch {
	case c.out.Header.Format != formatBefore:
	case form != 0:
		c.fail("it does not read")
	case l.Number == 0:
		form = FormBare
	default:
		form = FormNumbered
	}
	if form < FormBare || form > FormTagged || (form == FormBare) != (l.Number == 0) {
		c.fail("leaf %d has no form that is known", l.Leaf)
	}
	if form < c.form {
		c.fail("leaf %d is in an older form than the entry before it", l.Leaf)
	}
	return form
}

// told reads an entry that is not withheld.
func (c *checker) told(body []byte) {
	e, err := Decode(body)
	if err != nil {
		c.fail("the entry does not read")
		return
	}
	if e.Patient != c.out.Header.Record {
		c.fail("the entry is about another record")
		return
	}
	if c.out.First.IsZero() {
		c.out.First = e.At
	}
	c.out.Last, c.last = e.At, e
}

// walk rebuilds the hash of the leaves from lo up to, not with, hi: a part of
// the tree without an entry of the record is told by its hash.
func (c *checker) walk(lo, hi int64) tlog.Hash {
	if c.ahead(); c.err != nil {
		return tlog.Hash{}
	}
	switch {
	case c.next == nil || c.next.Seq >= hi:
		if len(c.pruned) == 0 {
			c.fail("a hash of the tree is missing")
			return tlog.Hash{}
		}
		h := c.pruned[0]
		c.pruned = c.pruned[1:]
		return h
	case hi-lo == 1 && len(c.pruned) > 0:
		c.fail("leaf %d is not where these hashes end", c.next.Seq)
		return tlog.Hash{}
	case hi-lo == 1:
		h := c.next.leaf(c.out.tag).Hash()
		if c.out.leaves != nil {
			c.out.leaves[c.next.Seq] = h
		}
		c.next = nil
		return h
	}
	middle := lo + split(hi-lo)
	left := c.walk(lo, middle)
	return tlog.NodeHash(left, c.walk(middle, hi))
}

// finish checks the end of the file and what all of it comes to.
func (c *checker) finish(root tlog.Hash) {
	c.ahead()
	switch {
	case c.err != nil:
		return
	case !c.ended || c.next != nil || len(c.pruned) > 0:
		c.fail("there is more than the tree holds")
	case c.end != c.out.Entries:
		c.fail("%d entries are announced, %d are there", c.end, c.out.Entries)
	case root != c.out.Head.Hash:
		c.fail("the entries are not those of the signed head: something was changed")
	case c.out.Header.Format == ExportFormat && c.form != FormTagged:
		c.fail("the last entry is in an older form than this file")
	case c.last.Kind != ExportKind || c.last.Detail != ExportDetail || c.last.Session != c.out.Header.Export:
		c.fail("the last entry is not the export's own: the end is missing")
	case c.out.Header.Format == ExportFormat:
		c.endsHere()
	}
	c.out.Whole = c.out.Header.Format == ExportFormat
	if _, err := c.in.ReadByte(); c.err == nil && !errors.Is(err, io.EOF) {
		c.fail("something follows the end")
	}
}

// endsHere checks that the head is of the tree that ends with the last entry,
// and of its moment. Otherwise the end could be cut off where an earlier export
// has its own entry.
func (c *checker) endsHere() {
	after := c.out.Head.Time.Sub(c.last.At)
	switch {
	case c.out.Head.Size != c.lastSeq+1:
		c.fail("the head is of %d leaves, the last entry is leaf %d: the end is missing", c.out.Head.Size, c.lastSeq)
	case after < 0 || after > MaxSigning:
		c.fail("the head is not of the moment of the last entry")
	}
}

// MaxSigning is how long after an export's own entry its head is signed at the
// most; so much the clocks of two heads of one log may differ from their order.
const MaxSigning = time.Minute

// Continues checks that a history continues an older one of the same record,
// both checked before and the older one kept: same log, same key, and its head
// begins with the older one. proof may be nil when the newer one carries it.
func (e Export) Continues(older Export, proof tlog.TreeProof) error {
	wrong := func(why string) error { return fmt.Errorf("%w: %s", ErrExport, why) }
	switch {
	case e.Header.Record != older.Header.Record:
		return wrong("the two are of different records")
	case e.Header.Key != older.Header.Key:
		return wrong("the two are signed by different keys")
	case older.Header.Salt != "" && e.Header.Salt != older.Header.Salt:
		return wrong("the two do not give the record the same tag")
	case e.Head.Size < older.Head.Size:
		return wrong("the log is shorter than before: its past was rewritten, or the two files are the wrong way round")
	case older.Head.Time.Sub(e.Head.Time) > MaxSigning:
		return wrong("the longer log was signed before the shorter one: one of the two hides what was logged in between")
	}
	for seq, hash := range older.leaves {
		if now, ok := e.leaves[seq]; !ok || now != hash {
			return wrong("an entry of the older history is not in the newer one as it was: the past was rewritten")
		}
	}
	if proof == nil && e.Head.Size != older.Head.Size {
		found := false
		for _, s := range e.Header.Since {
			if s.Size == older.Head.Size {
				proof, found = s.Proof, true
			}
		}
		if !found {
			return ErrNoProof
		}
	}
	if CheckHeads(proof, older.Head, e.Head) != nil {
		return wrong("the log does not begin with the one of the older history: its past was rewritten")
	}
	return nil
}

// ErrNoProof says that nothing in an export tells about an older head.
var ErrNoProof = errors.New("audit: the newer history carries no proof from the head of the older one")
