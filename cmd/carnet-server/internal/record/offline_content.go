package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// CopyContent gives a document's bytes for an offline copy. Nobody looks at it:
// it is no consultation, and the history told that the copy was taken. Errors:
// NoConsent when the lease does not run; otherwise as Content, in the lease's
// own record alone.
func (s *Service) CopyContent(ctx context.Context, p Principal, lease, id string) (Content, error) {
	if err := p.check(); err != nil {
		return Content{}, err
	}
	var out Content
	err := s.decided(nil, func() (err error) {
		out.close()
		out, err = s.copyContent(ctx, p, lease, id)
		return err
	})
	if err != nil {
		out.close()
		return Content{}, err
	}
	return out, nil
}

func (s *Service) copyContent(ctx context.Context, p Principal, lease, id string) (Content, error) {
	l, c, err := s.heldCopy(ctx, p, lease)
	if err != nil {
		return Content{}, err
	}
	d, _, err := s.st.Locate(ctx, id, "")
	if errors.Is(err, store.ErrNotFound) {
		return Content{}, s.missed(ctx, p, id)
	}
	if err != nil {
		return Content{}, err
	}
	filter := c.d.Grant.Filter()
	if d.Record != c.rec.N || !filter.Allows(d.Facts) {
		if d.Record == c.rec.N && filter.AllowedBefore(d.Facts) {
			v := visit{mode: c.mode}
			return Content{}, s.withdrawn(ctx, p, v, located{d, c.rec, fhir.KindCopy}, c.d)
		}
		return Content{}, s.missed(ctx, p, id)
	}
	tell, err := s.tellOfCopy(l.Lease, c)
	if err != nil {
		return Content{}, err
	}
	op := store.Op{Still: still(c.rec), Log: tell}
	if len(tell) > 0 {
		op.Do = func(tx store.Tx) error { return tx.NoteLease(lease, s.now()) }
	}
	done := s.st.Start(ctx, op)
	r, readErr := s.st.Content(ctx, c.d.Grant, d, c.rec)
	out := Content{Type: d.ContentType, Size: d.Size, SHA256: d.SHA256, Reader: r}
	if err := <-done; err != nil {
		return out, err
	}
	return out, readErr
}
