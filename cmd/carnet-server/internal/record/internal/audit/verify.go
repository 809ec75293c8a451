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
	Number int64     // of the entry among those of its record (see LeafHash)
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
	v := verifier{heads: heads, last: map[int64]int64{}}
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
	last   map[int64]int64 // number of the last entry of each record
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
	if stored := v.tree.appendLeaf(r.Hashes[0]); !slices.Equal(stored, r.Hashes) {
		v.problem(seq, ProblemHash)
	}
}

// count holds the numbers of a record's entries: they count up by one. Those
// of before entries were numbered count, too.
func (v *verifier) count(seq int64, r Row) {
	last := v.last[r.Record]
	switch {
	case r.Record == 0 && r.Number == 0:
		return
	case r.Record == 0, r.Number == 0 && last > 0, r.Number != 0 && r.Number != max(last, -last)+1:
		v.problem(seq, ProblemCount)
	}
	if r.Number == 0 { // kept below zero: how many there were without a number
		v.last[r.Record] = last - 1
		return
	}
	v.last[r.Record] = r.Number
}

func (v *verifier) entry(seq int64, r Row) {
	if LeafHash(Commit(r.Salt, r.Entry), r.Number) != r.Hashes[0] {
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
