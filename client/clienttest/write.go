package clienttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// MaxSize is the largest document that is taken, as at the server.
const MaxSize = 25 << 20

// File keeps a document.
func (f *Fake) File(ctx context.Context, a client.Access, d client.Draft, progress client.Progress) (client.Document, error) {
	if err := f.begin(ctx, Call{Op: OpFile, PatientID: d.PatientID, Argument: d}); err != nil {
		return client.Document{}, err
	}
	data, err := f.send(ctx, d, progress)
	if err != nil {
		return client.Document{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, ok := f.drafts[d.ID]; ok {
		_, kept, err := f.find(client.Access{PatientID: d.PatientID}, id)
		if err != nil {
			return client.Document{}, err
		}
		return kept.view(), nil
	}
	p := f.person(d.PatientID)
	if err := refuse(p, d, data); err != nil {
		return client.Document{}, err
	}
	kept := f.keep(p, d, data)
	f.drafts[d.ID] = kept.ID
	f.log(client.Trace{
		Kind: fhir.KindCreate, Action: "C", PatientID: p.ID, Mode: a.Mode,
		DocumentID: kept.ID, DocumentTitle: kept.Attachment.Title,
	})
	return kept.view(), nil
}

// send reads the draft's bytes, telling the progress, with a stop in the middle.
func (f *Fake) send(ctx context.Context, d client.Draft, progress client.Progress) ([]byte, error) {
	if d.Size > MaxSize {
		return nil, fhir.E(fhir.TooLarge, "the document is larger than 25 MB; send a smaller one")
	}
	if _, err := d.Content.Seek(0, io.SeekStart); err != nil {
		return nil, fhir.Wrap(fhir.Invalid, err)
	}
	tell := func(n int64) {
		if progress != nil {
			progress(n, d.Size)
		}
	}
	tell(0)
	first, err := io.ReadAll(io.LimitReader(d.Content, d.Size/2))
	if err != nil {
		return nil, fhir.Wrap(fhir.Invalid, err)
	}
	tell(int64(len(first)))
	if err := f.pass(ctx, OpSending); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(d.Content)
	if err != nil {
		return nil, fhir.Wrap(fhir.Invalid, err)
	}
	data := append(first, rest...)
	if int64(len(data)) != d.Size {
		return nil, fhir.E(fhir.Invalid, "the file changed while it was read; choose it again")
	}
	tell(d.Size)
	return data, nil
}

// refuse gives the error of a draft that cannot be kept.
func refuse(p *person, d client.Draft, data []byte) error {
	switch {
	case p == nil:
		return fhir.E(fhir.NotFound, "no such record")
	case !p.Active:
		return fhir.E(fhir.NoRecord, "this person has no open record")
	case p.INS.Value == "":
		return fhir.E(fhir.BusinessRule, "the identity is not qualified; qualify it first")
	case !slices.ContainsFunc(docTypes(), func(t docType) bool { return t.code == d.Type.Code }):
		return &client.Error{Code: fhir.BadCode, Message: "unknown type of document", Issues: []fhir.Issue{{
			Code: fhir.BadCode, Expression: "DocumentReference.type", Message: "not in the value set",
		}}}
	case d.ContentType == "application/pdf" && !bytes.HasPrefix(data, []byte("%PDF-")):
		return &client.Error{Code: fhir.Invalid, Message: "this is not a PDF", Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: "DocumentReference.content[0].attachment.data", Message: "not a PDF",
		}}}
	}
	for _, o := range p.documents {
		if o.UniqueID == uniqueID(d) {
			return &client.Error{Code: fhir.Duplicate, Message: "this document was already filed", Location: "DocumentReference/" + o.ID}
		}
	}
	return refuseReplacing(p, d)
}

// refuseReplacing gives the error of a draft that corrects what is not there, or
// is corrected already.
func refuseReplacing(p *person, d client.Draft) error {
	if d.Replaces == nil {
		return nil
	}
	at := "DocumentReference.relatesTo[0].target"
	switch old := p.corrected(d); {
	case old == nil:
		return &client.Error{Code: fhir.Invalid, Message: "no such document to replace", Issues: []fhir.Issue{{Code: fhir.Invalid, Expression: at, Message: "the document to replace cannot be found"}}}
	case old.Status != "current":
		return &client.Error{Code: fhir.StateConflict, Message: "this document was replaced already", Issues: []fhir.Issue{{Code: fhir.StateConflict, Expression: at, Message: "replaced already"}}}
	}
	return nil
}

// corrected gives the document that a draft corrects, nil when there is none.
func (p *person) corrected(d client.Draft) *document {
	for _, o := range p.documents {
		if d.Replaces != nil && (o.ID == d.Replaces.ID || d.Replaces.ID == "" && o.UniqueID == d.Replaces.UniqueID) {
			return o
		}
	}
	return nil
}

// uniqueID is the draft's, or derived from its id.
func uniqueID(d client.Draft) string {
	if d.UniqueID != "" {
		return d.UniqueID
	}
	return "urn:uuid:" + d.ID
}

// keep adds the document to the record and retires the one that it replaces.
func (f *Fake) keep(p *person, d client.Draft, data []byte) *document {
	f.serial++
	now := f.now()
	kept := &document{content: newBlob(d.ContentType, data), byMe: true, filedAt: now}
	id := fmt.Sprintf("%s-f%05d", p.ID, f.serial)
	kept.Document = client.Document{
		ID: id, Version: "1", LastUpdated: now, UniqueID: uniqueID(d), Status: "current", Type: d.Type, Category: d.Class,
		PatientID: p.ID, PatientINS: p.INS, Date: now.Format(time.RFC3339), Author: f.mine(), Confidential: "N",
		Masked: d.Masked, HiddenPatient: d.HiddenPatient, PeriodStart: d.ActDate.UTC().Format(time.RFC3339),
		Facility: d.Facility, Practice: d.Practice, Attachment: kept.content.attachment("Binary/"+id, d.Title, now),
	}
	if o := p.corrected(d); o != nil {
		kept.Replaces = []string{"DocumentReference/" + o.ID}
		o.Status, o.ReplacedBy = "superseded", "DocumentReference/"+id
	}
	p.documents = append(p.documents, kept)
	return kept
}

