package record

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/fhir"
)

// wantLater fails unless err tells to come back, after a time that one waits.
func wantLater(t *testing.T, what string, err error) {
	t.Helper()
	var e *fhir.Error
	if !errors.As(err, &e) || e.Code != fhir.Throttled || e.RetryAfter < time.Second || e.RetryAfter > time.Minute {
		t.Errorf("%s: %+v", what, err)
	}
}

// Each bound refuses by its name what goes beyond it, and what has left makes
// room.
func TestIntakeIsBounded(t *testing.T) {
	clock := newClock()
	small := Intake{Filings: 4, Bytes: 100, SenderFilings: 2, SenderBytes: 60, SenderRate: 1000}
	for name, c := range map[string]struct {
		in     []string // senders of 20 bytes each
		next   string
		bytes  int64
		reason string
	}{
		"an empty house":                 {nil, "a", 50, ""},
		"one larger than all its room":   {nil, "a", 1000, ""},
		"a third of one sender":          {[]string{"a", "a"}, "a", 1, refusedSenderFilings},
		"beside two of another":          {[]string{"a", "a"}, "b", 20, ""},
		"too many bytes of one sender":   {[]string{"a"}, "a", 41, refusedSenderBytes},
		"as many as one sender may":      {[]string{"a"}, "a", 40, ""},
		"a fifth of all":                 {[]string{"a", "a", "b", "c"}, "d", 1, refusedFilings},
		"too many bytes of all":          {[]string{"a", "b", "c"}, "d", 41, refusedBytes},
		"as many bytes as there is room": {[]string{"a", "b", "c"}, "d", 40, ""},
	} {
		i := newIntake(small, clock.now)
		var leave []func()
		for _, who := range c.in {
			out, err := i.admit(who, 20)
			if err != nil {
				t.Fatal(name, err)
			}
			leave = append(leave, out)
		}
		out, err := i.admit(c.next, c.bytes)
		if c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			out()
		} else {
			wantLater(t, name, err)
			if n := i.stats().Refused[c.reason]; n != 1 {
				t.Errorf("%s: %v", name, i.stats().Refused)
			}
		}
		for _, out := range leave {
			out()
			out() // twice is once
		}
		if s := i.stats(); s.Filings != 0 || s.Bytes != 0 || len(i.senders) != 0 {
			t.Errorf("%s: left behind %+v", name, s)
		}
		if out, err := i.admit(c.next, 20); err != nil {
			t.Errorf("%s: the room is not given back: %v", name, err)
		} else {
			out()
		}
	}
}

// A sender's rate counts every document, those of submission sets too, and
// others' are their own.
func TestSenderRate(t *testing.T) {
	clock := newClock()
	i := newIntake(Intake{SenderRate: 10}, clock.now)
	n := 0
	for ; n < 1000; n++ {
		leave, err := i.admit("lab", 1)
		if err != nil {
			wantLater(t, "too fast", err)
			break
		}
		leave()
	}
	if n != 20 {
		t.Errorf("%d at once, want twice the rate", n)
	}
	if leave, err := i.admit("another", 1); err != nil {
		t.Error(err)
	} else {
		leave()
	}
	clock.advance(time.Second)
	leave, err := i.admit("lab", 1)
	if err != nil {
		t.Fatal("a second later:", err)
	}
	leave()
	i.charge("lab", 49) // the rest of a set of fifty
	clock.advance(time.Second)
	if _, err := i.admit("lab", 1); err == nil {
		t.Error("a submission set counts as one document")
	}
	clock.advance(time.Second)
	if leave, err = i.admit("lab", 1); err != nil {
		t.Error(err)
	} else {
		leave()
	}
}

// gateHeld holds every PDF until it is opened.
type gateHeld struct {
	entered chan struct{}
	open    chan struct{}
}

