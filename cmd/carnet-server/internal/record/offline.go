package record

import (
	"context"
	"errors"
	"slices"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Limits of what is asked at once about offline copies.
const (
	maxCopyChecks   = 500
	maxOfflineReads = 500
	copyBatch       = 20 // documents (PDSM4DMP: batches of 20)
)

// renewStep is how much longer a lease must become for it to be written: checks
// come every few minutes, and cost next to nothing in between.
const renewStep = time.Hour

// copying is a lease with what is decided about it now, under its holder and in
// its mode.
type copying struct {
	p    Principal
	mode string
	d    consent.Decision
	rec  *store.Record
}

// CheckCopies tells how copies stand, in the order asked: those that may be kept
// are renewed, those that may not are ended for good. A lease that is unknown,
// another's, or taken in another capacity of the caller's does not run. It is
// not logged: nothing of a record is told but that it changed. Errors: BadValue
// for too many.
func (s *Service) CheckCopies(ctx context.Context, p Principal, asked []fhir.CopyCheck) ([]fhir.CopyState, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(asked) > maxCopyChecks {
		return nil, fhir.E(fhir.BadValue, "Au plus %d copies à la fois\u00a0: répartissez la demande.", maxCopyChecks)
	}
	var out []fhir.CopyState
	err := s.decided(nil, func() (err error) {
		out, err = s.checkCopies(ctx, p, asked)
		return err
	})
	return durable(out, err)
}

func (s *Service) checkCopies(ctx context.Context, p Principal, asked []fhir.CopyCheck) ([]fhir.CopyState, error) {
	ids := make([]string, len(asked))
	for i, a := range asked {
		ids[i] = a.Lease
	}
	known, err := s.leasesNow(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]fhir.CopyState, len(asked))
	var work renewal
	for i, a := range asked {
		out[i].Lease = a.Lease
		l, ok := known[a.Lease]
		if !ok || !s.holds(p, l.Lease) {
			continue
		}
		c, runs, err := s.standing(ctx, p, l)
		if err != nil {
			return nil, err
		}
		if !runs {
			if c.rec != nil {
				work.over = append(work.over, l.ID)
			}
			continue
		}
		out[i].Runs, out[i].Until = true, l.Until
		if until := leaseEnd(s.now(), c.d); c.mode == fhir.ModeNormal && until.Sub(l.Until) >= renewStep {
			out[i].Until = until
			work.add(l.Lease, until, c.rec)
		}
		if out[i].Stamp, err = s.stampOf(ctx, l.ID, a.Stamp, c); err != nil {
			return nil, err
		}
	}
	return out, s.renew(ctx, work)
}

// renewal is what checks of copies write.
type renewal struct {
	over  []string
	until map[string]time.Time
	still []store.Still
}

func (r *renewal) add(l store.Lease, until time.Time, rec *store.Record) {
	if r.until == nil {
		r.until = map[string]time.Time{}
	}
	r.until[l.ID] = until
	r.still = append(r.still, still(rec)...)
}

// renew writes what checks found, if anything.
func (s *Service) renew(ctx context.Context, r renewal) error {
	if len(r.over) == 0 && len(r.until) == 0 {
		return nil
	}
	return s.st.Do(ctx, store.Op{Still: r.still, Do: func(tx store.Tx) error {
		for _, id := range r.over {
			if err := tx.EndLease(id, s.now()); err != nil {
				return err
			}
		}
		for id, until := range r.until {
			if err := tx.RenewLease(id, until); err != nil {
				return err
			}
		}
		return nil
	}})
}

// holds tells whether a lease is the caller's and has not ended.
func (s *Service) holds(p Principal, l store.Lease) bool {
	return l.Actor == p.ID && l.Ended.IsZero() && s.now().Before(l.Until)
}

