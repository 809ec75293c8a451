package clienttest

import (
	"context"

	"carnet/client"
)

// OpCopyProfile is the call of client.ProfileCopies.
const OpCopyProfile Op = "CopyProfile"

var _ client.ProfileCopies = (*Fake)(nil)

// copiedItems gives the items that a copy's holder may read, in the order of Items.
func (f *Fake) copiedItems(l *lease) []*item {
	p := f.person(l.PatientID)
	if p == nil {
		return nil
	}
	f.itemsOf(p)
	return f.readableItems(p, f.access(p, l.mode), client.ItemQuery{})
}

// CopyProfile gives the health profile for a copy, which is no consultation.
func (f *Fake) CopyProfile(ctx context.Context, id, patientID string) (client.CopiedProfile, error) {
	if err := f.begin(ctx, Call{Op: OpCopyProfile, PatientID: patientID}); err != nil {
		return client.CopiedProfile{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l, _, err := f.mineRunning(id)
	if err != nil {
		return client.CopiedProfile{}, err
	}
	p := f.person(l.PatientID)
	out := client.CopiedProfile{Team: f.teamOf(p)}
	for _, i := range f.copiedItems(l) {
		out.Items = append(out.Items, f.itemView(p, i, f.access(p, l.mode)))
	}
	return out, nil
}
