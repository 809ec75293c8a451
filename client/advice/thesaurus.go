package advice

import (
	"cmp"
	"embed"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"carnet/client/fhir"
)

//go:embed data/*.csv
var data embed.FS

// Tables by which a rule is cited.
const (
	TableThesaurus  = "ansm"            // pairs as the product received them
	TableComplement = "ansm-complement" // pairs of the same edition that were added here (data/SOURCES.md)
	TableLoaded     = "loaded"          // a file that an administrator loaded
)

// EmbeddedEdition is the edition of the thesaurus that the program carries.
const EmbeddedEdition = "2019-09"

// Thesaurus is the national thesaurus of interactions of one edition: pairs of
// headings (substances or classes) and the substances of each class. It never
// changes once it is made; any number of goroutines may ask it.
type Thesaurus struct {
	// Edition is the month of the edition, YYYY-MM.
	Edition string

	heads  []string         // headings and substances, as the table writes them
	byKey  map[string]int   // exact key → heading
	loose  map[string]int   // key without salt → heading; -1 when two would answer
	class  []bool           // is a class, by heading
	member [][]int          // classes of a substance, by heading
	holds  [][]int          // substances of a class, by heading
	bare   []string         // key of a substance without its salt, by heading; empty for a class
	rules  map[pair]pairOf  // by the two headings, smaller first
	ruled  []bool           // some rule names this heading
	usual  map[string][]int // usual names (aspirine, cotrimoxazole, AINS) → headings
	brands map[string]string
}

type pair struct{ a, b int }

// pairOf is what a table says of a pair.
type pairOf struct {
	levels []Level
	table  string
}

// levelNames are the four levels as the tables write them.
var levelNames = map[string]Level{
	"contre indication": Contraindicate, "association deconseillee": NotAdvised,
	"precaution d emploi": Caution, "a prendre en compte": Consider,
}

// CurrentThesaurus gives the embedded edition. It is shared and never changes.
func CurrentThesaurus() *Thesaurus { return embedded() }

var embedded = sync.OnceValue(func() *Thesaurus {
	b := newBuilder(EmbeddedEdition)
	for _, f := range []struct{ pairs, classes, table string }{
		{"interactions_2019_09.csv", "classes_2019_09.csv", TableThesaurus},
		{"interactions_complement_2019_09.csv", "classes_complement_2019_09.csv", TableComplement},
	} {
		if err := b.read(openTable(f.pairs), openTable(f.classes), f.table); err != nil {
			panic("advice: embedded thesaurus: " + err.Error())
		}
	}
	return b.finish()
})

// openTable gives an embedded table; a missing one is a fault of the build.
func openTable(name string) io.Reader {
	f, err := data.Open("data/" + name)
	if err != nil {
		panic("advice: " + err.Error())
	}
	return f
}

// edition is how an edition is written: a month.
var edition = regexp.MustCompile(`^20\d\d-(0[1-9]|1[0-2])$`)

// Load reads a newer thesaurus that an administrator gives: its edition (YYYY-MM,
// shown with every warning), the pairs (a,b,level: as interactions_2019_09.csv)
// and the classes (class,substance). It is refused whole when one line is wrong.
// Errors: Malformed with Issues, one for each faulty line; TooLarge; Unavailable
// when a file cannot be read; BadValue for the edition.
func Load(month string, pairs, classes io.Reader) (*Thesaurus, error) {
	if !edition.MatchString(month) {
		return nil, fhir.E(fhir.BadValue, "L’édition s’écrit AAAA-MM, par exemple 2023-09. Corrigez-la, puis recommencez.")
	}
	b := newBuilder(month)
	if err := b.read(pairs, classes, TableLoaded); err != nil {
		return nil, err
	}
	return b.finish(), nil
}

// builder makes a thesaurus of its tables.
type builder struct{ *Thesaurus }

func newBuilder(month string) builder {
	return builder{&Thesaurus{
		Edition: month, byKey: map[string]int{}, loose: map[string]int{},
		rules: map[pair]pairOf{}, usual: map[string][]int{}, brands: map[string]string{},
	}}
}

// head gives the number of a heading, a new one when it is not known yet.
func (b builder) head(name string) int {
	k := key(name)
	if i, ok := b.byKey[k]; ok {
		return i
	}
	i := len(b.heads)
	b.heads = append(b.heads, name)
	b.class = append(b.class, false)
	b.member = append(b.member, nil)
	b.holds = append(b.holds, nil)
	b.byKey[k] = i
	return i
}

