package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// filler fills models in: {word} about the person, {a|b|c} one of these,
// {3-9} a whole number, {n:4.1-6.2} a number with as many decimals. {1:a|b}
// and a later {1:c|d} choose alike, so that a conclusion follows from its
// findings. The same source gives the same text.
type filler struct {
	rnd    *rand.Rand
	who    person
	day    time.Time
	chosen map[byte]int // by the digit of a group
}

func newFiller(rnd *rand.Rand, who person, day time.Time) *filler {
	return &filler{rnd: rnd, who: who, day: day, chosen: map[byte]int{}}
}

func (f *filler) text(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		token, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(f.token(token))
		s = after
	}
}

func (f *filler) token(t string) string {
	if word, ok := f.word(t); ok {
		return word
	}
	if r, ok := strings.CutPrefix(t, "n:"); ok {
		return f.number(r)
	}
	if !strings.Contains(t, "|") {
		return f.number(t)
	}
	if len(t) > 2 && t[1] == ':' && t[0] >= '1' && t[0] <= '9' {
		return f.group(t[0], strings.Split(t[2:], "|"))
	}
	choices := strings.Split(t, "|")
	return choices[f.rnd.IntN(len(choices))]
}

// group chooses as the group did before.
func (f *filler) group(name byte, choices []string) string {
	n, ok := f.chosen[name]
	if !ok {
		n = f.rnd.IntN(len(choices))
		f.chosen[name] = n
	}
	return choices[n%len(choices)]
}

func (f *filler) word(t string) (string, bool) {
	switch t {
	case "civ":
		return f.who.civility(), true
	case "nom":
		return f.who.display(), true
	case "age":
		return f.who.ageAt(f.day), true
	case "e":
		return f.who.e(), true
	case "naissance":
		return frenchDate(f.who.born), true
	case "patient":
		return "patient" + f.who.e(), true
	case "lepatient":
		return f.article("le", "la") + " patient" + f.who.e(), true
	case "lepatient_maj":
		return f.article("Le", "La") + " patient" + f.who.e(), true
	}
	return "", false
}

func (f *filler) article(him, her string) string {
	if f.who.female() {
		return her
	}
	return him
}

// number draws from "low-high", with the decimals of low, in French.
func (f *filler) number(r string) string {
	low, high, decimals := bounds(r)
	return french(low+f.rnd.Float64()*(high-low), decimals)
}

// bounds reads "low-high" and how many decimals low has.
func bounds(r string) (low, high float64, decimals int) {
	a, b, _ := strings.Cut(r, "-")
	low, _ = strconv.ParseFloat(a, 64) // models are checked by a test
	high, _ = strconv.ParseFloat(b, 64)
	if dot := strings.IndexByte(a, '.'); dot >= 0 {
		decimals = len(a) - dot - 1
	}
	return low, high, decimals
}

func french(v float64, decimals int) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', decimals, 64), ".", ",", 1)
}

// measure turns "name, low-high, unit, reference" into a row of results; the
// last cell says how an abnormal value lies, after a star.
func (f *filler) measure(c []string) []string {
	low, high, decimals := bounds(c[1])
	value := low + f.rnd.Float64()*(high-low)
	shown, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'f', decimals, 64), 64)
	refLow, refHigh, refDecimals := bounds(c[3])
	flag := ""
	switch {
	case shown < refLow:
		flag = "*bas"
	case shown > refHigh:
		flag = "*élevé"
	}
	reference := fmt.Sprintf("%s à %s", french(refLow, refDecimals), french(refHigh, refDecimals))
	if refLow == 0 {
		reference = "jusqu’à " + french(refHigh, refDecimals)
	}
	return []string{c[0], french(value, decimals), c[2], reference, flag}
}
