package audit

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/fhir"
)

// chronicle is a log of which some leaves are of one record, as a server has it.
type chronicle struct {
	tree    Tree
	stored  []tlog.Hash
	entries []ExportEntry // of the record
	key     []byte
	numbers bool // whether entries are numbered yet
}

func (c *chronicle) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = c.stored[at]
	}
	return out, nil
}

// add appends a leaf: of the record when mine, of another otherwise.
func (c *chronicle) add(e Entry, mine bool) {
	var salt [SaltSize]byte
	rand.Read(salt[:])
	if !mine {
		e.Patient = "another"
	}
	body, number := e.Encode(), int64(0)
	if mine && c.numbers {
		number = int64(len(c.entries)) + 1
	}
	if mine {
		c.entries = append(c.entries, ExportEntry{Seq: c.tree.Size(), Number: number, Salt: salt, Entry: body})
	}
	c.stored = append(c.stored, c.tree.AppendNumbered(Commit(salt, body), number)...)
}

// newChronicle makes a log: pattern has a letter a leaf, "r" for the record's,
// "o" for another one's, "n" from where on entries are numbered.
func newChronicle(t testing.TB, pattern string) *chronicle {
	t.Helper()
	key, err := NewKey(rand.Reader, "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	c := &chronicle{key: key}
	for i, what := range pattern {
		if what == 'n' {
			c.numbers = true
			continue
		}
		c.add(Entry{At: time.Unix(int64(i), 0), Kind: fhir.KindRead, Patient: "p1", Reason: "<é> &"}, what == 'r')
	}
	return c
}

// export writes a history whose last entry is the export's own.
func (c *chronicle) export(t testing.TB, after string) string {
	t.Helper()
	c.add(Entry{At: time.Unix(1e6, 0), Kind: ExportKind, Detail: ExportDetail, Session: "x", Patient: "p1"}, true)
	for range after {
		c.add(Entry{At: time.Unix(1e6, 0), Kind: fhir.KindRead}, false)
	}
	signer, _, err := ParseKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	head := HeadOf("carnet-log", &c.tree, time.Unix(1e6, 0))
	signed, err := Sign(head, signer)
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	header := ExportHeader{Key: public, Record: "p1", Export: "x", Head: string(signed)}
	var all iter.Seq2[ExportEntry, error] = func(yield func(ExportEntry, error) bool) {
		for _, e := range c.entries {
			if !yield(e, nil) {
				return
			}
		}
	}
	if err := WriteExport(&b, header, head, all, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Wherever the entries of a record lie in the tree, whatever its size.
func TestEveryShapeOfHistoryHolds(t *testing.T) {
	for size := range 34 {
		for _, shape := range []string{"r", "o", "ro", "or", "oor", "rrrro", "oooooor"} {
			pattern := "n" + strings.Repeat(shape, size)[:size]
			for _, after := range []string{"", "o", "ooooo"} {
				c := newChronicle(t, pattern)
				e, err := CheckExport(strings.NewReader(c.export(t, after)), false)
				if err != nil || e.Entries != int64(len(c.entries)) || e.Unproved != 0 {
					t.Fatalf("%s+%s: %+v, %v", pattern, after, e, err)
				}
			}
		}
	}
}

// Entries of before the numbering are as many as the first number says.
func TestOldEntriesAreCounted(t *testing.T) {
	c := newChronicle(t, "rorornrro")
	text := c.export(t, "oo")
	e, err := CheckExport(strings.NewReader(text), false)
	if err != nil || e.Unproved != 3 || e.Entries != 6 {
		t.Fatalf("%+v, %v", e, err)
	}
	all := c.entries
	for i := range all {
		c = newChronicle(t, "n")
		c.numbers = false
		for j, one := range all {
			if j == i { // a server that leaves one out, and signs
				continue
			}
			c.entries = append(c.entries, ExportEntry{Seq: c.tree.Size(), Number: one.Number, Salt: one.Salt, Entry: one.Entry})
			c.stored = append(c.stored, c.tree.AppendNumbered(Commit(one.Salt, one.Entry), one.Number)...)
		}
		if _, err := CheckExport(strings.NewReader(c.exportAs(t)), false); !errors.Is(err, ErrExport) {
			t.Errorf("without entry %d: %v", i+1, err)
		}
	}
}

// exportAs is export without an entry of its own.
func (c *chronicle) exportAs(t testing.TB) string {
	t.Helper()
	own := c.entries
	size := c.tree
	defer func() { c.entries, c.tree = own, size }()
	signer, _, err := ParseKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	head := HeadOf("carnet-log", &c.tree, time.Unix(1e6, 0))
	signed, err := Sign(head, signer)
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = WriteExport(&b, ExportHeader{Key: public, Record: "p1", Export: "x", Head: string(signed)}, head, func(yield func(ExportEntry, error) bool) {
		for _, e := range c.entries {
			if !yield(e, nil) {
				return
			}
		}
	}, c)
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a reader may not know is withheld and still counted and proved.
func TestWithheldEntriesCount(t *testing.T) {
	c := newChronicle(t, "norrorro")
	secret := string(c.entries[1].Entry)
	c.entries[1].Commitment, c.entries[1].Entry = Commit(c.entries[1].Salt, c.entries[1].Entry), nil
	text := c.export(t, "")
	e, err := CheckExport(strings.NewReader(text), false)
	if err != nil || e.Withheld != 1 || e.Entries != 5 {
		t.Fatalf("%+v, %v", e, err)
	}
	if strings.Contains(text, secret) {
		t.Error("it is told")
	}
}

// An export stops at what breaks: entries out of order, or past the head.
func TestAnExportIsInOrder(t *testing.T) {
	c := newChronicle(t, "nrr")
	for _, wrong := range [][]ExportEntry{{c.entries[1], c.entries[0]}, {{Seq: 99}}} {
		head := HeadOf("carnet-log", &c.tree, time.Unix(1, 0))
		err := WriteExport(&bytes.Buffer{}, ExportHeader{}, head, func(yield func(ExportEntry, error) bool) {
			for _, e := range wrong {
				if !yield(e, nil) {
					return
				}
			}
		}, c)
		if err == nil {
			t.Errorf("%+v is written", wrong)
		}
	}
}

// Numbers of a record count up: verify notices one that does not.
func TestVerifyNoticesNumbers(t *testing.T) {
	row := func(seq, record, number int64) Row {
		body := Entry{At: time.Unix(seq, 0), Kind: fhir.KindRead, Agent: Agent{ID: "a"}}.Encode()
		return Row{Seq: seq, Entry: body, At: time.Unix(seq, 0), Actor: "a", Record: record, Number: number}
	}
	for name, c := range map[string]struct {
		numbers [][2]int64 // record, number
		want    bool
	}{
		"counting up":               {[][2]int64{{1, 1}, {2, 1}, {1, 2}, {0, 0}, {2, 2}}, true},
		"old ones first":            {[][2]int64{{1, 0}, {1, 0}, {2, 1}, {1, 3}, {1, 4}}, true},
		"a gap":                     {[][2]int64{{1, 1}, {1, 3}}, false},
		"twice":                     {[][2]int64{{1, 1}, {1, 1}}, false},
		"beginning late":            {[][2]int64{{1, 2}}, false},
		"one old one left out":      {[][2]int64{{1, 0}, {1, 3}}, false},
		"without one after one":     {[][2]int64{{1, 1}, {1, 0}}, false},
		"about no record, numbered": {[][2]int64{{0, 1}}, false},
	} {
		var tree Tree
		var rows []Row
		for i, n := range c.numbers {
			r := row(int64(i), n[0], n[1])
			r.Hashes = tree.AppendNumbered(Commit(r.Salt, r.Entry), r.Number)
			rows = append(rows, r)
		}
		report, err := Verify(func(yield func(Row, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}, HeadOf("x", &tree, time.Unix(9, 0)))
		if err != nil || (len(report.Problems) == 0) != c.want {
			t.Errorf("%s: %+v, %v", name, report.Problems, err)
		}
	}
}

// FuzzCheckExport feeds files that came from anywhere: the check ends, and
// what passes it is, byte for byte, a file that the log wrote.
func FuzzCheckExport(f *testing.F) {
	c := newChronicle(f, "nororroooooor")
	text := c.export(f, "oo")
	lines := strings.SplitAfter(text, "\n")
	f.Add(text)
	f.Add("")
	f.Add(lines[0])
	f.Add(lines[0] + lines[len(lines)-2])
	f.Add(strings.Join(lines[1:], ""))
	f.Add(strings.ReplaceAll(text, `"number":2`, `"number":9007199254740993`))
	f.Add(strings.ReplaceAll(text, `"leaf":`, `"leaf":-`))
	f.Add(lines[0] + `{"hashes":[]}` + "\n" + `{"end":0}` + "\n")
	f.Add(fmt.Sprintf("%s%s", lines[0], strings.Repeat(`{"hashes":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`+"\n", 200)))
	f.Fuzz(func(t *testing.T, file string) {
		e, err := CheckExport(strings.NewReader(file), true)
		if err == nil && e.Header.Key == strings.TrimSpace(strings.SplitN(string(c.key), "\n", 2)[1]) && file != text {
			t.Errorf("a changed file passes: %q", file)
		}
	})
}
