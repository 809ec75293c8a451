package record

import (
	"context"
	"errors"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// replaced finds the document that this one replaces. One that the caller may
// not see is unknown; a system corrects what it filed itself, and nothing else.
func (s *Service) replaced(ctx context.Context, f *filing) error {
	unknown := issue(fhir.Invalid, "relatesTo[0].target", "Le document à remplacer est introuvable : vérifiez la référence.")
	ref := f.view.Replaces[0]
	id, uniqueID := "", ref
	if otherSystem(f.node) {
		return unknown
	}
	if fhir.IsHere(ref, f.u.Base, "DocumentReference") {
		id = fhir.RefID(ref, "DocumentReference")
	}
	old, rec, err := s.st.Locate(ctx, id, uniqueID)
	if errors.Is(err, store.ErrNotFound) {
		return unknown
	}
	if err != nil {
		return err
	}
	if rec.N != f.rec.N {
		return unknown
	}
	d := s.decide(f.p, f.v, consent.FunctionChange, f.rec)
	facts := old.Facts
	if !isNational(f.p.ID) && old.Filer == f.p.ID { // a system's documents name the professional who answers for them
		facts.AuthorID = f.p.ID
	}
	switch refusal := consent.MayChange(d.Grant, consent.ChangeReplace, facts); {
	case d.Grant == nil, refusal == consent.RefusalHidden:
		return unknown
	case refusal != "":
		return issue(refusal.Code(), "relatesTo[0].target", "Seul l'auteur du document peut le remplacer.")
	case old.Facts.Status != consent.StatusCurrent:
		return s.replacedBefore(ctx, f, d.Grant, old)
	}
	f.old = old
	return nil
}

// longestChain bounds how many corrections of a document are followed.
const longestChain = 100

// replacedBefore refuses to replace what is replaced already. Who filed the
// version that is current now is told where it is.
func (s *Service) replacedBefore(ctx context.Context, f *filing, g *consent.Grant, old store.Doc) error {
	answer := fhir.E(fhir.StateConflict, "Ce document a déjà été remplacé : remplacez sa dernière version.")
	for range longestChain {
		next, err := s.st.Visible(ctx, g, f.rec, []int64{old.ReplacedBy})
		if err != nil {
			return err
		}
		id := next[old.ReplacedBy]
		if id == "" { // withdrawn, or hidden from the caller
			return answer
		}
		if old, _, err = s.st.Locate(ctx, id, ""); err != nil {
			return err
		}
		if old.Facts.Status == consent.StatusCurrent {
			break
		}
	}
	if old.Facts.Status == consent.StatusCurrent && old.Filer == f.p.ID {
		answer.Location = "DocumentReference/" + old.ID
	}
	return answer
}

// otherSystem tells that the replaced document is named by an identifier that
// is no unique id.
func otherSystem(n *fhir.Node) bool {
	return slices.ContainsFunc(n.Get("relatesTo").Items, func(r fhir.Node) bool {
		system := r.At("target", "identifier", "system").String()
		return r.Get("code").String() == "replaces" && system != "" && system != fhir.SystemURI
	})
}
