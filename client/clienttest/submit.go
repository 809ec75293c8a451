package clienttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"carnet/client"
	"carnet/client/fhir"
)

// OpSubmit is the call of Submit.
const OpSubmit Op = "Submit"

var _ client.Submitter = (*Fake)(nil)

// Submit keeps the drafts of a lot, all or none.
func (f *Fake) Submit(ctx context.Context, lot client.Lot) ([]client.LotResult, error) {
	if len(lot.Drafts) == 0 {
		return nil, fhir.E(fhir.Required, "this lot has no document; add some")
	}
	first := lot.Drafts[0]
	if err := f.begin(ctx, Call{Op: OpSubmit, PatientID: first.PatientID, Argument: lot}); err != nil {
		return nil, err
	}
	if len(lot.Drafts) > client.MaxLot {
		return nil, fhir.E(fhir.TooLarge, "a lot has at most 50 documents; send the rest in another lot")
	}
	contents := make([][]byte, len(lot.Drafts))
	for i, d := range lot.Drafts {
		if d.PatientID != first.PatientID || d.PatientINS != first.PatientINS {
			return nil, fhir.E(fhir.Invalid, "a lot is of one patient; make one for each")
		}
		var err error
		if contents[i], err = f.send(ctx, d, nil); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keepLot(lot, contents)
}

// keepLot decides about all drafts, then keeps those that are not there.
func (f *Fake) keepLot(lot client.Lot, contents [][]byte) ([]client.LotResult, error) {
	results := make([]client.LotResult, len(lot.Drafts))
	p := f.person(lot.Drafts[0].PatientID)
	var failed *client.Error
	for i, d := range lot.Drafts {
		err := refuse(p, d, contents[i])
		var e *client.Error
		switch {
		case err == nil:
			continue
		case p != nil && fhir.CodeOf(err) == fhir.Duplicate:
			if old := there(p, d, contents[i]); old != nil {
				results[i] = client.LotResult{DocumentID: old.ID, Existed: true}
				continue
			}
		}
		results[i].Err = err
		if errors.As(err, &e) && failed == nil {
			failed = &client.Error{Code: e.Code, Message: e.Message}
			for _, issue := range e.Issues {
				failed.Issues = append(failed.Issues, fhir.InEntry([]fhir.Issue{issue}, 1+2*i)...)
			}
		}
	}
	if failed != nil {
		return results, failed
	}
	for i, d := range lot.Drafts {
		if results[i].Existed {
			continue
		}
		kept := f.keep(p, d, contents[i])
		f.drafts[d.ID] = kept.ID
		results[i].DocumentID = kept.ID
		f.log(client.Trace{Kind: fhir.KindCreate, Action: "C", PatientID: p.ID, DocumentID: kept.ID, DocumentTitle: kept.Attachment.Title})
	}
	f.serial++
	f.log(client.Trace{Kind: fhir.KindSubmit, Action: "C", PatientID: p.ID, DocumentID: fmt.Sprintf("l-%06d", f.serial)})
	return results, nil
}

// there gives my current document with a draft's unique id and bytes.
func there(p *person, d client.Draft, data []byte) *document {
	for _, o := range p.documents {
		if o.UniqueID == uniqueID(d) && o.byMe && o.Status == "current" && bytes.Equal(o.content.bytes, data) {
			return o
		}
	}
	return nil
}
