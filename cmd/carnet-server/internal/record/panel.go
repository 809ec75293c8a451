package record

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// cachedPanels bounds the panels in memory: 10,000 patients take about 6 MB.
const cachedPanels = 200

// panels holds the lists of patients of those who search, each as of a
// version that the store confirms at every search.
type panels struct {
	st  store.Store
	all *lru.Cache[panelKey, *panel]

	mu      sync.Mutex // one load at a time for each, guards loading
	loading map[panelKey]*sync.Mutex
}

type panelKey struct{ actor, org string }

func newPanels(st store.Store) *panels {
	all, err := lru.New[panelKey, *panel](cachedPanels)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &panels{st: st, all: all, loading: map[panelKey]*sync.Mutex{}}
}

func (k panelKey) actors() []string {
	if k.org == "" {
		return []string{k.actor}
	}
	return []string{k.actor, k.org}
}

// get gives the panel of a principal as it is now.
func (ps *panels) get(ctx context.Context, p Principal) (*panel, error) {
	key := panelKey{p.ID, p.OrgID}
	version, err := ps.st.PanelVersion(ctx, key.actors())
	if err != nil {
		return nil, err
	}
	if found, ok := ps.all.Get(key); ok && found.version == version {
		return found, nil
	}
	one := ps.lock(key)
	defer one.Unlock()
	if version, err = ps.st.PanelVersion(ctx, key.actors()); err != nil {
		return nil, err
	}
	if found, ok := ps.all.Get(key); ok && found.version == version {
		return found, nil
	}
	loaded, err := ps.st.Panel(ctx, key.actors())
	if err != nil {
		return nil, err
	}
	made := newPanel(loaded, p)
	ps.all.Add(key, made)
	return made, nil
}

// last gives the panel of a principal as it was last seen, for who makes sure
// afterwards with get.
func (ps *panels) last(ctx context.Context, p Principal) (*panel, error) {
	if found, ok := ps.all.Get(panelKey{p.ID, p.OrgID}); ok {
		return found, nil
	}
	return ps.get(ctx, p)
}

// lock takes the lock of one key.
func (ps *panels) lock(key panelKey) *sync.Mutex {
	ps.mu.Lock()
	one, ok := ps.loading[key]
	if !ok {
		one = &sync.Mutex{}
		ps.loading[key] = one
	}
	ps.mu.Unlock()
	one.Lock()
	return one
}

// visited applies a visit to the panel in memory, so that it need not be read
// again. It does so only to the version just before that visit.
func (ps *panels) visited(p Principal, record int64, at time.Time, version int64) {
	key := panelKey{p.ID, p.OrgID}
	one := ps.lock(key)
	defer one.Unlock()
	if found, ok := ps.all.Get(key); ok && found.version[0] == version-1 {
		ps.all.Add(key, found.visited(record, at))
	}
}

// panel is the patients of one principal, ready to be searched. It is not
// changed once it is made.
type panel struct {
	version store.PanelVersion
	people  []panelPerson   // by name
	words   []panelWord     // sorted
	byN     map[int64]int32 // place in people, by the store's number
	visits  []int64         // beside people: last visit in Unix milliseconds, 0 for never
	spans   []span          // beside people: small, so that all are soon looked at
	steady  bool            // nobody comes or goes with time
	order   []int32         // places, last visit first, then by name
	rank    []int32         // the other way round
}

type panelPerson struct {
	store.Person
	words     []string
	relations []relation // of the strongest kind first
}

// span is when a person's relations let the principal in, in Unix
// milliseconds, from ≤ now < to. Several relations make no span: then best
// tells.
type span struct{ from, to int64 }

var (
	several = span{from: math.MaxInt64}
	always  = span{from: math.MinInt64, to: math.MaxInt64}
)

// unixMilli gives a time in milliseconds, 0 for the zero time.
func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// visit gives a person's last visit, zero for never.
func (p *panel) visit(place int32) time.Time {
	if p.visits[place] == 0 {
		return time.Time{}
	}
	return time.UnixMilli(p.visits[place]).UTC()
}

