package audit

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Row is one leaf as the store keeps it, with its entry.
type Row struct {
	Seq    int64
	Hashes []tlog.Hash // that the leaf completed
	Salt   [SaltSize]byte
	Entry  []byte    // nil when it is gone
	At     time.Time // as the store has it in clear, to search by
	Actor  string    // likewise
	Record int64     // the store's number of the record that the entry is about; 0 none
	Form   int       // of the leaf
	Number int64     // of the entry among those of its record; 0 of FormBare
	Tag    [32]byte  // of that record, when it is known
	// Erased: the key of the record is destroyed, with it the entry. The caller
	// makes sure that the log tells of the erasure.
	Erased bool
}

// Problem is one thing that is not as it was written. Seq is the leaf where it
// shows, or the size of a head.
type Problem struct {
	Seq  int64
	What string
}

// The problems.
const (
	ProblemOrder = "a leaf is missing, added or out of order"
	ProblemHash  = "a stored hash was changed"
	ProblemEntry = "an entry is not the one that was logged"
	ProblemBody  = "an entry does not read"
	ProblemGone  = "an entry is gone"
	ProblemClear = "an entry is filed under another time or person than its own"
	ProblemHead  = "the head is not that of these leaves"
	ProblemShort = "the log is shorter than a head of it"
	ProblemCount = "the entries of a record do not count up"
	ProblemForm  = "an entry of a record is in an older form than one before it"
)

// maxProblems bounds a report: after that many nothing more is learnt.
const maxProblems = 100

// Report is what Verify found. The log is whole when Problems is empty.
type Report struct {
	Leaves   int64
	Head     Head
	Problems []Problem
}

// Verify walks all rows in order, rebuilds the tree, and compares it with the
// stored hashes, with each entry that is still there, and with heads: the
// latest one and any that a witness kept. An entry that is gone is a problem:
// its leaf holds without it, but nothing says who took it away. It reads rows
// once and keeps only the edge in memory. The error is of reading; what is wrong with the log is
// in the Report.
func Verify(rows iter.Seq2[Row, error], heads ...Head) (Report, error) {
	heads = slices.Clone(heads)
	slices.SortFunc(heads, func(a, b Head) int { return int(min(max(a.Size-b.Size, -1), 1)) })
	v := verifier{heads: heads, last: map[int64]counted{}}
	v.compareHeads()
	for row, err := range rows {
		if err != nil {
			return v.report, fmt.Errorf("audit: read the log: %w", err)
		}
		v.row(row)
		v.compareHeads()
		if len(v.report.Problems) >= maxProblems {
			return v.report, nil
		}
	}
	v.report.Leaves = v.tree.Size()
	for _, h := range v.heads {
		v.problem(h.Size, ProblemShort)
	}
	if n := len(heads); n > 0 {
		v.report.Head = heads[n-1]
		if v.tree.Size() > heads[n-1].Size {
			v.problem(heads[n-1].Size, ProblemHead)
		}
	}
	return v.report, nil
}

// verifier is the state of a walk; heads are those not reached yet, by size.
type verifier struct {
	tree   Tree
	heads  []Head
	last   map[int64]counted // of each record
	report Report
}

func (v *verifier) problem(seq int64, what string) {
	v.report.Problems = append(v.report.Problems, Problem{Seq: seq, What: what})
}

func (v *verifier) row(r Row) {
	seq := v.tree.Size()
	if r.Seq != seq {
		v.problem(r.Seq, ProblemOrder)
	}
	if len(r.Hashes) == 0 {
		v.problem(seq, ProblemHash)
		r.Hashes = []tlog.Hash{{}}
	}
	switch {
	case r.Erased:
	case r.Entry == nil:
		v.problem(seq, ProblemGone)
	default:
		v.entry(seq, r)
	}
	v.count(seq, r)
	if stored := v.tree.appendHash(r.Hashes[0]); !slices.Equal(stored, r.Hashes) {
		v.problem(seq, ProblemHash)
	}
}

// counted is what the entries of a record came to so far.
type counted struct {
	bare   int64 // how many had no number
	number int64 // of the last one
	form   int
}

// count holds the numbers of a record's entries: they count up by one, after
// those of before entries were numbered; and their forms, which never go back.
func (v *verifier) count(seq int64, r Row) {
	last := v.last[r.Record]
	switch {
	case r.Record == 0 && r.Number == 0:
		return
	case r.Record == 0, (r.Number == 0) != (r.Form == FormBare), r.Number == 0 && last.number > 0,
		r.Number != 0 && r.Number != max(last.number, last.bare)+1:
		v.problem(seq, ProblemCount)
	case r.Form < max(last.form, FormBare) || r.Form > FormTagged:
		v.problem(seq, ProblemForm)
	}
	if r.Number == 0 {
		last.bare++
	} else {
		last.number = r.Number
	}
	last.form = max(last.form, r.Form)
	v.last[r.Record] = last
}

func (v *verifier) entry(seq int64, r Row) {
	if (Leaf{r.Form, Commit(r.Salt, r.Entry), r.Number, r.Tag}).Hash() != r.Hashes[0] {
		v.problem(seq, ProblemEntry)
		return
	}
	e, err := Decode(r.Entry)
	switch {
	case err != nil:
		v.problem(seq, ProblemBody)
	case e.Agent.ID != r.Actor || !e.At.Equal(r.At.UTC().Truncate(time.Millisecond)):
		v.problem(seq, ProblemClear)
	}
}

// compareHeads compares the tree with the heads of its present size.
func (v *verifier) compareHeads() {
	for len(v.heads) > 0 && v.heads[0].Size == v.tree.Size() {
		if v.heads[0].Hash != v.tree.Hash() {
			v.problem(v.heads[0].Size, ProblemHead)
		}
		v.heads = v.heads[1:]
	}
}
