package witness

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/fhir"
)

// testLog is a log as a server has it.
type testLog struct {
	t      testing.TB
	signer note.Signer
	key    string
	hashes []tlog.Hash
	size   int64
	at     time.Time
}

func newLog(t testing.TB, name string) *testLog {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return &testLog{t: t, signer: signer, key: public, at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
}

// copy is the log as a backup has it.
func (l *testLog) copy() *testLog {
	c := *l
	c.hashes = slices.Clone(l.hashes)
	return &c
}

// add appends entries.
func (l *testLog) add(entries ...string) *testLog {
	l.t.Helper()
	for _, e := range entries {
		hashes, err := tlog.StoredHashes(l.size, []byte(e), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes = append(l.hashes, hashes...)
		l.size++
	}
	l.at = l.at.Add(time.Second)
	return l
}

func (l *testLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = l.hashes[at]
	}
	return out, nil
}

func (l *testLog) Key(context.Context) (string, error) { return l.key + "\n", nil }

func (l *testLog) Head(context.Context) (string, error) {
	hash, err := tlog.TreeHash(l.size, l)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", l.signer.Name(), l.size, base64.StdEncoding.EncodeToString(hash[:]), l.at.Format("2006-01-02T15:04:05.000Z"))
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	return string(signed), err
}

func (l *testLog) Proof(_ context.Context, from, to int64) (tlog.TreeProof, error) {
	if from < 1 || from > to || to > l.size {
		return nil, fhir.E(fhir.BadValue, "no such sizes")
	}
	return tlog.ProveTree(to, from, l)
}

// memory is a Store that a test looks into.
type memory struct{ state State }

func (m *memory) Load() (State, error)   { return m.state, nil }
func (m *memory) Save(state State) error { m.state = state; return nil }

func entries(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("entry ", i))
	}
	return all
}

func TestAWitnessFollowsALogThatGrows(t *testing.T) {
	ctx := context.Background()
	log, kept := newLog(t, "carnet-log"), &memory{}
	w := Watch{Store: kept, Server: log}
	for i := range 40 {
		log.add(entries(1 + i%3)...)
		state, err := w.Check(ctx)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if last, ok := state.Last(); !ok || last.Size != log.size || state != kept.state || !last.Time.Equal(log.at) {
			t.Fatalf("step %d: %+v", i, last)
		}
	}
	before := kept.state
	if _, err := w.Check(ctx); err != nil || kept.state != before {
		t.Errorf("nothing happened: %v", err)
	}
}

// forger is a server whose proofs are whatever it likes.
type forger struct {
	*testLog
	proof tlog.TreeProof
}

func (f forger) Proof(context.Context, int64, int64) (tlog.TreeProof, error) { return f.proof, nil }

func TestAWitnessRaisesTheAlarm(t *testing.T) {
	ctx := context.Background()
	honest := newLog(t, "carnet-log").add(entries(21)...)
	backup := honest.copy()
	honest.add(entries(16)...)
	other := newLog(t, "carnet-log").add(entries(50)...)
	renamed := newLog(t, "autre-log").add(entries(50)...)
	stolen := other.copy()
	stolen.key = honest.key // says that it has the key, and has not
	rewritten := newLog(t, "carnet-log")
	rewritten.signer, rewritten.key = honest.signer, honest.key
	rewritten.add("another past").add(entries(60)...)
	forked := newLog(t, "carnet-log")
	forked.signer, forked.key = honest.signer, honest.key
	forked.add("another past").add(entries(36)...)
	junk := make(tlog.TreeProof, 5)
	for name, c := range map[string]struct {
		server Server
		want   string
	}{
		"goes on":                    {honest.copy().add("one more"), ""},
		"the same":                   {honest, ""},
		"an old file restored":       {backup, AlarmShorter},
		"restored and gone on":       {backup.copy().add("since"), AlarmShorter},
		"restored and gone past":     {backup.copy().add("left out").add(entries(99)...), AlarmRewritten},
		"another past, as long":      {forked, AlarmRewritten},
		"another past, longer":       {rewritten, AlarmRewritten},
		"with a forged proof":        {forger{rewritten, junk}, AlarmRewritten},
		"shorter, with junk":         {forger{backup, junk}, AlarmShorter},
		"another key":                {other, AlarmKey},
		"another key, another name":  {renamed, AlarmKey},
		"the key of it, not its own": {stolen, AlarmSignature},
	} {
		kept := &memory{}
		if _, err := (Watch{Store: kept, Server: honest}).Check(ctx); err != nil {
			t.Fatal(err)
		}
		before := kept.state
		_, err := Watch{Store: kept, Server: c.server}.Check(ctx)
		var alarm *Alarm
		errors.As(err, &alarm)
		switch {
		case c.want == "" && err != nil, c.want != "" && (alarm == nil || alarm.Code != c.want):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		case c.want != "" && kept.state != before:
			t.Errorf("%s: the witness forgot what it knew", name)
		case c.want != "" && alarm.Last.Size != 37:
			t.Errorf("%s: %+v", name, alarm)
		}
		// It stays raised, and an honest server is believed again.
		if _, again := (Watch{Store: kept, Server: c.server}).Check(ctx); c.want != "" && fmt.Sprint(again) != fmt.Sprint(err) {
			t.Errorf("%s: then %v", name, again)
		}
	}
}

