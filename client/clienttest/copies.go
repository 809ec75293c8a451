package clienttest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// The calls of client.Copies.
const (
	OpTakeCopy    Op = "TakeCopy"
	OpCheckCopies Op = "CheckCopies"
	OpCopyChanges Op = "CopyChanges"
	OpCopyContent Op = "CopyContent"
	OpReturnCopy  Op = "ReturnCopy"
	OpReportReads Op = "ReportReads"
)

var _ client.Copies = (*Fake)(nil)

// Times of copies.
const (
	leaseTime = 72 * time.Hour
	clockOff  = 5 * time.Minute
)

// copies is what the fake knows of offline copies.
type copies struct {
	leases map[string]*lease
	none   map[string]bool               // patients who want none
	reads  map[string]client.OfflineRead // handed in, by id
	late   map[string]bool               // those after the right had ended
}

func newCopies() copies {
	return copies{leases: map[string]*lease{}, none: map[string]bool{}, reads: map[string]client.OfflineRead{}, late: map[string]bool{}}
}

// lease is a copy that was taken.
type lease struct {
	client.Lease
	actor, mode, session string
	taken                time.Time
	ended                time.Time // zero: not before Until
	given                map[string]given
	batch, floor         int // the last answer, and the first since the copy had nothing
}

// given is a document that a copy has, or was told to let go of.
type given struct {
	version string // "" when it was told to let go
	batch   int
}

// NoCopies is the patient wanting no offline copies, or wanting them again.
func (f *Fake) NoCopies(patientID string, none bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.copies.none[patientID] = none
	f.stir()
}

// settle ends the copies whose holder may not read any longer. f.mu is held.
func (f *Fake) settle() {
	for _, l := range f.copies.leases {
		if _, _, ok := f.copied(l); !ok && l.ended.IsZero() {
			l.ended = f.now()
		}
	}
}

// copied gives what a lease lets its holder read; not ok when it does not run.
func (f *Fake) copied(l *lease) (*person, []*document, bool) {
	p := f.person(l.PatientID)
	now := f.now()
	if !l.ended.IsZero() || !now.Before(l.Until) || p == nil || !p.Active || f.copies.none[l.PatientID] {
		return nil, nil, false
	}
	if l.mode != fhir.ModeNormal && f.sessions[l.session] == nil {
		return nil, nil, false
	}
	a := f.access(p, l.mode)
	if !slices.Contains(a.Rights, fhir.RightRead) {
		return nil, nil, false
	}
	f.fill(p)
	var docs []*document
	for _, d := range p.documents {
		if readable(d, a) {
			docs = append(docs, d)
		}
	}
	slices.SortStableFunc(docs, func(x, y *document) int { return strings.Compare(y.PeriodStart, x.PeriodStart) })
	return p, docs, true
}

// stamp tells a state of a copy.
func (f *Fake) stamp(l *lease, docs []*document) string {
	sum := sha256.New()
	for _, d := range docs {
		fmt.Fprintln(sum, d.ID, d.Version, d.Status)
	}
	for _, i := range f.copiedItems(l) {
		fmt.Fprintln(sum, i.ID, i.Version)
	}
	return fmt.Sprintf("%s.%d.%d.%x", l.ID, l.floor, l.batch, sum.Sum(nil)[:8])
}

// same tells that two stamps are of one copy in one state.
func same(a, b string) bool {
	x, y := strings.SplitN(a, ".", 4), strings.SplitN(b, ".", 4)
	return len(x) == 4 && len(y) == 4 && x[0] == y[0] && x[3] == y[3]
}

// upTo reads which answers a copy has: from one to another; none of a stamp that
// is not its own.
func upTo(l *lease, since string) (from, to int) {
	if own, rest, _ := strings.Cut(since, "."); own == l.ID {
		if n, err := fmt.Sscanf(rest, "%d.%d.", &from, &to); n < 2 && err != nil {
			return 0, 0
		}
	}
	return from, to
}

