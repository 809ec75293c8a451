package notebook

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client"
)

// childEnv makes the test program the child of the campaign, working in the
// folder that it names.
const childEnv = "CARNET_NOTEBOOK_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

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

// kill starts a child, kills it after so many lines and a moment, and notes the
// highest number tried and kept of each writer.
func kill(t *testing.T, dir string, lines int, moment time.Duration, tried, kept map[string]int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	ok(t, "pipe", err)
	ok(t, "start", cmd.Start())
	in := bufio.NewScanner(out)
	for n := 0; in.Scan(); n++ {
		if n == lines {
			time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
		}
		var what, who string
		var number int
		if _, err := fmt.Sscanf(in.Text()+" ", "%s %s %d ", &what, &who, &number); err != nil {
			continue // cut by the kill
		}
		switch what {
		case "try":
			tried[who] = max(tried[who], number)
		case "kept":
			kept[who] = max(kept[who], number)
		}
	}
	if err := cmd.Wait(); err == nil || complaint.Len() > 0 {
		t.Fatalf("the child ended by itself: %v %s", err, complaint.String())
	}
}

// A program killed at random points, again and again in the same folder, while
// it also writes its log anew: what it acknowledged is there, whole.
// CARNET_KILLS sets how many kills; 20 is the sample of the suite.
func TestCampaignOfKills(t *testing.T) {
	kills := 20
	if text := os.Getenv("CARNET_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		ok(t, "CARNET_KILLS", err)
		kills = n
	}
	dir := t.TempDir()
	seal, err := keyIn(dir)
	ok(t, "key", err)
	tried, kept := map[string]int{}, map[string]int{}
	generation := uint64(0)
	for range kills {
		kill(t, dir, rand.IntN(120), time.Duration(rand.IntN(20_000))*time.Microsecond, tried, kept)
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
		generation = n.gen
		ok(t, "close", n.Close())
	}
	if kept["0"]+kept["1"]+kept["2"] < kills || generation < 2 {
		t.Errorf("the campaign kills too early: %v kept, generation %d", kept, generation)
	}
	t.Logf("%d kills, %v acknowledged, the log written anew %d times", kills, kept, generation-1)
}
