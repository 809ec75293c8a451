package audit

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func mustVerify(t testing.TB, m *memory, heads ...Head) Report {
	t.Helper()
	report, err := Verify(m.all(), heads...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestWholeLogVerifies(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 100} {
		m := logOf(n)
		witnessed := logOf(n / 2).head()
		r := mustVerify(t, m, m.head(), witnessed)
		if len(r.Problems) > 0 || r.Leaves != int64(n) || r.Head.Size != int64(n) {
			t.Errorf("log of %d: %s", n, whats(r))
		}
	}
}

// Each way of tampering, at each leaf, is noticed.
func TestTamperingIsNoticed(t *testing.T) {
	const n = 21
	tests := map[string]func(m *memory, i int){
		"a bit of an entry":         func(m *memory, i int) { m.rows[i].Entry[40] ^= 1 },
		"another agent":             func(m *memory, i int) { e := entry(i); e.Agent.ID = "8"; m.rows[i].Entry = e.Encode() },
		"an entry taken away":       func(m *memory, i int) { m.rows[i].Entry, m.rows[i].Salt = nil, [SaltSize]byte{} },
		"filed under another time":  func(m *memory, i int) { m.rows[i].At = m.rows[i].At.Add(time.Millisecond) },
		"filed under another agent": func(m *memory, i int) { m.rows[i].Actor = "8" },
		"another salt":              func(m *memory, i int) { m.rows[i].Salt[3] ^= 1 },
		"a bit of a leaf":           func(m *memory, i int) { m.rows[i].Hashes[0][31] ^= 1 },
		"a bit of its last hash":    func(m *memory, i int) { m.rows[i].Hashes[len(m.rows[i].Hashes)-1][0] ^= 1 },
		"a hash too many":           func(m *memory, i int) { m.rows[i].Hashes = append(m.rows[i].Hashes, tlog.Hash{}) },
		"no hashes":                 func(m *memory, i int) { m.rows[i].Hashes = nil },
		"a leaf of an erased entry": func(m *memory, i int) { m.rows[i].Entry = nil; m.rows[i].Hashes[0][5] ^= 1 },
		"a row taken out":           func(m *memory, i int) { m.rows = slices.Delete(m.rows, i, i+1) },
		"a row taken out, renumbered": func(m *memory, i int) {
			m.rows = slices.Delete(m.rows, i, i+1)
			for j := range m.rows {
				m.rows[j].Seq = int64(j)
			}
		},
		"a row twice":      func(m *memory, i int) { m.rows = slices.Insert(m.rows, i, m.rows[i]) },
		"two rows swapped": func(m *memory, i int) { j := (i + 1) % n; m.rows[i], m.rows[j] = m.rows[j], m.rows[i] },
		"an entry rewritten with all its hashes": func(m *memory, i int) {
			forged := &memory{}
			for j := range n {
				e := entry(j)
				if j == i {
					e.Reason = "rien"
				}
				forged.add(e)
			}
			m.rows = forged.rows
		},
	}
	for name, tamper := range tests {
		for i := range n {
			m := logOf(n)
			head := m.head()
			tamper(m, i)
			if r := mustVerify(t, m, head); len(r.Problems) == 0 {
				t.Errorf("%s at %d passes", name, i)
			}
		}
	}
}

// A log cut short, or one that grew without a head, or another log's head.
func TestHeadIsCompared(t *testing.T) {
	m := logOf(10)
	head := m.head()
	m.add(entry(10))
	if r := mustVerify(t, m, head); whats(r) != "10: "+ProblemHead {
		t.Errorf("leaves after the head: %s", whats(r))
	}
	m.rows = m.rows[:9]
	if r := mustVerify(t, m, head); whats(r) != "10: "+ProblemShort {
		t.Errorf("cut short: %s", whats(r))
	}
	if r := mustVerify(t, logOf(10), head, logOf(12).head()); whats(r) != "12: "+ProblemShort {
		t.Errorf("a witness saw more: %s", whats(r))
	}
	other := logOf(4).head()
	other.Hash[0] ^= 1
	if r := mustVerify(t, logOf(10), head, other); whats(r) != "4: "+ProblemHead {
		t.Errorf("a witness saw another past: %s", whats(r))
	}
}

func TestReportIsBounded(t *testing.T) {
	m := logOf(500)
	for i := range m.rows {
		m.rows[i].Entry = []byte("{}")
	}
	if r := mustVerify(t, m, m.head()); len(r.Problems) != maxProblems {
		t.Errorf("%d problems", len(r.Problems))
	}
}

func TestUnreadableEntryIsNoticed(t *testing.T) {
	m := &memory{}
	hashes := m.tree.Append(Leaf{Form: FormBare, Commitment: Commit([SaltSize]byte{}, []byte("not an entry"))})
	m.rows = []Row{{Hashes: hashes, Entry: []byte("not an entry")}}
	if r := mustVerify(t, m, m.head()); whats(r) != "0: "+ProblemBody {
		t.Error(whats(r))
	}
}

func TestReadErrorStops(t *testing.T) {
	broken := errors.New("disk")
	_, err := Verify(func(yield func(Row, error) bool) { yield(Row{}, broken) })
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestHeadIsSigned(t *testing.T) {
	signer, verifier := newKey(t)
	_, stranger := newKey(t)
	m := logOf(33)
	msg, err := Sign(m.head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(msg, verifier)
	if err != nil || got != m.head() {
		t.Fatalf("%v: %+v", err, got)
	}
	if _, err := Open(msg, stranger); !errors.Is(err, ErrHead) {
		t.Error("another key's head opens")
	}
	for i := range msg {
		bad := slices.Clone(msg)
		bad[i] ^= 1
		if h, err := Open(bad, verifier); err == nil && h != m.head() {
			t.Fatalf("byte %d changed: the head opens as another", i)
		}
	}
	alien := m.head()
	alien.Origin = "another-log"
	if msg, err = Sign(alien, signer); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(msg, verifier); !errors.Is(err, ErrHead) {
		t.Error("a head of another origin opens")
	}
}

func TestHeadHasOneForm(t *testing.T) {
	good := logOf(3).head().Text()
	if h, err := parseHead(good); err != nil || h.Text() != good {
		t.Fatal(err)
	}
	bad := []string{
		"", "\n\n\n\n", good + "x", good + "\n", good[:len(good)-1], "carnet-log\n3\n",
		"carnet-log\n03\n" + good[len("carnet-log\n3\n"):], "carnet-log\n-3\n" + good[len("carnet-log\n3\n"):],
		"carnet-log\n3\nAAAA\n2026-11-20T09:15:00.123Z\n", "carnet-log\n3\n" + good[len("carnet-log\n3\n"):len(good)-2] + "\n",
	}
	for _, text := range bad {
		if _, err := parseHead(text); !errors.Is(err, ErrHead) {
			t.Errorf("%q is a head", text)
		}
	}
}

func TestKeyFile(t *testing.T) {
	a, err := NewKey(constant(1), "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewKey(constant(2), "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ParseKey(a); err != nil {
		t.Fatal(err)
	}
	line := slices.Index(a, '\n')
	mixed := append(slices.Clone(a[:line]), b[slices.Index(b, '\n'):]...)
	for name, file := range map[string][]byte{
		"empty": nil, "cut": a[:20], "one line": a[:line], "public key first": append(slices.Clone(a[line+1:]), a[:line]...), "of two keys": mixed,
	} {
		if _, _, err := ParseKey(file); err == nil {
			t.Errorf("a key file that is %s reads", name)
		}
	}
}

type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// Random logs, random damage: whole logs pass, damaged ones never do.
func TestVerifyProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := logOf(rapid.IntRange(1, 40).Draw(t, "n"))
		head := m.head()
		head.Time = head.Time.Add(time.Hour) // no part of what is compared
		i := rapid.IntRange(0, len(m.rows)-1).Draw(t, "row")
		h := rapid.IntRange(0, len(m.rows[i].Hashes)-1).Draw(t, "hash")
		bit := rapid.IntRange(0, 255).Draw(t, "bit")
		if r, err := Verify(m.all(), head); err != nil || len(r.Problems) > 0 {
			t.Fatalf("whole: %v %s", err, whats(r))
		}
		m.rows[i].Hashes[h][bit/8] ^= 1 << (bit % 8)
		if r, err := Verify(m.all(), head); err != nil || len(r.Problems) == 0 {
			t.Fatalf("damaged: %v", err)
		}
	})
}
