package pdfcheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// guesses counts proposed types.
type guesses struct {
	total, proposed, right int
	sure, sureRight        int
	bins                   [10][2]int // by tenths of confidence: proposals, right ones
	wrong                  map[string]int
}

func guessAll(a *author, n int, medium func(string) string) *guesses {
	g := &guesses{wrong: map[string]int{}}
	for range n / share {
		c := newCitizen(a.r)
		d := a.write(c, "Dr "+pick(a.r, menNames)+" "+pick(a.r, familyNames))
		code, confidence := GuessType(medium(d.text))
		g.total++
		if code == "" {
			g.wrong[d.code+" → nothing"]++
			continue
		}
		right := code == d.code
		g.proposed++
		bin := &g.bins[min(9, int(confidence*10))]
		bin[0]++
		if right {
			g.right++
			bin[1]++
		} else {
			g.wrong[d.code+" → "+code]++
		}
		if confidence >= 0.8 {
			g.sure++
			if right {
				g.sureRight++
			}
		}
	}
	return g
}

// check fails when fewer than 95 % of the proposed types are right, or a
// confidence says more than is true.
func (g *guesses) check(t *testing.T) {
	t.Helper()
	var b strings.Builder
	for i, bin := range g.bins {
		if bin[0] > 0 {
			fmt.Fprintf(&b, "confidence %.1f to %.1f: %d of %d right\n", float64(i)/10, float64(i+1)/10, bin[1], bin[0])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(g.wrong)) {
		fmt.Fprintf(&b, "%4d %s\n", g.wrong[k], k)
	}
	t.Logf("%d texts, a type proposed for %d, right %d (%.1f %%); sure of %d, right %d\n%s",
		g.total, g.proposed, g.right, 100*float64(g.right)/float64(g.proposed), g.sure, g.sureRight, b.String())
	if g.right*100 < g.proposed*95 || g.sureRight*100 < g.sure*97 || g.proposed*100 < g.total*85 {
		t.Error("target missed: 95 % of the proposed types right, 97 % of the sure ones, a proposal for 85 %")
	}
}

func TestTypesOfDevelopmentWordings(t *testing.T) {
	guessAll(newAuthor("dev", "dev", 3), 600, asItIs).check(t)
}

// TestTypesHeldOut is the measure that counts.
func TestTypesHeldOut(t *testing.T) {
	guessAll(newAuthor("heldout", "heldout", 90004), 600, asItIs).check(t)
	guessAll(newAuthor("last", "fresh", 90005), 600, asItIs).check(t)
}