// An answer that was under way for long is older, and no alarm.
func TestALateAnswerIsNoAlarm(t *testing.T) {
	ctx := context.Background()
	log := newLog(t, "carnet-log").add(entries(9)...)
	late, err := log.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	log.add(entries(9)...)
	state, err := Trust(log.key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := log.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if state, err = Advance(state, signed, nil); err != nil {
		t.Fatal(err)
	}
	proof, err := log.Proof(ctx, 9, 18)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := Advance(state, late, proof); err != nil || same != state {
		t.Errorf("%+v, %v", same, err)
	}
	if _, err := Advance(state, late, nil); err == nil {
		t.Error("without a proof it is believed")
	}
}

func TestWhatIsKept(t *testing.T) {
	ctx := context.Background()
	log := newLog(t, "carnet-log").add(entries(5)...)
	file := File{Path: filepath.Join(t.TempDir(), "deep", "witness.json")}
	w := Watch{Store: file, Server: log}
	want, err := w.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := file.Load()
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	info, err := os.Stat(file.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(file.Path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files, %v", len(left), err)
	}
	// A file that was spoiled is no first time.
	for _, text := range []string{"", "{}", `{"Key":"x"}`, strings.Replace(fmt.Sprintf(`{"Key":%q,"Head":%q}`, want.Key, want.Head), `5\n`, `6\n`, 1)} {
		if err := os.WriteFile(file.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if state, err := w.Check(ctx); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %+v", text, state)
		}
	}
}

func TestAskingAServer(t *testing.T) {
	ctx := context.Background()
	log := newLog(t, "carnet-log").add(entries(12)...)
	status := 0
	mux := http.NewServeMux()
	answer := func(path string, text func(*http.Request) (string, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := text(r)
			switch {
			case status != 0:
				w.WriteHeader(status)
			case err != nil:
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = w.Write([]byte(body))
		})
	}
	answer("/log/key", func(*http.Request) (string, error) { return log.Key(ctx) })
	answer("/log/head", func(*http.Request) (string, error) { return log.Head(ctx) })
	answer("/log/consistency", func(r *http.Request) (string, error) {
		var from, to int64
		if _, err := fmt.Sscan(r.FormValue("from")+" "+r.FormValue("to"), &from, &to); err != nil {
			return "", err
		}
		proof, err := log.Proof(ctx, from, to)
		var b strings.Builder
		for _, h := range proof {
			fmt.Fprintln(&b, h)
		}
		return b.String(), err
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	w := Watch{Store: &memory{}, Server: HTTP{Base: server.URL + "/", Client: server.Client()}}
	backup := log.copy()
	for range 3 {
		if _, err := w.Check(ctx); err != nil {
			t.Fatal(err)
		}
		log.add(entries(7)...)
	}
	status = http.StatusServiceUnavailable
	var alarm *Alarm
	if _, err := w.Check(ctx); fhir.CodeOf(err) != fhir.Unavailable || errors.As(err, &alarm) {
		t.Errorf("a server that does not answer: %v", err)
	}
	status = 0
	log = backup
	if _, err := w.Check(ctx); !errors.As(err, &alarm) || alarm.Code != AlarmShorter {
		t.Errorf("an old file restored: %v", err)
	}
	server.Close()
	if _, err := w.Check(ctx); fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}

// FuzzAdvance feeds what a server answers: nothing that it did not sign is kept.
func FuzzAdvance(f *testing.F) {
	ctx := context.Background()
	log := newLog(f, "carnet-log").add(entries(3)...)
	signed, err := log.Head(ctx)
	if err != nil {
		f.Fatal(err)
	}
	state, err := Trust(log.key)
	if err != nil {
		f.Fatal(err)
	}
	if state, err = Advance(state, signed, nil); err != nil {
		f.Fatal(err)
	}
	later, err := log.add("more").Head(ctx)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed, "")
	f.Add(later, "")
	f.Add(strings.Replace(later, "\n4\n", "\n5\n", 1), strings.Repeat("A", 43)+"=\n")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, head, text string) {
		proof, err := parseProof(text)
		if err != nil {
			return
		}
		next, err := Advance(state, head, proof)
		switch {
		case err != nil && next != state:
			t.Error("an error changes what is kept")
		case err == nil && next != state && head != later && head != signed:
			t.Errorf("a head that the log did not sign is kept: %q", head)
		}
	})
}
