package batch

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/widget"
)

// fake is an engine in memory: it reads nothing and sends nothing, a story moves it.
type fake struct {
	mu        sync.Mutex
	rows      []engine.Row
	at        map[string]int
	counts    map[engine.State]int
	paused    bool
	rate      float64
	left      time.Duration
	notices   []engine.Notice
	calls     []string
	fail      map[string]error // of the call of this name
	followers []func(engine.Event)
	running   int
	closed    int
	asked     int // rows copied by Rows
}

func newFake(rows ...engine.Row) *fake {
	f := &fake{at: map[string]int{}, counts: map[engine.State]int{}, fail: map[string]error{}}
	for _, r := range rows {
		f.put(r)
	}
	return f
}

// put adds a row, or puts it in the place of the one with its id.
func (f *fake) put(r engine.Row) {
	if i, ok := f.at[r.ID]; ok {
		f.counts[f.rows[i].State]--
		f.rows[i] = r
	} else {
		f.at[r.ID] = len(f.rows)
		f.rows = append(f.rows, r)
	}
	f.counts[r.State]++
}

// move changes rows and tells who follows.
func (f *fake) move(change func(*engine.Row), ids ...string) {
	f.mu.Lock()
	for _, id := range ids {
		r := f.rows[f.at[id]]
		change(&r)
		f.put(r)
	}
	f.mu.Unlock()
	f.tell(engine.Event{Rows: ids})
}

// become puts rows in a state.
func (f *fake) become(s engine.State, ids ...string) {
	f.move(func(r *engine.Row) { r.State = s }, ids...)
}

func (f *fake) tell(e engine.Event) {
	f.mu.Lock()
	all := slices.Clone(f.followers)
	f.mu.Unlock()
	for _, g := range all {
		if g != nil {
			g(e)
		}
	}
}

// called notes a call and gives the error that was asked for.
func (f *fake) called(name string, args ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, strings.TrimSpace(name+" "+strings.Join(args, " ")))
	err := f.fail[name]
	delete(f.fail, name)
	return err
}

func (f *fake) did() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, "; ")
}

func (f *fake) Add(_ context.Context, paths ...string) error {
	if err := f.called("add", paths...); err != nil {
		return err
	}
	f.mu.Lock()
	for _, p := range paths {
		f.put(engine.Row{ID: "added-" + p, Path: p, State: engine.Found, Size: 1000})
	}
	f.mu.Unlock()
	f.tell(engine.Event{All: true})
	return nil
}

func (f *fake) Run(ctx context.Context) error {
	f.mu.Lock()
	f.running++
	f.mu.Unlock()
	f.tell(engine.Event{}) // whoever waits for the engine hears that it runs
	<-ctx.Done()
	f.mu.Lock()
	f.running--
	f.mu.Unlock()
	return nil
}

func (f *fake) Close() error {
	f.mu.Lock()
	f.closed++
	f.mu.Unlock()
	return nil
}

func (f *fake) Rows(q engine.Query) (rows []engine.Row, total int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	words := strings.Fields(terminology.Fold(q.Text))
	for _, r := range f.rows {
		fits := r.State != engine.Removed
		if len(q.States) > 0 {
			fits = slices.Contains(q.States, r.State)
		}
		text := ""
		if fits && len(words) > 0 {
			text = terminology.Fold(r.Path + " " + patientOf(r).word)
		}
		if !fits || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		if total >= q.Offset && (q.Limit == 0 || len(rows) < q.Limit) {
			rows = append(rows, r)
		}
		total++
	}
	f.asked += len(rows)
	return rows, total
}

func (f *fake) Row(id string) (engine.Row, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.at[id]
	if !ok {
		return engine.Row{}, false
	}
	return f.rows[i], true
}

func (f *fake) Counts() engine.Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := engine.Counts{By: map[engine.State]int{}, Paused: f.paused, Rate: f.rate, Left: f.left, Notices: len(f.notices)}
	for s, n := range f.counts {
		if n > 0 {
			c.By[s] = n
		}
		if s != engine.Removed {
			c.Total += n
		}
	}
	c.Problems = c.By[engine.Fix]
	return c
}

func (f *fake) Notices() []engine.Notice { return f.notices }

