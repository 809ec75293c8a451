// Package consent decides who may do what to a health record, as one pure
// function: Decide takes a question, the facts of the record and the
// habilitation matrix, and gives a Grant or a Refusal with its reason. It
// reads no clock, no database and no configuration.
//
// # The decision
//
// The order is that of the domain contract (section 5); the first line that
// says no ends it, and its number is kept for the audit record.
//
//	1  identity    an id and a profession (two digits of TRE_G15)
//	2  record      open; closed, opposed, pending, unknown → no record, for good
//	3  function    the functional-rights table: profession × function × mode
//	4  block       the professional or their structure; in break-glass too,
//	               not in centre 15, never the médecin traitant
//	5  relation    médecin traitant, care team, authorisation in force,
//	               or an emergency mode that the patient did not object to
//	6  type        profession × document type; an author who is neither blocked
//	               nor an occupational doctor reads their own
//	7  mask        MASQUE_PS
//	8  status      archived and superseded only on request, withdrawn never
//	9  audit       durable before the answer: the caller's part
//
// Lines 1 to 5 are about the record: Decide. Lines 6 to 8 are about each
// document: the Grant's Filter, plain data that the store compiles into its
// query before it counts or pages, and Filter.Allows that says the same.
//
// # Filing is not reading
//
// FunctionFile needs lines 1 to 3: a laboratory that was never authorised
// files, and so does a blocked professional, who reads nothing. Lines 4 to 8
// govern reading. The Grant of a function that shows nothing has a Filter that
// lets nothing pass.
//
// # Rights
//
// Decision.Rights is what $open declares (fhir.Right…), from the table in
// rights.go. MayChange then decides each change of each document: a document
// that its caller cannot see, and did not write, does not exist.
//
//	d := consent.Decide(consent.Request{
//		Requester: consent.Requester{ID: "899700000001", Profession: "10", Specialty: "SM54"},
//		Mode:      fhir.ModeNormal, Function: consent.FunctionRead, Now: now,
//	}, facts, matrix)
//	if d.Grant == nil {
//		return d.Refusal.Code() // and an audit entry with d.Refusal and d.Step
//	}
//	page := store.Search(d.Grant, query) // compiles d.Grant.Filter()
//
// # A block is never told
//
// A blocked professional gets the same code, the same word (Refusal.Public)
// and the same rights as one who was never authorised; only the audit record
// knows. This is why the rights over documents end with the relation, and why
// emergency modes are offered even where they will be refused.
package consent
