package record

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// clockOff is how far a desktop's clock may be from ours.
const clockOff = 5 * time.Minute

// detailRevoked marks, in the history, an offline read that was done after the
// right had ended.
const detailRevoked = "revoked"

// detailUnsure marks one whose time cannot have been as it was told: the clock of the
// computer was wrong. Whether the right had ended by then is not known either.
const detailUnsure = "unsure"

// ReportReads takes in what was shown offline: each read is an access, told in
// the patient's history with the time it was done and the time it was told.
// Handing one in again changes nothing; under a known ID nothing else can be
// said. One that was done after the right had ended is kept, and told so; so is one
// whose time cannot be right, because a wrong clock hides no access. One that cannot
// have been is refused, for good: under a lease that is not the caller's, of another
// patient, in another mode. Whatever has become of the document, the answer is the same. Errors:
// BadValue for too many.
func (s *Service) ReportReads(ctx context.Context, p Principal, reads []fhir.OfflineRead) ([]fhir.ReadReceipt, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(reads) > maxOfflineReads {
		return nil, fhir.E(fhir.BadValue, "Au plus %d lectures à la fois\u00a0: répartissez-les.", maxOfflineReads)
	}
	for range attempts {
		out, err := s.reportReads(ctx, p, reads)
		if !errors.Is(err, store.ErrDuplicate) { // by the same caller at the same time
			return durable(out, fault(err))
		}
	}
	return nil, fault(errors.New("record: the same reads are handed in many times at once"))
}

// handing is the reads that one request hands in.
type handing struct {
	p      Principal
	leases map[string]store.LeaseNow
	known  map[string]store.HandedIn
	ran    map[int64][]store.Lease // of the caller, by record
	log    []store.Entry
	keep   []store.HandedIn
	visits map[int64]*lateVisit
}

// lateVisit is what a request tells of one record: a visit, told late.
type lateVisit struct {
	p      Principal
	rec    *store.Record
	at     time.Time // of the last read
	before time.Time // the visit before, zero when there was none
	first  store.Touched
}

func (s *Service) reportReads(ctx context.Context, p Principal, reads []fhir.OfflineRead) ([]fhir.ReadReceipt, error) {
	ids, leases := make([]string, len(reads)), make([]string, len(reads))
	for i, r := range reads {
		ids[i], leases[i] = r.ID, r.Lease
	}
	h := handing{p: p, ran: map[int64][]store.Lease{}, visits: map[int64]*lateVisit{}}
	var err error
	if h.leases, err = s.leasesNow(ctx, leases); err != nil {
		return nil, err
	}
	if h.known, err = s.st.HandedIn(ctx, p.ID, ids); err != nil {
		return nil, err
	}
	out := make([]fhir.ReadReceipt, len(reads))
	for i, r := range reads {
		if out[i], err = s.receive(ctx, &h, r); err != nil {
			return nil, err
		}
	}
	if len(h.keep) == 0 {
		return out, nil
	}
	err = s.st.Do(ctx, store.Op{Log: h.log, Do: func(tx store.Tx) error { return s.keepReads(tx, &h) }})
	if err == nil {
		for _, v := range h.visits {
			if v.first.Panel != 0 {
				s.visited(v.p, v.rec, v.at, v.first)
			}
		}
	}
	return out, err
}

// receive takes in one read.
func (s *Service) receive(ctx context.Context, h *handing, r fhir.OfflineRead) (fhir.ReadReceipt, error) {
	sum := sumOf(r)
	if before, ok := h.known[r.ID]; ok {
		if before.Sum != sum {
			return fhir.ReadReceipt{ID: r.ID, Code: fhir.Invalid}, nil
		}
		return fhir.ReadReceipt{ID: r.ID, Kept: true, Revoked: before.Revoked}, nil
	}
	l, b, rec, err := s.under(ctx, h, r)
	if err != nil {
		return fhir.ReadReceipt{}, err
	}
	if rec == nil {
		return fhir.ReadReceipt{ID: r.ID, Code: fhir.Invalid}, nil
	}
	var sure bool
	r.At, sure = readAt(r.At, l.Taken, s.now())
	ran, err := s.ranAt(ctx, h, l, r.At)
	if err != nil {
		return fhir.ReadReceipt{}, err
	}
	one := store.HandedIn{Actor: h.p.ID, ID: r.ID, Record: rec.N, At: s.now(), Sum: sum, Revoked: !ran}
	log, err := s.readEntry(ctx, h, r, lateRead{b, rec, one.Revoked, !sure})
	if err != nil {
		return fhir.ReadReceipt{}, err
	}
	h.known[r.ID] = one
	h.keep, h.log = append(h.keep, one), append(h.log, log)
	return fhir.ReadReceipt{ID: r.ID, Kept: true, Revoked: one.Revoked}, s.noteVisit(ctx, h, b, rec, r.At)
}