// TakeCopy gives a lease.
func (f *Fake) TakeCopy(ctx context.Context, a client.Access) (client.Lease, error) {
	if err := f.begin(ctx, Call{Op: OpTakeCopy, PatientID: a.PatientID}); err != nil {
		return client.Lease{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch p := f.person(a.PatientID); {
	case p == nil:
		return client.Lease{}, fhir.E(fhir.NotFound, "no such record")
	case !p.Active:
		return client.Lease{}, fhir.E(fhir.NoRecord, "this person has no open record")
	}
	p, now := f.reader(a)
	switch {
	case !slices.Contains(now.Rights, fhir.RightRead):
		return client.Lease{}, fhir.E(fhir.NoConsent, "the patient has not authorised you yet")
	case f.copies.none[p.ID]:
		return client.Lease{}, fhir.E(fhir.BusinessRule, "the patient wants no offline copy; read the record online")
	}
	for _, old := range f.copies.leases {
		if old.PatientID == p.ID && old.actor == f.me.ID && old.ended.IsZero() {
			old.ended = f.now()
		}
	}
	l := &lease{
		Lease: client.Lease{ID: uuid.NewString(), PatientID: p.ID, Basis: now.Basis, Until: f.now().Add(leaseTime)},
		actor: f.me.ID, mode: now.Mode, session: a.Session, taken: f.now(), given: map[string]given{},
	}
	if s := f.sessions[a.Session]; now.Mode != fhir.ModeNormal && s != nil {
		l.Until = s.end
	} else if !now.Until.IsZero() && now.Until.Before(l.Until) {
		l.Until = now.Until
	}
	f.copies.leases[l.ID] = l
	_, docs, _ := f.copied(l)
	l.Stamp = f.stamp(l, docs)
	return l.Lease, nil
}

// CheckCopies tells how copies stand.
func (f *Fake) CheckCopies(ctx context.Context, held []client.CopyCheck) ([]client.CopyState, error) {
	if err := f.begin(ctx, Call{Op: OpCheckCopies, Argument: held}); err != nil {
		return nil, err
	}
	if len(held) > client.MaxCopyChecks {
		return nil, fhir.E(fhir.BadValue, "too many copies at once")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle()
	out := make([]client.CopyState, len(held))
	for i, h := range held {
		out[i].Lease = h.Lease
		l := f.copies.leases[h.Lease]
		if l == nil || l.actor != f.me.ID {
			continue
		}
		p, docs, ok := f.copied(l)
		if !ok {
			continue
		}
		if until := f.now().Add(leaseTime); l.mode == fhir.ModeNormal {
			if p.relation != fhir.BasisMT && !p.RelationEnd.IsZero() && p.RelationEnd.Before(until) {
				until = p.RelationEnd
			}
			l.Until = until
		}
		out[i].Runs, out[i].Until, out[i].Stamp = true, l.Until, f.stamp(l, docs)
		if h.Stamp != "" && same(h.Stamp, out[i].Stamp) {
			out[i].Stamp = h.Stamp
		} else {
			from, to := upTo(l, h.Stamp)
			out[i].Stamp = fmt.Sprintf("%s.%d.%d.changed", l.ID, from, to)
		}
	}
	return out, nil
}

// mineRunning gives a lease of the caller's that runs.
func (f *Fake) mineRunning(id string) (*lease, []*document, error) {
	f.settle()
	if l := f.copies.leases[id]; l != nil && l.actor == f.me.ID {
		if _, docs, ok := f.copied(l); ok {
			return l, docs, nil
		}
	}
	return nil, nil, fhir.E(fhir.NoConsent, "this copy may not be kept any longer")
}

// CopyChanges tells what changed since a stamp.
func (f *Fake) CopyChanges(ctx context.Context, id, since string) (client.CopyChanges, error) {
	if err := f.begin(ctx, Call{Op: OpCopyChanges, Argument: since}); err != nil {
		return client.CopyChanges{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l, docs, err := f.mineRunning(id)
	if err != nil {
		return client.CopyChanges{}, err
	}
	if now := f.stamp(l, docs); since != "" && same(since, now) {
		return client.CopyChanges{Stamp: since}, nil
	}
	from, to := upTo(l, since)
	l.batch++
	if l.floor = from; to == 0 { // it has nothing, whatever it was given before
		l.floor = l.batch
	}
	var out client.CopyChanges
	here := map[string]bool{}
	for _, d := range docs {
		here[d.ID] = true
		has, ok := l.given[d.ID]
		if ok && has.version == d.Version+d.Status && from <= has.batch && has.batch <= to || !ok && !f.belongs(l, d) {
			continue
		}
		if out.More = len(out.Documents) == client.CopyBatch; out.More {
			break
		}
		out.Documents = append(out.Documents, d.view())
		l.given[d.ID] = given{d.Version + d.Status, l.batch}
	}
	if !out.More {
		for doc, has := range l.given {
			if !here[doc] && (has.version != "" || has.batch > to) {
				out.Gone = append(out.Gone, doc)
				l.given[doc] = given{"", l.batch}
			}
		}
		out.Stamp = f.stamp(l, docs)
		return out, nil
	}
	out.Stamp = fmt.Sprintf("%s.%d.%d.more", id, l.floor, l.batch)
	return out, nil
}

// belongs tells whether a document that the copy does not have is for it.
func (f *Fake) belongs(l *lease, d *document) bool {
	act, err := time.Parse(time.RFC3339, d.PeriodStart)
	vaccination := d.Type.Code == "11369-6" || d.Type.Code == "87273-9"
	return d.Status == "current" && !d.Archived && (vaccination || err == nil && !act.Before(f.now().AddDate(-2, 0, 0)) || d.filedAt.After(l.taken))
}

// CopyContent gives bytes for a copy, which is no consultation.
func (f *Fake) CopyContent(ctx context.Context, id string, d client.Document) (client.Content, error) {
	if err := f.begin(ctx, Call{Op: OpCopyContent, DocumentID: d.ID}); err != nil {
		return client.Content{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l, docs, err := f.mineRunning(id)
	if err != nil {
		return client.Content{}, err
	}
	if i := slices.IndexFunc(docs, func(one *document) bool { return one.ID == d.ID }); i >= 0 {
		return f.bytesOf(docs[i], d)
	}
	for _, one := range f.person(l.PatientID).documents {
		if one.ID == d.ID && one.Status == "entered-in-error" && one.byMe && !one.withdrew {
			return client.Content{}, fhir.E(fhir.Withdrawn, "this document was deleted")
		}
	}
	return client.Content{}, fhir.E(fhir.NotFound, "no such document")
}

// bytesOf gives a document's bytes, after comparing them with a description.
func (f *Fake) bytesOf(kept *document, d client.Document) (client.Content, error) {
	if kept.content.hash != d.Attachment.Hash || int64(len(kept.content.bytes)) != d.Attachment.Size {
		return client.Content{}, fhir.E(fhir.Invalid, "the document is damaged; tell its author")
	}
	return client.Content{Type: kept.content.kind, Bytes: slices.Clone(kept.content.bytes), Provenance: f.fresh()}, nil
}

// ReturnCopy ends a lease.
func (f *Fake) ReturnCopy(ctx context.Context, id string) error {
	if err := f.begin(ctx, Call{Op: OpReturnCopy}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.copies.leases[id]; l != nil && l.actor == f.me.ID && l.ended.IsZero() {
		l.ended = f.now()
	}
	return nil
}

// ReportReads takes in what was shown offline.
func (f *Fake) ReportReads(ctx context.Context, reads []client.OfflineRead) ([]client.ReadReceipt, error) {
	if err := f.begin(ctx, Call{Op: OpReportReads, Argument: reads}); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle()
	out := make([]client.ReadReceipt, len(reads))
	for i, r := range reads {
		out[i] = f.handIn(r)
	}
	return out, nil
}

func (f *Fake) handIn(r client.OfflineRead) client.ReadReceipt {
	refused := client.ReadReceipt{ID: r.ID, Code: fhir.Invalid}
	if old, ok := f.copies.reads[r.ID]; ok {
		if old != r {
			return refused
		}
		return client.ReadReceipt{ID: r.ID, Kept: true, Revoked: f.copies.late[r.ID]}
	}
	l := f.copies.leases[r.Lease]
	if _, err := uuid.Parse(r.ID); err != nil || r.Profile && r.DocumentID != "" || l == nil || l.actor != f.me.ID || l.PatientID != r.PatientID || l.mode != r.Mode {
		return refused
	}
	f.copies.reads[r.ID] = r
	if now := f.now(); r.At.After(now.Add(clockOff)) { // a wrong clock hides nothing
		r.At = now
	} else if r.At.Before(l.taken.Add(-clockOff)) {
		r.At = l.taken
	}
	ran := false
	for _, o := range f.copies.leases {
		end := o.Until
		if !o.ended.IsZero() && o.ended.Before(end) {
			end = o.ended
		}
		ran = ran || o.actor == f.me.ID && o.PatientID == r.PatientID && !r.At.Before(o.taken.Add(-clockOff)) && (r.At.Before(end) || o.ended.IsZero() && !r.At.After(end))
	}
	f.copies.late[r.ID] = !ran
	kind, action := fhir.KindRead, ""
	if r.DocumentID == "" {
		kind = fhir.KindSearch
	}
	if r.Profile {
		kind, action = fhir.KindProfile, "E"
	}
	f.log(client.Trace{Kind: kind, Action: action, PatientID: r.PatientID, DocumentID: r.DocumentID, Mode: r.Mode})
	return client.ReadReceipt{ID: r.ID, Kept: true, Revoked: !ran}
}