func spanOf(relations []relation) span {
	if len(relations) != 1 {
		return several
	}
	r := relations[0]
	out := always
	if !r.starts.IsZero() {
		out.from = r.starts.UnixMilli()
	}
	if !r.ends.IsZero() {
		out.to = r.ends.UnixMilli()
	}
	return out
}

// in tells whether a person is the principal's patient at a time.
func (p *panel) in(place int32, now time.Time) bool {
	if s := p.spans[place]; s != several {
		ms := now.UnixMilli()
		return s.from <= ms && ms < s.to
	}
	_, in := p.people[place].best(now)
	return in
}

// relation lets the principal in during a time.
type relation struct {
	basis        string
	starts, ends time.Time
}

type panelWord struct {
	word  string
	place int32
}

var basisOf = map[store.ProvisionKind]string{
	store.KindMT: fhir.BasisMT, store.KindTeam: fhir.BasisCareTeam, store.KindAuthorisation: fhir.BasisAuthorised,
}

// newPanel arranges what the store read. Whoever is blocked keeps only the
// patients whose médecin traitant they are; a record that was never made is
// nobody's.
func newPanel(rows store.Panel, p Principal) *panel {
	made := &panel{version: rows.Version, byN: map[int64]int32{}}
	slices.SortStableFunc(rows.Rows, func(a, b store.PanelRow) int {
		return cmp.Or(strings.Compare(a.SortName, b.SortName), strings.Compare(a.BirthDate, b.BirthDate), cmp.Compare(a.N, b.N),
			cmp.Compare(b.Kind, a.Kind))
	})
	for _, row := range rows.Rows {
		mt := row.Kind == store.KindMT
		if mt && p.Profession != doctor || row.Blocked && !mt || row.State != consent.StateOpen && row.State != consent.StateClosed {
			continue
		}
		place, known := made.byN[row.N]
		if !known {
			place = int32(len(made.people))
			made.byN[row.N] = place
			made.people = append(made.people, panelPerson{Person: row.Person, words: nameWords(row.Patient)})
			made.visits = append(made.visits, unixMilli(row.Visit))
			for _, w := range made.people[place].words {
				made.words = append(made.words, panelWord{w, place})
			}
		}
		who := &made.people[place]
		who.relations = append(who.relations, relation{basisOf[row.Kind], row.Starts, row.Ends})
	}
	slices.SortFunc(made.words, func(a, b panelWord) int {
		return cmp.Or(strings.Compare(a.word, b.word), cmp.Compare(a.place, b.place))
	})
	made.spans = make([]span, len(made.people))
	made.steady = true
	for i := range made.people {
		made.spans[i] = spanOf(made.people[i].relations)
		made.steady = made.steady && made.spans[i] == always
	}
	made.order = make([]int32, len(made.people))
	for i := range made.order {
		made.order[i] = int32(i)
	}
	slices.SortStableFunc(made.order, func(a, b int32) int { return cmp.Compare(made.visits[b], made.visits[a]) })
	made.setRanks()
	return made
}

// doctor is the profession of médecins traitants (TRE_G15).
const doctor = "10"

func (p *panel) setRanks() {
	p.rank = make([]int32, len(p.order))
	for i, place := range p.order {
		p.rank[place] = int32(i)
	}
}

// visited gives the panel after a visit.
func (p *panel) visited(record int64, at time.Time) *panel {
	next := *p
	next.version[0]++
	place, ok := p.byN[record]
	if !ok {
		return &next
	}
	next.visits = slices.Clone(p.visits)
	next.visits[place] = unixMilli(at)
	rest := slices.Delete(slices.Clone(p.order), int(p.rank[place]), int(p.rank[place])+1)
	to, _ := slices.BinarySearchFunc(rest, place, func(a, b int32) int {
		return cmp.Or(cmp.Compare(next.visits[b], next.visits[a]), cmp.Compare(a, b))
	})
	next.order = slices.Insert(rest, to, place)
	next.setRanks()
	return &next
}

