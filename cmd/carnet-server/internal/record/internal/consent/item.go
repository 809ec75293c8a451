package consent

import (
	"slices"

	"carnet/client/fhir"
)

// Who writes in the health profile. Filing a document is not reading, but an
// item stands at once among what everybody treats by: who adds one must see
// what is there. So a professional adds what their profession reads, in a
// record that they may read now; corrects their own, and nobody else's, the
// médecin traitant neither (an item is its author's word; another item can say
// otherwise); and takes back their own even when they may read no longer, as
// with documents. What the patient wrote is the patient's. The mask follows the
// rules of documents, whoever wrote the item.

// MayAddItem decides whether a professional adds an item. "" allows it.
func MayAddItem(g *Grant, i ItemFacts) Refusal {
	switch {
	case !g.Valid() || !g.Has(fhir.RightRead) || !g.Has(fhir.RightUpload):
		return RefusalFunction
	case !g.filter.reads(i.Row()):
		return RefusalFunction
	}
	return ""
}

// reads tells whether a whole row of the matrix is read, not one's own alone.
func (f Filter) reads(row string) bool {
	return row != "" && (f.AllTypes || slices.Contains(f.Types, row))
}

// MayChangeItem decides whether a professional puts another version in an
// item's place: another content, another mask, or both.
func MayChangeItem(g *Grant, i ItemFacts, content, masked bool) Refusal {
	if !g.Valid() || !g.filter.AllowsItem(i) {
		return RefusalHidden
	}
	own := i.AuthorID == g.principal
	switch {
	case content && !own:
		return RefusalNotOwn
	case content:
		if refusal := MayAddItem(g, i); refusal != "" {
			return refusal
		}
	}
	switch {
	case masked == i.Masked:
	case masked && !g.Has(fhir.RightMask):
		return RefusalFunction
	case !masked && !g.Has(fhir.RightUnmaskAll) && (!own || !g.Has(fhir.RightUnmaskOwn)):
		return RefusalFunction
	}
	return ""
}

// MayDropItem decides whether a professional takes an item back: their own.
func MayDropItem(g *Grant, i ItemFacts) Refusal {
	switch {
	case !g.Valid():
		return RefusalHidden
	case g.principal != "" && i.AuthorID == g.principal && i.Row() != "":
		if !g.Has(fhir.RightDeleteOwn) {
			return RefusalFunction
		}
		return ""
	case !g.filter.AllowsItem(i):
		return RefusalHidden
	}
	return RefusalNotOwn
}
