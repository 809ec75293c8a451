package cache

import (
	"testing"
	"time"
	"unsafe"
)

// setClock is a computer's clock that somebody sets while a program runs: what it
// shows is moved, how long the program has run is not.
type setClock struct {
	ran time.Duration
	set time.Duration // by so much the clock shows something else
}

var setStart = time.Now()

// now gives a time as the system does: beside what is shown it carries how long the
// system has run, by which Go compares two times and which nobody can set.
func (c *setClock) now() time.Time {
	t := setStart.Add(c.ran)
	*(*uint64)(unsafe.Pointer(&t)) += uint64(c.set/time.Second) << 30 // the shown seconds, see type time.Time
	return t
}

func (c *setClock) pass(d time.Duration) { c.ran += d }

func clockIn(t *testing.T, dir string, own *setClock) *clock {
	t.Helper()
	seal, _, _, err := sealersIn(dir)
	ok(t, "vault", err)
	c, err := loadClock(Config{Dir: dir, Seal: seal, Now: own.now, Ran: func() time.Duration { return own.ran }}, false)
	ok(t, "clock", err)
	return c
}

// A clock set back in the middle of a run is noticed like one that was set back
// before the start, and no mark follows it: the next start notices, too.
func TestTheClockIsSetBackWhileTheProgramRuns(t *testing.T) {
	dir, own := t.TempDir(), &setClock{}
	c := clockIn(t, dir, own)
	ok(t, "told", c.told(setStart.UTC()))
	own.pass(10 * time.Minute)
	if at, sure := c.now(); !sure || !at.Equal(setStart.Add(10*time.Minute)) {
		t.Fatalf("%v %v", at, sure)
	}
	own.pass(time.Minute)
	own.set = -time.Hour
	if at, sure := c.now(); sure {
		t.Errorf("an hour back: %v", at)
	}
	if at, sure := clockIn(t, dir, own).now(); sure {
		t.Errorf("an hour back and a new start: %v", at)
	}
	ok(t, "told", c.told(setStart.UTC().Add(11*time.Minute)))
	if at, sure := c.now(); !sure || !at.Equal(setStart.Add(11*time.Minute)) {
		t.Errorf("the server said the time: %v %v", at, sure)
	}
}

// A clock that is set back a little at a time stands still for who looks at it; time
// passes all the same.
func TestTheClockIsSetBackALittleAgainAndAgain(t *testing.T) {
	own := &setClock{}
	c := clockIn(t, t.TempDir(), own)
	ok(t, "told", c.told(setStart.UTC()))
	for range 60 {
		own.pass(4 * time.Minute)
		own.set -= 4 * time.Minute
		c.now()
	}
	if at, sure := c.now(); sure && at.Before(setStart.Add(4*time.Hour)) {
		t.Errorf("after four hours it is said to be %v after the start", at.Sub(setStart))
	}
	own.set = -4 * time.Minute // within what is let pass
	if at, sure := c.now(); !sure || !at.Equal(setStart.Add(4*time.Hour)) {
		t.Errorf("%v %v", at.Sub(setStart), sure)
	}
}
