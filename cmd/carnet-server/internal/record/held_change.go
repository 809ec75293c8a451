package record

import (
	"context"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// typeLabel names a type of document in French, "" for an unknown one.
func typeLabel(code string) string {
	t, _ := terminology.TypeByCode(code)
	return t.Label
}

// HeldPatch masks or unmasks a document, or, of the holder's own deposits, hides
// it from representatives, archives or deletes it. What is so already is no
// change and no error. Errors: NotFound, Withdrawn, Forbidden (a professional's
// document), Invalid (not exactly one change), NoRecord.
func (s *Service) HeldPatch(ctx context.Context, c Citizen, rec, document string, ch HeldChange) error {
	return s.manages(ctx, c, rec, func(h *held) error {
		d, err := s.heldDocument(ctx, h, document)
		if err != nil {
			if ch.Delete && fhir.CodeOf(err) == fhir.Withdrawn {
				return nil
			}
			return err
		}
		p, err := planHeld(d, ch)
		if err != nil {
			return err
		}
		e := s.heldEntry(h, fhir.KindPatch, "")
		e.Document = d.ID
		if p.change == consent.ChangeNone {
			return s.wrote(ctx, h, e, nil)
		}
		if r := consent.MayChange(h.grant, p.change, d.Facts); r != "" {
			if err := s.deniedTo(ctx, h, e.Document, r); err != nil {
				return err
			}
			return fhir.E(fhir.Forbidden, "Seul son auteur peut changer ce document : vous pouvez le masquer aux professionnels.")
		}
		e.Detail = p.name
		return s.wrote(ctx, h, e, func(tx store.Tx) error {
			if err := restamp(tx, &d, []byte(`{"operation":"`+p.name+`"}`), func(n *fhir.Node) {
				d.Facts, d.Updated = p.next, s.now()
				p.edit(n)
			}); err != nil || h.self() {
				return err
			}
			return tx.AddNotice(s.documentNotice(h.c.principal(), h.rec, noticeDocument, noticeBody{Document: d.ID, Detail: changedWord(p)}))
		})
	})
}

// changedWord says in a notice what became of a document.
func changedWord(p heldPlan) string {
	if p.change == consent.ChangeDelete {
		return "withdrawn"
	}
	return "changed"
}

// deniedTo writes that somebody was refused a change of a document.
func (s *Service) deniedTo(ctx context.Context, h *held, document string, r consent.Refusal) error {
	e := s.heldEntry(h, fhir.KindDenial, "")
	e.Document, e.Refusal, e.Outcome = document, string(r), "4"
	return s.record(ctx, e, h.rec)
}

// heldPlan is a holder's change of one document, worked out.
type heldPlan struct {
	change consent.Change
	name   string // for the log and for what is kept as received
	next   consent.DocFacts
	edit   func(n *fhir.Node) // of the resource
}

// planHeld works out a holder's change. ChangeNone: it is so already.
func planHeld(d store.Doc, ch HeldChange) (p heldPlan, err error) {
	p.next = d.Facts
	p.edit = func(*fhir.Node) {}
	asked := 0
	for _, flag := range []struct {
		value   *bool
		now     *bool
		on, off consent.Change
		edit    func(n *fhir.Node, on bool)
	}{
		{ch.Masked, &p.next.Masked, consent.ChangeMask, consent.ChangeUnmask, func(n *fhir.Node, on bool) { setLabel(n, fhir.LabelMasked, on) }},
		{ch.HiddenReps, &p.next.HiddenReps, consent.ChangeHideReps, consent.ChangeShowReps, func(n *fhir.Node, on bool) { setLabel(n, fhir.LabelHiddenReps, on) }},
		{ch.Archived, &p.next.Archived, consent.ChangeArchive, consent.ChangeUnarchive, setArchived},
	} {
		if flag.value == nil {
			continue
		}
		asked++
		on := *flag.value
		if on == *flag.now {
			continue
		}
		*flag.now = on
		p.change = either(on, flag.on, flag.off)
		p.edit = func(n *fhir.Node) { flag.edit(n, on) }
	}
	if ch.Delete {
		asked++
		p.change, p.next.Status = consent.ChangeDelete, consent.StatusWithdrawn
	}
	if asked != 1 {
		return p, fhir.E(fhir.Invalid, "Un seul changement à la fois : recommencez.")
	}
	p.name = heldNames[p.change]
	return p, nil
}

// heldNames are how the log calls a holder's changes.
var heldNames = map[consent.Change]string{
	consent.ChangeMask: "mask", consent.ChangeUnmask: "unmask", consent.ChangeHideReps: "hide-reps", consent.ChangeShowReps: "show-reps",
	consent.ChangeArchive: "archive", consent.ChangeUnarchive: "unarchive", consent.ChangeDelete: "delete",
}

// setLabel puts a security label into a resource, or takes it out.
func setLabel(n *fhir.Node, code string, on bool) {
	list := n.Get("securityLabel")
	if list == nil {
		n.Set("securityLabel", fhir.Node{Kind: fhir.Array})
		list = n.Get("securityLabel")
	}
	kept := make([]fhir.Node, 0, len(list.Items)+1)
	for _, concept := range list.Items {
		if concept.At("coding", "code").String() != code {
			kept = append(kept, concept)
		}
	}
	if on {
		kept = append(kept, fhir.Object1("coding", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding(fhir.LabelCoding(code))}}))
	}
	list.Items = kept
}

// setArchived sets the extension that says so, or takes it out.
func setArchived(n *fhir.Node, on bool) {
	removeExtension(n, fhir.ExtIsArchived)
	if on {
		addExtension(n, fhir.ExtIsArchived, "valueBoolean", fhir.Node{Kind: fhir.Bool, Text: "true"})
	}
}