// under finds the lease that a read was done under; no record when it cannot
// have been done under it.
func (s *Service) under(ctx context.Context, h *handing, r fhir.OfflineRead) (l store.LeaseNow, b leaseBody, rec *store.Record, err error) {
	l, ok := h.leases[r.Lease]
	if _, idErr := uuid.Parse(r.ID); idErr != nil || !ok || l.Actor != h.p.ID || r.Profile && r.DocumentID != "" {
		return l, b, nil, nil
	}
	if b, err = s.bodyOf(ctx, l); err != nil {
		return l, b, nil, err
	}
	if r.Mode != b.Mode {
		return l, b, nil, nil
	}
	rec, err = s.st.Record(ctx, l.Record)
	if errors.Is(err, store.ErrNotFound) || err == nil && rec.Facts.PatientID != r.PatientID {
		return l, b, nil, nil
	}
	return l, b, rec, err
}

// readAt gives when a read was done at the earliest or at the latest where its own time
// cannot be, and whether its own time can: after the lease was taken and before now.
func readAt(told, taken, now time.Time) (at time.Time, sure bool) {
	switch {
	case told.After(now.Add(clockOff)):
		return now, false
	case told.Before(taken.Add(-clockOff)):
		return taken, false
	}
	return told, true
}

// ranAt tells whether the caller held a copy of the record that ran at a time:
// the lease of the read, or the one that took its place.
func (s *Service) ranAt(ctx context.Context, h *handing, l store.LeaseNow, at time.Time) (bool, error) {
	all, ok := h.ran[l.Record]
	if !ok {
		var err error
		if all, err = s.st.LeasesOf(ctx, h.p.ID, l.Record); err != nil {
			return false, err
		}
		h.ran[l.Record] = all
	}
	for _, one := range all {
		end := one.Until
		if !one.Ended.IsZero() && one.Ended.Before(end) {
			end = one.Ended
		}
		if !at.Before(one.Taken.Add(-clockOff)) && at.Before(end) {
			return true, nil
		}
	}
	return false, nil
}

// lateRead is what is known of a read that is handed in.
type lateRead struct {
	body    leaseBody // of its lease
	rec     *store.Record
	revoked bool
	unsure  bool
}

// readEntry makes the entry of an offline read. A document that is not of the
// record is not named.
func (s *Service) readEntry(ctx context.Context, h *handing, r fhir.OfflineRead, late lateRead) (store.Entry, error) {
	e := s.entry(late.body.Holder, fhir.KindSearch)
	e.Request, e.Mode, e.Happened = h.p.RequestID, late.body.Mode, r.At
	switch {
	case late.unsure:
		e.Detail = detailUnsure
	case late.revoked:
		e.Detail = detailRevoked
	case r.Profile:
		e.Detail = detailRead
	}
	if r.Profile {
		e.Kind, e.Action = fhir.KindProfile, "E"
	}
	if r.DocumentID != "" {
		e.Kind = fhir.KindRead
		d, _, err := s.st.Locate(ctx, r.DocumentID, "")
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return store.Entry{}, err
		}
		if err == nil && d.Record == late.rec.N {
			e.Document = d.ID
		}
	}
	return s.prepare(e, late.rec)
}

// noteVisit notes what a read means for visits and notices.
func (s *Service) noteVisit(ctx context.Context, h *handing, b leaseBody, rec *store.Record, at time.Time) error {
	v := h.visits[rec.N]
	if v == nil && b.Mode == fhir.ModeNormal { // an emergency was told when it began
		before, err := s.st.Visit(ctx, b.Holder.ID, rec.N)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		v = &lateVisit{p: b.Holder, rec: rec, before: before}
		h.visits[rec.N] = v
	}
	if v != nil && at.After(v.at) {
		v.at = at
	}
	return nil
}

// keepReads notes reads and tells the patients: of a first access, and of each
// visit to who wishes so. A visit that was online is later than a read before it:
// it stays the last one, so that what is new is told as new.
func (s *Service) keepReads(tx store.Tx, h *handing) error {
	for _, one := range h.keep {
		if err := tx.AddHandedIn(one); err != nil {
			return err
		}
	}
	for _, v := range h.visits {
		e := entering{v: visit{mode: fhir.ModeNormal}, touched: store.Touched{Before: v.before}, opened: true}
		if v.before.IsZero() {
			touched, err := tx.Touch(v.p.ID, v.rec.N, v.at)
			if err != nil {
				return err
			}
			v.first, e.touched = touched, touched
		} else if v.at.Sub(v.before) < visitLasts {
			continue
		}
		if err := s.notifyVisit(tx, v.p, v.rec, e); err != nil {
			return err
		}
	}
	return nil
}

// sumOf hashes what is said of a read.
func sumOf(r fhir.OfflineRead) [sha256.Size]byte {
	said := []string{r.Lease, r.PatientID, r.DocumentID, strconv.FormatInt(r.At.UnixMilli(), 10), r.Mode}
	if r.Profile { // what was handed in before there were such reads keeps its hash
		said = append(said, fhir.KindProfile)
	}
	return sha256.Sum256([]byte(strings.Join(said, "\x00")))
}
