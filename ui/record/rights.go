package record

import (
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
)

// Action is something that can be done to a document.
type Action int

// The actions, in the order of the menu.
const (
	Mask Action = iota
	Unmask
	HideFromPatient // until the announcement consultation
	ShowToPatient
	Archive
	Unarchive
	Replace
	Undo   // a document filed to the wrong patient
	Delete // one's own
)

// Caution is what must be confirmed before an action.
type Caution int

// The cautions.
const (
	NoCaution     Caution = iota
	CautionDelete         // the document leaves every list
	CautionUndo           // both patients are told
	CautionOneWay         // I could not undo it myself: somebody else's document, masked
)

// Actions gives what the rights granted allow on a document; me is the
// national id of the professional.
func Actions(a client.Access, d client.Document, me string) []Action {
	own := me != "" && d.Author.ID == me
	patients := depositedByPatient(d)
	var out []Action
	add := func(ok bool, action Action) {
		if ok {
			out = append(out, action)
		}
	}
	unmask := Has(a, fhir.RightUnmaskAll) || own && Has(a, fhir.RightUnmaskOwn)
	archive := Has(a, fhir.RightArchiveAll) || own && Has(a, fhir.RightArchiveOwn) || patients && Has(a, fhir.RightManagePatient)
	if patients && !own {
		archive = Has(a, fhir.RightManagePatient)
	}
	add(!d.Masked && Has(a, fhir.RightMask), Mask)
	add(d.Masked && unmask, Unmask)
	add(!d.HiddenPatient && !patients && Has(a, fhir.RightShowPatient), HideFromPatient)
	add(d.HiddenPatient && Has(a, fhir.RightShowPatient), ShowToPatient)
	add(!d.Archived && archive, Archive)
	add(d.Archived && archive, Unarchive)
	add(own && d.Status == "current" && Has(a, fhir.RightUpload), Replace)
	add(own && Has(a, fhir.RightDeleteOwn), Undo)
	add(own && Has(a, fhir.RightDeleteOwn) || patients && Has(a, fhir.RightManagePatient), Delete)
	return out
}

// CautionFor tells what to confirm before an action.
func CautionFor(action Action, a client.Access, own bool) Caution {
	switch {
	case action == Delete:
		return CautionDelete
	case action == Undo:
		return CautionUndo
	case action == Mask && !own && !Has(a, fhir.RightUnmaskAll):
		return CautionOneWay
	}
	return NoCaution
}

// ChangeFor gives the change of the contract that an action is; none for
// Replace and Undo, which are no changes.
func ChangeFor(action Action) client.Change {
	yes, no := true, false
	switch action {
	case Mask:
		return client.Change{Masked: &yes}
	case Unmask:
		return client.Change{Masked: &no}
	case HideFromPatient:
		return client.Change{HiddenPatient: &yes}
	case ShowToPatient:
		return client.Change{HiddenPatient: &no}
	case Archive:
		return client.Change{Archived: &yes}
	case Unarchive:
		return client.Change{Archived: &no}
	case Delete:
		return client.Change{Delete: true}
	}
	return client.Change{}
}

// StaysReadable tells whether a document as it is now may still be read: one
// that a colleague's document became by masking it disappears at the next
// reading, and the list does not pretend otherwise.
func StaysReadable(a client.Access, d client.Document, own bool) bool {
	switch {
	case d.Status == "entered-in-error":
		return false
	case !d.Masked, own:
		return true
	}
	return Has(a, fhir.RightReadMaskedAll)
}

// Has tells whether the server granted a right.
func Has(a client.Access, right string) bool { return slices.Contains(a.Rights, right) }

// MayShowMasked tells whether masked documents can be among those listed.
func MayShowMasked(a client.Access) bool {
	return Has(a, fhir.RightReadMaskedAll) || Has(a, fhir.RightReadMaskedOwn)
}

// MayOpenTraces tells whether the accesses of this record can be shown.
func MayOpenTraces(a client.Access) bool {
	return Has(a, fhir.RightTracesAll) || Has(a, fhir.RightTracesOwn)
}

// depositedByPatient tells the documents that the patient put in the record
// (TRE_A05 DOCPAT01 to 09).
func depositedByPatient(d client.Document) bool { return strings.HasPrefix(d.Type.Code, "DOCPAT") }

// Offer is a way to go on without a right to read.
type Offer int

// The offers, in the order of the page.
const (
	OfferCentre15   Offer = iota // medical regulation: who may take it has nobody in front of them
	OfferConsent                 // record the consent that the patient gives
	OfferBreakGlass              // vital emergency
	OfferRequest                 // ask the patient, who answers from their own space
	OfferUpload                  // filing is not reading
)

// mode gives the emergency mode that an offer leads to, "" for the others.
func (o Offer) mode() string {
	switch o {
	case OfferBreakGlass:
		return fhir.ModeBreakGlass
	case OfferCentre15:
		return fhir.ModeCentre15
	}
	return ""
}

// Offers gives what the rights granted allow to somebody who may not read.
func Offers(a client.Access) []Offer {
	var out []Offer
	for _, o := range []struct {
		right string
		offer Offer
	}{
		{fhir.RightCentre15, OfferCentre15},
		{fhir.RightDeclareConsent, OfferConsent},
		{fhir.RightBreakGlass, OfferBreakGlass},
		{fhir.RightDeclareConsent, OfferRequest},
		{fhir.RightUpload, OfferUpload},
	} {
		if Has(a, o.right) {
			out = append(out, o.offer)
		}
	}
	return out
}
