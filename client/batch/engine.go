package batch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

var _ Batch = (*Engine)(nil)

// Engine is a Batch. It is safe for concurrent use. Two engines of one Name
// must not work at the same time.
type Engine struct {
	c      Config
	bulk   client.BulkOutbox // nil when the outbox takes one at a time
	prefix string            // of the names in the notebook
	unfollow,
	stopFlush func()

	act sync.Mutex // held by whoever changes rows on somebody's behalf, over input and output

	mu      sync.Mutex // guards what follows and every entry; never held during input or output
	order   []*entry   // by Seq
	byID    map[string]*entry
	byPath  map[string]*entry // the latest of a path
	byItem  map[string]*entry // by the outbox's item
	claims  map[string]*entry // by derived item: whose row has these bytes for this person
	seq     int
	paused  bool
	closed  bool
	counts  counts
	queue   []*entry // to be read
	parked  []*entry // wait for the server, to be looked up
	gate    gate
	lookups map[string]*found
	bearers map[string]bearer // by name and birth date
	panel   map[string]bool   // whether several of the sender's patients bear it
	noPanel bool              // the sender has no patients of their own
	texts   int               // bytes of entry.text
	notices []Notice
	wake    chan struct{}

	dirty     map[*entry]bool
	forgotten []string // names in the notebook that are no more
	filings   []filing // to be remembered
	flushing  sync.Mutex
	misses    int // times in a row that the notebook could not keep

	followers followers
}