// Change alters a document's metadata.
func (f *Fake) Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error) {
	if err := f.begin(ctx, Call{Op: OpChange, PatientID: a.PatientID, DocumentID: d.ID, Argument: c}); err != nil {
		return client.Document{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, kept, err := f.find(a, d.ID)
	if err != nil {
		return client.Document{}, err
	}
	if d.Version != kept.Version {
		return client.Document{}, fhir.E(fhir.VersionConflict, "somebody changed this document; look at it again")
	}
	_, now := f.reader(a)
	if !mayChange(kept, now, c) {
		return client.Document{}, fhir.E(fhir.Forbidden, "your rights on this record do not allow it")
	}
	switch {
	case c.Masked != nil:
		kept.Masked = *c.Masked
	case c.HiddenPatient != nil:
		kept.HiddenPatient = *c.HiddenPatient
	case c.Archived != nil:
		kept.Archived = *c.Archived
	case c.Delete:
		kept.Status = "entered-in-error"
	}
	version, err := strconv.Atoi(kept.Version)
	if err != nil {
		return client.Document{}, fhir.Wrap(fhir.Internal, err)
	}
	kept.Version, kept.LastUpdated = strconv.Itoa(version+1), f.now()
	f.log(client.Trace{Kind: fhir.KindPatch, Action: "U", PatientID: p.ID, DocumentID: kept.ID, DocumentTitle: kept.Attachment.Title})
	return kept.view(), nil
}

// mayChange tells whether the rights granted allow a change.
func mayChange(d *document, a client.Access, c client.Change) bool {
	has := func(right string) bool { return slices.Contains(a.Rights, right) }
	own := func(mine, all string) bool { return (d.byMe && has(mine)) || has(all) }
	switch {
	case c.Masked != nil && *c.Masked:
		return has(fhir.RightMask)
	case c.Masked != nil:
		return own(fhir.RightUnmaskOwn, fhir.RightUnmaskAll)
	case c.HiddenPatient != nil:
		return has(fhir.RightShowPatient)
	case c.Archived != nil:
		return own(fhir.RightArchiveOwn, fhir.RightArchiveAll)
	case c.Delete:
		return d.byMe && has(fhir.RightDeleteOwn)
	}
	return false
}

// Undo withdraws a misfiled document of the caller.
func (f *Fake) Undo(ctx context.Context, a client.Access, d client.Document) error {
	if err := f.begin(ctx, Call{Op: OpUndo, PatientID: a.PatientID, DocumentID: d.ID}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, kept, err := f.find(client.Access{PatientID: d.PatientID, Session: a.Session}, d.ID)
	if err != nil {
		return err
	}
	if !kept.byMe {
		return fhir.E(fhir.Forbidden, "only its author can withdraw a document")
	}
	kept.Status, kept.withdrew = "entered-in-error", true
	f.log(client.Trace{Kind: fhir.KindUndo, Action: "D", PatientID: p.ID, DocumentID: kept.ID, DocumentTitle: kept.Attachment.Title})
	return nil
}

// DeclareConsent authorises the caller.
func (f *Fake) DeclareConsent(ctx context.Context, c client.ConsentDeclaration) (client.Consent, error) {
	if err := f.begin(ctx, Call{Op: OpDeclareConsent, PatientID: c.PatientID, Argument: c}); err != nil {
		return client.Consent{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(c.PatientID)
	switch {
	case p == nil:
		return client.Consent{}, fhir.E(fhir.NotFound, "no such record")
	case !p.Active:
		return client.Consent{}, fhir.E(fhir.NoRecord, "this person has no open record")
	case p.blocked:
		return client.Consent{}, fhir.E(fhir.NoConsent, "the patient's choices do not allow it")
	case c.Form != "oral" && c.Form != "ecrit":
		return client.Consent{}, fhir.E(fhir.Required, "say whether the consent was oral or written")
	}
	end := c.End
	if c.Visit {
		end = f.now().Add(4 * time.Hour)
	}
	if p.relation == "" {
		p.relation = fhir.BasisAuthorised
	}
	if p.relation == fhir.BasisAuthorised {
		p.RelationEnd = end
	}
	f.serial++
	f.log(client.Trace{Kind: fhir.KindConsent, Action: "C", PatientID: p.ID})
	return client.Consent{
		ID: fmt.Sprintf("c-%06d", f.serial), Version: "1", Status: "active", PatientID: p.ID, DateTime: f.now(),
		Form: c.Form, Source: "professional", ActorID: f.me.ID, ActorName: f.me.Name, Start: f.now(), End: end,
	}, nil
}

// WithdrawOwn ends the caller's authorisation.
func (f *Fake) WithdrawOwn(ctx context.Context, patientID string) error {
	if err := f.begin(ctx, Call{Op: OpWithdrawOwn, PatientID: patientID}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(patientID)
	if p == nil {
		return fhir.E(fhir.NotFound, "no such record")
	}
	if p.relation == fhir.BasisAuthorised {
		p.relation, p.RelationEnd = "", time.Time{}
	}
	f.log(client.Trace{Kind: fhir.KindConsent, Action: "D", PatientID: p.ID})
	return nil
}