func (b builder) read(pairs, classes io.Reader, table string) error {
	members, err := readTable("classes", classes, "class", "substance")
	if err != nil {
		return err
	}
	lines, err := readTable("interactions", pairs, "a", "b", "level")
	if err != nil {
		return err
	}
	wrong := &faults{name: "classes"}
	for _, r := range members {
		if key(r.cells[0]) == "" || key(r.cells[1]) == "" {
			wrong.add(r.line, "la classe ou la substance manque.")
			continue
		}
		b.addMember(r.cells[0], r.cells[1])
	}
	if err := wrong.err(); err != nil {
		return err
	}
	wrong = &faults{name: "interactions"}
	if len(lines) == 0 {
		wrong.add(1, "aucune interaction.")
	}
	for _, r := range lines {
		b.addRule(wrong, r, table)
	}
	return wrong.err()
}

// noSubstance is what the thesaurus writes where a class has no substance of its
// own (alcohol, grapefruit).
const noSubstance = "anpu"

func (b builder) addMember(class, substance string) {
	c := b.head(class)
	b.class[c] = true
	if key(substance) == noSubstance {
		return
	}
	s := b.head(substance)
	if s != c && !slices.Contains(b.member[s], c) {
		b.member[s] = append(b.member[s], c)
		b.holds[c] = append(b.holds[c], s)
	}
}

func (b builder) addRule(wrong *faults, r row, table string) {
	if key(r.cells[0]) == "" || key(r.cells[1]) == "" {
		wrong.add(r.line, "une substance ou une classe manque.")
		return
	}
	var levels []Level
	for _, word := range strings.Split(r.cells[2], "|") {
		l, ok := levelNames[key(word)]
		if !ok {
			wrong.add(r.line, "ce niveau n’est pas l’un des quatre du thésaurus.")
			return
		}
		levels = append(levels, l)
	}
	levels = sortLevels(levels)
	p := ordered(b.head(r.cells[0]), b.head(r.cells[1]))
	if old, twice := b.rules[p]; twice && !slices.Equal(old.levels, levels) {
		wrong.add(r.line, "cette paire a déjà un autre niveau plus haut.")
		return
	}
	b.rules[p] = pairOf{levels, table}
}

func ordered(a, b int) pair { return pair{min(a, b), max(a, b)} }

// finish makes what is derived: keys without salts, which headings have rules,
// usual names and brands. A usual name of which this edition knows nothing is
// left out.
func (b builder) finish() *Thesaurus {
	t := b.Thesaurus
	t.ruled, t.bare = make([]bool, len(t.heads)), make([]string, len(t.heads))
	for p := range t.rules {
		t.ruled[p.a], t.ruled[p.b] = true, true
	}
	for i, name := range t.heads {
		for _, k := range exactKeys(name) {
			if _, taken := t.byKey[k]; !taken {
				t.byKey[k] = i
			}
		}
		if t.class[i] {
			if bare, _, ok := strings.Cut(name, "("); ok {
				t.addLoose(key(bare), i) // "alcool" for "alcool (boisson ou excipient)"
			}
			continue
		}
		loose := looseKeys(name)
		t.bare[i] = loose[0]
		for _, k := range loose {
			t.addLoose(k, i)
		}
	}
	for i := range t.heads {
		slices.SortFunc(t.member[i], func(a, b int) int { return cmp.Compare(t.heads[a], t.heads[b]) })
	}
	t.addUsualNames()
	return t
}

func (t *Thesaurus) addLoose(k string, i int) {
	if old, taken := t.loose[k]; taken && old != i {
		t.loose[k] = -1
		return
	}
	t.loose[k] = i
}

// addUsualNames reads the small tables of usual names and of brands.
func (t *Thesaurus) addUsualNames() {
	for _, r := range mustRead("usual_names.csv", "written", "substances") {
		var all []int
		for _, name := range strings.Split(r.cells[1], "+") {
			i, ok := t.byKey[key(name)]
			if !ok {
				all = nil
				break
			}
			all = append(all, i)
		}
		if all != nil {
			t.usual[key(r.cells[0])] = all
		}
	}
	for _, r := range mustRead("brands.csv", "brand", "substances") {
		t.brands[key(r.cells[0])] = r.cells[1]
	}
}

// mustRead reads an embedded table; a bad one is a fault of the build.
func mustRead(name string, heading ...string) []row {
	rows, err := readTable(name, openTable(name), heading...)
	if err != nil {
		panic("advice: embedded " + name + ": " + err.Error())
	}
	return rows
}
