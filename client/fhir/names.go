package fhir

// Systems, profiles and extension addresses of the wire. Sources: contract
// section 2 and 4; PDSm 3.1.1; IHE MHD 4.2.4; FR Core 2.1.
const (
	SystemINSNIR        = "urn:oid:1.2.250.1.213.1.4.8"
	SystemINSNIA        = "urn:oid:1.2.250.1.213.1.4.9"
	SystemINSTest       = "urn:oid:1.2.250.1.213.1.4.10"
	SystemINSTestNIA    = "urn:oid:1.2.250.1.213.1.4.11"
	SystemRPPS          = "https://rpps.esante.gouv.fr"
	SystemNationalPro   = "urn:oid:1.2.250.1.71.4.2.1" // 8 + RPPS
	SystemNationalOrg   = "urn:oid:1.2.250.1.71.4.2.2" // 1 FINESS, 3 SIRET, 4 RPPS-rank
	SystemURI           = "urn:ietf:rfc:3986"
	SystemLOINC         = "http://loinc.org"
	SystemClass         = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
	SystemConfCode      = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	SystemConfFR        = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
	SystemConsentScope  = "http://terminology.hl7.org/CodeSystem/consentscope"
	SystemParticipation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	SystemErrorCode     = "urn:carnet:error"

	LabelMasked        = "MASQUE_PS"
	LabelHiddenPatient = "INVISIBLE_PATIENT"
	LabelHiddenReps    = "INVISIBLE_REPRESENTANTS_LEGAUX"
	LabelNoPat         = "NOPAT"

	ExtClosed      = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/dmp-fermeture"
	ExtIsArchived  = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
	ExtReliability = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability"
	ExtGivenList   = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
	ExtBirthPlace  = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
	ExtINSEE       = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"

	extBase        = "https://carnet.example/fhir/StructureDefinition/"
	ExtRelation    = extBase + "relation"
	ExtRelationEnd = extBase + "relation-end"
	ExtLastVisit   = extBase + "last-visit"
	ExtNew         = extBase + "new-documents"
	ExtForm        = extBase + "consent-form"
	ExtVisit       = extBase + "consent-visit"
	ExtCareTeam    = extBase + "consent-care-team"
	ExtReplacedBy  = extBase + "replaced-by"

	// HeaderSession carries the access session that $open gave.
	HeaderSession = "X-Access-Session"
	// HeaderConfidentialCare says that a request is about care that a minor keeps
	// confidential (ConfidentialMinor): it is refused, and leaves no trace.
	HeaderConfidentialCare = "X-Confidential-Care"
	// SystemConfidentialCare is the system of the security label that says the same.
	SystemConfidentialCare = "https://carnet.example/fhir/CodeSystem/confidential-care"
	ConfidentialMinor      = "minor"
	// HeaderRequestID names a request in logs and errors.
	HeaderRequestID = "X-Request-Id"
	// HeaderIdempotency carries the id of the thing to be done once (an outbox item's id).
	HeaderIdempotency = "Idempotency-Key"
)

// Access modes (TRE_R248).
const (
	ModeNormal     = "normal"
	ModeBreakGlass = "bris_de_glace"
	ModeCentre15   = "centre_15"
)

// How a professional may read a record (Access.Basis, Patient.Relation).
const (
	BasisMT         = "medecin-traitant"
	BasisCareTeam   = "care-team"
	BasisAuthorised = "authorisation"
	BasisEmergency  = "emergency"
	// BasisFiling is the relation of a professional who may file to a patient's
	// record and whose profession never reads one, whatever the patient allows.
	BasisFiling = "filing"
)

// Rights that $open grants; "own" means documents whose author is the caller.
const (
	RightRead           = "read"
	RightReadMaskedOwn  = "read-masked-own"
	RightReadMaskedAll  = "read-masked-all"
	RightUpload         = "upload"
	RightDeclareConsent = "declare-consent"
	RightWithdrawOwn    = "withdraw-own-authorisation"
	RightMask           = "mask"
	RightUnmaskOwn      = "unmask-own"
	RightUnmaskAll      = "unmask-all"
	RightShowPatient    = "show-to-patient"
	RightArchiveOwn     = "archive-own"
	RightArchiveAll     = "archive-all"
	RightDeleteOwn      = "delete-own"
	RightManagePatient  = "manage-patient-documents" // delete or archive what the patient deposited
	RightTracesOwn      = "traces-own"
	RightTracesAll      = "traces-all"
	RightBreakGlass     = "break-glass"
	RightCentre15       = "centre-15"
)

// Kinds of audit entries (AuditEvent.Kind).
const (
	KindSearch       = "search"        // ITI-67
	KindSearchSets   = "search-sets"   // ITI-66
	KindRead         = "read"          // ITI-68
	KindReadMeta     = "read-meta"     // DocumentReference by id
	KindCreate       = "create"        // ITI-105
	KindSubmit       = "submit"        // ITI-65
	KindPatch        = "patch"         // conditional PATCH
	KindReplace      = "replace"       // create with relatesTo replaces
	KindUndo         = "undo"          // $undo of a misfiled report
	KindOpen         = "open"          // $open
	KindClose        = "close"         // $close
	KindConsent      = "consent"       // a consent declared or withdrawn
	KindDenial       = "denial"        // DCM#110113
	KindMiss         = "miss"          // 404 by id, whatever the reason
	KindHistory      = "history"       // the history was read
	KindLookup       = "lookup"        // looking up someone who is not one's patient
	KindPatientQuery = "patient-query" // my patients; absent from patients' histories
	KindLife         = "life"          // a change in the life of a record: announced, opened, closed …
	KindCopy         = "copy"          // a working copy for offline use: no consultation
	KindProfile      = "profile"       // the health profile was read or changed
	KindExport       = "export"        // the whole record was taken away
	KindNotices      = "notices"       // notices were read
	KindMessage      = "message"       // messages were read
	KindMessageSent  = "message-sent"  // a message was written, or the rule or members of a dialogue changed
	KindComplaint    = "complaint"     // an access was contested, or that was answered
)