// Correct takes a correction as the engine does: a patient picked is compared, and the
// fields answered are no problems any more.
func (f *fake) Correct(_ context.Context, id string, c engine.Correction) (engine.Row, error) {
	if err := f.called("correct", id, fmt.Sprintf("patient=%v confirmed=%v type=%s date=%s title=%q", c.Patient != nil, c.Confirmed, c.Type, widget.FormatTypedDate(c.ActDate), c.Title)); err != nil {
		return engine.Row{}, err
	}
	row, ok := f.Row(id)
	if !ok {
		return row, fhir.E(fhir.NotFound, "")
	}
	var settled []engine.Problem
	whom := []engine.Problem{engine.NoIdentity, engine.UnknownPatient, engine.Mismatch, engine.Unsure, engine.Several, engine.BadINS}
	if c.Patient != nil {
		row.Patient, row.PatientFrom = c.Patient, engine.ByPerson
		settled = append(settled, whom...)
		if strings.Contains(row.Path, "autre") {
			row.Problems = append(row.Problems, engine.Mismatch)
			row.Identity = pdfcheck.Comparison{Outcome: pdfcheck.Mismatch, Name: pdfcheck.Different, Given: pdfcheck.Different, Birth: pdfcheck.Same}
			settled = settled[:2]
		}
	}
	if c.Confirmed {
		settled = append(settled, whom...)
	}
	if t, ok := terminology.TypeByCode(c.Type); ok {
		row.Type = fhir.Coding{System: t.System, Code: t.Code, Display: t.Label}
		settled = append(settled, engine.NoType, engine.BadType)
	}
	if !c.ActDate.IsZero() {
		row.ActDate = c.ActDate
		settled = append(settled, engine.NoDate, engine.BadDate)
	}
	if c.Title != "" {
		row.Title = c.Title
	}
	row.Problems = slices.DeleteFunc(slices.Clone(row.Problems), func(p engine.Problem) bool { return slices.Contains(settled, p) })
	if row.State = engine.Fix; len(row.Problems) == 0 {
		row.State = engine.Ready
	}
	f.mu.Lock()
	f.put(row)
	f.mu.Unlock()
	f.tell(engine.Event{Rows: []string{id}})
	return row, nil
}

func (f *fake) Again(_ context.Context, ids ...string) error {
	slices.Sort(ids)
	if err := f.called("again", ids...); err != nil {
		return err
	}
	f.become(engine.Found, ids...)
	return nil
}

func (f *fake) Remove(_ context.Context, ids ...string) error {
	slices.Sort(ids)
	if err := f.called("remove", ids...); err != nil {
		return err
	}
	f.become(engine.Removed, ids...)
	return nil
}

func (f *fake) Send(_ context.Context, ids ...string) (int, error) {
	slices.Sort(ids)
	if err := f.called("send", ids...); err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		rows, _ := f.Rows(engine.Query{States: []engine.State{engine.Ready}})
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	f.become(engine.Queued, ids...)
	return len(ids), nil
}

func (f *fake) Pause(context.Context) error  { return f.pausing("pause", true) }
func (f *fake) Resume(context.Context) error { return f.pausing("resume", false) }

func (f *fake) pausing(name string, on bool) error {
	if err := f.called(name); err != nil {
		return err
	}
	f.mu.Lock()
	f.paused = on
	f.mu.Unlock()
	f.tell(engine.Event{All: true})
	return nil
}

func (f *fake) Cancel(context.Context) error {
	if err := f.called("cancel"); err != nil {
		return err
	}
	rows, _ := f.Rows(engine.Query{States: []engine.State{engine.Queued, engine.Waiting}})
	for _, r := range rows {
		f.become(engine.Ready, r.ID)
	}
	return nil
}

func (f *fake) Clear(context.Context) error {
	if err := f.called("clear"); err != nil {
		return err
	}
	f.mu.Lock()
	rows := f.rows
	f.rows, f.at, f.counts = nil, map[string]int{}, map[engine.State]int{}
	for _, r := range rows {
		if !r.State.Final() {
			f.put(r)
		}
	}
	f.mu.Unlock()
	f.tell(engine.Event{All: true})
	return nil
}

func (f *fake) Follow(g func(engine.Event)) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := len(f.followers)
	f.followers = append(f.followers, g)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.followers[i] = nil
	}
}

func (f *fake) WriteCSV(w io.Writer, lang string) error {
	if err := f.called("csv", lang); err != nil {
		return err
	}
	_, err := io.WriteString(w, "fichier;patient\n")
	return err
}

