package fhir

import "strings"

const profileDocument = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"

// Local ids of the contained resources that a built DocumentReference carries.
const (
	localSource    = "patient-source"
	localAuthor    = "author"
	localRole      = "author-role"
	localOrg       = "author-organization"
	localCustodian = "custodian"
)

// LabelCoding gives the security label as the wire writes it: confidentiality
// levels in HL7's system, the French visibility labels in ANS's.
func LabelCoding(code string) Coding {
	switch code {
	case LabelMasked, LabelHiddenPatient, LabelHiddenReps:
		return Coding{System: SystemConfFR, Code: code}
	}
	return Coding{System: SystemConfCode, Code: code}
}

// Labels gives the whole securityLabel of the document.
func (d DocumentReference) Labels() []Coding {
	level := d.Confidential
	if level == "" {
		level = "N"
	}
	labels := []Coding{LabelCoding(level)}
	for _, l := range []struct {
		set  bool
		code string
	}{{d.Masked, LabelMasked}, {d.HiddenPatient, LabelHiddenPatient}, {d.HiddenReps, LabelHiddenReps}} {
		if l.set {
			labels = append(labels, LabelCoding(l.code))
		}
	}
	return labels
}

// SetLabels takes over what the labels say; NOPAT reads as INVISIBLE_PATIENT.
func (d *DocumentReference) SetLabels(labels []Coding) {
	d.Confidential, d.Masked, d.HiddenPatient, d.HiddenReps = "", false, false, false
	for _, l := range labels {
		switch l.Code {
		case LabelMasked:
			d.Masked = true
		case LabelHiddenPatient, LabelNoPat:
			d.HiddenPatient = true
		case LabelHiddenReps:
			d.HiddenReps = true
		case "N", "R", "V":
			d.Confidential = l.Code
		}
	}
}

// JSON gives the document as a PDSm comprehensive DocumentReference.
func (d DocumentReference) JSON() []byte { return d.AppendJSON(make([]byte, 0, 4096)) }

// AppendJSON appends what JSON gives.
func (d DocumentReference) AppendJSON(dst []byte) []byte {
	w := &writer{dst}
	d.writeHead(w)
	d.writeTail(w)
	return w.b
}

// SplitJSON gives the document as two pieces between which the base64 of its
// content belongs (ITI-105), so that a large content can be streamed.
func (d DocumentReference) SplitJSON() (before, after []byte) {
	w := &writer{make([]byte, 0, 4096)}
	d.writeHead(w)
	w.key("data")
	w.b = append(w.b, '"')
	before = w.b
	w = &writer{[]byte{'"'}}
	d.writeTail(w)
	return before, w.b
}

// writeHead writes up to the last field of the attachment.
func (d DocumentReference) writeHead(w *writer) {
	w.resource("DocumentReference", d.ID)
	w.meta(d.Version, d.LastUpdated, profileDocument)
	d.writeContained(w)
	if d.Archived || d.ReplacedBy != "" {
		w.arr("extension")
		if d.Archived {
			w.ext(ExtIsArchived)
			w.boolean("valueBoolean", true)
			w.end()
		}
		if d.ReplacedBy != "" {
			w.ext(ExtReplacedBy)
			w.reference("valueReference", d.ReplacedBy)
			w.end()
		}
		w.endArr()
	}
	w.identifier("masterIdentifier", Identifier{System: systemForUID(d.UniqueID), Value: d.UniqueID})
	w.str("status", d.Status)
	w.concept("type", d.Type)
	d.writeConcepts(w, "category", d.Category)
	d.writeSubject(w)
	w.str("date", d.Date)
	d.writeParties(w)
	if len(d.Replaces) > 0 {
		w.arr("relatesTo")
		for _, target := range d.Replaces {
			w.item()
			w.str("code", "replaces")
			w.reference("target", target)
			w.end()
		}
		w.endArr()
	}
	w.str("description", d.Description)
	d.writeConcepts(w, "securityLabel", d.Labels()...)
	w.arr("content")
	w.item()
	w.obj("attachment")
	d.Attachment.write(w)
}

