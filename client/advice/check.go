package advice

import (
	"cmp"
	"slices"
	"strings"
)

// known is one substance (or class) of one treatment, as the table knows it.
type known struct {
	index   int
	written string
	head    int
	heads   []int // by which rules may speak of it: itself and its classes
	brand   bool  // it is what a brand is known to hold
}

// recognise finds the substances of one written treatment. What it does not
// know is told in unverified. A brand is both: what it is known to hold is compared,
// for a warning too many is better than one too few, and it stays unverified.
func (t *Thesaurus) recognise(index int, written string) (found []known, unverified []Unverified) {
	if key(written) == "" {
		return nil, []Unverified{{Index: index, Written: written, Reason: EmptyName}}
	}
	if found = t.whole(index, written); found != nil {
		return found, nil
	}
	split := parts(written)
	if len(split) < 2 {
		split = []string{written}
	}
	for _, p := range split {
		if one := t.whole(index, p); one != nil {
			found = append(found, one...)
			continue
		}
		u := t.unknown(index, p)
		if u.Reason == BrandName {
			held := t.held(index, u)
			u.Compared = len(held) > 0
			found = append(found, held...)
		}
		unverified = append(unverified, u)
	}
	return found, unverified
}

// held gives what a brand is known to hold, as far as this edition knows it.
func (t *Thesaurus) held(index int, brand Unverified) []known {
	var all []known
	for _, p := range strings.Split(brand.Hint, "+") {
		for _, k := range t.whole(index, p) {
			k.written, k.brand = brand.Written, true
			all = append(all, k)
		}
	}
	return all
}

// whole finds a name that is not a combination. A class that is written with a
// plus or a slash (pipéracilline/tazobactam) is split like any combination.
func (t *Thesaurus) whole(index int, written string) []known {
	keys := writtenKeys(written)
	for _, k := range keys {
		if i, ok := t.byKey[k]; ok && !(t.class[i] && strings.ContainsAny(written, "+/")) {
			return []known{t.knownAs(index, written, i)}
		}
		if all, ok := t.usual[k]; ok {
			out := make([]known, 0, len(all))
			for _, i := range all {
				out = append(out, t.knownAs(index, written, i))
			}
			return out
		}
	}
	for _, k := range keys {
		if i, ok := t.loose[k]; ok && i >= 0 && !(t.class[i] && strings.ContainsAny(written, "+/")) {
			return []known{t.knownAs(index, written, i)}
		}
	}
	return nil
}

// knownAs gives the headings that speak of a substance: itself and its classes;
// of a class: itself and the classes that hold all of its substances.
func (t *Thesaurus) knownAs(index int, written string, i int) known {
	k := known{index: index, written: written, head: i, heads: append([]int{i}, t.member[i]...)}
	if !t.class[i] {
		k.heads = append(k.heads, t.ofBase(i)...)
		return k
	}
	if len(t.holds[i]) == 0 {
		return k
	}
	for _, c := range t.member[t.holds[i][0]] {
		all := c != i
		for _, s := range t.holds[i] {
			all = all && slices.Contains(t.member[s], c)
		}
		if all {
			k.heads = append(k.heads, c)
		}
	}
	return k
}

// ofBase gives the headings of a salt's substance, where the table has both:
// what holds for potassium holds for its citrate.
func (t *Thesaurus) ofBase(i int) []int {
	var all []int
	for _, k := range looseKeys(t.heads[i]) {
		if base, ok := t.byKey[k]; ok && base != i && !t.class[base] {
			for _, h := range append([]int{base}, t.member[base]...) {
				if !slices.Contains(t.member[i], h) && !slices.Contains(all, h) {
					all = append(all, h)
				}
			}
		}
	}
	return all
}

func (t *Thesaurus) unknown(index int, written string) Unverified {
	u := Unverified{Index: index, Written: strings.TrimSpace(written), Reason: UnknownName}
	for _, k := range writtenKeys(written) {
		if hint, ok := t.brands[k]; ok {
			u.Reason, u.Hint = BrandName, hint
			break
		}
	}
	return u
}