var _ engine.Batch = (*fake)(nil)

// The people and files of a laboratory's evening.

var families = []string{"MARTIN", "BERNARD", "LEFÈBVRE", "D’ALMEIDA", "ROUSSEL", "GARNIER-DUPRÉ", "N’GUESSAN", "FAURE", "PERRIN", "ŒUVRARD"}

var given = []string{"Léa", "Hélène", "Joaquim", "Noé", "Aya", "Inès", "Karim", "Éléonore", "Jean-Philippe", "Zoé"}

// person makes somebody; the INS is of the test domain.
func person(i int) *client.Patient {
	birth := time.Date(1930+i%90, time.Month(1+i%12), 1+i%28, 0, 0, 0, 0, time.UTC)
	return &client.Patient{
		ID: fmt.Sprintf("p%d", i), BirthName: families[i%len(families)], FirstGiven: given[(i/3)%len(given)], Given: []string{given[(i/3)%len(given)]},
		Gender: []string{"female", "male"}[i%2], BirthDate: birth.Format(time.DateOnly), Reliability: "QUAL", Active: true,
		INS: fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("2%02d%02d51%06d%02d", birth.Year()%100, birth.Month(), i%1000000, i%97)},
	}
}

var biology, _ = terminology.TypeByCode("11502-2")

// result is the file of somebody, ready.
func result(i int) engine.Row {
	p := person(i)
	return engine.Row{
		ID: fmt.Sprintf("r%05d", i), Path: fmt.Sprintf("20261121-%04d.pdf", i), Folder: "/srv/resultats", Size: int64(60_000 + i%300_000), State: engine.Ready,
		Patient: p, PatientFrom: engine.ByINS, Identity: pdfcheck.Comparison{Outcome: pdfcheck.Match, INS: pdfcheck.Same, Name: pdfcheck.Same, Given: pdfcheck.Same, Birth: pdfcheck.Same},
		Type: fhir.Coding{System: biology.System, Code: biology.Code, Display: biology.Label}, TypeFrom: engine.ByText, TypeSure: 0.97,
		ActDate: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), DateFrom: engine.ByText, Verdict: pdfcheck.Good,
	}
}

// evening makes the rows of a whole evening: most ready, some sent, a few of each other
// kind.
func evening(n int) []engine.Row {
	rows := make([]engine.Row, n)
	for i := range rows {
		rows[i] = result(i)
		spoil(&rows[i], i)
	}
	return rows
}

func spoil(r *engine.Row, i int) {
	fix := func(p ...engine.Problem) { r.State, r.Problems = engine.Fix, p }
	switch i % 40 {
	case 1:
		fix(engine.Unsure)
		r.Identity = pdfcheck.Comparison{Outcome: pdfcheck.Unsure, Name: pdfcheck.Same}
	case 2:
		fix(engine.Mismatch)
		r.Identity = pdfcheck.Comparison{Outcome: pdfcheck.Mismatch, Name: pdfcheck.Different, Given: pdfcheck.Different, Birth: pdfcheck.Same}
	case 3:
		fix(engine.NoIdentity, engine.NoType, engine.NoDate)
		r.Patient, r.Type, r.ActDate, r.Identity = nil, fhir.Coding{}, time.Time{}, pdfcheck.Comparison{NoText: true}
	case 4:
		r.State, r.Verdict, r.Patient, r.Type, r.ActDate = engine.Refused, pdfcheck.Refused, nil, fhir.Coding{}, time.Time{}
		r.Findings = []pdfcheck.Finding{{Code: pdfcheck.CodeEncrypted, Severity: pdfcheck.Refuse}}
	case 5:
		r.State = engine.NoRecord
	case 6:
		r.State = engine.Already
	case 7:
		r.Verdict, r.Findings = pdfcheck.Remarks, []pdfcheck.Finding{{Code: pdfcheck.CodeNoPDFA, Severity: pdfcheck.Remark}}
	case 8, 9, 10, 11, 12, 13, 14, 15, 16, 17:
		r.State, r.Done = engine.Sent, time.Date(2026, 11, 21, 9, i%60, 0, 0, time.UTC)
	case 18:
		r.State = engine.Sending
	case 19:
		r.State = engine.Queued
	case 20:
		r.State = engine.Waiting
		r.Reason = fhir.Offline
	}
}
