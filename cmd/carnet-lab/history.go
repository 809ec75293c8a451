package main

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
	"carnet/cmd/carnet-lab/internal/folder"
)

// fileRecord is what is kept of a file, and what is told of it: the JSON answers
// and the report. Fields are only ever added.
type fileRecord struct {
	ID        string    `json:"id"`                  // of the row: random, also in the log
	Time      time.Time `json:"time"`                // when it became so
	Outcome   outcome   `json:"outcome"`             // see outcome
	Folder    string    `json:"folder,omitempty"`    // with which it came
	File      string    `json:"file"`                // in the folder
	Line      int       `json:"line,omitempty"`      // of the manifest
	Size      int64     `json:"size"`                // bytes; -1: not known
	INS       string    `json:"ins,omitempty"`       // of the patient it is for
	Type      string    `json:"type,omitempty"`      // code of the value set
	ActDate   string    `json:"actDate,omitempty"`   // YYYY-MM-DD
	Document  string    `json:"document,omitempty"`  // logical id that the record keeps
	Codes     []string  `json:"codes,omitempty"`     // why: problems, findings, the server's code
	Words     []string  `json:"words,omitempty"`     // the same for people, in the language asked for
	Reference string    `json:"reference,omitempty"` // to quote to the server's administrator
	MovedTo   string    `json:"movedTo,omitempty"`   // by watch
}

// recordOf tells of a row as it is.
func recordOf(r batch.Row, l lang, now time.Time) fileRecord {
	f := fileRecord{
		ID: r.ID, Time: r.Done, Outcome: outcomeOf(r), Folder: r.Folder, File: r.Path, Line: r.Line, Size: r.Size,
		Type: r.Type.Code, Document: r.DocumentID, Reference: r.RequestID,
	}
	if f.Time.IsZero() || f.Outcome == already { // not when it arrived: when it was found to be there
		f.Time = now
	}
	if r.Patient != nil {
		f.INS = r.Patient.INS.Value
	}
	if !r.ActDate.IsZero() {
		f.ActDate = r.ActDate.Format(time.DateOnly)
	}
	if f.Outcome == arrived || f.Outcome == already {
		return f
	}
	for _, p := range r.Problems {
		if p != batch.Offline || r.Reason == "" { // why the server did not tell who it is follows
			f.why(string(p), l.problem(p))
		}
	}
	for _, x := range r.Findings {
		if r.State == batch.Refused && r.Reason == "" {
			f.why(string(x.Code), x.Message(string(l)))
		}
	}
	if r.Reason != "" && !slices.Contains(r.Problems, batch.Superseded) { // that says it better
		f.why(string(r.Reason), l.reason(r.Reason)+r.ServerWords(string(l)))
	}
	if len(f.Codes) == 0 && f.Outcome == noRecord {
		f.why(string(fhir.NoRecord), l.reason(fhir.NoRecord))
	}
	return f
}

// tellOf tells of a row of this run. One that waits for another with the same
// bytes for the same person, which itself needs a person, needs one as well.
func (l *lab) tellOf(r batch.Row) fileRecord {
	f := recordOf(r, l.o.lang, l.now())
	if l.o.test && l.keys.of(r) {
		i := slices.Index(f.Codes, string(batch.UnknownPatient))
		f.Codes[i], f.Words[i] = string(batch.BadINS), l.o.lang.problem(batch.BadINS)
	}
	for i, c := range f.Codes {
		f.Words[i] = cmp.Or(l.trouble.words(l.o.lang, fhir.Code(c)), f.Words[i])
	}
	if f.Outcome == working && len(r.Problems) == 1 && r.Problems[0] == batch.Twice && l.engine != nil {
		if twin, found := l.engine.Row(r.Twin); !found || outcomeOf(twin) == person {
			f.Outcome = person
		}
	}
	return f
}

func (f *fileRecord) why(code, words string) {
	f.Codes, f.Words = append(f.Codes, code), append(f.Words, words)
}

const (
	historyNotes = "lab/history/"
	moveNotes    = "lab/move/"
)

// history is what became of files, for some time. It is safe for concurrent use.
type history struct {
	notes client.Notebook
	now   func() time.Time

	mu    sync.Mutex
	known map[string]outcome // of each row that is told
}

