package fhir

import "encoding/base64"

const (
	systemDCM         = "http://dicom.nema.org/resources/ontology/DCM"
	systemAuditType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemRestful     = "http://hl7.org/fhir/restful-interaction"
	systemIHEEvent    = "urn:ihe:event-type-code"
	systemAuthZ       = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"
	systemKind        = "urn:carnet:audit-kind"
	systemActReason   = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	systemProfession  = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
	systemEntityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemObjectRole  = "http://terminology.hl7.org/CodeSystem/object-role"
	systemResources   = "http://hl7.org/fhir/resource-types"
	systemBALPEntity  = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
	systemRoleClass   = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
	observerName      = "Carnet"
	clientName        = "Application du professionnel"
	codeSource        = "110153"
	codeDestination   = "110152"
	codeOrganisation  = "PROV"
	codeResponsible   = "RESP" // responsible party (v3-ParticipationType)
	codeXRequestID    = "XrequestId"
	prefixDocument    = "DocumentReference/"
	prefixSet         = "List/"
	purposeNormal     = "TREAT"
	purposeBreakGlass = "BTG"
	purposeCentre15   = "ETREAT"
)

// PurposeOf gives the purpose of use (v3-ActReason) of an access mode
// (TRE_R248).
func PurposeOf(mode string) string {
	switch mode {
	case ModeBreakGlass:
		return purposeBreakGlass
	case ModeCentre15:
		return purposeCentre15
	}
	return purposeNormal
}

// modeOf is the other way round.
func modeOf(purpose string) string {
	switch purpose {
	case purposeBreakGlass:
		return ModeBreakGlass
	case purposeCentre15:
		return ModeCentre15
	case purposeNormal:
		return ModeNormal
	}
	return ""
}

// eventKind is how a kind of entry is written (contract section 7, IHE BALP
// and the audit profiles of MHD).
type eventKind struct {
	typ        Coding
	subtypes   []Coding
	action     string
	serverRole string // of the server: source or destination of the data
	entityRole string // of the document among the objects
}

// rest is an event of FHIR's REST interface, with an IHE transaction beside it
// when there is one.
func rest(interaction, transaction, action, serverRole, entityRole string) eventKind {
	k := eventKind{
		typ:      Coding{System: systemAuditType, Code: "rest"},
		subtypes: []Coding{{System: systemRestful, Code: interaction}},
		action:   action, serverRole: serverRole, entityRole: entityRole,
	}
	if transaction != "" {
		k.subtypes = append(k.subtypes, Coding{System: systemIHEEvent, Code: transaction})
	}
	return k
}

func kindOf(kind string) eventKind {
	switch kind {
	case KindSearch:
		return rest("search", "ITI-67", "E", codeSource, "24")
	case KindSearchSets:
		return rest("search", "ITI-66", "E", codeSource, "24")
	case KindPatientQuery, KindLookup:
		return rest("search", "ITI-78", "E", codeSource, "24")
	case KindRead:
		return rest("read", "ITI-68", "R", codeSource, "3")
	case KindReadMeta, KindMiss:
		return rest("read", "", "R", codeSource, "3")
	case KindHistory:
		return rest("search", "ITI-81", "E", codeSource, "24")
	case KindCreate, KindReplace:
		return rest("create", "ITI-105", "C", codeDestination, "4")
	case KindPatch:
		return rest("patch", "", "U", codeDestination, "4")
	case KindConsent:
		return rest("create", "", "C", codeDestination, "4")
	case KindSubmit:
		return eventKind{
			typ: Coding{System: systemDCM, Code: "110107", Display: "Import"}, action: "C",
			subtypes: []Coding{{System: systemIHEEvent, Code: "ITI-65"}}, serverRole: codeDestination, entityRole: "20",
		}
	case KindDenial:
		return eventKind{
			typ: Coding{System: systemDCM, Code: "110113", Display: "Security Alert"}, action: "E",
			subtypes: []Coding{{System: systemAuthZ, Code: "AuthZ-Consent"}}, serverRole: codeSource, entityRole: "3",
		}
	}
	return rest("operation", "", "E", codeDestination, "4")
}

// consentKind is the interaction of an entry about consents, by its action.
func consentKind(action string) eventKind {
	switch action {
	case "D":
		return rest("delete", "", action, codeDestination, "4")
	case "E", "R":
		return rest("search", "", "E", codeSource, "24")
	}
	return kindOf(KindConsent)
}

