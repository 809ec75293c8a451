package batch

import (
	"context"
	"os"
	"sync"
	"time"

	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// Run reads what was added and what will be, and asks again for whom the server
// did not tell, until ctx ends. It returns when nothing is being read any more,
// after what became of files is kept. Only one Run at a time.
func (e *Engine) Run(ctx context.Context) error {
	e.checkStamps(ctx)
	var workers sync.WaitGroup
	slots, asking := make(chan struct{}, e.c.Workers), make(chan struct{}, askersEach*e.c.Workers)
	if e.c.Workers == 1 {
		asking = nil // one after the other, in their order
	}
	for ctx.Err() == nil {
		x, wait := e.pick(len(slots) == cap(slots))
		if x != nil {
			slots <- struct{}{}
			workers.Go(func() {
				next := sync.OnceFunc(func() {
					<-slots
					e.hurry()
				})
				defer next()
				e.process(ctx, x, func() (done func()) {
					if asking == nil {
						return func() {}
					}
					asking <- struct{}{}
					next()
					return func() { <-asking }
				})
			})
			continue
		}
		var due <-chan time.Time
		var timer *time.Timer
		if wait > 0 {
			timer = time.NewTimer(wait)
			due = timer.C
		}
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-due:
		}
		if timer != nil {
			timer.Stop()
		}
	}
	workers.Wait()
	_ = e.flush(context.WithoutCancel(ctx)) // Close tries again and tells
	return nil
}

// pick takes the next entry to work on, or says how long nothing is due (0:
// until something changes).
func (e *Engine) pick(full bool) (*entry, time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if full || e.paused {
		return nil, 0
	}
	wait := time.Duration(0)
	if len(e.parked) > 0 {
		wait = e.gate.until.Sub(e.c.Now())
		if wait <= 0 && !e.gate.trying {
			x := e.parked[0]
			e.parked = e.parked[1:]
			if e.parkedStill(x) {
				x.busy, x.probing = true, e.gate.misses > 0
				e.gate.trying = x.probing
				return x, 0
			}
			return e.pickQueued(time.Nanosecond)
		}
	}
	return e.pickQueued(max(wait, 0))
}

// pickQueued takes the next entry to be read. The caller holds mu.
func (e *Engine) pickQueued(wait time.Duration) (*entry, time.Duration) {
	for len(e.queue) > 0 {
		x := e.queue[0]
		e.queue = e.queue[1:]
		if x.row.State != Found || x.busy || e.byID[x.row.ID] != x {
			continue
		}
		x.busy = true
		e.update(x, func(r *Row) { r.State = Reading })
		return x, 0
	}
	return nil, wait
}

// parkedStill tells whether an entry still waits for the server.
func (e *Engine) parkedStill(x *entry) bool {
	return x.row.State == Fix && x.Who == unanswered && !x.busy && e.byID[x.row.ID] == x
}

// askersEach is for how many files the server is asked whose they are while one
// is being read: who waits for an answer keeps nobody from reading on.
const askersEach = 3

// process reads an entry, unless its text is still here, finds out for whom it
// is, and judges it. The entry is busy. wasRead waits until there is room for
// another one to be asked about, and lets the next be read; done gives that back.
func (e *Engine) process(ctx context.Context, x *entry, wasRead func() (done func())) {
	defer e.release(x)
	e.mu.Lock()
	src, has, text := x.source(), x.hasText && x.row.State != Reading, pdfcheck.NewText(x.text)
	e.mu.Unlock()
	if !has {
		s, err := e.examine(ctx, src)
		if err != nil {
			e.giveUp(ctx, x, err)
			return
		}
		if s.problem == Unreadable && e.isFolder(ctx, x) {
			return
		}
		defer wasRead()()
		text = pdfcheck.NewText(s.report.TextSample)
		e.learn(x, s, text)
	}
	e.resolve(ctx, x, text)
}

// release ends the work on an entry.
func (e *Engine) release(x *entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.probing {
		e.gate.trying = false
	}
	x.busy, x.probing = false, false
	switch {
	case x.row.State == Found:
		e.queue = append(e.queue, x)
	case e.parkedStill(x):
		e.parked = append(e.parked, x)
	}
}

// giveUp puts an entry that could not be read back to be read later; a check
// that fails three times in a row is told.
func (e *Engine) giveUp(ctx context.Context, x *entry, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.row.State != Reading {
		return
	}
	if err != nil && ctx.Err() == nil {
		x.tries++
	}
	e.update(x, func(r *Row) {
		r.State = Found
		if x.tries >= 3 {
			x.tries = 0
			r.State, r.Problems = Fix, []Problem{Unreadable}
		}
	})
}