// New gives an Engine and reads what its name was left with. The outbox is
// followed from now on; Close ends that. Errors: Required for a Config without
// what it needs, those of the Notebook and the Outbox.
func New(c Config) (*Engine, error) {
	if c.Finder == nil || c.Outbox == nil || c.Notes == nil || c.Checker == nil || c.Sender == "" || c.Responsible.ID == "" {
		return nil, fhir.E(fhir.Required, "Il manque un réglage du lot\u00a0: l’organisme qui dépose, le professionnel responsable. Complétez la configuration.")
	}
	if c.Name == "" {
		c.Name = "batch"
	}
	if strings.Contains(c.Name, "/") {
		return nil, fhir.E(fhir.BadValue, "Le nom d’un lot ne contient pas «\u00a0/\u00a0». Choisissez-en un autre.")
	}
	if c.Workers <= 0 {
		c.Workers = 2
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if f, ok := terminology.FacilityByCode(c.Facility.Code); ok {
		c.Facility = fhir.Coding{System: f.System, Code: f.Code, Display: f.Label}
	}
	if p, ok := terminology.PracticeByCode(c.Practice.Code); ok {
		c.Practice = fhir.Coding{System: p.System, Code: p.Code, Display: p.Label}
	}
	e := &Engine{
		c: c, prefix: "batch/" + c.Name + "/", byID: map[string]*entry{}, byPath: map[string]*entry{}, byItem: map[string]*entry{},
		claims: map[string]*entry{}, lookups: map[string]*found{}, bearers: map[string]bearer{}, panel: map[string]bool{}, wake: make(chan struct{}, 1), dirty: map[*entry]bool{},
	}
	e.counts.by = map[State]int{}
	e.bulk, _ = c.Outbox.(client.BulkOutbox)
	ctx := context.Background()
	if err := e.load(ctx); err != nil {
		return nil, err
	}
	if err := e.forgetFiled(ctx); err != nil {
		return nil, err
	}
	e.unfollow = c.Outbox.Follow(e.follow)
	items, err := c.Outbox.List(ctx)
	if err != nil {
		e.unfollow()
		return nil, err
	}
	e.reconcile(items)
	return e, nil
}

// Close keeps what is not kept yet and lets go of the outbox; Run must have
// returned.
func (e *Engine) Close() error {
	e.unfollow()
	e.mu.Lock()
	was := e.closed
	e.closed = true
	e.mu.Unlock()
	if was {
		return nil
	}
	e.followers.close()
	return e.flush(context.Background())
}

// newID gives a row's id: random, so that it tells nothing.
func newID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

// insert adds an entry. The caller holds mu.
func (e *Engine) insert(x *entry) {
	if x.row.ID == "" {
		e.seq++
		x.row.ID, x.Seq, x.Added = newID(), e.seq, e.c.Now()
	}
	e.order = append(e.order, x)
	e.byID[x.row.ID], e.byPath[string(x.Path)] = x, x
	e.counts.add(&x.row, 1)
	if x.row.State == Found {
		e.queue = append(e.queue, x)
		e.hurry()
	}
	e.followers.all()
}

// update changes an entry, and what follows from it. The caller holds mu.
func (e *Engine) update(x *entry, change func(r *Row)) {
	was := x.row.State
	e.counts.add(&x.row, -1)
	change(&x.row)
	if x.row.State != Fix {
		x.row.Problems = nil
	}
	e.counts.add(&x.row, 1)
	if was != x.row.State {
		e.moved(x, was)
	}
	e.dirty[x] = true
	e.followers.one(x.row.ID)
	e.keepSoon()
}

// moved does what a change of state brings along for others.
func (e *Engine) moved(x *entry, was State) {
	now := e.c.Now()
	switch s := x.row.State; {
	case s == Found:
		if !x.busy {
			e.queue = append(e.queue, x)
		}
		e.hurry()
	case was == Reading:
		e.counts.read.tick(now)
	case s == Sent || s == Already:
		e.counts.sent.tick(now)
	}
	if f, ok := e.filingOf(x); ok {
		e.filings = append(e.filings, f)
	}
	if !x.row.State.Final() {
		return
	}
	if x.row.Done.IsZero() {
		x.row.Done = now
	}
	e.dropText(x)
	e.settleTwins(x)
}

// settleTwins tells the rows that wait for one with the same bytes for the same
// person: it arrived, and they count as there; or it never will, and the next
// takes its place.
func (e *Engine) settleTwins(x *entry) {
	arrived := x.row.State == Sent || x.row.State == Already
	if !arrived {
		e.unclaim(x)
	}
	if x.twinned {
		e.twinsOf(x)
	}
}

// twinsOf judges again the rows that wait for one with the same bytes for the
// same person. The caller holds mu.
func (e *Engine) twinsOf(x *entry) {
	for _, y := range e.order {
		if y.row.Twin == x.row.ID && y.row.State == Fix {
			e.judgeAgain(y)
		}
	}
}

// hurry lets Run look again.
func (e *Engine) hurry() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Rows gives the rows that match.
func (e *Engine) Rows(q Query) (rows []Row, total int) {
	words := searchWords(q.Text)
	var want map[State]bool
	if len(q.States) > 0 {
		want = map[State]bool{}
		for _, s := range q.States {
			want[s] = true
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.order {
		if want == nil && x.row.State == Removed || want != nil && !want[x.row.State] || !containsAll(x.search, words) {
			continue
		}
		if total >= q.Offset && (q.Limit <= 0 || len(rows) < q.Limit) {
			rows = append(rows, x.copy())
		}
		total++
	}
	return rows, total
}

func containsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// Row gives one row.
func (e *Engine) Row(id string) (Row, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.byID[id]
	if x == nil {
		return Row{}, false
	}
	return x.copy(), true
}

// Counts gives the batch at a glance.
func (e *Engine) Counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.counts.give(e.c.Now())
	c.Paused, c.Notices = e.paused, len(e.notices)
	return c
}

// Notices gives what is to be told beside the rows.
func (e *Engine) Notices() []Notice {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.notices)
}

const maxNotices = 1000

// notice remembers something to be told, once. The caller holds mu.
func (e *Engine) notice(n Notice) {
	n.Path, n.Name = shown(n.Path), shown(n.Name)
	if len(e.notices) < maxNotices && !slices.Contains(e.notices, n) {
		e.notices = append(e.notices, n)
		e.followers.all()
	}
}

// Follow tells f what moved.
func (e *Engine) Follow(f func(Event)) (stop func()) { return e.followers.add(f) }

// the finds an entry. The caller holds mu.
func (e *Engine) the(id string) (*entry, error) {
	if x := e.byID[id]; x != nil {
		return x, nil
	}
	return nil, fhir.E(fhir.NotFound, "Ce fichier n’est plus dans le lot. Actualisez la liste.")
}

// conflict is the error of what a row's state does not allow.
func conflict() error {
	return fhir.E(fhir.StateConflict, "L’état de ce fichier ne le permet pas. Actualisez la liste.")
}

// canceled gives the error of a context that ended, nil otherwise.
func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fhir.Wrap(fhir.Canceled, err)
	}
	return nil
}