// standing decides about a lease that the caller holds, as its record is now.
// Not running with a record is over for good; without one it is not for this
// sign-in: somebody who works in two places takes copies in each.
func (s *Service) standing(ctx context.Context, p Principal, l store.LeaseNow) (copying, bool, error) {
	b, err := s.bodyOf(ctx, l)
	if err != nil {
		return copying{}, false, err
	}
	if b.Holder.requester() != p.requester() {
		return copying{}, false, nil
	}
	rec, err := s.st.Record(ctx, l.Record)
	if err == nil && (rec.Facts.Epoch != l.Epoch || rec.Docs != l.Docs) { // from memory, or changed this moment
		s.st.Forget(l.Record)
		rec, err = s.st.Fresh(ctx, l.Record)
	}
	if errors.Is(err, store.ErrNotFound) { // erased just now
		return copying{}, false, nil
	}
	if err != nil {
		return copying{}, false, err
	}
	d, runs := s.leaseRuns(b, rec, l.Lease, l.NoOffline)
	return copying{p, b.Mode, d, rec}, runs, nil
}

// heldCopy gives a lease of the caller's that runs. Errors: NoConsent, for whatever
// reason it does not.
func (s *Service) heldCopy(ctx context.Context, p Principal, lease string) (store.LeaseNow, copying, error) {
	over := fhir.E(fhir.NoConsent, "Cette copie hors ligne n’est plus permise\u00a0: consultez le dossier en ligne.")
	known, err := s.leasesNow(ctx, []string{lease})
	if err != nil {
		return store.LeaseNow{}, copying{}, err
	}
	l, ok := known[lease]
	if !ok || !s.holds(p, l.Lease) {
		return l, copying{}, over
	}
	c, runs, err := s.standing(ctx, p, l)
	if err == nil && !runs {
		if c.rec != nil {
			err = s.renew(ctx, renewal{over: []string{lease}})
		}
		if err == nil {
			err = over
		}
	}
	return l, c, err
}

// CopyChanges gives what changed in a copied record since a stamp, at most twenty
// documents at a time, and what the copy may no longer keep of what it was given.
// Without a stamp, or with one that is not of this lease, everything is told
// anew. Errors: NoConsent when the lease does not run.
func (s *Service) CopyChanges(ctx context.Context, p Principal, lease, since string) (fhir.CopyChanges, error) {
	if err := p.check(); err != nil {
		return fhir.CopyChanges{}, err
	}
	var out fhir.CopyChanges
	err := s.decided(nil, func() (err error) {
		out, err = s.copyChanges(ctx, p, lease, since)
		return err
	})
	return durable(out, err)
}

func (s *Service) copyChanges(ctx context.Context, p Principal, lease, since string) (out fhir.CopyChanges, err error) {
	l, c, err := s.heldCopy(ctx, p, lease)
	if err != nil {
		return out, err
	}
	at := s.openStamp(lease, since)
	marks, state, err := s.look(ctx, c)
	if err != nil {
		return out, err
	}
	if at.State == state {
		return fhir.CopyChanges{Stamp: since}, nil
	}
	held, err := s.st.Copied(ctx, lease)
	if err != nil {
		return out, err
	}
	diff := differ(marks, held, at, copyWindow{s.now().AddDate(-2, 0, 0), l.Taken})
	batch := lastBatch(held) + 1
	given := diff.gone
	for i := range given {
		given[i].Version, given[i].Batch = 0, batch
		out.Gone = append(out.Gone, given[i].ID)
	}
	if len(diff.send) > copyBatch {
		out.More, diff.send = true, diff.send[:copyBatch]
	}
	if out.Documents, err = s.copied(ctx, c, diff.send); err != nil {
		return out, err
	}
	for _, m := range diff.send {
		given = append(given, store.Copied{N: m.N, Version: m.Version, Batch: batch})
	}
	next := copyStamp{From: at.From, Batch: batch, State: state}
	if at.Batch == 0 { // it has nothing, whatever it was given before
		next.From = batch
	}
	if out.More {
		next.State = [stateSize]byte{} // none: there is more to be asked for
	}
	out.Stamp = s.sealStamp(lease, next)
	if len(given) == 0 {
		return out, nil
	}
	return out, s.keepCopied(ctx, l, c, given)
}

