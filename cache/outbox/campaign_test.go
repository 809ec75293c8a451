package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"carnet/cache/killtest"
	"carnet/client"
)

func TestMain(m *testing.M) { killtest.Main(m, child) }

// works are what a desk does, of each kind that is sent: a report, a dispensing, an answer
// with a file and one without, a consent, a change of a document, an item of a profile, a
// request, a withdrawal. text is in the content or in the words.
var works = map[string]func(text string) (it client.OutboxItem, content bool){
	"filing":     func(string) (client.OutboxItem, bool) { return filing("Compte rendu"), true },
	"dispensing": func(string) (client.OutboxItem, bool) { return dispensing(), true },
	"letter":     func(text string) (client.OutboxItem, bool) { return writing(text[:36]), true },
	"message":    func(text string) (client.OutboxItem, bool) { return writing(text), false },
	"consent":    func(string) (client.OutboxItem, bool) { return consent(uuid.NewString()), false },
	"change": func(string) (client.OutboxItem, bool) {
		return masking("", &client.Document{ID: uuid.NewString()}), false
	},
	"vaccination": func(text string) (client.OutboxItem, bool) { return vaccinating(text), false },
	"request": func(text string) (client.OutboxItem, bool) {
		return client.OutboxItem{Kind: client.OutboxRequest, PatientID: uuid.NewString(), Words: text[:36]}, false
	},
	"withdrawal": func(string) (client.OutboxItem, bool) {
		return client.OutboxItem{Kind: client.OutboxWithdraw, PatientID: uuid.NewString()}, false
	},
}

func dispensing() client.OutboxItem {
	it := filing("Dispensation")
	it.Draft.Type.Code = "60593-1"
	return it
}

func writing(text string) client.OutboxItem {
	return client.OutboxItem{Kind: client.OutboxMessage, PatientID: uuid.NewString(), Body: fmt.Appendf(nil, `{"Text":%q}`, text)}
}

func vaccinating(text string) client.OutboxItem {
	return client.OutboxItem{Kind: client.OutboxItemKeep, PatientID: uuid.NewString(), Body: fmt.Appendf(nil, `{"Resource":"Immunization","Text":%q}`, text)}
}

// whole is what an item is in the end: what it does, to whom, and the sum of its content.
func whole(it client.OutboxItem, content []byte) string {
	words, err := json.Marshal([]any{it.Kind, it.PatientID, it.Body, it.Words, it.Change, it.Consent, it.Document, it.Draft != nil && it.Draft.Type.Code != ""})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x", sha256.Sum256(append(words, content...)))
}

