package consent

import "slices"

// MaskRule says which masked documents (MASQUE_PS) pass a Filter.
type MaskRule int

// The rules. The zero rule lets none pass.
const (
	MaskedNone MaskRule = iota
	MaskedOwn           // those whose author is Filter.Own
	MaskedAll
)

// Status values of a document (DocumentReference.status).
const (
	StatusCurrent    = "current"
	StatusSuperseded = "superseded"
	StatusWithdrawn  = "entered-in-error"
)

// Filter says which documents of a record a reader may see. It is plain data
// so that the store can compile it into its query before it counts or pages;
// the compiled form must agree with Allows. The zero Filter lets nothing pass.
//
// Archived and superseded documents are shown only to a query that asks for
// them; the flags here say whether it may ask.
type Filter struct {
	AllTypes      bool     // no restriction by type (holder, export, backup)
	Types         []string // type codes that pass; shared, never written to
	Own           string   // documents of this author pass whatever their type; "" for none
	Masked        MaskRule
	Archived      bool // archived documents pass
	Superseded    bool // superseded documents pass
	Withdrawn     bool // entered-in-error documents pass (backup only)
	HiddenPatient bool // INVISIBLE_PATIENT documents pass
	HiddenReps    bool // INVISIBLE_REPRESENTANTS_LEGAUX documents pass
}

// Empty tells that no document can pass, so that nothing need be asked.
func (f Filter) Empty() bool { return !f.AllTypes && len(f.Types) == 0 && f.Own == "" }

// Allows tells whether a document passes.
func (f Filter) Allows(d DocFacts) bool {
	if !f.allowsStatus(d.Status) || (d.Archived && !f.Archived) {
		return false
	}
	if (d.HiddenPatient && !f.HiddenPatient) || (d.HiddenReps && !f.HiddenReps) {
		return false
	}
	own := f.Own != "" && d.AuthorID == f.Own
	if d.Masked && f.Masked != MaskedAll && (f.Masked != MaskedOwn || !own) {
		return false
	}
	return f.AllTypes || own || slices.Contains(f.Types, d.Type)
}

// AllowedBefore tells that a withdrawn document would pass if it were still
// current: to this reader, and to no other, its content answers 410.
func (f Filter) AllowedBefore(d DocFacts) bool {
	if d.Status != StatusWithdrawn {
		return false
	}
	d.Status = StatusCurrent
	return f.Allows(d)
}

func (f Filter) allowsStatus(status string) bool {
	switch status {
	case StatusCurrent:
		return true
	case StatusSuperseded:
		return f.Superseded
	case StatusWithdrawn:
		return f.Withdrawn
	default: // a status this program does not know is not shown
		return false
	}
}
