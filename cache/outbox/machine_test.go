package outbox

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

var (
	allStates = []client.OutboxState{
		client.OutboxQueued, client.OutboxSending, client.OutboxWaiting, client.OutboxPaused,
		client.OutboxConflict, client.OutboxRefused, client.OutboxDone,
	}
	allEvents = []event{start, stop, succeeded, delayed, signOut, denied, clashed, retry, pause, hold, chosen, regroup}
)

// The full table, by first letters; "-" is a refusal.
func TestTheMachineIsClosed(t *testing.T) {
	letters := map[string]client.OutboxState{
		"q": client.OutboxQueued, "s": client.OutboxSending, "w": client.OutboxWaiting, "p": client.OutboxPaused,
		"c": client.OutboxConflict, "r": client.OutboxRefused, "d": client.OutboxDone,
	}
	rows := []string{
		// start stop succeeded delayed signOut denied clashed retry pause hold chosen regroup
		"s------qpp--", // queued
		"-qdwprc----q", // sending
		"s------qpp--", // waiting
		"-------qpp--", // paused
		"----------q-", // conflict
		"------------", // refused
		"------------", // done
	}
	now := time.Date(2026, 11, 21, 10, 40, 0, 0, time.UTC)
	for i, from := range allStates {
		for k, e := range allEvents {
			before := client.OutboxItem{State: from, Kind: client.OutboxFile, Attempts: 3}
			after, allowed := advance(before, step{event: e, now: now, wait: time.Minute})
			letter := rows[i][k : k+1]
			switch {
			case letter == "-" && (allowed || after.State != from || !after.Updated.IsZero()):
				t.Errorf("%s on %s: %s, %v; it should be refused", from, e, after.State, allowed)
			case letter != "-" && (!allowed || after.State != letters[letter] || !after.Updated.Equal(now)):
				t.Errorf("%s on %s: %s, %v; want %s", from, e, after.State, allowed, letters[letter])
			}
			if (after.State == client.OutboxWaiting && allowed) != after.Next.After(now) {
				t.Errorf("%s on %s: next at %v", from, e, after.Next)
			}
			asks := after.State == client.OutboxConflict || after.State == client.OutboxRefused
			if (asks && allowed) != (len(after.Choices) > 0) {
				t.Errorf("%s on %s: choices %v", from, e, after.Choices)
			}
		}
		if len(table()[from]) == 0 != final(from) {
			t.Errorf("%s: final %v", from, final(from))
		}
	}
	if len(table()) != len(allStates) {
		t.Error("the table knows other states")
	}
}

func TestAttemptsAndDoubtAreCounted(t *testing.T) {
	it := client.OutboxItem{State: client.OutboxQueued}
	it, _ = advance(it, step{event: start})
	it, _ = advance(it, step{event: stop})
	if it.Attempts != 1 || !it.Uncertain {
		t.Errorf("after a crash: %+v", it)
	}
	it, _ = advance(it, step{event: start})
	it, _ = advance(it, stepOf(it, fhir.E(fhir.Throttled, ""), 0.5))
	if !it.Uncertain {
		t.Error("a 429 does not tell what became of the attempt before")
	}
	it, _ = advance(it, step{event: start})
	it, _ = advance(it, stepOf(it, fhir.E(fhir.Unauthenticated, ""), 0.5))
	if !it.Uncertain || it.State != client.OutboxPaused {
		t.Errorf("signed out: %+v", it)
	}
	it, _ = advance(it, step{event: retry})
	it, _ = advance(it, step{event: start})
	it, _ = advance(it, step{event: succeeded, resultID: "d1"})
	if it.Uncertain || it.Attempts != 4 || it.ResultID != "d1" || it.Reason != "" {
		t.Errorf("done: %+v", it)
	}
}

