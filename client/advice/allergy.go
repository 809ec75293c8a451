package advice

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"carnet/client/fhir"
)

// FamilyEdition is the edition of the table of families of allergens
// (data/families.csv). The choice of families is ours; its lines cite their source.
const FamilyEdition = "2026-11"

// Allergy is an allergy or intolerance as it is written: its names, the coded
// ones first, and what people call it.
type Allergy struct {
	Names []string
	Label string // shown; empty: the name that the rule speaks of
}

// AllergyOf gives the names of an AllergyIntolerance: substances, code, text.
func AllergyOf(i fhir.Item) Allergy {
	a := Allergy{Label: cmp.Or(i.Text, i.Code.Display)}
	for _, s := range i.Substances {
		a.Names = append(a.Names, s.Display)
	}
	for _, s := range []string{i.Code.Display, i.Text} {
		if key(s) != "" && !slices.Contains(a.Names, s) {
			a.Names = append(a.Names, s)
		}
	}
	return a
}

// family is a group of substances to which people are allergic together.
type family struct {
	id       string
	fr, en   string
	names    map[string]bool // keys by which people name it
	members  map[string]bool // keys of substances
	classes  []string        // classes of the thesaurus whose substances belong to it
	of       []string        // families that it holds whole
	crosses  []cross
	citation string
}

// cross is a family that may cross-react.
type cross struct{ family, source string }

// families reads the table once.
var families = sync.OnceValue(func() map[string]*family {
	all := map[string]*family{}
	for _, r := range mustRead("families.csv", "family", "kind", "value", "source") {
		f := all[r.cells[0]]
		if f == nil {
			f = &family{id: r.cells[0], names: map[string]bool{}, members: map[string]bool{}}
			all[f.id] = f
		}
		f.add(r.cells[1], r.cells[2], r.cells[3])
	}
	return all
})

func (f *family) add(kind, value, source string) {
	switch kind {
	case "label":
		f.fr, f.en, _ = strings.Cut(value, "|")
	case "name":
		f.names[key(value)] = true
	case "member":
		f.members[key(value)] = true
	case "class":
		f.classes, f.citation = append(f.classes, key(value)), source
	case "of":
		f.of = append(f.of, value)
	case "cross":
		f.crosses = append(f.crosses, cross{value, source})
	default:
		panic("advice: embedded families.csv: kind " + kind)
	}
}

// thing is one substance of an allergy or a treatment: the keys by which it is
// written, and the families it belongs to or names.
type thing struct {
	index   int
	written string
	names   map[string]bool // keys of the substance itself
	display string
	in      []*family // it is a member
	is      []*family // it is their name
	strange bool      // only its spelling is known
	brand   bool      // it is what a brand is known to hold
}

// things makes of a written name its substances, and tells which part of it
// neither the thesaurus nor the families know: that part is compared by its
// spelling alone.
func (t *Thesaurus) things(index int, written string) (all []thing, strange []Unverified) {
	found, unverified := t.recognise(index, written)
	for _, k := range found {
		x := thing{index: index, written: k.written, display: t.heads[k.head], names: map[string]bool{}, brand: k.brand}
		for _, n := range append(exactKeys(t.heads[k.head]), looseKeys(t.heads[k.head])...) {
			x.names[n] = true
		}
		for _, h := range k.heads {
			x.belong(x.names, key(t.heads[h]), t.class[h])
		}
		if t.class[k.head] { // a family named by its class
			x.is, x.in = familiesNamed(append(writtenKeys(written), key(x.display))), nil
		}
		all = append(all, x)
	}
	for _, u := range unverified {
		if u.Compared {
			strange = append(strange, u) // its substances stand above
			continue
		}
		x := thing{index: index, written: written, display: u.Written, names: map[string]bool{}}
		for _, n := range writtenKeys(u.Written) {
			x.names[n] = true
		}
		x.belong(x.names, "", false)
		x.is = familiesNamed(writtenKeys(u.Written))
		if x.strange = len(x.is)+len(x.in) == 0; x.strange {
			strange = append(strange, u)
		}
		all = append(all, x)
	}
	return all, strange
}

// belong adds the families that list one of the names, or the class.
func (x *thing) belong(names map[string]bool, class string, isClass bool) {
	for _, f := range families() {
		member := isClass && slices.Contains(f.classes, class)
		for n := range names {
			member = member || f.members[n]
		}
		if member && !slices.Contains(x.in, f) {
			x.in = append(x.in, f)
		}
	}
	slices.SortFunc(x.in, func(a, b *family) int { return strings.Compare(a.id, b.id) })
}

func familiesNamed(keys []string) []*family {
	var all []*family
	for _, f := range families() {
		if slices.ContainsFunc(keys, func(k string) bool { return f.names[k] || slices.Contains(f.classes, k) }) {
			all = append(all, f)
			for _, id := range f.of {
				all = append(all, families()[id])
			}
		}
	}
	slices.SortFunc(all, func(a, b *family) int { return strings.Compare(a.id, b.id) })
	return all
}

