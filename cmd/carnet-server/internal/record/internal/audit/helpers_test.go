package audit

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/fhir"
)

// memory is a log as a store keeps it: a row a leaf.
type memory struct {
	tree Tree
	rows []Row
}

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		leaf, place := Where(index)
		if leaf >= int64(len(m.rows)) {
			return nil, fmt.Errorf("no leaf %d", leaf)
		}
		out[i] = m.rows[leaf].Hashes[place]
	}
	return out, nil
}

func (m *memory) add(e Entry) {
	var salt [SaltSize]byte
	binary.BigEndian.PutUint64(salt[:], uint64(len(m.rows))*0x9E3779B97F4A7C15)
	body := e.Encode()
	hashes := m.tree.Append(Leaf{Form: FormBare, Commitment: Commit(salt, body)})
	m.rows = append(m.rows, Row{Seq: m.tree.Size() - 1, Form: FormBare, Hashes: hashes, Salt: salt, Entry: body, At: e.At, Actor: e.Agent.ID})
}

func (m *memory) head() Head { return HeadOf("carnet-log", &m.tree, morning()) }

func (m *memory) all() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range m.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func morning() time.Time { return time.Date(2026, 11, 20, 9, 15, 0, 123e6, time.UTC) }

func entry(i int) Entry {
	return Entry{
		At: morning().Add(time.Duration(i) * time.Second), Kind: fhir.KindRead, Mode: fhir.ModeNormal,
		Agent:   Agent{ID: "899700000011", Name: "Dr Anne MOREL", Role: "10", OrgName: "Cabinet du Port"},
		Patient: fmt.Sprintf("p%d", i), Document: fmt.Sprintf("d%d", i), Request: "r",
	}
}

func logOf(n int) *memory {
	m := &memory{}
	for i := range n {
		m.add(entry(i))
	}
	return m
}

func newKey(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	file, err := NewKey(rand.Reader, "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	signer, verifier, err := ParseKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func whats(r Report) string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, fmt.Sprintf("%d: %s", p.Seq, p.What))
	}
	return strings.Join(out, "; ")
}