func (g gateHeld) CheckPDF(ctx context.Context, _ io.ReaderAt, _ int64) error {
	g.entered <- struct{}{}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// While the checks are busy some wait and the rest are told to come back; who
// waited is filed, who gave up or waited too long is not, and a repetition is
// filed once.
func TestChecksAreQueued(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	held := gateHeld{entered: make(chan struct{}, 9), open: make(chan struct{})}
	w.gate, w.intake = held, newIntake(Intake{Checks: 1, Waiting: 1, Patience: time.Hour}, w.clock.now)
	pdf := func(unique string) Upload {
		d := newDraft(1, unique, gp())
		d.Attachment.ContentType, d.data = "application/pdf", []byte("%PDF-"+unique)
		u := d.upload(t)
		u.Idempotency = "key-" + unique
		return u
	}
	var running sync.WaitGroup
	file := func(ctx context.Context, unique string) chan error {
		out, u := make(chan error, 1), pdf(unique)
		running.Go(func() {
			_, _, err := w.File(ctx, gp(), "", u)
			out <- err
		})
		return out
	}
	first := file(ctx, "1")
	<-held.entered
	leaving, leave := context.WithCancel(ctx)
	second := file(leaving, "2")
	until(t, func() bool { return w.IntakeStats().Waiting == 1 })
	wantLater(t, "no room to wait", <-file(ctx, "3"))
	leave()
	if err := <-second; fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("who gave up: %v", err)
	}
	third := file(ctx, "3")
	until(t, func() bool { return w.IntakeStats().Waiting == 1 })
	close(held.open)
	for name, one := range map[string]chan error{"first": first, "third": third} {
		if err := <-one; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	running.Wait()
	if s := w.IntakeStats(); s.Waiting != 0 || s.Checks != 0 || s.Refused[refusedQueue] != 1 {
		t.Errorf("%+v", s)
	}
	if _, created, err := w.File(ctx, gp(), "", pdf("3")); err != nil || created {
		t.Errorf("sent again: created %v, %v", created, err)
	}
}

// Who waits longer than patience is told so, before its client gives up.
func TestPatienceEnds(t *testing.T) {
	i := newIntake(Intake{Checks: 1, Patience: time.Millisecond}, newClock().now)
	done, err := i.turn(context.Background(), &patience{i.Patience})
	if err != nil {
		t.Fatal(err)
	}
	budget := &patience{i.Patience}
	_, err = i.turn(context.Background(), budget)
	wantLater(t, "a check that never ends", err)
	if budget.left > 0 || i.stats().Refused[refusedPatience] != 1 {
		t.Errorf("%v left, %+v", budget.left, i.stats())
	}
	done()
	if done, err = i.turn(context.Background(), budget); err != nil {
		t.Error("a free turn needs no patience:", err)
	} else {
		done()
	}
}

// until waits for another goroutine to come to a point.
func until(t *testing.T, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !reached(); {
		if time.Now().After(end) {
			t.Fatal("it never comes to that")
		}
		runtime.Gosched()
	}
}

// A laboratory looks up two hundred patients a second, none of them its own, for
// as long as it likes, by its software or by somebody at a desktop; everybody else's
// allowance is another.
func TestLaboratoriesLookUpAsTheyFile(t *testing.T) {
	system, person := otherGP(), otherGP()
	system.ID, system.Session = "carnet-lab-1", "signin-lab"
	person.Sector = "SA25"
	for name, lab := range map[string]Principal{"system": system, "person": person} {
		t.Run(name, func(t *testing.T) { looksUpAsItFiles(t, lab) })
	}
}

func looksUpAsItFiles(t *testing.T, lab Principal) {
	ctx := context.Background()
	w := strangers(t)
	look := func(i int) error {
		id := ins(i)
		_, err := w.MyPatients(ctx, lab, PatientQuery{Identifier: &id})
		return err
	}
	for second := range 20 {
		for range 200 {
			if err := w.limits.look(lab); err != nil {
				t.Fatalf("second %d: %v", second, err)
			}
		}
		w.clock.advance(time.Second)
	}
	if err := look(2); err != nil {
		t.Error(err)
	}
	n := 0
	for ; n < 10*systemMissBurst; n++ {
		if err := look(99); err != nil {
			wantLater(t, "one nobody too many", err)
			break
		}
	}
	if n != systemMissBurst {
		t.Errorf("%d numbers that are nobody's", n)
	}
	wantLater(t, "going through the population", look(2))
	if _, _, err := w.file(lab, newDraft(3, newUnique(), lab)); fhir.CodeOf(err) != fhir.Throttled {
		t.Errorf("filing tells what looking up does not: %v", err)
	}
	w.clock.advance(time.Minute)
	if err := look(2); err != nil {
		t.Error("a minute later:", err)
	}
}

// Texts are read in pieces: a letter may stand on the border of two.
func TestTextsAreReadInPieces(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		is      bool
		first   rune
	}{
		"letters":                {"  Compte rendu\n", true, 'C'},
		"a mark before":          {"\ufeff<a/>", true, '<'},
		"a letter on the border": {strings.Repeat("x", 32<<10-1) + "é" + strings.Repeat("y", 40<<10), true, 'x'},
		"half a letter":          {strings.Repeat("x", 32<<10-1) + "\xc3", false, 0},
		"a null":                 {strings.Repeat("x", 70<<10) + "\x00", false, 0},
		"nothing but space":      {" \r\n", true, 0},
		"a replacement letter":   {"\ufffd", true, '\ufffd'},
		"an escape":              {"\x1b[31m", false, 0},
	} {
		found, err := readText(strings.NewReader(c.content))
		if err != nil || found.is != c.is || found.is && found.first != c.first {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if isText([]byte(c.content)) != c.is {
			t.Errorf("%s: whole it is something else", name)
		}
	}
}