// recogniseAll finds the substances of all treatments.
func (t *Thesaurus) recogniseAll(treatments []string) (all []known, unverified []Unverified) {
	for i, written := range treatments {
		k, u := t.recognise(i, written)
		all, unverified = append(all, k...), append(unverified, u...)
	}
	return all, unverified
}

// Check tells the interactions among treatments, each written as its substance or
// substances (DCI): one warning for each pair of substances, with every rule that
// speaks of it. A substance that is given twice counts once; the two substances of
// one treatment are compared like any others. What the table does not know is in
// Unverified, and so is a substance of whose classes this edition holds no rule.
func (t *Thesaurus) Check(treatments []string) Report {
	all, unverified := t.recogniseAll(treatments)
	r := Report{Unverified: unverified}
	var once []known
	for _, k := range all {
		if !slices.ContainsFunc(once, func(o known) bool { return o.head == k.head }) {
			once = append(once, k)
		}
	}
	for i, a := range once {
		if u, gap := t.gap(a); gap && !a.brand {
			r.Unverified = append(r.Unverified, u)
		}
		for _, b := range once[i+1:] {
			if w, ok := t.between(a, b); ok {
				r.Warnings = append(r.Warnings, w)
			}
		}
	}
	sortWarnings(r.Warnings)
	return r
}

// between gathers the rules that speak of two substances.
func (t *Thesaurus) between(a, b known) (Warning, bool) {
	w := Warning{Kind: Interaction}
	for _, x := range a.heads {
		for _, y := range b.heads {
			found, ok := t.rules[ordered(x, y)]
			if !ok {
				continue
			}
			rule := Rule{A: t.heads[x], B: t.heads[y], Levels: found.levels, Table: found.table}
			if !slices.ContainsFunc(w.Rules, func(r Rule) bool { return r.A == rule.B && r.B == rule.A }) {
				w.Rules = append(w.Rules, rule)
				w.Levels = append(w.Levels, found.levels...)
			}
		}
	}
	if len(w.Rules) == 0 {
		return Warning{}, false
	}
	w.Levels = sortLevels(w.Levels)
	slices.SortStableFunc(w.Rules, func(p, q Rule) int { return cmp.Compare(q.Levels[0], p.Levels[0]) })
	w.A, w.B = t.side(a, w.Rules[0].A), t.side(b, w.Rules[0].B)
	w.Cite = t.citation(w.Rules[0].Table)
	return w, true
}

// side tells a substance and by which class the worst rule speaks of it.
func (t *Thesaurus) side(k known, heading string) Side {
	s := Side{Index: k.index, Written: k.written, Name: t.heads[k.head], Brand: k.brand}
	if heading != s.Name {
		s.Group = heading
	}
	return s
}

func (t *Thesaurus) citation(table string) Citation {
	c := Citation{Source: "ANSM, Thésaurus des interactions médicamenteuses", Edition: t.Edition}
	switch table {
	case TableComplement:
		c.Note = "complément"
	case TableLoaded:
		c.Note = "chargé par l’administrateur"
	}
	return c
}

// gap tells that a substance, or some of its classes, has no rule at all in this
// edition: silence about it means nothing.
func (t *Thesaurus) gap(k known) (Unverified, bool) {
	u := Unverified{Index: k.index, Written: k.written, Reason: NoRules}
	ruled := false
	for _, h := range k.heads {
		ruled = ruled || t.ruled[h]
		if t.class[h] && !t.ruled[h] {
			u.Classes = append(u.Classes, t.heads[h])
		}
	}
	return u, !ruled || len(u.Classes) > 0
}

// ClassesOf gives the classes by which the thesaurus speaks of a written
// substance, by name; ok is false for a name that it does not know, and for a brand.
func (t *Thesaurus) ClassesOf(written string) (classes []string, ok bool) {
	all, _ := t.recognise(0, written)
	all = slices.DeleteFunc(all, func(k known) bool { return k.brand })
	for _, k := range all {
		for _, h := range k.heads {
			if t.class[h] && !slices.Contains(classes, t.heads[h]) {
				classes = append(classes, t.heads[h])
			}
		}
	}
	slices.Sort(classes)
	return classes, len(all) > 0
}
