package idp

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"
)

// guesses are the ways in which an attempt can be wrong: each must cost the
// same, or the time that it takes tells who has an account.
func guesses(t testing.TB, w *world) map[string][2]string {
	t.Helper()
	w.addDoctor("known")
	w.addDoctor("disabled")
	w.addPatient("patient", "p001")
	if err := DisableUser(context.Background(), w.dir, "disabled", w.clock.now()); err != nil {
		t.Fatal(err)
	}
	return map[string][2]string{
		"an account, a wrong password": {"known", "wrong password here"}, "no account": {"nobody", "wrong password here"},
		"no account, a password of somebody's": {"nobody else", goodPassword}, "a disabled account": {"disabled", "wrong password here"},
		"a disabled account, its password": {"disabled", goodPassword}, "a patient's account": {"patient", "wrong password here"},
		"no password": {"known", ""}, "nobody, no password": {"nobody", ""},
	}
}

// TestEveryGuessIsHashed: argon2id runs once in each attempt, with the same
// memory, whoever is named: what is compared is the memory that an attempt took,
// which its hash makes nearly all of.
func TestEveryGuessIsHashed(t *testing.T) {
	w := newWorld(t)
	const memory = 8 << 20 // of a hash
	hash := cost{time: 1, memory: memory >> 10, threads: 1}
	all := guesses(t, w)
	for _, login := range []string{"known", "disabled", "patient"} {
		if _, err := w.p.storage.store.db.Exec(`UPDATE account SET password = ? WHERE login = ?`, hash.hash(goodPassword), login); err != nil {
			t.Fatal(err)
		}
	}
	decoy := hash.hash(secret())
	w.p.decoy = func() string { return decoy }
	took := func(login, password string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, problem, _ := w.p.password(context.Background(), login, password, "192.0.2.1"); problem != "wrong" {
			t.Fatalf("%s: %q", login, problem)
		}
		runtime.ReadMemStats(&after)
		w.clock.move(time.Hour) // no attempt waits for those before
		return after.TotalAlloc - before.TotalAlloc
	}
	for name, g := range all {
		if n := took(g[0], g[1]); n < memory || n > memory+memory/20 {
			t.Errorf("%s took %d bytes: one hash takes %d", name, n, memory)
		}
	}
}

// BenchmarkGuess measures wrong attempts in turn: the medians of a known and an
// unknown account, and how far apart they are. With the hash of the product it
// is what somebody outside can measure; with a small one, what differs besides
// the hash stands out.
func BenchmarkGuess(b *testing.B) {
	for name, c := range map[string]cost{"product": defaultCost, "small": {time: 1, memory: 64, threads: 1}} {
		b.Run(name, func(b *testing.B) { benchGuess(b, c) })
	}
}

func benchGuess(b *testing.B, c cost) {
	w := newWorld(b)
	w.addDoctor("known")
	decoy := c.hash(secret())
	w.p.decoy = func() string { return decoy }
	names := []string{"known", "nobody"}
	if _, err := w.p.storage.store.db.Exec(`UPDATE account SET password = ?`, c.hash(goodPassword)); err != nil {
		b.Fatal(err)
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, name := range names {
			start := time.Now()
			if _, problem, _ := w.p.password(context.Background(), name, "wrong password here", name); problem != "wrong" {
				b.Fatal(problem)
			}
			took[name] = append(took[name], time.Since(start))
			w.clock.move(time.Hour)
		}
		slices.Reverse(names) // neither is always the first
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2].Nanoseconds()) / 1e6
	}
	known, unknown := median("known"), median("nobody")
	b.ReportMetric(known, "known-ms")
	b.ReportMetric(unknown, "unknown-ms")
	b.ReportMetric(100*(known-unknown)/unknown, "apart-%")
}