// preambles are how a sentence about an allergy begins.
var preambles = []string{"allergie", "allergique", "intolerance", "hypersensibilite", "reaction"}

// noAllergy is how somebody writes that there is none.
var noAllergy = []string{"aucune allergie connue", "aucune allergie", "pas d allergie connue", "pas d allergie", "absence d allergie connue", "no known allergy", "no known allergies"}

// allergenOf takes "Allergie à la" in front of a name, and what is in parentheses
// behind it, away.
func allergenOf(written string) string {
	before, _, _ := strings.Cut(written, "(")
	words := strings.Fields(key(before))
	if len(words) == 0 || !slices.Contains(preambles, words[0]) {
		return written
	}
	words = words[1:]
	for len(words) > 1 && slices.Contains([]string{"connue", "suspectee", "averee", "medicamenteuse", "a", "au", "aux", "la", "le", "les", "l", "de", "du", "des", "d", "severe", "grave"}, words[0]) {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// Allergies tells which treatments are, or belong to, what the patient is allergic
// to, and where a cross-reaction is possible. Of an allergy in words of which the
// table knows nothing, and of a treatment that nobody knows, it says so.
func (t *Thesaurus) Allergies(allergies []Allergy, treatments []string) Report {
	var r Report
	var taken []thing
	for i, written := range treatments {
		all, strange := t.things(i, written)
		taken = append(taken, all...)
		if len(allergies) > 0 {
			r.Unverified = append(r.Unverified, strange...)
		}
	}
	for i, a := range allergies {
		all, unverified := t.allergens(i, a)
		r.Unverified = append(r.Unverified, unverified...)
		for _, x := range all {
			for _, y := range taken {
				w, ok := against(x, y)
				w.A.Label = a.Label
				if ok && !slices.ContainsFunc(r.Warnings, w.sameAllergy) {
					r.Warnings = append(r.Warnings, w)
				}
			}
		}
	}
	r.Warnings = strongest(r.Warnings)
	sortWarnings(r.Warnings)
	return r
}

func (w Warning) sameAllergy(o Warning) bool {
	return w.Kind == o.Kind && w.A.Index == o.A.Index && w.B.Index == o.B.Index && w.B.Name == o.B.Name
}

// strongest leaves a possible cross-reaction out where the same allergy speaks of
// the same substance for certain.
func strongest(all []Warning) []Warning {
	return slices.DeleteFunc(all, func(w Warning) bool {
		return w.Kind == CrossReaction && slices.ContainsFunc(all, func(o Warning) bool {
			return o.Kind == Allergic && o.A.Index == w.A.Index && o.B.Index == w.B.Index && o.B.Name == w.B.Name
		})
	})
}

// allergens gives what an allergy is about. It counts as verified when one of its
// names is known.
func (t *Thesaurus) allergens(index int, a Allergy) ([]thing, []Unverified) {
	var all []thing
	first := ""
	for _, written := range a.Names {
		if slices.Contains(noAllergy, key(written)) {
			return nil, nil
		}
		found, _ := t.things(index, allergenOf(written))
		for i := range found {
			found[i].written = written
		}
		all = append(all, found...)
		if first == "" {
			first = written
		}
	}
	if slices.ContainsFunc(all, func(x thing) bool { return !x.strange && !x.brand }) {
		return all, nil
	}
	reason := FreeText
	if first == "" {
		reason = EmptyName
	} else if _, u := t.recognise(index, allergenOf(first)); len(u) == 1 && u[0].Reason == BrandName {
		u[0].Of, u[0].Written = OfAllergy, first
		return all, u
	}
	return all, []Unverified{{Of: OfAllergy, Index: index, Written: first, Reason: reason}}
}

// against compares an allergen with a substance that is taken.
func against(x, y thing) (Warning, bool) {
	w := Warning{
		A: Side{Index: x.index, Written: x.written, Name: x.display, Brand: x.brand}, B: Side{Index: y.index, Written: y.written, Name: y.display, Brand: y.brand},
		Cite: Citation{Source: "Carnet, familles d’allergènes", Edition: FamilyEdition},
	}
	theirs := slices.Concat(y.in, y.is)
	for n := range x.names {
		if y.names[n] {
			return w.as(Allergic, Contraindicate, nil, ""), true
		}
	}
	for _, f := range x.is {
		if slices.Contains(theirs, f) {
			return w.as(Allergic, Contraindicate, f, f.citation), true
		}
	}
	for _, f := range x.in {
		if slices.Contains(theirs, f) {
			return w.as(CrossReaction, NotAdvised, f, f.citation), true
		}
	}
	for _, f := range slices.Concat(x.is, x.in) {
		for _, c := range f.crosses {
			if slices.Contains(theirs, families()[c.family]) {
				return w.as(CrossReaction, Caution, families()[c.family], c.source), true
			}
		}
	}
	return Warning{}, false
}

func (w Warning) as(kind Kind, level Level, f *family, note string) Warning {
	w.Kind, w.Levels, w.Cite.Note = kind, []Level{level}, note
	if f != nil {
		w.B.Group = f.fr
	}
	return w
}
