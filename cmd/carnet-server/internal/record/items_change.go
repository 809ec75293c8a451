package record

import (
	"context"
	"errors"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// correcting is a change that was decided.
type correcting struct {
	grant   *consent.Grant
	u       ItemUpload
	content bool // what it says changes, not its mask alone
	entry   audit.Entry
}

// keepVersion writes the next version of an item.
func (s *Service) keepVersion(ctx context.Context, p Principal, l locatedItem, c correcting) (out Resource, err error) {
	next := l.item
	next.Version, next.Updated, next.Facts.Masked = next.Version+1, s.now(), c.u.Masked
	if c.content {
		next.Body, err = s.completeItem(ctx, c.grant, writtenItem{clone(c.u.node), next, l.rec, p.itemAuthor()})
	} else { // with what its reader may not see of it
		next.Body, err = remasked(next)
	}
	if err != nil {
		return out, err
	}
	log, err := s.prepare(c.entry, l.rec)
	if err != nil {
		return out, err
	}
	err = s.st.Do(ctx, store.Op{
		Still: still(l.rec), Log: []store.Entry{log}, Size: 2 * len(next.Body),
		Do: func(tx store.Tx) error {
			if err := tx.KeepItem(&next); err != nil {
				return err
			}
			return tx.AddNotice(s.notice(p, l.rec, noticeItem, "changed"))
		},
	})
	if errors.Is(err, store.ErrVersion) {
		return out, itemChanged()
	}
	if err != nil {
		return out, err
	}
	if !c.grant.Filter().AllowsItem(next.Facts) { // who masked it from themselves
		n := fhir.Object1("resourceType", fhir.Text(next.Facts.Resource))
		n.Set("id", fhir.Text(next.ID))
		n.Set("meta", itemMeta(next))
		return itemResource(next, n.AppendJSON(nil)), nil
	}
	body, err := s.servedItem(ctx, newSources(s, c.grant, l.rec), next)
	return itemResource(next, body), err
}

// remasked is the body of an item as it was, with another mask.
func remasked(i store.Item) ([]byte, error) {
	n, err := fhir.Parse(i.Body)
	if err != nil {
		return nil, err
	}
	n.Set("meta", itemMeta(i))
	return n.AppendJSON(nil), nil
}

// WithdrawItem takes back an item of the caller's, of the version that they
// know: it is entered in error, and what it said is gone. Taking it back twice
// is no error. Errors: NotFound, also for a hidden one, Forbidden (another's),
// VersionConflict, Required (no version).
func (s *Service) WithdrawItem(ctx context.Context, p Principal, session string, u ItemUpload) error {
	return s.itemOne(ctx, p, session, itemRef{u.Kind, u.ID}, func(l locatedItem) error {
		// Taking back one's own is not reading: see consent.MayDropItem.
		d := s.decide(p, l.v, consent.FunctionChange, l.rec)
		refusal := consent.MayDropItem(d.Grant, l.item.Facts)
		if refusal == consent.RefusalHidden {
			return s.missed(ctx, p, u.ID)
		}
		e := about(s.entry(p, fhir.KindProfile), l.v, d, l.rec)
		e.Detail, e.Document, e.Action = detailDrop, u.ID, "D"
		switch {
		case l.item.Removed && refusal == "":
			return s.record(ctx, e, l.rec)
		case l.item.Removed:
			return s.itemGone(ctx, e, l.rec)
		case refusal != "":
			d.Refusal = refusal
			return s.itemDenied(ctx, e, d, l.rec)
		case u.IfMatch == "":
			return needsVersion()
		case u.IfMatch != formatInt(l.item.Version):
			return itemChanged()
		}
		next := l.item
		next.Version, next.Updated, next.Removed, next.Body = next.Version+1, s.now(), true, nil
		log, err := s.prepare(e, l.rec)
		if err != nil {
			return err
		}
		return s.st.Do(ctx, store.Op{
			Still: still(l.rec), Log: []store.Entry{log}, Size: 1 << 10,
			Do: func(tx store.Tx) error {
				if err := tx.KeepItem(&next); err != nil {
					return err
				}
				return tx.AddNotice(s.notice(p, l.rec, noticeItem, "removed"))
			},
		})
	})
}

// itemDenied is denied, in words that help with an item.
func (s *Service) itemDenied(ctx context.Context, e audit.Entry, d consent.Decision, rec *store.Record) error {
	err := s.denied(ctx, e, d, rec)
	if d.Refusal == consent.RefusalNotOwn && fhir.CodeOf(err) == fhir.Forbidden {
		return fhir.E(fhir.Forbidden, "Seul son auteur peut changer ou retirer cet élément\u00a0: ajoutez le vôtre à côté.")
	}
	return err
}
