package consent

import "carnet/client/fhir"

// Refusal is why something was refused. It is kept in the audit record; what
// the caller is told is Code and Public, which never tell a block from a
// missing consent. The empty Refusal refuses nothing.
type Refusal string

// The refusals, in the order of the decision.
const (
	RefusalIdentity   Refusal = "identity"   // 1: no id, or no profession
	RefusalNoRecord   Refusal = "no-record"  // 2: closed, opposed, pending or unknown: final
	RefusalFunction   Refusal = "function"   // 3: the table forbids it for this profession and mode
	RefusalMode       Refusal = "mode"       // 3: this profession may not use the mode
	RefusalReason     Refusal = "reason"     // 3: an emergency mode needs a typed reason
	RefusalSession    Refusal = "session"    // 3: an emergency mode outside a running access session
	RefusalProfession Refusal = "profession" // 3, 6: this profession never reads
	RefusalBlocked    Refusal = "blocked"    // 4: the patient blocked the professional or the structure
	RefusalNoConsent  Refusal = "no-consent" // 5: nothing lets the professional in
	RefusalOpposed    Refusal = "opposed"    // 5: the patient objected to this emergency mode
	RefusalHidden     Refusal = "hidden"     // 6–8: this document does not exist for the caller
	RefusalNotOwn     Refusal = "not-own"    // the table allows it on one's own documents only
	RefusalWithdrawn  Refusal = "withdrawn"  // the document is already entered-in-error
	RefusalNoRow      Refusal = "no-row"     // the type has no row in the matrix
	RefusalContested  Refusal = "contested"  // the patient contested what this professional declared

	// Of a natural person and the record that is their own: told to them alone.
	RefusalNotActivated Refusal = "not-activated" // they never made it theirs, with a code and a card of their own

	// Of what a holder decides about somebody: told to the holder alone.
	RefusalIsMT       Refusal = "is-mt"       // the declared médecin traitant cannot be blocked
	RefusalIsBlocked  Refusal = "is-blocked"  // whom the holder blocks is let in by unblocking first
	RefusalNotDoctor  Refusal = "not-doctor"  // a médecin traitant is a doctor who treats
	RefusalNeverReads Refusal = "never-reads" // occupational medicine reads no record
)

// Code gives the code to answer with.
func (r Refusal) Code() fhir.Code {
	switch r {
	case "":
		return ""
	case RefusalIdentity:
		return fhir.Unauthenticated
	case RefusalNoRecord:
		return fhir.NoRecord
	case RefusalReason:
		return fhir.Required
	case RefusalBlocked, RefusalNoConsent, RefusalOpposed, RefusalContested:
		return fhir.NoConsent
	case RefusalHidden:
		return fhir.NotFound
	case RefusalWithdrawn:
		return fhir.Withdrawn
	case RefusalNoRow, RefusalIsMT, RefusalIsBlocked, RefusalNotDoctor, RefusalNeverReads:
		return fhir.BusinessRule
	default:
		return fhir.Forbidden
	}
}

// Public gives the word that the caller may see ($open's refusal, own access
// traces): a block is told as a missing consent, a hidden document as none.
func (r Refusal) Public() string {
	switch r {
	case "":
		return ""
	case RefusalBlocked, RefusalNoConsent, RefusalOpposed, RefusalContested:
		return string(RefusalNoConsent)
	case RefusalHidden: // as a document that never was
		return string(fhir.NotFound)
	default:
		return string(r)
	}
}
