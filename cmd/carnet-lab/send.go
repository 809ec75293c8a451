package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
)

// look is how often a run looks at how things stand.
const look = 250 * time.Millisecond

// send sends folders, files and manifests, and ends when each file has its
// outcome or the network stays away for too long.
func (m *Main) send(ctx context.Context, o *options, args []string) (int, error) {
	if len(args) == 0 {
		return 0, usageError(o.lang.say("« send » attend un dossier, un fichier ou un manifeste", "send wants a folder, a file or a manifest"))
	}
	paths, err := existing(o, args)
	if err != nil {
		return 0, err
	}
	l, err := m.open(ctx, o, sendBatch, func(l *lab) error { return l.fresh(ctx) })
	if err != nil {
		return 0, err
	}
	stop := m.serveControl(l)
	answer, err := m.sendAll(ctx, l, paths)
	stop()
	if cerr := l.close(); err == nil {
		err = cerr
	}
	if err != nil {
		return 0, err
	}
	return answer.Exit, m.tell(o, answer)
}

// existing makes paths absolute and refuses those that are not there.
func existing(o *options, args []string) ([]string, error) {
	var out []string
	for _, a := range args {
		path, err := filepath.Abs(a)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			return nil, configError(o.lang.say("ce chemin ne se lit pas : ", "this path cannot be read: ") + a)
		}
		out = append(out, path)
	}
	return out, nil
}

// sendAll sends what the paths hold, with what waits from earlier runs.
func (m *Main) sendAll(ctx context.Context, l *lab, paths []string) (answer, error) {
	out := answer{Command: "send"}
	for _, path := range paths {
		if err := l.engine.Add(ctx, path); err != nil {
			if fhir.CodeOf(err) == fhir.Canceled {
				break
			}
			out.Problems = append(out.Problems, problem{File: path, Code: string(fhir.CodeOf(err)), Words: l.o.lang.failure(err)})
		}
	}
	m.await(ctx, l)
	for _, n := range l.engine.Notices() {
		out.Problems = append(out.Problems, problem{File: n.Path, Line: n.Line, Code: string(n.Kind), Name: n.Name, Words: n.Message(string(l.o.lang))})
	}
	rows, _ := l.engine.Rows(batch.Query{})
	for _, r := range rows {
		out.add(l.tellOf(r))
	}
	out.Exit = exitOf(out.Counts)
	if len(out.Problems) > 0 && out.unreadable() {
		out.Exit = max(out.Exit, exitPerson)
	}
	// Told first, forgotten then: a kill between the two tells nothing twice.
	if err := l.history.tell(context.WithoutCancel(ctx), out.settled(), nil); err != nil {
		return out, err
	}
	if out.Counts[kept]+out.Counts[barred]+out.Counts[working] == 0 {
		return out, l.fresh(context.WithoutCancel(ctx))
	}
	return out, nil
}

// fresh leaves of the batch only what is on its way: what a person put right is
// then read anew. What a run that was killed did not come to tell is told first.
func (l *lab) fresh(ctx context.Context) error {
	var done []fileRecord
	ended, _ := l.engine.Rows(batch.Query{States: []batch.State{batch.Sent, batch.Already, batch.NoRecord, batch.Refused}})
	for _, r := range ended {
		done = append(done, l.tellOf(r))
	}
	if err := l.history.tell(ctx, done, nil); err != nil {
		return err
	}
	rows, _ := l.engine.Rows(batch.Query{States: []batch.State{batch.Found, batch.Reading, batch.Fix, batch.Ready}})
	if err := l.remove(ctx, rows); err != nil {
		return err
	}
	if err := l.engine.Clear(ctx); err != nil {
		return err
	}
	return l.forgetRefused(ctx)
}

// remove takes rows out: all at once, for a manifest may have named two hundred
// thousand, or one by one when some of them have just left.
func (l *lab) remove(ctx context.Context, rows []batch.Row) error {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	if len(ids) == 0 {
		return nil
	}
	err := l.engine.Remove(ctx, ids...)
	if fhir.CodeOf(err) != fhir.StateConflict {
		return err
	}
	for _, id := range ids {
		if err := l.engine.Remove(ctx, id); err != nil && fhir.CodeOf(err) != fhir.StateConflict {
			return err
		}
	}
	return nil
}

// forgetRefused takes what was refused out of the outbox, once it is told: the
// same file may go another day, with what was wrong put right.
func (l *lab) forgetRefused(ctx context.Context) error {
	items, err := l.box.List(ctx)
	if err != nil {
		return err
	}
	for _, it := range items {
		if it.State != client.OutboxRefused {
			continue
		}
		if err := l.box.Delete(ctx, it.ID); err != nil && fhir.CodeOf(err) != fhir.NotFound {
			return err
		}
	}
	return nil
}

// await lets ready files go until nothing more happens by itself: all have their
// outcome, the network was away for too long, or ctx ended.
func (m *Main) await(ctx context.Context, l *lab) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	p := m.progress(l.o)
	defer p.end()
	seen := still{since: l.now()}
	for {
		// What cannot be kept now (a full disk) is tried again at the next look.
		if _, err := l.engine.Send(ctx); err != nil && ctx.Err() == nil {
			l.log.WithError(err).Warn("ready files could not be put into the outbox")
		}
		c := l.engine.Counts()
		p.show(c)
		waiting := c.By[batch.Waiting]
		open := c.By[batch.Found] + c.By[batch.Reading] + c.By[batch.Ready] + c.By[batch.Queued] + c.By[batch.Sending] + waiting
		if open == waiting {
			rows, _ := l.engine.Rows(batch.Query{States: []batch.State{batch.Fix}})
			for _, r := range rows {
				switch l.tellOf(r).Outcome {
				case kept, barred:
					open++
				case working:
					open++
					if slices.Contains(r.Problems, batch.Changed) {
						_ = l.engine.Again(ctx, r.ID) // it changed while it was read
					}
				}
			}
		}
		if open == 0 || seen.tooLong(c, l.now(), l.o.wait) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// still notices that nothing moves any more.
type still struct {
	mark  string
	since time.Time
}

// tooLong tells whether nothing has moved for so long.
func (s *still) tooLong(c batch.Counts, now time.Time, wait time.Duration) bool {
	var done []int
	for _, state := range batch.States() {
		if state.Final() || state == batch.Fix || state == batch.Ready {
			done = append(done, c.By[state])
		}
	}
	if mark := fmt.Sprint(done, c.By[batch.Found], c.SentSize); mark != s.mark {
		s.mark, s.since = mark, now
	}
	return now.Sub(s.since) > wait
}

// unreadable tells whether a path could not be taken at all.
func (a answer) unreadable() bool {
	return slices.ContainsFunc(a.Problems, func(p problem) bool {
		switch batch.NoticeKind(p.Code) {
		case batch.Ignored, batch.NotListed, batch.ListedTwice, batch.ExtraColumn:
			return false
		}
		return true
	})
}
