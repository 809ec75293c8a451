package record

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// noticeItem tells that an item of the profile was added, changed or taken
// back, and not which.
const noticeItem = "item"

// ItemUpload is an item as received: the whole resource.
type ItemUpload struct {
	Kind        string // FHIR type
	ID          string // of the item that it corrects
	IfMatch     string // the version that the caller knows; needed for a correction
	Idempotency string // Idempotency-Key, "" when none
	Body        []byte
	Masked      bool // set by read from meta.security

	node *fhir.Node
}

// read reads the body strictly; what it is and about whom.
func (u *ItemUpload) read() (patientID string, err error) {
	if u.node, err = fhir.Parse(u.Body); err != nil {
		return "", err
	}
	if err := fhir.Refuse(append(fhir.CheckAs(u.node, u.Kind), fhir.Modifiers(u.node)...)); err != nil {
		return "", err
	}
	v, err := fhir.ItemOf(u.node)
	if err != nil {
		return "", err
	}
	u.Masked = v.Masked
	if patientID = fhir.ItemPatient(u.node); patientID == "" {
		return "", itemIssue(fhir.Required, u.Kind, fhir.ItemSubject(u.Kind), "Désignez le patient par Patient/id.")
	}
	return patientID, nil
}

// inError tells an item that says of itself that it should not be: to write it
// so is to take it back.
func (u *ItemUpload) inError() bool {
	v, err := fhir.ItemOf(u.node)
	return err == nil && v.Status == fhir.StatusInError
}

// FileItem adds an item to the health profile. The author is the caller,
// whatever the resource says. created is false when the same idempotency key
// added it before. Errors: Malformed, Invalid, BadCode, Required, with Issues;
// NoConsent, NoRecord (final), Forbidden (a profession that does not read such
// items), BusinessRule (too many), StateConflict (the key served for something
// else), Withdrawn (it was taken back since).
func (s *Service) FileItem(ctx context.Context, p Principal, session string, u ItemUpload) (out Resource, created bool, err error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return out, false, err
	}
	patientID, err := u.read()
	if err != nil {
		return out, false, err
	}
	if u.inError() {
		return out, false, itemIssue(fhir.Invalid, u.Kind, "status", "Un élément erroné ne s’ajoute pas.")
	}
	rec, err := s.recordFor(ctx, patientID, nil)
	if err != nil {
		return out, false, err
	}
	if rec == nil {
		return out, false, s.itemForNobody(ctx, p, v)
	}
	if err := s.Known(ctx, p); err != nil {
		return out, false, err
	}
	id := newID()
	if u.Idempotency != "" {
		id = onceID(p.ID, u.Idempotency)
	}
	n := rec.N
	err = s.decided(rec, func() error {
		if rec, err = s.st.Record(ctx, n); err != nil {
			return err
		}
		out, err = s.fileItem(ctx, filingItem{p, v, rec, u, id})
		return err
	})
	if errors.Is(err, store.ErrDuplicate) {
		out, err = s.itemAgain(ctx, filingItem{p, v, rec, u, id})
		return out, false, err
	}
	if err != nil {
		return Resource{}, false, err
	}
	return out, true, nil
}

// itemForNobody answers who adds an item to a record that there is not.
func (s *Service) itemForNobody(ctx context.Context, p Principal, v visit) error {
	if err := s.probe(ctx, p, v, nil); err != nil {
		return err
	}
	e := s.entry(p, fhir.KindLookup)
	e.Detail = "item"
	if err := s.record(ctx, e, nil); err != nil {
		return err
	}
	return refused(consent.RefusalNoRecord)
}

// onceID is the id of what somebody adds under an idempotency key: the same key
// finds the same item, and needs no memory of its own.
func onceID(actor, key string) string {
	sum := sha256.Sum256([]byte("item\x00" + actor + "\x00" + key))
	id, err := uuid.FromBytes(sum[:16])
	if err != nil { // sixteen bytes are always an UUID
		panic(err)
	}
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // version 8, its own kind (RFC 9562)
	return id.String()
}

// filingItem is an item on its way into a record.
type filingItem struct {
	p   Principal
	v   visit
	rec *store.Record
	u   ItemUpload
	id  string
}

// author is the caller as the item says it.
func (p Principal) itemAuthor() fhir.Item {
	return fhir.Item{Author: fhir.Party{ID: p.ID, Name: p.Name, OrgID: p.OrgID, OrgName: p.OrgName}}
}

// fileItem decides and writes a new item.
func (s *Service) fileItem(ctx context.Context, f filingItem) (out Resource, err error) {
	d := s.decide(f.p, f.v, consent.FunctionRead, f.rec)
	e := about(s.entry(f.p, fhir.KindProfile), f.v, d, f.rec)
	e.Detail, e.Document, e.Action = detailKeep, f.id, "C"
	facts := consent.ItemFacts{Resource: f.u.Kind, AuthorID: f.p.ID, Masked: f.u.Masked}
	if d.Refusal == "" {
		d.Refusal = consent.MayAddItem(d.Grant, facts)
	}
	if d.Refusal != "" {
		if err := s.probe(ctx, f.p, f.v, f.rec); err != nil {
			return out, err
		}
		return out, s.denied(ctx, e, d, f.rec)
	}
	next := store.Item{ID: f.id, Record: f.rec.N, Facts: facts, Version: 1, Updated: s.now()}
	if next.Body, err = s.completeItem(ctx, d.Grant, writtenItem{clone(f.u.node), next, f.rec, f.p.itemAuthor()}); err != nil {
		return out, err
	}
	log, err := s.prepare(e, f.rec)
	if err != nil {
		return out, err
	}
	err = s.st.Do(ctx, store.Op{
		Still: still(f.rec), Log: []store.Entry{log}, Size: 2 * len(next.Body),
		Do: func(tx store.Tx) error {
			if n, err := tx.CountItems(f.rec.N); err != nil || n >= largestProfile {
				return errors.Join(err, fullProfile())
			}
			if err := tx.KeepItem(&next); err != nil {
				return err
			}
			return tx.AddNotice(s.notice(f.p, f.rec, noticeItem, "added"))
		},
	})
	return itemResource(next, next.Body), err
}