// JSON gives the entry as a BALP AuditEvent.
func (a AuditEvent) JSON() []byte { return a.AppendJSON(make([]byte, 0, 2048)) }

// AppendJSON appends what JSON gives.
func (a AuditEvent) AppendJSON(dst []byte) []byte {
	k := kindOf(a.Kind)
	if a.Kind == KindConsent {
		k = consentKind(a.Action)
	}
	w := &writer{dst}
	w.resource("AuditEvent", a.ID)
	w.coding("type", k.typ)
	w.arr("subtype")
	for _, c := range append(k.subtypes, Coding{System: systemKind, Code: a.Kind}) {
		w.item()
		w.codingFields(c)
		w.end()
	}
	w.endArr()
	action := a.Action
	if action == "" {
		action = k.action
	}
	w.str("action", action)
	w.instant("recorded", a.Recorded)
	outcome := a.Outcome
	if outcome == "" {
		outcome = "0"
	}
	w.str("outcome", outcome)
	w.str("outcomeDesc", a.OutcomeDesc)
	a.writeAgents(w, k)
	w.obj("source")
	w.obj("observer")
	w.str("display", observerName)
	w.end()
	w.end()
	a.writeEntities(w, k)
	w.end()
	return w.b
}

// writeAgents writes who asked, for which structure, and the server.
func (a AuditEvent) writeAgents(w *writer, k eventKind) {
	w.arr("agent")
	w.item()
	w.concept("type", Coding{System: SystemParticipation, Code: "IRCP"})
	if a.AgentRole != "" {
		w.arr("role")
		w.bareConcept(Coding{System: systemProfession, Code: a.AgentRole})
		w.endArr()
	}
	if a.AgentID != "" || a.AgentName != "" {
		w.obj("who")
		w.identifier("identifier", Identifier{System: SystemNationalPro, Value: a.AgentID})
		w.str("display", a.AgentName)
		w.end()
	}
	w.boolean("requestor", true)
	if a.Mode != "" {
		w.arr("purposeOfUse")
		w.item()
		w.arr("coding")
		w.item()
		w.codingFields(Coding{System: systemActReason, Code: PurposeOf(a.Mode)})
		w.endArrObj()
		w.str("text", a.Reason)
		w.endArrObj()
	}
	w.end()
	if a.OrgID != "" || a.OrgName != "" {
		w.item()
		w.concept("type", Coding{System: systemRoleClass, Code: codeOrganisation})
		w.obj("who")
		w.identifier("identifier", Identifier{System: SystemNationalOrg, Value: a.OrgID})
		w.str("display", a.OrgName)
		w.end()
		w.boolean("requestor", false)
		w.end()
	}
	if a.ResponsibleID != "" {
		w.item()
		w.concept("type", Coding{System: SystemParticipation, Code: codeResponsible})
		w.obj("who")
		w.identifier("identifier", Identifier{System: SystemNationalPro, Value: a.ResponsibleID})
		w.str("display", a.ResponsibleName)
		w.end()
		w.boolean("requestor", false)
		w.end()
	}
	writeMachine(w, k.serverRole, observerName)
	clientRole := codeDestination
	if k.serverRole == codeDestination {
		clientRole = codeSource
	}
	writeMachine(w, clientRole, clientName)
	w.endArr()
}

// writeMachine writes the server or the client as source or destination of the
// data (BALP).
func writeMachine(w *writer, role, name string) {
	w.item()
	w.concept("type", Coding{System: systemDCM, Code: role})
	w.obj("who")
	w.str("display", name)
	w.end()
	w.boolean("requestor", false)
	w.end()
}

