package outbox

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"carnet/cache/killtest"
	"carnet/client"
)

func TestMain(m *testing.M) { killtest.Main(m, child) }

// child sends what is there and puts more, until it is killed. It says "try
// ID SUM" before it puts an item and "kept ID" when that was acknowledged.
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
				text := strings.Repeat(uuid.NewString(), 1+rand.IntN(3000))
				it := filing("Compte rendu")
				it.ID = uuid.NewString()
				fmt.Fprintf(say, "try %s %x\n", it.ID, sha256.Sum256([]byte(text)))
				if _, err := o.Put(ctx, it, strings.NewReader(text)); err != nil {
					failed <- err
					return
				}
				fmt.Fprintf(say, "kept %s\n", it.ID)
			}
		}()
	}
	return <-failed
}

// kill lets a child send until it is killed, and gives what it said.
func kill(t *testing.T, dir string) (tried map[string]string, kept []string) {
	t.Helper()
	tried = map[string]string{}
	ended := killtest.Life(t, dir, rand.IntN(40), 20*time.Millisecond, func(line string) {
		switch f := strings.Fields(line); {
		case len(f) == 3 && f[0] == "try":
			tried[f[1]] = f[2]
		case len(f) == 2 && f[0] == "kept" && len(f[1]) == 36:
			kept = append(kept, f[1])
		}
	})
	if ended {
		t.Fatal("the child ended by itself")
	}
	return tried, kept
}

// A program killed at random points, again and again in the same folder: what
// it acknowledged arrives, once, byte for byte. CARNET_KILLS sets how many
// kills; 20 is the sample of the suite.
func TestCampaignOfKills(t *testing.T) {
	kills := killtest.Kills(t, 20)
	dir := t.TempDir()
	server := filepath.Join(dir, "server")
	ok(t, "server", os.Mkdir(server, 0o700))
	seal, err := keyIn(dir)
	ok(t, "key", err)
	tried, kept := map[string]string{}, []string{}
	for range kills {
		more, acknowledged := kill(t, dir)
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
	if len(kept) < kills {
		t.Errorf("only %d items acknowledged: the campaign kills too early", len(kept))
	}
	t.Logf("%d kills, %d tried, %d acknowledged, %d effects, 0 lost", kills, len(tried), len(kept), effects)
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
