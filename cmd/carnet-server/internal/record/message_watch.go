package record

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// letterWatchers wakes those who watch their messages. A watcher keeps which
// dialogues moved since it last looked, and nothing of what is in them.
type letterWatchers struct {
	mu      sync.Mutex // guards the maps, and moved of all
	by      map[string]map[*letterWatcher]struct{}
	signIns map[string]int
	all     int
}

// letterWatcher is one who watches.
type letterWatcher struct {
	who, signIn string
	wake        chan struct{} // holds one
	moved       []string      // ids of dialogues; bounded
}

// watchesPerPerson bounds the screens of one person, and of the patient's side of
// one record: each message that moves has all of them look anew, and signing in
// once more costs nothing.
const watchesPerPerson = 64

// movedAtMost bounds what a watcher keeps: after that, something moved.
const movedAtMost = 32

func newLetterWatchers() *letterWatchers {
	return &letterWatchers{by: map[string]map[*letterWatcher]struct{}{}, signIns: map[string]int{}}
}

// patientSide names those who watch the messages of a record as its patient.
func patientSide(record int64) string { return "record " + strconv.FormatInt(record, 10) }

// add starts a watch. Errors: Throttled.
func (w *letterWatchers) add(who, signIn string) (*letterWatcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.signIns[signIn] >= watchesPerSignIn || len(w.by[who]) >= watchesPerPerson || w.all >= watchesInAll {
		return nil, fhir.E(fhir.Throttled, "Les messages sont suivis sur trop d’écrans à la fois : fermez-en un, puis réessayez.")
	}
	one := &letterWatcher{who: who, signIn: signIn, wake: make(chan struct{}, 1)}
	if w.by[who] == nil {
		w.by[who] = map[*letterWatcher]struct{}{}
	}
	w.by[who][one] = struct{}{}
	w.signIns[signIn]++
	w.all++
	return one, nil
}

// remove ends a watch.
func (w *letterWatchers) remove(one *letterWatcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by[one.who], one)
	if len(w.by[one.who]) == 0 {
		delete(w.by, one.who)
	}
	if w.signIns[one.signIn]--; w.signIns[one.signIn] == 0 {
		delete(w.signIns, one.signIn)
	}
	w.all--
}

// changed wakes those concerned; it never waits.
func (w *letterWatchers) changed(c store.Changed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	who := c.Member
	if who == "" {
		who = patientSide(c.Record)
	}
	for one := range w.by[who] {
		if len(one.moved) < movedAtMost && !slices.Contains(one.moved, c.Dialogue) {
			one.moved = append(one.moved, c.Dialogue)
		}
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

// take gives which dialogues moved since it was last called.
func (w *letterWatchers) take(one *letterWatcher) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := one.moved
	one.moved = nil
	return out
}

// moved passes a commit on to who watches it.
func (s *Service) moved(c store.Changed) {
	if c.Dialogue != "" {
		s.letters.changed(c)
		return
	}
	s.watchers.changed(c)
}

// LetterBeat is the Unread of an event that says nothing: whoever listens is
// still listened for.
const LetterBeat = -1

// WatchMessages tells which of the caller's dialogues move, and how many
// messages are unread: at once how things stand, then as it happens, and with
// an event of LetterBeat from time to time. It decides as a list does: of a
// dialogue that may not be read nothing is told. It shows nothing of messages,
// so it is no access of its own. It returns nil once ctx has ended, and the
// error of tell when that gives one. Errors of its own: Throttled, Unavailable.
func (s *Service) WatchMessages(ctx context.Context, p Principal, tell func(fhir.LetterEvent) error) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.followLetters(ctx, p.ID, p.Session, tell, func() ([]string, int, error) {
		all, unread, err := s.ownDialogues(ctx, p)
		ids := make([]string, len(all))
		for i, d := range all {
			ids[i] = d.ID
		}
		return ids, unread, err
	})
}

// WatchHeldMessages is WatchMessages for a record that a citizen may enter.
// Errors: NotFound, Forbidden besides.
func (s *Service) WatchHeldMessages(ctx context.Context, c Citizen, rec string, tell func(fhir.LetterEvent) error) error {
	var number int64
	look := func() (ids []string, unread int, err error) {
		err = s.corresponds(ctx, c, rec, func(h *held, r reader) error {
			number = h.rec.N
			found, err := s.st.DialoguesOf(ctx, h.rec.N, r.id)
			ids, unread = nil, 0
			for _, d := range found {
				ids, unread = append(ids, d.ID), unread+d.Unread
			}
			return err
		})
		return ids, unread, err
	}
	if _, _, err := look(); err != nil {
		return err
	}
	return s.followLetters(ctx, patientSide(number), c.Session, tell, look)
}

// followLetters looks, tells, and waits for the next reason to look.
func (s *Service) followLetters(ctx context.Context, who, signIn string, tell func(fhir.LetterEvent) error, look func() ([]string, int, error)) error {
	one, err := s.letters.add(who, signIn)
	if err != nil {
		return err
	}
	defer s.letters.remove(one)
	was := LetterBeat
	for ctx.Err() == nil {
		moved := s.letters.take(one)
		ids, unread, err := look()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fault(err)
		}
		events := 0
		for _, id := range moved {
			if !slices.Contains(ids, id) {
				continue
			}
			events++
			if err := tell(fhir.LetterEvent{Dialogue: id, Unread: unread}); err != nil {
				return err
			}
		}
		if events == 0 {
			e := fhir.LetterEvent{Unread: unread}
			if unread == was {
				e.Unread = LetterBeat
			}
			if err := tell(e); err != nil {
				return err
			}
		}
		was = unread
		select {
		case <-ctx.Done():
		case <-one.wake:
		case <-s.watchers.after(watchBeat):
		}
	}
	return nil
}
