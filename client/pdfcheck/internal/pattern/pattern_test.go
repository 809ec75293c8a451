package pattern

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// forms are of every kind: words, lines, ends, alternatives of which the first
// is shorter, lazy and counted repeats, characters beyond ASCII.
var forms = []string{
	`a`, `ab|a`, `a|ab`, `(?:a|ab)(?:c|bcd)`, `\bab\b`, `(?m)^a.*b$`, `^ab?`, `b+$`, `a+?b`, `[^\n]{1,3}c`, `(?:a b?){2,3}`, `é|[aà]\b`, `\p{L}(?: \p{L}){2,}(?:[ \n]|$)`,
	`(?:^|[ \n])a`, `\d{1,2}/\d{2}`, `(?m:^ ?(?:ab|b))`, `.*\d\s*a.*`, `a[ab]*?b`, `\Bb`, `b\b.`, `(?s:a.)b`,
}

func same(t *testing.T, f *Family, text string) {
	t.Helper()
	which, all := f.Which(text), f.FindAll(text)
	for i, expr := range f.Patterns() {
		re := regexp.MustCompile(expr)
		var want [][2]int
		for _, m := range re.FindAllStringIndex(text, -1) {
			want = append(want, [2]int{m[0], m[1]})
		}
		if which[i] != re.MatchString(text) || !reflect.DeepEqual(all[i], want) {
			t.Fatalf("%s in %q: %v at %v, regexp says %v", expr, text, which[i], all[i], want)
		}
		one := NewForm(expr)
		if from, to, ok := one.First(text); ok != (len(want) > 0) || ok && want[0] != [2]int{from, to} || one.In(text) != ok {
			t.Fatalf("%s in %q: first at %d to %d, regexp says %v", expr, text, from, to, want)
		}
	}
}

// TestMeansTheSame holds the automaton to package regexp.
func TestMeansTheSame(t *testing.T) {
	f := NewFamily(forms...)
	r := rand.New(rand.NewPCG(1, 2))
	pieces := strings.Split("a|b|ab|c|d| |\n|é|à|1|12/03|/|a b|\xff|日|_", "|")
	for range 150 {
		var b strings.Builder
		for range r.IntN(14) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		same(t, f, b.String())
	}
}

func FuzzMeansTheSame(f *testing.F) {
	all := NewFamily(forms...)
	for _, s := range []string{"", "a b ab\nabc 12/03 a", "é\xffa", "A B C a\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { same(t, all, text) })
}

// TestForgets: what has more states than are kept is still right.
func TestForgets(t *testing.T) {
	f := NewFamily(`a[ab]{14}c`, `b`)
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for range 40000 {
		b.WriteByte("aabbbbbabababc"[r.IntN(14)])
	}
	same(t, f, b.String())
	if n := len(f.any().now.Load().known); n > maxStates {
		t.Errorf("%d states are kept", n)
	}
}

func TestOnlyConstantsPanic(t *testing.T) {
	for _, bad := range []string{`(`, `(?i)a`} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", bad)
				}
			}()
			NewForm(bad).In("a")
		}()
	}
}