// writeTail closes the attachment and writes the rest.
func (d DocumentReference) writeTail(w *writer) {
	w.end()
	w.coding("format", d.Format)
	w.endArrObj()
	w.obj("context")
	d.writeConcepts(w, "event", d.Event...)
	if d.PeriodStart != "" || d.PeriodEnd != "" {
		w.obj("period")
		w.str("start", d.PeriodStart)
		w.str("end", d.PeriodEnd)
		w.end()
	}
	w.concept("facilityType", d.Facility)
	w.concept("practiceSetting", d.Practice)
	if d.PatientINS.Value != "" {
		w.reference("sourcePatientInfo", "#"+localSource)
	}
	w.end()
	w.end()
}

func systemForUID(uid string) string {
	if strings.HasPrefix(uid, "urn:") {
		return SystemURI
	}
	return ""
}

func (d DocumentReference) writeConcepts(w *writer, k string, codings ...Coding) {
	if len(codings) == 0 || codings[0] == (Coding{}) {
		return
	}
	w.arr(k)
	for _, c := range codings {
		w.bareConcept(c)
	}
	w.endArr()
}

// writeContained writes the parties as contained resources, as PDSm asks.
func (d DocumentReference) writeContained(w *writer) {
	a := d.Author
	if d.PatientINS.Value == "" && a == (Party{}) && d.Custodian == (Party{}) {
		return
	}
	w.arr("contained")
	if d.PatientINS.Value != "" {
		w.comma()
		w.resource("Patient", localSource)
		w.identifiers("identifier", d.PatientINS)
		w.end()
	}
	if a.ID != "" || a.Name != "" {
		w.comma()
		w.resource("Practitioner", localAuthor)
		w.identifiers("identifier", Identifier{System: SystemNationalPro, Value: a.ID})
		if a.Name != "" {
			w.arr("name")
			w.item()
			w.str("text", a.Name)
			w.endArrObj()
		}
		w.end()
		writeOrganization(w, localOrg, a)
		w.comma()
		w.resource("PractitionerRole", localRole)
		w.reference("practitioner", "#"+localAuthor)
		if hasOrg(a) {
			w.reference("organization", "#"+localOrg)
		}
		if a.Specialty != "" {
			d.writeConcepts(w, "specialty", Coding{System: systemSpecialty, Code: a.Specialty})
		}
		w.end()
	}
	writeOrganization(w, localCustodian, d.Custodian)
	w.endArr()
}

const systemSpecialty = "https://mos.esante.gouv.fr/NOS/TRE_A02-ProfessionSavFaire-CISIS/FHIR/TRE-A02-ProfessionSavFaire-CISIS"

func hasOrg(p Party) bool { return p.OrgID != "" || p.OrgName != "" }

func writeOrganization(w *writer, local string, p Party) {
	if !hasOrg(p) {
		return
	}
	w.comma()
	w.resource("Organization", local)
	w.identifiers("identifier", Identifier{System: SystemNationalOrg, Value: p.OrgID})
	w.str("name", p.OrgName)
	w.end()
}

func (d DocumentReference) writeSubject(w *writer) {
	if d.PatientID == "" && d.PatientINS.Value == "" {
		return
	}
	w.obj("subject")
	if d.PatientID != "" {
		w.str("reference", "Patient/"+d.PatientID)
	}
	w.identifier("identifier", d.PatientINS)
	w.end()
}

func (d DocumentReference) writeParties(w *writer) {
	if d.Author.ID != "" || d.Author.Name != "" {
		w.arr("author")
		w.item()
		w.str("reference", "#"+localRole)
		w.endArrObj()
	}
	if hasOrg(d.Custodian) {
		w.reference("custodian", "#"+localCustodian)
	}
}

func (a Attachment) write(w *writer) {
	w.str("contentType", a.ContentType)
	w.str("language", a.Language)
	w.str("url", a.URL)
	if a.Size > 0 {
		w.integer("size", a.Size)
	}
	w.str("hash", a.Hash)
	w.str("title", a.Title)
	w.str("creation", a.Creation)
}
