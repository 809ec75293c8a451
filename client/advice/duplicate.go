package advice

import (
	"slices"
	"sync"
)

// duplicateEdition is when the classes that count as a duplicate were chosen.
const duplicateEdition = "2026-11"

// duplicateClasses are the classes of the thesaurus whose members are seldom
// meant together: therapeutic classes, not those that the thesaurus makes of a
// common risk (bradycardisants, médicaments sédatifs). The choice is ours.
var duplicateClasses = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, r := range mustRead("duplicate_classes.csv", "class") {
		all[key(r.cells[0])] = true
	}
	return all
})

// Duplicates tells where two treatments hold the same substance, or two substances
// of one therapeutic class. Two in one class may well be meant (a slow and a fast
// insulin): it is told as something to look at. What is not known is in
// Unverified, as of Check.
func (t *Thesaurus) Duplicates(treatments []string) Report {
	all, unverified := t.recogniseAll(treatments)
	r := Report{Unverified: unverified}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.index == b.index {
				continue
			}
			if w, ok := t.twice(a, b); ok && !slices.ContainsFunc(r.Warnings, w.samePair) {
				r.Warnings = append(r.Warnings, w)
			}
		}
	}
	sortWarnings(r.Warnings)
	return r
}

// samePair tells whether two warnings speak of the same two treatments in the
// same way: one is enough.
func (w Warning) samePair(o Warning) bool {
	return w.Kind == o.Kind && w.A.Index == o.A.Index && w.B.Index == o.B.Index && w.A.Group == o.A.Group && (w.Kind == SameClass || w.A.Name == o.A.Name)
}

func (t *Thesaurus) twice(a, b known) (Warning, bool) {
	w := Warning{
		A: Side{Index: a.index, Written: a.written, Name: t.heads[a.head], Brand: a.brand}, B: Side{Index: b.index, Written: b.written, Name: t.heads[b.head], Brand: b.brand},
		Cite: Citation{Source: "Carnet, classes comptées comme doublon", Edition: duplicateEdition},
	}
	if bare := t.bare[a.head]; bare != "" && bare == t.bare[b.head] { // potassium and its citrate are one here
		w.Kind, w.Levels, w.B.Name = SameSubstance, []Level{NotAdvised}, w.A.Name
		return w, true
	}
	best := t.sharedClass(a, b)
	if best < 0 {
		return Warning{}, false
	}
	w.Kind, w.Levels = SameClass, []Level{Caution}
	w.A.Group, w.B.Group = t.heads[best], t.heads[best]
	return w, true
}

// sharedClass is the smallest class of those that count which holds both, -1 when
// there is none.
func (t *Thesaurus) sharedClass(a, b known) int {
	best := -1
	for _, c := range a.heads {
		if !t.class[c] || !slices.Contains(b.heads, c) || !duplicateClasses()[key(t.heads[c])] {
			continue
		}
		if best < 0 || len(t.holds[c]) < len(t.holds[best]) {
			best = c
		}
	}
	return best
}