// learn notes what reading told.
func (e *Engine) learn(x *entry, s seen, text *pdfcheck.Text) {
	found := text.Identity()
	guess, sure := text.Type()
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.row.State.Final() || x.inOutbox() {
		return
	}
	if x.Sum != s.sum && s.problem == "" && x.Sum != [32]byte{} {
		x.Fixed = Correction{} // what a person said was of another content
	}
	e.unclaim(x)
	e.keepText(x, s.report.TextSample)
	x.found, x.Who = &found, notAsked
	x.Several, x.TextDay, x.Guess, x.GuessSure = found.Several, found.ActDate, guess, sure
	x.Stamp, x.tries, x.FileProblem, x.Image = s.stamp, 0, s.problem, s.image
	if s.problem == "" {
		x.Sum, x.SentSum, x.SentHash = s.sum, s.sentSum, s.sentHash
	}
	e.update(x, func(r *Row) {
		r.Size, r.Verdict, r.Findings = s.stamp.Size, s.report.Verdict, s.report.Findings
	})
}

// resolve finds out for whom an entry is and judges it; again when a person said
// something meanwhile.
func (e *Engine) resolve(ctx context.Context, x *entry, text *pdfcheck.Text) {
	for {
		e.mu.Lock()
		if x.row.State.Final() || x.inOutbox() {
			e.mu.Unlock()
			return
		}
		if x.FileProblem != "" || x.row.Verdict == pdfcheck.Refused {
			e.judgeAgain(x)
			e.mu.Unlock()
			return
		}
		a := asking{version: x.version, fixed: x.Fixed, listed: x.listed(), text: text, root: string(x.Root)}
		if x.found != nil {
			a.found = *x.found
		}
		e.mu.Unlock()
		got := e.recognise(ctx, a)
		if ctx.Err() != nil {
			e.giveUp(ctx, x, nil)
			return
		}
		e.mu.Lock()
		if x.version == a.version {
			e.apply(x, got)
			e.mu.Unlock()
			return
		}
		e.mu.Unlock()
	}
}

// apply notes for whom an entry is, and judges it. The caller holds mu.
func (e *Engine) apply(x *entry, got answered) {
	if x.row.State.Final() || x.inOutbox() {
		return
	}
	e.unclaim(x)
	x.Who, x.Original, x.Namesake = got.who, got.original, got.namesake
	if got.patient != nil {
		x.Namesake = e.meet(x, got.patient) || x.Namesake
	}
	reason := fhir.Code("")
	if got.who == unanswered {
		reason = e.gate.reason
	}
	if got.who == known && x.Fixed.Confirmed && x.Fixed.Patient == nil {
		x.Fixed.Confirmed = false // it was of somebody
	}
	e.update(x, func(r *Row) {
		r.Patient, r.PatientFrom, r.Identity, r.Reason = got.patient, got.from, got.comparison, reason
	})
	e.judgeAgain(x)
	if x.row.State == Ready {
		e.dropText(x)
	}
}

// maxTexts is how much text of documents is kept in memory, so that a patient
// chosen by hand is compared at once; what has no room is read again.
const maxTexts = 32 << 20

// keepText keeps an entry's text while there is room. The caller holds mu.
func (e *Engine) keepText(x *entry, text string) {
	e.dropText(x)
	if e.texts+len(text) <= maxTexts {
		x.text, x.hasText = text, true
		e.texts += len(text)
	}
}

// dropText lets go of it. The caller holds mu.
func (e *Engine) dropText(x *entry) {
	e.texts -= len(x.text)
	x.text, x.hasText = "", false
}

// checkStamps has files read again that changed while nobody looked.
func (e *Engine) checkStamps(ctx context.Context) {
	e.mu.Lock()
	var all []*entry
	for _, x := range e.order {
		if (x.row.State == Ready || x.row.State == Fix) && x.Item == "" && !x.busy && x.FileProblem != Outside {
			all = append(all, x)
		}
	}
	e.mu.Unlock()
	for _, x := range all {
		if ctx.Err() != nil {
			return
		}
		info, err := os.Stat(string(x.Path))
		if err == nil && stampOf(info) == x.Stamp {
			continue
		}
		e.mu.Lock()
		if (x.row.State == Ready || x.row.State == Fix) && x.Item == "" && !x.busy {
			e.unclaim(x)
			e.update(x, func(r *Row) { r.State = Found })
		}
		e.mu.Unlock()
	}
}