// writeEntities writes the patient, the document or query, and the request.
func (a AuditEvent) writeEntities(w *writer, k eventKind) {
	if a.PatientID == "" && a.DocumentID == "" && a.Query == "" && a.RequestID == "" {
		return
	}
	w.arr("entity")
	if a.PatientID != "" {
		w.item()
		w.obj("what")
		w.str("reference", "Patient/"+a.PatientID)
		w.str("display", a.PatientName)
		w.end()
		w.coding("type", Coding{System: systemEntityType, Code: "1"})
		w.coding("role", Coding{System: systemObjectRole, Code: "1"})
		w.end()
	}
	if a.Kind == KindDenial && a.PatientID != "" {
		writeConsent(w)
	}
	if a.DocumentID != "" {
		w.item()
		prefix := prefixDocument
		if a.Kind == KindSubmit {
			prefix = prefixSet
		}
		w.reference("what", prefix+a.DocumentID)
		w.coding("type", Coding{System: systemEntityType, Code: "2"})
		w.coding("role", Coding{System: systemObjectRole, Code: k.entityRole})
		w.str("name", a.DocumentTitle)
		w.end()
	}
	if a.Query != "" {
		w.item()
		w.coding("type", Coding{System: systemEntityType, Code: "2"})
		w.coding("role", Coding{System: systemObjectRole, Code: "24"})
		w.str("query", base64.StdEncoding.EncodeToString([]byte(a.Query)))
		w.end()
	}
	if a.RequestID != "" {
		w.item()
		w.obj("what")
		w.obj("identifier")
		w.str("value", a.RequestID)
		w.end()
		w.end()
		w.coding("type", Coding{System: systemBALPEntity, Code: codeXRequestID})
		w.end()
	}
	w.endArr()
}

// writeConsent writes what a denial was decided by (BALP AuthZ-Consent): the
// patient's choices as a whole, since naming one would tell a block from a
// missing consent.
func writeConsent(w *writer) {
	w.item()
	w.obj("what")
	w.str("type", "Consent")
	w.identifier("identifier", Identifier{System: SystemURI, Value: policyAccess})
	w.end()
	w.coding("type", Coding{System: systemResources, Code: "Consent"})
	w.coding("role", Coding{System: systemObjectRole, Code: "13"})
	w.end()
}

type wireAuditEvent struct {
	ID          string
	Type        wireCoding
	Subtype     []wireCoding
	Action      string
	Recorded    string
	Outcome     string
	OutcomeDesc string
	Agent       []struct {
		Type         wireConcept
		Role         []wireConcept
		Who          wireReference
		Requestor    bool
		PurposeOfUse []wireConcept
	}
	Entity []struct {
		What  wireReference
		Type  wireCoding
		Role  wireCoding
		Name  string
		Query string
	}
}

// ParseAuditEvent reads an AuditEvent leniently. Errors: Malformed when it is
// not an AuditEvent.
func ParseAuditEvent(data []byte) (AuditEvent, error) {
	var r wireAuditEvent
	if err := read(data, "AuditEvent", &r); err != nil {
		return AuditEvent{}, err
	}
	a := AuditEvent{
		ID: r.ID, Recorded: ParseTime(r.Recorded), Action: r.Action, Outcome: r.Outcome, OutcomeDesc: r.OutcomeDesc,
	}
	for _, c := range r.Subtype {
		if c.System == systemKind {
			a.Kind = c.Code
		}
	}
	for _, g := range r.Agent {
		switch {
		case g.Requestor:
			a.AgentID, a.AgentName = g.Who.ident().Value, g.Who.Display
			a.AgentRole = firstConcept(g.Role).Code
			if len(g.PurposeOfUse) > 0 {
				a.Mode, a.Reason = modeOf(firstConcept(g.PurposeOfUse).Code), g.PurposeOfUse[0].Text
			}
		case g.Type.first().Code == codeOrganisation:
			a.OrgID, a.OrgName = g.Who.ident().Value, g.Who.Display
		case g.Type.first().Code == codeResponsible:
			a.ResponsibleID, a.ResponsibleName = g.Who.ident().Value, g.Who.Display
		}
	}
	r.readEntities(&a)
	return a, nil
}

func (r *wireAuditEvent) readEntities(a *AuditEvent) {
	for _, e := range r.Entity {
		switch {
		case RefID(e.What.Reference, "Patient") != "":
			a.PatientID, a.PatientName = RefID(e.What.Reference, "Patient"), e.What.Display
		case RefID(e.What.Reference, "DocumentReference") != "":
			a.DocumentID, a.DocumentTitle = RefID(e.What.Reference, "DocumentReference"), e.Name
		case RefID(e.What.Reference, "List") != "":
			a.DocumentID, a.DocumentTitle = RefID(e.What.Reference, "List"), e.Name
		case e.Type.Code == codeXRequestID:
			a.RequestID = e.What.ident().Value
		case e.Query != "":
			if q, err := base64.StdEncoding.DecodeString(e.Query); err == nil {
				a.Query = string(q)
			}
		}
	}
}