func fullProfile() error {
	return fhir.E(fhir.BusinessRule, "Le profil est plein\u00a0: retirez des éléments anciens.")
}

// clone gives a resource that may be changed.
func clone(n *fhir.Node) *fhir.Node {
	c := *n
	c.Names = append([]string(nil), n.Names...)
	c.Items = make([]fhir.Node, len(n.Items))
	for i := range n.Items {
		c.Items[i] = *clone(&n.Items[i])
	}
	return &c
}

// itemAgain answers an addition that took effect before: with the item as it is
// now, to who may read it.
func (s *Service) itemAgain(ctx context.Context, f filingItem) (Resource, error) {
	old, rec, err := s.st.LocateItem(ctx, f.id)
	if err != nil {
		return Resource{}, fault(err)
	}
	if old.Facts.AuthorID != f.p.ID || old.Record != f.rec.N || rec == nil || old.Facts.Resource != f.u.Kind {
		return Resource{}, fhir.E(fhir.StateConflict, "Cette clé d’envoi a déjà servi pour autre chose\u00a0: utilisez-en une nouvelle.")
	}
	out, err := s.Item(ctx, f.p, f.v.id, f.u.Kind, f.id)
	if err == nil && old.Version == 1 && !sameItem(f.u.node, out.JSON) {
		return Resource{}, fhir.E(fhir.StateConflict, "Cette clé d’envoi a déjà servi pour autre chose\u00a0: utilisez-en une nouvelle.")
	}
	return out, err
}

// sameItem tells whether two resources say the same, but for what the server
// sets: id, meta, whose it is and by whom.
func sameItem(n *fhir.Node, kept []byte) bool {
	k, err := fhir.Parse(kept)
	if err != nil {
		return false
	}
	bare := func(n *fhir.Node) string {
		c := clone(n)
		for _, name := range []string{"id", "meta", fhir.ItemSubject(n.Get("resourceType").String())} {
			c.Remove(name)
		}
		removeExtension(c, fhir.ExtItemAuthor)
		if list := c.Get("extension"); list != nil { // at the end: the author's may have come and gone
			last := *list
			c.Remove("extension")
			c.Set("extension", last)
		}
		return string(c.AppendJSON(nil))
	}
	return bare(n) == bare(k)
}

// CorrectItem puts another version in an item's place, against the version that
// the caller knows: the author anything, another reader its mask alone, as far
// as they may. One that says entered-in-error takes the item back. Sending the
// same correction again is no error. Errors: as FileItem, and NotFound, also for
// a hidden one, VersionConflict, Withdrawn.
func (s *Service) CorrectItem(ctx context.Context, p Principal, session string, u ItemUpload) (out Resource, err error) {
	patientID, err := u.read()
	if err != nil {
		return out, err
	}
	if u.inError() {
		return out, s.WithdrawItem(ctx, p, session, u)
	}
	err = s.itemOne(ctx, p, session, itemRef{u.Kind, u.ID}, func(l locatedItem) error {
		out, err = s.correctItem(ctx, p, l, u, patientID)
		return err
	})
	return durable(out, err)
}

func (s *Service) correctItem(ctx context.Context, p Principal, l locatedItem, u ItemUpload, patientID string) (out Resource, err error) {
	d := s.decide(p, l.v, consent.FunctionRead, l.rec)
	if d.Grant == nil || !d.Grant.Filter().AllowsItem(l.item.Facts) {
		return out, s.missed(ctx, p, u.ID)
	}
	e := about(s.entry(p, fhir.KindProfile), l.v, d, l.rec)
	e.Detail, e.Document, e.Action = detailKeep, u.ID, "U"
	if l.item.Removed {
		return out, s.itemGone(ctx, e, l.rec)
	}
	if patientID != l.rec.Facts.PatientID {
		return out, fhir.E(fhir.Invalid, "Cet élément désigne une autre personne.")
	}
	if l.item.Body, err = s.st.RevealItem(ctx, d.Grant, l.item, l.rec); err != nil {
		return out, err
	}
	see := newSources(s, d.Grant, l.rec)
	served, err := s.servedItem(ctx, see, l.item)
	if err != nil {
		return out, err
	}
	content := !sameItem(u.node, served)
	if !content && u.Masked == l.item.Facts.Masked { // sent again, or nothing to change
		return itemResource(l.item, served), s.record(ctx, e, l.rec)
	}
	if d.Refusal = consent.MayChangeItem(d.Grant, l.item.Facts, content, u.Masked); d.Refusal != "" {
		return out, s.itemDenied(ctx, e, d, l.rec)
	}
	switch {
	case u.IfMatch == "":
		return out, needsVersion()
	case u.IfMatch != formatInt(l.item.Version):
		return out, itemChanged()
	}
	return s.keepVersion(ctx, p, l, correcting{d.Grant, u, content, e})
}

func needsVersion() error {
	return fhir.E(fhir.Required, "Dites quelle version vous corrigez\u00a0: If-Match: W/\"version\".")
}

func itemChanged() error {
	return fhir.E(fhir.VersionConflict, "Cet élément a changé entre-temps\u00a0: rechargez-le, puis recommencez.")
}
