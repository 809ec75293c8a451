package audit

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The tree is the one of the certificate transparency specification, as
// x/mod's own functions build it from the stored hashes.
func TestTreeIsTheSpecifications(t *testing.T) {
	m := &memory{}
	var reference []tlog.Hash // in the order of tlog's stored indexes
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = reference[x]
		}
		return out, nil
	})
	for i := range 300 {
		m.add(entry(i))
		row := m.rows[i]
		c := Commit(row.Salt, row.Entry)
		want, err := tlog.StoredHashes(int64(i), c[:], reader)
		if err != nil {
			t.Fatal(err)
		}
		reference = append(reference, want...)
		root, err := tlog.TreeHash(int64(i+1), reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) != len(row.Hashes) || want[len(want)-1] != row.Hashes[len(want)-1] || root != m.tree.Hash() {
			t.Fatalf("leaf %d differs", i)
		}
	}
	for index, want := range reference {
		got, err := m.ReadHashes([]int64{int64(index)})
		if err != nil || got[0] != want {
			t.Fatalf("stored hash %d is not where Where says: %v", index, err)
		}
	}
}

func TestLoadGoesOn(t *testing.T) {
	m := &memory{}
	for i := range 70 {
		loaded, err := LoadTree(int64(i), m)
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Hash() != m.tree.Hash() || loaded.Size() != m.tree.Size() {
			t.Fatalf("a tree of %d loads as another", i)
		}
		m.tree = loaded
		m.add(entry(i))
	}
	if report, err := Verify(m.all(), m.head()); err != nil || len(report.Problems) > 0 {
		t.Fatalf("%v %s", err, whats(report))
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := LoadTree(-1, logOf(0)); err == nil {
		t.Error("a negative size loads")
	}
	if _, err := LoadTree(9, logOf(4)); err == nil {
		t.Error("a tree loads from too few hashes")
	}
	short := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, nil })
	if _, err := LoadTree(5, short); err == nil {
		t.Error("a store that answers nothing is believed")
	}
}

// A transaction that fails leaves the tree as it was.
func TestCloneIsIndependent(t *testing.T) {
	m := logOf(13)
	before := m.tree.Hash()
	next := m.tree.Clone()
	for i := range 50 {
		next.Append(Leaf{Form: FormBare, Commitment: Commit([SaltSize]byte{byte(i)}, nil)})
	}
	if m.tree.Hash() != before || m.tree.Size() != 13 {
		t.Error("the clone changed its original")
	}
}

func TestInclusion(t *testing.T) {
	m := logOf(45)
	h := m.head()
	for seq := range m.rows {
		p, err := ProveEntry(h, int64(seq), m)
		if err != nil {
			t.Fatal(err)
		}
		row := m.rows[seq]
		c := Leaf{Form: FormBare, Commitment: Commit(row.Salt, row.Entry)}
		if err := CheckEntry(p, h, int64(seq), c); err != nil {
			t.Fatalf("leaf %d: %v", seq, err)
		}
		other := c
		other.Commitment[0] ^= 1
		if err := CheckEntry(p, h, int64(seq), other); !errors.Is(err, ErrProof) {
			t.Fatalf("leaf %d: another entry is proven", seq)
		}
		if err := CheckEntry(p, h, int64(seq+1)%45, c); !errors.Is(err, ErrProof) {
			t.Fatalf("leaf %d: another place is proven", seq)
		}
	}
	for _, seq := range []int64{-1, 45} {
		if _, err := ProveEntry(h, seq, m); err == nil {
			t.Errorf("leaf %d is proven", seq)
		}
	}
}

// A witness that kept any head accepts every later one, and no head of a log
// whose past was changed.
func TestConsistency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "n")
		older := rapid.IntRange(0, n).Draw(t, "older")
		was := logOf(older).head()
		m := logOf(n)
		p, err := ProveHeads(was, m.head(), m)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckHeads(p, was, m.head()); err != nil {
			t.Fatalf("%d to %d: %v", older, n, err)
		}
		if older == 0 {
			return
		}
		changed := rapid.IntRange(0, older-1).Draw(t, "changed")
		forged := &memory{}
		for i := range n {
			e := entry(i)
			if i == changed {
				e.Agent.Name = "quelqu'un d'autre"
			}
			forged.add(e)
		}
		p, err = ProveHeads(was, forged.head(), forged)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckHeads(p, was, forged.head()); !errors.Is(err, ErrProof) {
			t.Fatalf("a log whose leaf %d was changed passes for the one of %d", changed, older)
		}
	})
}

func TestConsistencyRefusals(t *testing.T) {
	m := logOf(8)
	longer, shorter := m.head(), logOf(5).head()
	if _, err := ProveHeads(longer, shorter, m); err == nil {
		t.Error("a log that grew shorter is proven")
	}
	if CheckHeads(nil, longer, shorter) == nil {
		t.Error("a log that grew shorter is believed")
	}
	other := longer
	other.Origin = "another-log"
	if CheckHeads(nil, other, longer) == nil {
		t.Error("another log is believed")
	}
	empty := logOf(0).head()
	empty.Hash = tlog.Hash{1}
	if CheckHeads(nil, empty, longer) == nil {
		t.Error("an empty log with contents is believed")
	}
}

// BenchmarkAppend appends in groups as the writer commits them, with one
// signed head a group.
func BenchmarkAppend(b *testing.B) {
	signer, _ := newKey(b)
	body := entry(1).Encode()
	for _, group := range []int{1, 16, 64, 256} {
		b.Run(groupName(group), func(b *testing.B) {
			var tree Tree
			for i := 0; i < b.N; i += group {
				next := tree.Clone()
				for j := range group {
					next.Append(Leaf{FormTagged, Commit([SaltSize]byte{byte(i), byte(j)}, body), int64(j) + 1, [32]byte{1}})
				}
				if _, err := Sign(HeadOf("carnet-log", &next, morning()), signer); err != nil {
					b.Fatal(err)
				}
				tree = next
			}
		})
	}
}

func groupName(n int) string {
	return map[int]string{1: "alone", 16: "in16", 64: "in64", 256: "in256"}[n]
}
