package messages

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carnet/client"
	"carnet/ui/task"
)

// slow is a notebook whose first writing takes long.
type slow struct {
	pad
	mu    sync.Mutex
	first chan struct{} // closed when the first writing may go on
	calls int
	fail  error // of the writings from now on
}

func (s *slow) Put(ctx context.Context, pages ...client.Note) error {
	s.mu.Lock()
	s.calls++
	held, err := s.calls == 1 && s.first != nil, s.fail
	s.mu.Unlock()
	if held {
		<-s.first
	}
	if err != nil {
		return err
	}
	return s.pad.Put(ctx, pages...)
}

func (s *slow) holds(name string) string {
	v, err := s.Get(context.Background(), name)
	if err != nil {
		return ""
	}
	return string(v)
}

// line is a Runner whose callbacks run at once.
func line() *task.Runner { return task.New(task.Config{Dispatch: func(f func()) { f() }}) }

func note(name, value string) client.Note { return client.Note{Name: name, Value: []byte(value)} }

// TestTheLastWordOfADraftStays however long an earlier one takes to be written:
// a message that was sent does not come back as a draft.
func TestTheLastWordOfADraftStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := line()
		s := &slow{first: make(chan struct{})}
		k := newKeeper(r.Scope(), s)
		k.put(note("message/draft/first", "Bonjour"))
		synctest.Wait() // the first is being written
		k.put(note("message/draft/first", "Bonjour Inès."))
		k.put(note("message/draft/d1", "À demain"))
		k.put(client.Note{Name: "message/draft/first"}) // sent
		synctest.Wait()                                 // whatever could overtake it has
		close(s.first)
		synctest.Wait()
		if got := s.holds("message/draft/first"); got != "" {
			t.Errorf("what was sent is a draft again: %q", got)
		}
		if got := s.holds("message/draft/d1"); got != "À demain" {
			t.Errorf("another draft: %q", got)
		}
		r.Close(time.Minute)
	})
}

// TestWhatIsGivenAtTheEndIsWritten: the page goes, and the program with it.
func TestWhatIsGivenAtTheEndIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := line()
		scope := r.Scope()
		s := &slow{first: make(chan struct{})}
		k := newKeeper(scope, s)
		k.put(note("a", "1"))
		synctest.Wait()
		k.put(note("a", "2"))
		k.put(note("b", "1"))
		scope.Close()
		go close(s.first)
		if !r.Close(time.Minute) {
			t.Fatal("the window did not wait")
		}
		if s.holds("a") != "2" || s.holds("b") != "1" {
			t.Errorf("%q, %q", s.holds("a"), s.holds("b"))
		}
	})
}

// TestWhatTheDiskRefusesWaits for the next page.
func TestWhatTheDiskRefusesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := line()
		s := &slow{fail: errors.New("full")}
		k := newKeeper(r.Scope(), s)
		k.put(note("a", "1"))
		synctest.Wait()
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		k.put(note("b", "1"))
		synctest.Wait()
		if s.holds("a") != "1" || s.holds("b") != "1" {
			t.Errorf("%q, %q", s.holds("a"), s.holds("b"))
		}
		r.Close(time.Minute)
	})
}
