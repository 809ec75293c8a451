package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/clienttest"
	"carnet/client/witness"
	"carnet/ui"
)

// log is a server's log of accesses, with a past that can be rewritten.
type log struct {
	t      *testing.T
	signer note.Signer
	key    string
	hashes []tlog.Hash
	size   int64
	at     time.Time
}

func newLog(t *testing.T) *log {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "carnet-log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return &log{t: t, signer: signer, key: public, at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
}

func (l *log) add(entries ...string) {
	for _, e := range entries {
		hashes, err := tlog.StoredHashes(l.size, []byte(e), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes, l.size = append(l.hashes, hashes...), l.size+1
	}
	l.at = l.at.Add(time.Minute)
}

// rewrite makes another past of the same length, signed by the same key.
func (l *log) rewrite(entries ...string) {
	l.hashes, l.size = nil, 0
	l.add(entries...)
}

// ReadHashes implements tlog.HashReader.
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = l.hashes[at]
	}
	return out, nil
}

// ServeHTTP answers as the server does under /log/.
func (l *log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/log/key":
		_, _ = fmt.Fprintln(w, l.key)
	case "/log/head":
		hash, err := tlog.TreeHash(l.size, l)
		if err != nil {
			l.t.Error(err)
		}
		text := fmt.Sprintf("carnet-log\n%d\n%s\n%s\n", l.size, base64.StdEncoding.EncodeToString(hash[:]), l.at.Format("2006-01-02T15:04:05.000Z"))
		signed, err := note.Sign(&note.Note{Text: text}, l.signer)
		if err != nil {
			l.t.Error(err)
		}
		_, _ = w.Write(signed)
	case "/log/consistency":
		from, _ := strconv.ParseInt(r.FormValue("from"), 10, 64)
		to, _ := strconv.ParseInt(r.FormValue("to"), 10, 64)
		if from < 1 || to > l.size {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		proof, err := tlog.ProveTree(to, from, l)
		if err != nil {
			l.t.Error(err)
		}
		for _, h := range proof {
			_, _ = fmt.Fprintln(w, h)
		}
	}
}

// kennel is a desktop's witness before a log; each call is a new run.
func kennel(t *testing.T, l *log) func() *watchdog {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	return func() *watchdog {
		w, err := newWatchdog(server.URL, server.Client(), clienttest.New(clienttest.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		w.demo = nil // a real server
		return w
	}
}

func TestTheWitnessRemembersOverRestartsAndRaisesARewrittenPast(t *testing.T) {
	l := newLog(t)
	run := kennel(t, l)
	l.add("un", "deux", "trois")
	if d, err := run().Check(context.Background()); err != nil || d.Code != "" {
		t.Fatalf("the first sight: %+v %v", d, err)
	}
	l.add("quatre", "cinq")
	if d, err := run().Check(context.Background()); err != nil || d.Code != "" {
		t.Fatalf("it went on: %+v %v", d, err)
	}
	l.rewrite("un", "DEUX", "trois", "quatre", "cinq", "six")
	w := run()
	d, err := w.Check(context.Background())
	if err != nil || d.Code != witness.AlarmRewritten || d.Size != 5 || d.Reference == "" {
		t.Fatalf("a rewritten past: %+v %v", d, err)
	}
	if kept := run().Kept(); kept != d {
		t.Errorf("after a restart: %+v, want %+v", kept, d)
	}
	l.rewrite("un", "deux", "trois", "quatre", "cinq") // the true past comes back
	if again, err := run().Check(context.Background()); err != nil || again != d {
		t.Errorf("made to hold again: %+v %v", again, err)
	}
	info, err := os.Stat(w.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := os.WriteFile(w.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if run().Kept().Code == "" {
		t.Error("spoiling the file makes it forget")
	}
}

func TestTheWitnessRaisesAnotherKeyAndAShorterLog(t *testing.T) {
	l := newLog(t)
	run := kennel(t, l)
	l.add("un", "deux", "trois")
	if _, err := run().Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	l.rewrite("un", "deux")
	l.at = l.at.Add(time.Hour)
	if d, err := run().Check(context.Background()); err != nil || d.Code != witness.AlarmShorter {
		t.Errorf("an old backup: %+v %v", d, err)
	}
	other := newLog(t)
	mine := kennel(t, other)
	other.add("un")
	if _, err := mine().Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	stranger := newLog(t)
	other.signer, other.key = stranger.signer, stranger.key
	if d, err := mine().Check(context.Background()); err != nil || d.Code != witness.AlarmKey {
		t.Errorf("another key: %+v %v", d, err)
	}
}

func TestOfADemonstrationNothingIsKept(t *testing.T) {
	l := newLog(t)
	run := kennel(t, l)
	l.add("un")
	w := run()
	w.demo = func(context.Context) (bool, error) { return true, nil }
	if d, err := w.Check(context.Background()); err != nil || d.Code != "" {
		t.Fatalf("%+v %v", d, err)
	}
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "*", "*"))
	if err != nil || len(files) != 0 {
		t.Errorf("kept %v (%v)", files, err)
	}
	l.rewrite("UN", "deux")
	if d, err := w.Check(context.Background()); err != nil || d.Code == "" {
		t.Errorf("within one run it counts: %+v %v", d, err)
	}
}

func TestAnExplanationLiftsADoubtAndIsWrittenDown(t *testing.T) {
	l := newLog(t)
	run := kennel(t, l)
	l.add("un", "deux", "trois")
	if _, err := run().Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	stranger := newLog(t)
	l.signer, l.key = stranger.signer, stranger.key // another server, an older log
	l.rewrite("un", "DEUX")
	w := run()
	doubt, err := w.Check(t.Context())
	if err != nil || doubt.Code == "" {
		t.Fatalf("%+v %v", doubt, err)
	}
	told := ui.Explanation{At: l.at, By: "Dr Anne MOREL", ByID: "899700000011", Who: "M. Durand", Words: "une sauvegarde"}
	signer := l.signer
	l.signer = newLog(t).signer // what it says now does not even hold by itself
	if err := w.Explained(t.Context(), told); err == nil || w.Kept() != doubt || run().Kept() != doubt {
		t.Fatalf("lifted on nothing: %v, %+v", err, w.Kept())
	}
	l.signer = signer
	if err := w.Explained(t.Context(), told); err != nil || w.Kept().Code != "" {
		t.Fatalf("%v, %+v", err, w.Kept())
	}
	again := run()
	if again.Kept().Code != "" || again.LastExplained() != told {
		t.Errorf("after a restart: %+v, %+v", again.Kept(), again.LastExplained())
	}
	l.add("trois")
	if d, err := again.Check(t.Context()); err != nil || d.Code != "" {
		t.Errorf("it goes on from there: %+v %v", d, err)
	}
	data, err := os.ReadFile(w.past)
	if err != nil || bytes.Count(data, []byte("\n")) != 1 || !bytes.Contains(data, []byte(doubt.Reference)) || !bytes.Contains(data, []byte("M. Durand")) {
		t.Errorf("written down: %s (%v)", data, err)
	}
	if info, err := os.Stat(w.past); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	l.rewrite("un")
	l.at = l.at.Add(time.Hour)
	if d, err := again.Check(t.Context()); err != nil || d.Code == "" {
		t.Errorf("a second time it is said again: %+v %v", d, err)
	}
}
