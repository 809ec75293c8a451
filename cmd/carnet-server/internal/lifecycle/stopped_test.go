package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

var errStopped = errors.New("stopped")

// stopping is a door and a sender that stop the server at one point: before or
// after something took effect.
type stopping struct {
	Records
	Sender
	left int

	stays bool // once stopped, it does nothing until dead is taken back
	dead  bool
}

func (s *stopping) step() error {
	s.left--
	if s.left == 0 || s.dead {
		s.dead = s.left == 0 && s.stays || s.dead
		return errStopped
	}
	return nil
}

// around does f between two points at which the server may stop; what f did
// before the second has taken effect.
func around[T any](s *stopping, f func() (T, error)) (out T, err error) {
	if err := s.step(); err != nil {
		return out, err
	}
	if out, err = f(); err != nil {
		return out, err
	}
	return out, s.step()
}

func (s *stopping) SaveLife(ctx context.Context, l record.Life, ch record.LifeChange) (record.Life, error) {
	return around(s, func() (record.Life, error) { return s.Records.SaveLife(ctx, l, ch) })
}

func (s *stopping) Announce(ctx context.Context, p record.Insured, l record.Life, by record.Staff) (record.Life, bool, error) {
	created := false
	l, err := around(s, func() (out record.Life, err error) {
		out, created, err = s.Records.Announce(ctx, p, l, by)
		return out, err
	})
	return l, created, err
}

func (s *stopping) Erase(ctx context.Context, l record.Life, ch record.LifeChange) error {
	_, err := around(s, func() (struct{}, error) { return struct{}{}, s.Records.Erase(ctx, l, ch) })
	return err
}

func (s *stopping) Send(ctx context.Context, m Message) error {
	_, err := around(s, func() (struct{}, error) { return struct{}{}, s.Sender.Send(ctx, m) })
	return err
}

// Stopped at any point of announcing and of sending a new code, and started
// again, there is one letter for each, no letter twice, and the code of the last
// one opens the record.
func TestStoppedAtAnyPoint(t *testing.T) {
	ctx := context.Background()
	const points = 14
	for at := 1; at <= points; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w := newWorld(t)
			stop := &stopping{Records: w.service, Sender: Folder{w.outbox}, left: at}
			start := func() { w.Engine = New(Config{Records: stop, Sender: stop, Now: w.clock.now}) }
			start()
			if _, err := w.Announce(ctx, zoe()); err != nil {
				start()
				if _, err := w.Announce(ctx, zoe()); err != nil { // the insurance names the person again
					t.Fatal(err)
				}
			}
			settle := func() {
				for range 2 {
					if err := w.Work(ctx); err == nil {
						return
					}
					start()
					w.clock.set(w.clock.now().Add(wait(1)))
				}
				w.work()
			}
			settle()
			first := w.codes()
			if len(first) != 1 || len(w.letters()) != 1 {
				t.Fatalf("%d letters, codes %v", len(w.letters()), first)
			}
			w.clear()
			id := must(w.service.LifeByINS(ctx, zoe().INS.Value)).Patient
			if err := w.NewCode(ctx, operator(), id, ""); err != nil {
				start()
				if err := w.NewCode(ctx, operator(), id, ""); err != nil { // it was not acknowledged: the operator does it again
					t.Fatal(err)
				}
			}
			settle()
			codes := w.codes()
			if len(codes) != 1 || codes[0] == first[0] {
				t.Fatalf("codes %v after %v", codes, first)
			}
			stop.left = 0
			if _, err := w.Activate(ctx, activation(zoe(), first[0])); err == nil {
				t.Error("an older code is good")
			}
			if _, err := w.Activate(ctx, activation(zoe(), codes[0])); err != nil {
				t.Errorf("the code: %v", err)
			}
			if l := must(w.service.LifeOf(ctx, id)); len(l.Letters) != 0 {
				t.Errorf("still to be sent: %+v", l.Letters)
			}
		})
	}
}
