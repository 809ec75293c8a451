package httpapi

import (
	"net/http"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// patchHeld answers a patient's PATCH DocumentReference/[id]: masks and unmasks
// a document, and of their own deposits hides them from representatives,
// archives or withdraws them. One change at a time.
func (c *call) patchHeld() error { return c.patchTheirs(c.theirs) }

// patchHeldByIdentifier is the same of a document that its uniqueId names.
func (c *call) patchHeldByIdentifier() error {
	target, err := c.conditional()
	if err != nil {
		return err
	}
	return c.patchTheirs(func() (string, fhir.DocumentReference, error) {
		rec, id, err := c.Holders.HeldNamed(c.r.Context(), c.holder, target.UniqueID)
		if err != nil {
			return "", fhir.DocumentReference{}, err
		}
		return c.within(rec, id)
	})
}

// patchTheirs changes the document that find finds.
func (c *call) patchTheirs(find func() (rec string, d fhir.DocumentReference, err error)) error {
	asked, _, ops, err := c.patchBody()
	if err != nil {
		return err
	}
	rec, before, err := find()
	if err != nil {
		return err
	}
	target := record.PatchTarget{ID: before.ID, IfMatch: asked}
	patch, err := relativeTo(documentResource(before), &target, ops)
	if err != nil {
		return err
	}
	change, some, err := heldChange(before, patch)
	if err != nil {
		return err
	}
	if some {
		if err := c.Holders.HeldPatch(c.r.Context(), c.holder, rec, before.ID, change); err != nil {
			return err
		}
	}
	if change.Delete {
		c.nothing(http.StatusNoContent)
		return nil
	}
	_, after, err := find()
	if err != nil {
		return err
	}
	c.written(http.StatusOK, "", documentResource(after))
	return nil
}

// heldChange is a patch as the one change that a patient asks for; some is
// false when nothing changes.
func heldChange(before fhir.DocumentReference, p record.Patch) (ch record.HeldChange, some bool, err error) {
	n := 0
	if p.Labels != nil {
		has := func(code string) bool {
			return slices.ContainsFunc(p.Labels, func(l fhir.Coding) bool { return l.Code == code })
		}
		masked, hidden := has(fhir.LabelMasked), has(fhir.LabelHiddenReps)
		if has(fhir.LabelHiddenPatient) || has(fhir.LabelNoPat) || !has(before.Confidential) {
			return ch, false, fhir.E(fhir.PatchRefused, "Vous pouvez masquer le document aux professionnels ou à vos représentants ; le reste ne change pas.")
		}
		if masked != before.Masked {
			ch.Masked, n = &masked, n+1
		}
		if hidden != before.HiddenReps {
			ch.HiddenReps, n = &hidden, n+1
		}
	}
	if p.Archived != nil && *p.Archived != before.Archived {
		ch.Archived, n = p.Archived, n+1
	}
	switch {
	case p.Status == "entered-in-error":
		ch.Delete, n = true, n+1
	case p.Status != "" && p.Status != before.Status:
		return ch, false, fhir.E(fhir.PatchRefused, "Vous pouvez retirer un document que vous avez déposé (entered-in-error) ; un autre statut ne se choisit pas.")
	}
	if n > 1 {
		return ch, false, fhir.E(fhir.PatchRefused, "Un seul changement à la fois : envoyez-les l’un après l’autre.")
	}
	return ch, n == 1, nil
}
