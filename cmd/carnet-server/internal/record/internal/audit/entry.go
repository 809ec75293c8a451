package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"carnet/client/fhir"
)

// Version of the entry's encoding. A reader accepts older ones.
const Version = 1

// Outcomes of an event (AuditEvent.outcome).
const (
	OutcomeSuccess = "0"
	OutcomeMinor   = "4"  // refused: the request was at fault, or a rule said no
	OutcomeSerious = "8"  // the server failed
	OutcomeMajor   = "12" // the server is no longer usable
)

// Agent is who did it, as the token said.
type Agent struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Role      string `json:"role,omitempty"` // profession, TRE_G15
	Specialty string `json:"specialty,omitempty"`
	OrgID     string `json:"org,omitempty"`
	OrgName   string `json:"orgName,omitempty"`
}

// Entry is one event. It names records and documents by logical id, never by
// INS, name or title; a query is kept as its shape, without values.
type Entry struct {
	V       int       `json:"v"`
	At      time.Time `json:"at"` // UTC to the millisecond
	Kind    string    `json:"kind"`
	Action  string    `json:"action,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	Refusal string    `json:"refusal,omitempty"` // why it was refused (consent.Refusal) or failed (fhir.Code)
	Step    int       `json:"step,omitempty"`    // the line of the decision order that refused
	Agent   Agent     `json:"agent"`
	// Responsible is who answers for what a system did; nil when a person did it.
	Responsible *Agent `json:"responsible,omitempty"`

	Mode   string `json:"mode,omitempty"`
	Basis  string `json:"basis,omitempty"`
	Reason string `json:"reason,omitempty"` // typed, of an emergency mode

	Session  string `json:"session,omitempty"` // groups one visit in the patient's history
	Patient  string `json:"patient,omitempty"`
	Document string `json:"document,omitempty"`
	DocVer   string `json:"documentVersion,omitempty"`
	Request  string `json:"request,omitempty"`
	Detail   string `json:"detail,omitempty"` // a query's shape: "type,date"; a change: "mask"
	Count    int    `json:"count,omitempty"`  // how many were found or done

	Happened time.Time `json:"happened,omitzero"` // offline: when it was really done; At is then the synchronisation
}

// ErrEntry is of bytes that are not a canonical entry.
var ErrEntry = errors.New("audit: not an entry")

// actions is the AuditEvent.action of each kind (contract section 7).
var actions = map[string]string{
	fhir.KindSearch: "E", fhir.KindSearchSets: "E", fhir.KindRead: "R", fhir.KindReadMeta: "R",
	fhir.KindCreate: "C", fhir.KindSubmit: "C", fhir.KindPatch: "U", fhir.KindReplace: "U",
	fhir.KindUndo: "D", fhir.KindOpen: "E", fhir.KindClose: "E", fhir.KindConsent: "C",
	fhir.KindDenial: "E", fhir.KindMiss: "R", fhir.KindHistory: "E", fhir.KindLookup: "E",
	fhir.KindPatientQuery: "E", fhir.KindMessage: "R", fhir.KindMessageSent: "C", KindSeed: "C",
}

// KindSeed is the one entry that a demonstration leaves of its filling.
const KindSeed = "seed"

// Action gives the usual action of a kind, "E" (execute) for an unknown one.
func Action(kind string) string {
	if a, ok := actions[kind]; ok {
		return a
	}
	return "E"
}

// Encode gives the canonical bytes of an entry: fields in a fixed order, empty
// ones left out, UTC to the millisecond, valid UTF-8. It fills V, and Action
// and Outcome where they are empty.
func (e Entry) Encode() []byte {
	e.V = Version
	e.At = e.At.UTC().Truncate(time.Millisecond)
	e.Happened = e.Happened.UTC().Truncate(time.Millisecond)
	if e.Action == "" {
		e.Action = Action(e.Kind)
	}
	if e.Outcome == "" {
		e.Outcome = OutcomeSuccess
	}
	if e.Responsible != nil && *e.Responsible == (Agent{}) {
		e.Responsible = nil
	}
	if e.Responsible != nil {
		r := Agent{ID: strings.ToValidUTF8(e.Responsible.ID, "\uFFFD"), Name: strings.ToValidUTF8(e.Responsible.Name, "\uFFFD")}
		e.Responsible = &r
	}
	for _, s := range []*string{
		&e.Kind, &e.Action, &e.Outcome, &e.Refusal, &e.Mode, &e.Basis, &e.Reason, &e.Session, &e.Patient, &e.Document,
		&e.DocVer, &e.Request, &e.Detail, &e.Agent.ID, &e.Agent.Name, &e.Agent.Role, &e.Agent.Specialty, &e.Agent.OrgID, &e.Agent.OrgName,
	} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	return e.marshal()
}

func (e Entry) marshal() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil { // a time outside the years 0 to 9999
		e.At, e.Happened = time.Time{}, time.Time{}
		b.Reset()
		_ = enc.Encode(e) // strings, integers and a zero time always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Decode reads what Encode wrote, and nothing else: bytes that would not be
// written the same way again are refused, so that an entry has one form.
func Decode(data []byte) (Entry, error) {
	var e Entry
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return Entry{}, ErrEntry
	}
	if e.V < 1 || e.V > Version || !bytes.Equal(e.marshal(), data) || !e.canonical() {
		return Entry{}, ErrEntry
	}
	return e, nil
}

// canonical says whether an entry is one that Encode writes.
func (e Entry) canonical() bool {
	nobody := e.Responsible != nil && *e.Responsible == Agent{}
	return canonicalTime(e.At) && year(e.Happened) && e.Step >= 0 && e.Count >= 0 && !nobody
}

// Read reads an entry that the store opened: its seal says that Encode wrote
// it, so that its form need not be checked again. Decode takes three times as
// long.
func Read(data []byte) (e Entry, err error) {
	if json.Unmarshal(data, &e) != nil {
		return Entry{}, ErrEntry
	}
	return e, nil
}

// Event gives the entry as the view that AuditEvent resources are built from,
// without what its reader may not see: no refusal (the log keeps the reason;
// the caller adds the word that was told, consent.Refusal.Public), and of a
// document that was not found no patient, so that a hidden one reads as one
// that never was. Names of people and titles of documents are not in the log:
// the caller adds those that its reader may see. id is the resource's logical
// id.
func (e Entry) Event(id string) fhir.AuditEvent {
	recorded := e.At
	if !e.Happened.IsZero() {
		recorded = e.Happened
	}
	patient := e.Patient
	if e.Kind == fhir.KindMiss {
		patient = ""
	}
	out := fhir.AuditEvent{
		ID: id, Recorded: recorded, Kind: e.Kind, Action: e.Action, Outcome: e.Outcome,
		AgentID: e.Agent.ID, AgentName: e.Agent.Name, AgentRole: e.Agent.Role,
		OrgID: e.Agent.OrgID, OrgName: e.Agent.OrgName,
		Mode: e.Mode, Reason: e.Reason, PatientID: patient, DocumentID: e.Document,
		RequestID: e.Request, Query: e.Detail,
	}
	if e.Responsible != nil {
		out.ResponsibleID, out.ResponsibleName = e.Responsible.ID, e.Responsible.Name
	}
	return out
}