// keepCopied notes what a copy is given, before it is.
func (s *Service) keepCopied(ctx context.Context, l store.LeaseNow, c copying, given []store.Copied) error {
	op := store.Op{Still: stillListed(c.rec)}
	tell, err := s.tellOfCopy(l.Lease, c)
	if err != nil {
		return err
	}
	op.Log = tell
	op.Do = func(tx store.Tx) error {
		if len(tell) > 0 {
			if err := tx.NoteLease(l.ID, s.now()); err != nil {
				return err
			}
		}
		return tx.KeepCopied(l.ID, given)
	}
	return s.st.Do(ctx, op)
}

// tellOfCopy gives the entry of a copy that is given something, on the first
// such day; none when the history told of it today.
func (s *Service) tellOfCopy(l store.Lease, c copying) ([]store.Entry, error) {
	if sameDay(l.Logged, s.now()) {
		return nil, nil
	}
	e := s.entry(c.p, fhir.KindCopy)
	e.Mode, e.Basis = c.mode, c.d.Basis
	log, err := s.prepare(e, c.rec)
	return []store.Entry{log}, err
}

// copied gives documents as the wire wants them, in the order of the marks.
func (s *Service) copied(ctx context.Context, c copying, marks []store.DocMark) ([]fhir.Entry, error) {
	if len(marks) == 0 {
		return nil, nil
	}
	q := store.DocQuery{Statuses: []string{consent.StatusCurrent, consent.StatusSuperseded}, Limit: len(marks)}
	for _, m := range marks {
		q.Among = append(q.Among, m.N)
	}
	page, err := s.st.Documents(ctx, c.d.Grant, c.rec, q)
	if err != nil {
		return nil, err
	}
	if len(page.Docs) != len(marks) { // what the marks told is no longer so
		return nil, store.ErrStale
	}
	out := make([]fhir.Entry, 0, len(page.Docs))
	for _, d := range page.Docs {
		r, err := s.linked(ctx, c.d.Grant, c.rec, d, d.Served)
		if err != nil {
			return nil, err
		}
		out = append(out, fhir.Entry{Resource: r.JSON})
	}
	return out, nil
}

// copyWindow is what a copy is given first: acts since a day, and whatever was
// filed since the copy was taken (contract section 10).
type copyWindow struct{ acts, filed time.Time }

// vaccinations are given whatever their date.
var vaccinations = []string{"11369-6", "87273-9"}

// takes tells whether a document that the copy does not have belongs in it.
func (w copyWindow) takes(m store.DocMark) bool {
	return m.Current && (!m.Start.Before(w.acts) || m.Filed.After(w.filed) || slices.Contains(vaccinations, m.Type))
}

// difference is what a copy is to be told.
type difference struct {
	send []store.DocMark
	gone []store.Copied
}

// differ compares what may be read with what the copy was given. at says
// what it has of that: the rest is said again.
func differ(marks []store.DocMark, held []store.Copied, at copyStamp, w copyWindow) (out difference) {
	has := make(map[int64]store.Copied, len(held))
	for _, h := range held {
		has[h.N] = h
	}
	for _, m := range marks {
		h, given := has[m.N]
		delete(has, m.N)
		if !given && w.takes(m) || given && (h.Version != m.Version || !at.has(h.Batch)) {
			out.send = append(out.send, m)
		}
	}
	for _, h := range held {
		if _, left := has[h.N]; left && (h.Version != 0 || h.Batch > at.Batch) {
			out.gone = append(out.gone, h)
		}
	}
	return out
}

func lastBatch(held []store.Copied) (last int64) {
	for _, h := range held {
		last = max(last, h.Batch)
	}
	return last
}