// best gives the relation that counts now, as line 5 of the decision chooses it:
// the médecin traitant's, else the one that lasts longest, a membership before
// an authorisation. ok is false when none is in force.
func (w *panelPerson) best(now time.Time) (best relation, ok bool) {
	for _, r := range w.relations { // of the strongest kind first
		if now.Before(r.starts) || !r.ends.IsZero() && !now.Before(r.ends) {
			continue
		}
		if !ok || best.basis != fhir.BasisMT && !best.ends.IsZero() && (r.ends.IsZero() || best.ends.Before(r.ends)) {
			best, ok = r, true
		}
	}
	return best, ok
}

// criteria are what a search of one's patients asks.
type criteria struct {
	words  []string // folded; each starts a word of a name
	births []string // each is part of the birth date, as YYYY-MM-DD or DDMMYYYY
	digits string   // start of the INS
	id     string
}

// find gives the places that match, in the order of the list. The caller must
// not change the result.
func (p *panel) find(c criteria, now time.Time) []int32 {
	longest, others := c.longest()
	if longest == "" {
		return p.scan(c, now)
	}
	from, _ := slices.BinarySearchFunc(p.words, longest, func(w panelWord, s string) int { return strings.Compare(w.word, s) })
	seen := make([]uint64, len(p.people)/64+1) // one bit a place
	var ranks []int32
	for _, w := range p.words[from:] {
		if !strings.HasPrefix(w.word, longest) {
			break
		}
		if bit := uint64(1) << (w.place % 64); seen[w.place/64]&bit == 0 {
			seen[w.place/64] |= bit
			if p.in(w.place, now) && (others.any() == 0 || p.people[w.place].matches(others)) {
				ranks = append(ranks, p.rank[w.place])
			}
		}
	}
	slices.Sort(ranks)
	for i, rank := range ranks {
		ranks[i] = p.order[rank]
	}
	return ranks
}

// scan looks at every place, unless nothing is asked and all are in. The
// caller must not change the result.
func (p *panel) scan(c criteria, now time.Time) []int32 {
	if p.steady && c.any() == 0 {
		return p.order
	}
	out := make([]int32, 0, len(p.order))
	for _, place := range p.order {
		if p.in(place, now) && (c.any() == 0 || p.people[place].matches(c)) {
			out = append(out, place)
		}
	}
	return out
}

// any tells how much is asked; 0 is nothing.
func (c criteria) any() int { return len(c.words) + len(c.births) + len(c.digits) + len(c.id) }

// longest gives the longest word, which narrows most, and what is asked
// besides.
func (c criteria) longest() (string, criteria) {
	if len(c.words) == 0 {
		return "", c
	}
	word := slices.MaxFunc(c.words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	at := slices.Index(c.words, word)
	c.words = slices.Concat(c.words[:at], c.words[at+1:])
	return word, c
}

// matches tells whether a person is one of those asked for.
func (w *panelPerson) matches(c criteria) bool {
	if c.id != "" && w.ID != c.id {
		return false
	}
	for _, asked := range c.words {
		if !slices.ContainsFunc(w.words, func(word string) bool { return strings.HasPrefix(word, asked) }) {
			return false
		}
	}
	for _, b := range c.births {
		if !bornIn(w.BirthDate, b) {
			return false
		}
	}
	return c.digits == "" || strings.HasPrefix(w.INS.Value, c.digits) || bornAsTyped(w.BirthDate, c.digits)
}

// bornIn compares a birth date (YYYY-MM-DD) with what was asked: a start of
// it.
func bornIn(birth, asked string) bool { return strings.HasPrefix(birth, asked) }

// bornAsTyped compares a birth date with digits as one types them: 1962,
// 120362, 12031962, or the start of one.
func bornAsTyped(birth, digits string) bool {
	if len(birth) != 10 {
		return strings.HasPrefix(birth, digits)
	}
	y, m, d := birth[:4], birth[5:7], birth[8:]
	return strings.HasPrefix(y, digits) || len(digits) >= 4 && strings.HasPrefix(d+m+y, digits) || d+m+y[2:] == digits
}
