package audit

import (
	"bytes"
	"crypto/rand"
	"iter"
	"regexp"
	"slices"
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
	others  []ExportEntry // of another one
	key     []byte
	form    int           // of the leaves that are added
	late    bool          // heads are of the whole log, as files of before have them
	waits   time.Duration // of an export until it is signed
	since   []int64       // sizes of older heads in the header
}

// saltOf and tagOf are the salts and tags of the two records.
func saltOf(record string) (salt [SaltSize]byte) {
	copy(salt[:], "salt of "+record)
	return salt
}

func tagOf(record string) [32]byte { return TagOf(saltOf(record), record) }

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
	list, record := &c.entries, "p1"
	if !mine {
		list, record = &c.others, "p2"
	}
	e.Patient = record
	one := ExportEntry{Seq: c.tree.Size(), Form: c.form, Salt: salt, Entry: e.Encode()}
	if c.form >= FormNumbered {
		one.Number = int64(len(*list)) + 1
	}
	*list = append(*list, one)
	c.stored = append(c.stored, c.tree.Append(one.leaf(tagOf(record)))...)
}

// newChronicle makes a log: pattern has a letter a leaf, "r" for the record's,
// "o" for another one's, "n" and "t" from where on leaves are numbered and tagged.
func newChronicle(t testing.TB, pattern string) *chronicle {
	t.Helper()
	key, err := NewKey(rand.Reader, "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	c := &chronicle{key: key, form: FormBare}
	for i, what := range pattern {
		switch what {
		case 'n':
			c.form = FormNumbered
			continue
		case 't':
			c.form = FormTagged
			continue
		}
		c.add(Entry{At: time.Unix(int64(i), 0), Kind: fhir.KindRead, Patient: "p1", Reason: "<é> &"}, what == 'r')
	}
	return c
}

// export writes a history whose last entry is the export's own.
func (c *chronicle) export(t testing.TB, after string) string {
	t.Helper()
	c.add(Entry{At: time.Unix(1e6, 0), Kind: ExportKind, Detail: ExportDetail, Session: "x"}, true)
	for _, what := range after {
		c.add(Entry{At: time.Unix(1e6, 0), Kind: fhir.KindRead}, what == 'r')
	}
	own := slices.IndexFunc(c.entries, func(e ExportEntry) bool { return bytes.Contains(e.Entry, []byte(`"session":"x"`)) })
	return c.written(t, c.entries[:own+1])
}

// written signs the log and writes entries as a history of the record.
func (c *chronicle) written(t testing.TB, entries []ExportEntry) string {
	t.Helper()
	signer, _, err := ParseKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	head := HeadOf("carnet-log", &c.tree, time.Unix(1e6, 0).Add(c.waits))
	if n := len(entries); n > 0 && !c.late {
		if head, err = HeadAt(head.Origin, entries[n-1].Seq+1, c, head.Time); err != nil {
			t.Fatal(err)
		}
	}
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
	header.Open(saltOf("p1"))
	for _, size := range c.since {
		older, err := Since(size, head, c)
		if err != nil {
			t.Fatal(err)
		}
		header.Since = append(header.Since, older)
	}
	if err := WriteExport(&b, header, head, inTurn(entries), c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inTurn(entries []ExportEntry) iter.Seq2[ExportEntry, error] {
	return func(yield func(ExportEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// asBefore turns a file into the form of before leaves had tags.
func asBefore(text string) string {
	header, rest, _ := strings.Cut(text, "\n")
	header = strings.Replace(header, ExportFormat, formatBefore, 1)
	header = regexp.MustCompile(`"salt":"[^"]*",`).ReplaceAllString(header, "")
	return header + "\n" + regexp.MustCompile(`"form":[0-9],`).ReplaceAllString(rest, "")
}