// openHistory reads which rows are told, and forgets what is older than keep days.
func openHistory(ctx context.Context, notes client.Notebook, now func() time.Time, keep int) (*history, error) {
	h := &history{notes: notes, now: now, known: map[string]outcome{}}
	all, err := notes.List(ctx, historyNotes)
	if err != nil {
		return nil, err
	}
	oldest := now().AddDate(0, 0, -keep).Format(time.DateOnly)
	var old []client.Note
	for _, n := range all {
		day, id, _ := strings.Cut(strings.TrimPrefix(n.Name, historyNotes), "/")
		var f fileRecord
		if day < oldest || json.Unmarshal(n.Value, &f) != nil {
			old = append(old, client.Note{Name: n.Name})
			continue
		}
		h.known[id] = f.Outcome
	}
	return h, notes.Put(ctx, old...)
}

// told tells whether a row's outcome is kept already.
func (h *history) told(id string, o outcome) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[id] == o
}

// atOnce is how many files are told in one step: a notebook takes no page of any
// length, and an evening may have 200,000 lines.
const atOnce = 1000

// tell keeps what became of files, each with the move that is to follow, all or
// nothing of every thousand. What was told before is not told again.
func (h *history) tell(ctx context.Context, files []fileRecord, moves map[string]folder.Plan) error {
	moves = maps.Clone(moves)
	for part := range slices.Chunk(files, atOnce) {
		own := map[string]folder.Plan{}
		for _, f := range part {
			if p, ok := moves[f.ID]; ok {
				own[f.ID] = p
				delete(moves, f.ID)
			}
		}
		if err := h.tellPart(ctx, part, own); err != nil {
			return err
		}
	}
	if len(moves) == 0 {
		return nil
	}
	return h.tellPart(ctx, nil, moves)
}

// tellPart keeps a part of them, all or nothing.
func (h *history) tellPart(ctx context.Context, files []fileRecord, moves map[string]folder.Plan) error {
	var pages []client.Note
	for _, f := range files {
		if !h.told(f.ID, f.Outcome) {
			value, err := json.Marshal(f)
			if err != nil {
				return fhir.Wrap(fhir.Internal, err)
			}
			pages = append(pages, client.Note{Name: historyNotes + f.Time.Format(time.DateOnly) + "/" + f.ID, Value: value})
		}
	}
	for id, p := range moves {
		value, err := json.Marshal(p)
		if err != nil {
			return fhir.Wrap(fhir.Internal, err)
		}
		pages = append(pages, client.Note{Name: moveNotes + id, Value: value})
	}
	if err := h.notes.Put(ctx, pages...); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range files {
		h.known[f.ID] = f.Outcome
	}
	return nil
}

// between gives what is kept of some days, in the order of time.
func (h *history) between(ctx context.Context, from, to string) ([]fileRecord, error) {
	all, err := h.notes.List(ctx, historyNotes)
	if err != nil {
		return nil, err
	}
	var out []fileRecord
	for _, n := range all {
		day, _, _ := strings.Cut(strings.TrimPrefix(n.Name, historyNotes), "/")
		var f fileRecord
		if day >= from && day <= to && json.Unmarshal(n.Value, &f) == nil {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b fileRecord) int { return a.Time.Compare(b.Time) })
	return out, nil
}

// moves gives the moves that were written down and not ended.
func (h *history) moves(ctx context.Context) (map[string]folder.Plan, error) {
	all, err := h.notes.List(ctx, moveNotes)
	if err != nil {
		return nil, err
	}
	out := map[string]folder.Plan{}
	for _, n := range all {
		var p folder.Plan
		if json.Unmarshal(n.Value, &p) == nil {
			out[strings.TrimPrefix(n.Name, moveNotes)] = p
		}
	}
	return out, nil
}

// moved forgets a move that ended.
func (h *history) moved(ctx context.Context, ids ...string) error {
	pages := make([]client.Note, len(ids))
	for i, id := range ids {
		pages[i].Name = moveNotes + id
	}
	return h.notes.Put(ctx, pages...)
}
