package consent

import "carnet/client/fhir"

// Change is a change of a document's metadata.
type Change int

// The changes. The zero Change is none and always refused.
const (
	ChangeNone Change = iota
	ChangeMask
	ChangeUnmask
	ChangeHide // from the patient or the representatives, until the announcement consultation
	ChangeShow // to the patient or the representatives
	ChangeArchive
	ChangeUnarchive
	ChangeDelete  // status entered-in-error: PATCH or $undo
	ChangeReplace // the replaced document becomes superseded
	// From and to the legal representatives, of what the holder deposited: theirs
	// alone to decide.
	ChangeHideReps
	ChangeShowReps
)

// MayChange decides one change of one document. The document must exist for
// the caller: in the Grant's Filter, or the caller's own. "" allows it.
//
// Hiding and replacing have no row in the functional-rights table; both are
// for one's own documents, hiding with the right to show.
func MayChange(g *Grant, c Change, d DocFacts) Refusal {
	if !g.Valid() {
		return RefusalHidden
	}
	own := g.principal != "" && d.AuthorID == g.principal
	known := g.filter.Allows(d) || g.filter.AllowedBefore(d)
	if !known && !own {
		return RefusalHidden
	}
	if d.Status == StatusWithdrawn {
		return RefusalWithdrawn
	}
	if c == ChangeHideReps || c == ChangeShowReps {
		return mayHideReps(g, d, own)
	}
	if d.ByPatient && !own {
		return mayManage(g, c)
	}
	row, ok := changeRights[c]
	switch {
	case !ok:
		return RefusalFunction
	case row.any != "" && g.Has(row.any):
		return ""
	case row.own == "" || !g.Has(row.own):
		return RefusalFunction
	case !own:
		return RefusalNotOwn
	}
	return ""
}

// changeRights names the right over any document and over one's own.
var changeRights = map[Change]struct{ any, own string }{
	ChangeMask:      {any: fhir.RightMask},
	ChangeUnmask:    {any: fhir.RightUnmaskAll, own: fhir.RightUnmaskOwn},
	ChangeHide:      {own: fhir.RightShowPatient},
	ChangeShow:      {any: fhir.RightShowPatient},
	ChangeArchive:   {any: fhir.RightArchiveAll, own: fhir.RightArchiveOwn},
	ChangeUnarchive: {any: fhir.RightArchiveAll, own: fhir.RightArchiveOwn},
	ChangeDelete:    {own: fhir.RightDeleteOwn},
	ChangeReplace:   {own: fhir.RightUpload},
}

// mayManage is for what the patient deposited: archive and delete have a row
// of their own in the table, masking follows the general one, the rest is the
// patient's alone.
func mayManage(g *Grant, c Change) Refusal {
	var right string
	switch c {
	case ChangeArchive, ChangeUnarchive, ChangeDelete:
		right = fhir.RightManagePatient
	case ChangeMask:
		right = fhir.RightMask
	case ChangeUnmask:
		right = fhir.RightUnmaskAll
	default:
		return RefusalFunction
	}
	if !g.Has(right) {
		return RefusalFunction
	}
	return ""
}

// mayHideReps: the holder hides from their representatives what was deposited
// in their name, whoever deposited it; a professional's document is not theirs
// to alter.
func mayHideReps(g *Grant, d DocFacts, own bool) Refusal {
	switch {
	case g.reader != ReaderHolder || !g.Has(fhir.RightUpload):
		return RefusalFunction
	case !own && !d.ByPatient:
		return RefusalNotOwn
	}
	return ""
}

// MayFile decides line 6 for filing: the type must have a row in the matrix,
// whichever profession files it, so that somebody can ever read it.
func MayFile(g *Grant, typeCode string, m Matrix) Refusal {
	if !g.Has(fhir.RightUpload) {
		return RefusalFunction
	}
	if _, known := m.Allowed(typeCode, doctor); !known {
		return RefusalNoRow
	}
	return ""
}