// child sends what is there and puts more, until it is killed. It says "try
// ID SUM KIND" before it puts an item and "kept ID" when that was acknowledged.
func child(dir string, say io.Writer) error {
	seal, err := keyIn(dir)
	if err != nil {
		return err
	}
	o, err := Open(Config{Dir: filepath.Join(dir, "outbox"), Seal: seal, Sender: disk{filepath.Join(dir, "server")}})
	if err != nil {
		return err
	}
	if r := o.Report(); r.Damaged > 0 {
		return fmt.Errorf("a kill looks like damage: %+v", r)
	}
	ctx := context.Background()
	go o.Run(ctx)
	failed := make(chan error)
	for range 3 {
		go func() {
			for {
				if err := work(ctx, o, say); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// work puts one thing of some kind.
func work(ctx context.Context, o *Outbox, say io.Writer) error {
	names := slices.Sorted(maps.Keys(works))
	name := names[rand.IntN(len(names))]
	text := strings.Repeat(uuid.NewString(), 1+rand.IntN(3000))
	it, full := works[name](text)
	it.ID = uuid.NewString()
	var src io.Reader
	content := []byte(nil)
	if full {
		content = []byte(text)
		src = bytes.NewReader(content)
	}
	fmt.Fprintf(say, "try %s %s %s\n", it.ID, whole(it, content), name)
	if _, err := o.Put(ctx, it, src); err != nil {
		return err
	}
	fmt.Fprintf(say, "kept %s\n", it.ID)
	return nil
}

// kill lets a child send until it is killed, and gives what it said.
func kill(t *testing.T, dir string, kinds map[string]int) (tried map[string]string, kept []string) {
	t.Helper()
	tried = map[string]string{}
	ended := killtest.Life(t, dir, rand.IntN(40), 20*time.Millisecond, func(line string) {
		switch f := strings.Fields(line); {
		case len(f) == 4 && f[0] == "try":
			tried[f[1]] = f[2]
			if works[f[3]] != nil {
				kinds[f[3]]++
			}
		case len(f) == 2 && f[0] == "kept" && len(f[1]) == 36:
			kept = append(kept, f[1])
		}
	})
	if ended {
		t.Fatal("the child ended by itself")
	}
	return tried, kept
}

// A program killed at random points, again and again in the same folder, while it files,
// dispenses, writes, changes and asks: what it acknowledged arrives, once, byte for byte. CARNET_KILLS sets how many
// kills; 20 is the sample of the suite.
func TestCampaignOfKills(t *testing.T) {
	kills := killtest.Kills(t, 20)
	dir := t.TempDir()
	server := filepath.Join(dir, "server")
	ok(t, "server", os.Mkdir(server, 0o700))
	seal, err := keyIn(dir)
	ok(t, "key", err)
	tried, kept, kinds := map[string]string{}, []string{}, map[string]int{}
	for range kills {
		more, acknowledged := kill(t, dir, kinds)
		for id, sum := range more {
			tried[id] = sum
		}
		kept = append(kept, acknowledged...)
	}
	o, err := Open(Config{Dir: filepath.Join(dir, "outbox"), Seal: seal, Sender: disk{server}})
	ok(t, "open after the last kill", err)
	if r := o.Report(); r.Damaged != 0 {
		t.Errorf("a kill looks like damage: %+v", r)
	}
	drain(t, o)
	ok(t, "close", o.Close())
	for _, id := range kept {
		sum, err := os.ReadFile(filepath.Join(server, id))
		if err != nil || string(sum) != tried[id] {
			t.Errorf("acknowledged, and lost or changed: %v", err)
		}
	}
	arrived, err := os.ReadDir(server)
	ok(t, "server", err)
	effects, sums := 0, map[string]bool{}
	for _, e := range arrived {
		if strings.Contains(e.Name(), ".part-") {
			continue
		}
		effects++
		sum, known := tried[e.Name()]
		if !known || sums[sum] {
			t.Errorf("an effect that nobody asked for, or twice")
		}
		sums[sum] = true
	}
	for name := range works {
		if kinds[name] == 0 {
			t.Errorf("nobody tried a %s", name)
		}
	}
	if len(kept) < kills {
		t.Errorf("only %d items acknowledged: the campaign kills too early", len(kept))
	}
	t.Logf("%d kills, %d tried (%v), %d acknowledged, %d effects, 0 lost, 0 twice", kills, len(tried), kinds, len(kept), effects)
}

// drain sends until all is done.
func drain(t *testing.T, o *Outbox) {
	t.Helper()
	moved := make(chan struct{}, 1)
	defer o.Follow(func(client.OutboxEvent) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})()
	stop := run(t, o)
	defer stop()
	for {
		left := 0
		for _, it := range list(t, o) {
			if it.State != client.OutboxDone {
				left++
			}
		}
		if left == 0 {
			return
		}
		<-moved
	}
}

// The outbox that a kill left with an attempt under way makes it again.
func TestACrashWhileSending(t *testing.T) {
	p := newPlace(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	it := put(t, o, filing("A"))
	s, err := o.get(it.ID)
	ok(t, "get", err)
	started, _ := advance(s.OutboxItem, step{event: start, now: time.Now()})
	ok(t, "keep", o.keep(op{Put: s.with(started)}))
	ok(t, "close", o.Close()) // all that a kill would leave
	synctest.Test(t, func(t *testing.T) {
		again, err := Open(p.config())
		ok(t, "open again", err)
		if got := item(t, again, it.ID); got.State != client.OutboxQueued || !got.Uncertain || got.Attempts != 1 {
			t.Errorf("after the crash: %+v", got)
		}
		stop := run(t, again)
		synctest.Wait()
		stop()
		state(t, again, it.ID, client.OutboxDone, "")
		ok(t, "close", again.Close())
	})
}
