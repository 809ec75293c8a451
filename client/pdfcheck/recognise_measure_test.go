package pdfcheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// tally counts outcomes by what a pair is.
type tally map[string]map[Outcome]int

func (t tally) add(kind string, o Outcome) {
	if t[kind] == nil {
		t[kind] = map[Outcome]int{}
	}
	t[kind][o]++
}

// String gives the confusion as a table.
func (t tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-40s %7s %7s %9s\n", "", "match", "unsure", "mismatch")
	for _, k := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&b, "%-40s %7d %7d %9d\n", k, t[k][Match], t[k][Unsure], t[k][Mismatch])
	}
	return b.String()
}

const rightPerson = "the right person"

// trial is what a measure found.
type trial struct {
	tally
	wrong, falseMatch   int
	right, falseWarning int
	samples             []string
}

// judge counts one comparison.
func (m *trial) judge(kind string, text string, id Identity) {
	got := CompareIdentity(text, id)
	m.add(kind, got.Outcome)
	if kind == rightPerson {
		m.right++
		if got.Outcome == Mismatch {
			m.falseWarning++
			m.samples = append(m.samples, fmt.Sprintf("false warning %+v\n%+v\n%+v\n%s", got, id, ReadIdentity(text), text))
		}
		return
	}
	m.wrong++
	if got.Outcome == Match {
		m.falseMatch++
		m.samples = append(m.samples, fmt.Sprintf("false match (%s) %+v\n%+v\n%s", kind, got, id, text))
	}
}

// measure writes n documents, passes their text through a medium, and compares
// each with the right person and with wrong ones.
func measure(a *author, n int, medium func(string) string) *trial {
	m := &trial{tally: tally{}}
	for i := range n / share {
		c := newCitizen(a.r)
		k := c.kin[i%len(c.kin)]
		doctor := "Dr " + pick(a.r, givenOf(c.Sex)) + " " + pick(a.r, familyNames)
		prescribes := i%11 == 0
		if prescribes { // the doctor has the name of somebody born the same day
			doctor = "Dr " + k.Given[0] + " " + k.BirthName
		}
		text := medium(a.write(c, doctor).text)
		m.judge(rightPerson, text, c.Identity)
		m.judge(k.relation, text, k.Identity)
		if prescribes {
			m.judge("prescriber", text, k.Identity)
		}
		other := newCitizen(a.r)
		m.judge("somebody else", text, other.Identity)
		if i%10 == 0 {
			both := medium(a.both(c, other).text)
			m.judge("two people in one file", both, c.Identity)
			m.judge("two people in one file", both, other.Identity)
		}
	}
	return m
}

// check fails a measure that misses its targets over 1,000 wrong pairs.
func (m *trial) check(t *testing.T) {
	t.Helper()
	m.checkShare(t, 1000)
}

func (m *trial) checkShare(t *testing.T, wrong int) {
	t.Helper()
	t.Logf("%d wrong pairs, %d false matches; %d right pairs, %d false warnings (%.1f %%)\n%s",
		m.wrong, m.falseMatch, m.right, m.falseWarning, 100*float64(m.falseWarning)/float64(m.right), m.tally)
	for _, s := range m.samples[:min(len(m.samples), 6)] {
		t.Log(s)
	}
	if m.wrong < wrong/share || m.falseMatch > 0 || m.falseWarning*100 > m.right*2 {
		t.Error("targets missed: no false match, at most 2 % false warnings")
	}
}

func asItIs(text string) string { return text }

func TestIdentityOfDevelopmentWordings(t *testing.T) {
	measure(newAuthor("dev", "dev", 1), 450, asItIs).check(t)
}

// TestIdentityHeldOut is the measure that counts: wordings and seeds that the
// rules were not made with. Two misses of the first set of heads, both of two
// people in one file, led to a rule; the second set was written after it and
// before it was tried.
func TestIdentityHeldOut(t *testing.T) {
	measure(newAuthor("heldout", "heldout", 90001), 450, asItIs).check(t)
	measure(newAuthor("fresh", "heldout", 90002), 450, asItIs).check(t)
	measure(newAuthor("last", "fresh", 90006), 450, asItIs).check(t)
}

// TestIdentityThroughPDF reads the texts as a record's program gets them: drawn
// on a page in several ways, and read back by PDFium.
func TestIdentityThroughPDF(t *testing.T) {
	p := newPrinter(t)
	measure(newAuthor("dev", "dev", 2), 100, p.through).checkShare(t, 200)
	measure(newAuthor("last", "fresh", 90003), 200, p.through).checkShare(t, 400)
	measure(newAuthor("last", "fresh", 90007), 200, p.gated).checkShare(t, 400)
}