// Every code of the contract has a meaning; a new one fails here.
func TestEveryCodeHasAMeaning(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../client/fhir/error.go", nil, 0)
	ok(t, "parse", err)
	found := 0
	for _, decl := range file.Decls {
		gen, isGen := decl.(*ast.GenDecl)
		if !isGen || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			value, isValue := s.(*ast.ValueSpec)
			if !isValue || len(value.Values) != 1 {
				continue
			}
			if id, isIdent := value.Type.(*ast.Ident); !isIdent || id.Name != "Code" {
				continue
			}
			text, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
			ok(t, "unquote", err)
			found++
			if _, known := meanings()[fhir.Code(text)]; !known {
				t.Errorf("code %s has no meaning for the outbox", text)
			}
		}
	}
	if found != len(meanings()) || found < 25 {
		t.Errorf("%d codes, %d meanings", found, len(meanings()))
	}
	for code, want := range map[fhir.Code]event{
		fhir.NoRecord: denied, fhir.Invalid: denied, fhir.Duplicate: clashed, fhir.NoConsent: clashed,
		fhir.Offline: delayed, fhir.TokenExpired: signOut, "of-tomorrow": delayed,
	} {
		if got := meaningOf(fhir.E(code, "")).event; got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if m := meaningOf(&client.Error{Code: fhir.Unauthenticated, Err: vault.ErrLocked}); m.event != stop || !m.everybody {
		t.Errorf("a locked vault: %+v", m)
	}
}

func TestBackoff(t *testing.T) {
	for _, r := range []struct {
		n      int
		asked  time.Duration
		random float64
		want   time.Duration
	}{
		{1, 0, 0, 0},
		{1, 0, 0.5, time.Second},
		{3, 0, 0.5, 4 * time.Second},
		{8, 0, 0.999, 255744 * time.Millisecond},
		{9, 0, 0.5, 150 * time.Second},
		{1000000, 0, 0.5, 150 * time.Second},
		{1, time.Minute, 0, time.Minute},
		{1, time.Minute, 0.5, 67500 * time.Millisecond},
		{0, 0, 0.5, time.Second},
	} {
		if got := backoff(r.n, r.asked, r.random); got != r.want {
			t.Errorf("backoff(%d, %v, %v) = %v, want %v", r.n, r.asked, r.random, got, r.want)
		}
	}
	s := stepOf(client.OutboxItem{Attempts: 1}, &Later{time.Hour, fhir.E(fhir.Throttled, "")}, 0)
	if s.wait != time.Hour || s.reason != fhir.Throttled {
		t.Errorf("Retry-After: %+v", s)
	}
	if errors.Unwrap(&Later{0, vault.ErrLocked}) != vault.ErrLocked {
		t.Error("Later hides its cause")
	}
}

func TestWhoMayGoNext(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 40, 0, 0, time.UTC)
	make1 := func(id string, kind client.OutboxKind, state client.OutboxState) *stored {
		return &stored{OutboxItem: client.OutboxItem{ID: id, Kind: kind, State: state, PatientID: "p"}}
	}
	w := make1("w", client.OutboxFile, client.OutboxWaiting)
	w.Next, w.Reason = now.Add(time.Minute), fhir.Internal
	off := make1("off", client.OutboxFile, client.OutboxWaiting)
	off.Next, off.Reason = now.Add(time.Minute), fhir.Offline
	after := make1("after", client.OutboxFile, client.OutboxQueued)
	after.After = "w"
	orphan := make1("orphan", client.OutboxFile, client.OutboxQueued)
	orphan.After = "gone"
	c1, c2 := make1("c1", client.OutboxConsent, client.OutboxConflict), make1("c2", client.OutboxWithdraw, client.OutboxQueued)
	q := make1("q", client.OutboxFile, client.OutboxQueued)
	for name, r := range map[string]struct {
		active []*stored
		busy   string
		want   *stored
		wait   time.Duration
	}{
		"empty":                      {},
		"one":                        {active: []*stored{q}, want: q},
		"being changed":              {active: []*stored{q}, busy: "q"},
		"waits":                      {active: []*stored{w}, wait: time.Minute},
		"the gate decides":           {active: []*stored{w, off}, want: off},
		"behind its own predecessor": {active: []*stored{w, after}, wait: time.Minute},
		"its predecessor is gone":    {active: []*stored{orphan}},
		"a line keeps its order":     {active: []*stored{c1, c2}},
		"another line goes on":       {active: []*stored{c1, c2, q}, want: q},
		"the line is free":           {active: []*stored{c2}, want: c2},
	} {
		items, line := map[string]*stored{}, newQueue()
		for _, it := range r.active {
			items[it.ID] = it
		}
		for i, it := range r.active {
			it.Seq = uint64(i + 1)
			line.set(items, nil, it)
		}
		got, wait := line.next(map[string]bool{r.busy: true}, now)
		if got != r.want || wait != r.wait {
			t.Errorf("%s: %v, %v", name, got, wait)
		}
	}
}
