package clienttest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// Open enters a record.
func (f *Fake) Open(ctx context.Context, patientID string, how client.OpenRequest) (client.Access, error) {
	if err := f.begin(ctx, Call{Op: OpOpen, PatientID: patientID, Argument: how}); err != nil {
		return client.Access{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	if p == nil {
		return client.Access{}, fhir.E(fhir.NotFound, "no such record")
	}
	if err := f.mayOpen(p, how); err != nil {
		return client.Access{}, err
	}
	f.serial++
	a := f.access(p, how.Mode)
	a.Session = fmt.Sprintf("s-%06d", f.serial)
	f.sessions[a.Session] = &session{patientID: p.ID, mode: a.Mode, opened: f.now(), end: a.End}
	if slices.Contains(a.Rights, fhir.RightRead) {
		p.LastVisit, p.New = f.now(), 0
		f.log(client.Trace{Kind: fhir.KindOpen, Action: "E", PatientID: p.ID, Mode: a.Mode, Reason: how.Reason})
	}
	return a, nil
}

// mayOpen gives the error of a record that cannot be entered at all.
func (f *Fake) mayOpen(p *person, how client.OpenRequest) error {
	emergency := how.Mode == fhir.ModeBreakGlass || how.Mode == fhir.ModeCentre15
	switch {
	case !p.Active:
		return fhir.E(fhir.NoRecord, "this person has no open record")
	case emergency && strings.TrimSpace(how.Reason) == "":
		return fhir.E(fhir.Required, "an emergency access needs a reason")
	case how.Mode == fhir.ModeCentre15 && !f.regulates():
		return fhir.E(fhir.Forbidden, "this mode is for emergency regulators")
	case emergency && f.me.Profession != "10":
		return fhir.E(fhir.Forbidden, "this mode is for doctors")
	case emergency && (p.noBreak || p.blocked):
		return fhir.E(fhir.NoConsent, "the patient does not allow this access")
	case how.Mode != "" && how.Mode != fhir.ModeNormal && !emergency:
		return fhir.E(fhir.BadValue, "unknown access mode")
	}
	return nil
}

// regulates tells whether the caller may use centre 15 mode.
func (f *Fake) regulates() bool { return f.me.Profession == "10" && f.me.Specialty == "SM59" }

// access is what $open answers, after mayOpen.
func (f *Fake) access(p *person, mode string) client.Access {
	now := f.now()
	a := client.Access{PatientID: p.ID, Mode: fhir.ModeNormal, End: now.Add(12 * time.Hour), LastVisit: p.LastVisit}
	a.Rights = []string{fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightDeleteOwn, fhir.RightTracesOwn}
	if f.me.Profession == "10" && p.relation == "" {
		a.Rights = append(a.Rights, fhir.RightBreakGlass)
	}
	if f.regulates() {
		a.Rights = append(a.Rights, fhir.RightCentre15)
	}
	reading := []string{fhir.RightRead, fhir.RightReadMaskedOwn, fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightShowPatient, fhir.RightArchiveOwn}
	switch {
	case mode == fhir.ModeBreakGlass, mode == fhir.ModeCentre15:
		a.Mode, a.Basis, a.End = mode, fhir.BasisEmergency, now.Add(time.Hour)
		a.Rights = []string{fhir.RightRead, fhir.RightUpload, fhir.RightArchiveOwn, fhir.RightDeleteOwn}
	case p.relation == "":
		a.Refusal = "no-consent"
	default:
		a.Basis, a.Until = p.relation, p.RelationEnd
		a.Rights = append(a.Rights, reading...)
		if p.relation == fhir.BasisMT {
			a.Rights = append(a.Rights, fhir.RightReadMaskedAll, fhir.RightUnmaskAll, fhir.RightArchiveAll, fhir.RightManagePatient, fhir.RightTracesAll)
		} else {
			a.Rights = append(a.Rights, fhir.RightWithdrawOwn)
		}
	}
	return a
}

// Close ends a session.
func (f *Fake) Close(ctx context.Context, a client.Access) error {
	if err := f.begin(ctx, Call{Op: OpClose, PatientID: a.PatientID}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, a.Session)
	f.stir()
	return nil
}

// reader gives the person of an access and what may be read in it.
func (f *Fake) reader(a client.Access) (*person, client.Access) {
	p := f.person(a.PatientID)
	if p == nil || !p.Active {
		return nil, client.Access{}
	}
	f.fill(p)
	mode := fhir.ModeNormal
	if s := f.sessions[a.Session]; s != nil && s.patientID == p.ID && f.now().Before(s.end) {
		mode = s.mode
	}
	return p, f.access(p, mode)
}

// readable tells whether a document is one for this access; archived and
// superseded ones are.
func readable(d *document, a client.Access) bool {
	if d.withdrew || d.Status == "entered-in-error" {
		return false
	}
	if d.byMe {
		return true
	}
	return slices.Contains(a.Rights, fhir.RightRead) && (!d.Masked || slices.Contains(a.Rights, fhir.RightReadMaskedAll))
}

// Documents lists a record.
func (f *Fake) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	if err := f.begin(ctx, Call{Op: OpDocuments, PatientID: a.PatientID, Argument: q}); err != nil {
		return client.DocumentPage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, now := f.reader(a)
	if p == nil || !slices.Contains(now.Rights, fhir.RightRead) {
		return client.DocumentPage{}, fhir.E(fhir.NoConsent, "the patient has not authorised you yet")
	}
	var hits []*document
	for _, d := range p.documents {
		if readable(d, now) && asked(d, q) {
			hits = append(hits, d)
		}
	}
	slices.SortStableFunc(hits, func(x, y *document) int { return strings.Compare(y.PeriodStart, x.PeriodStart) })
	rows, next, err := page(hits, q.Page, q.Limit, 50)
	if err != nil {
		return client.DocumentPage{}, err
	}
	out := client.DocumentPage{Total: len(hits), Next: next, Provenance: f.fresh()}
	for _, d := range rows {
		out.Documents = append(out.Documents, d.view())
	}
	f.log(client.Trace{Kind: fhir.KindSearch, Action: "E", PatientID: p.ID, Mode: now.Mode})
	return out, nil
}

// asked tells whether a document is among those that the query asks for.
func asked(d *document, q client.DocumentQuery) bool {
	statuses := q.Statuses
	if len(statuses) == 0 {
		statuses = []string{"current"}
	}
	act, err := time.Parse(time.RFC3339, d.PeriodStart)
	return err == nil && slices.Contains(statuses, d.Status) &&
		(len(q.Types) == 0 || slices.Contains(q.Types, d.Type.Code)) &&
		(len(q.Classes) == 0 || slices.Contains(q.Classes, d.Category.Code)) &&
		(q.From.IsZero() || !act.Before(q.From)) && (q.To.IsZero() || act.Before(q.To)) &&
		(q.Archived || !d.Archived)
}

// view is a document sharing no memory.
func (d *document) view() client.Document {
	v := d.Document
	v.Event, v.Replaces = slices.Clone(d.Event), slices.Clone(d.Replaces)
	return v
}

// find gives a document that the access may read; NotFound and Withdrawn as
// the contract says.
func (f *Fake) find(a client.Access, id string) (*person, *document, error) {
	p, now := f.reader(a)
	if p == nil {
		return nil, nil, fhir.E(fhir.NotFound, "no such document")
	}
	for _, d := range p.documents {
		switch {
		case d.ID != id:
		case d.Status == "entered-in-error" && d.byMe && !d.withdrew:
			return p, nil, fhir.E(fhir.Withdrawn, "this document was deleted")
		case readable(d, now):
			return p, d, nil
		}
	}
	return nil, nil, fhir.E(fhir.NotFound, "no such document")
}

// Document gives one description.
func (f *Fake) Document(ctx context.Context, a client.Access, id string) (client.Document, error) {
	if err := f.begin(ctx, Call{Op: OpDocument, PatientID: a.PatientID, DocumentID: id}); err != nil {
		return client.Document{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, d, err := f.find(a, id)
	if err != nil {
		return client.Document{}, err
	}
	return d.view(), nil
}

// Content gives the bytes, after comparing them with the description given.
func (f *Fake) Content(ctx context.Context, a client.Access, d client.Document) (client.Content, error) {
	if err := f.begin(ctx, Call{Op: OpContent, PatientID: a.PatientID, DocumentID: d.ID}); err != nil {
		return client.Content{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, kept, err := f.find(a, d.ID)
	if err != nil {
		return client.Content{}, err
	}
	f.log(client.Trace{
		Kind: fhir.KindRead, Action: "R", PatientID: p.ID, Mode: a.Mode,
		DocumentID: kept.ID, DocumentTitle: kept.Attachment.Title,
	})
	if kept.content.hash != d.Attachment.Hash || int64(len(kept.content.bytes)) != d.Attachment.Size {
		return client.Content{}, fhir.E(fhir.Invalid, "the document is damaged; tell its author")
	}
	return client.Content{Type: kept.content.kind, Bytes: bytes.Clone(kept.content.bytes), Provenance: f.fresh()}, nil
}
