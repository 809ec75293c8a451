package notebook

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/cache/killtest"
	"carnet/client"
)

func TestMain(m *testing.M) { killtest.Main(m, child) }

// child writes the next number under its own name and, in the same call, under
// the name of its twin, until it is killed. It says "try W N" before and "kept
// W N" after.
func child(dir string, say io.Writer) error {
	seal, err := keyIn(dir)
	if err != nil {
		return err
	}
	n, err := Open(Config{Dir: filepath.Join(dir, "notebook"), Seal: seal})
	if err != nil {
		return err
	}
	if r := n.Report(); r.Damaged > 0 {
		return fmt.Errorf("a kill looks like damage: %+v", r)
	}
	failed := make(chan error)
	for w := range 3 {
		go func() {
			name := strconv.Itoa(w)
			was, _ := n.Get(context.Background(), name)
			last, _, _ := strings.Cut(string(was), " ")
			number, _ := strconv.Atoi(last)
			for {
				number++
				value := fmt.Appendf(nil, "%d %s", number, strings.Repeat("x", rand.IntN(60_000)))
				fmt.Fprintf(say, "try %d %d\n", w, number)
				if err := n.Put(context.Background(), client.Note{Name: name, Value: value}, client.Note{Name: "twin" + name, Value: value}); err != nil {
					failed <- err
					return
				}
				fmt.Fprintf(say, "kept %d %d\n", w, number)
			}
		}()
	}
	return <-failed
}

// kill lets a child write until it is killed, and notes the highest number tried
// and kept of each writer.
func kill(t *testing.T, dir string, tried, kept map[string]int) {
	t.Helper()
	ended := killtest.Life(t, dir, rand.IntN(120), 20*time.Millisecond, func(line string) {
		var what, who string
		var number int
		if _, err := fmt.Sscanf(line+" ", "%s %s %d ", &what, &who, &number); err != nil {
			return // cut by the kill
		}
		switch what {
		case "try":
			tried[who] = max(tried[who], number)
		case "kept":
			kept[who] = max(kept[who], number)
		}
	})
	if ended {
		t.Fatal("the child ended by itself")
	}
}

// A program killed at random points, again and again in the same folder, while
// it also writes its log anew: what it acknowledged is there, whole.
// CARNET_KILLS sets how many kills; 20 is the sample of the suite.
func TestCampaignOfKills(t *testing.T) {
	kills := killtest.Kills(t, 20)
	dir := t.TempDir()
	seal, err := keyIn(dir)
	ok(t, "key", err)
	tried, kept := map[string]int{}, map[string]int{}
	generation := uint64(0)
	for range kills {
		kill(t, dir, tried, kept)
		n, err := Open(Config{Dir: filepath.Join(dir, "notebook"), Seal: seal})
		ok(t, "open after a kill", err)
		if r := n.Report(); r.Damaged != 0 {
			t.Fatalf("a kill looks like damage: %+v", r)
		}
		notes := all(t, n)
		for who, last := range kept {
			text, _, _ := strings.Cut(notes[who], " ")
			if number, err := strconv.Atoi(text); err != nil || number < last || number > tried[who] {
				t.Fatalf("writer %s: %q is there, %d was acknowledged and %d tried", who, text, last, tried[who])
			}
			if notes[who] != notes["twin"+who] {
				t.Fatal("half of a call is there")
			}
		}
		generation = n.log.Generation()
		ok(t, "close", n.Close())
	}
	if kept["0"]+kept["1"]+kept["2"] < kills || generation < 2 {
		t.Errorf("the campaign kills too early: %v kept, generation %d", kept, generation)
	}
	t.Logf("%d kills, %v acknowledged, the log written anew %d times", kills, kept, generation-1)
}
