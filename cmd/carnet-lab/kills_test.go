package main

import (
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// sampleKills is how many kills the suite plays; CARNET_KILLS sets another number.
const sampleKills = 4

// serverKills is how many kills of the program come to one of the server.
const serverKills = 10

// manyWait is how many files wait at most.
const manyWait = 30

// labKilled: the program is killed at random points and started again, and the
// server, which is one process for all of it, from time to time as well. In the
// end every file is in its record, once, and put away, and the report tells of
// each once.
func labKilled(t *testing.T, w *world) {
	kills := sampleKills
	if text := os.Getenv("CARNET_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		ok(t, "CARNET_KILLS", err)
		kills = n
	}
	l := w.laboratory(t)
	all := map[string]sent{}
	quick := []string{"-settle", "200ms", "-every", "100ms"}
	begun, ofServer := time.Now(), 0
	for n := range kills {
		if len(l.find(".")) < manyWait { // a busy machine does less than it is given
			maps.Copy(all, l.some(10_000+10*n, 2))
		}
		cmd := l.command(append([]string{"watch", l.in}, quick...)...)
		ok(t, "start", cmd.Start())
		at := time.AfterFunc(time.Duration(rand.IntN(2500))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		if n%serverKills == serverKills/4 {
			w.kill()
			w.start()
			ofServer++
		}
		_ = cmd.Wait()
		at.Stop()
		if (n+1)%50 == 0 {
			t.Logf("%d kills, %d of the server, %v", n+1, ofServer, time.Since(begun).Round(time.Second))
		}
	}
	l.patience = 20 * time.Minute
	l.watchUntil(func() bool { return len(l.find(sentDir)) == len(all) }, quick...)
	if left := l.find("."); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	lost, twice := w.once(all)
	_, a := l.run("report")
	if n := a.Counts[arrived] + a.Counts[already]; n != len(all) || len(a.Files) != n {
		t.Errorf("the report tells of %d files, not %d: %v", len(a.Files), len(all), a.Counts)
	}
	t.Logf("%d kills, %d of the server, %d files, %d lost, %d twice, %v", kills, ofServer, len(all), lost, twice, time.Since(begun).Round(time.Second))
}
