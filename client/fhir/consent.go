package fhir

import "time"

const (
	profileConsent = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic"
	loincConsent   = "59284-0"
	policyAccess   = "urn:carnet:policy:acces-professionnel"

	// SourcePatient and SourceProfessional say who recorded a consent.
	SourcePatient      = "patient"
	SourceProfessional = "professional"
)

// JSON gives the consent as PCF writes it: a permit for one actor over one
// period. There is never a provision.code (PCF forbids it).
func (c Consent) JSON() []byte {
	w := &writer{make([]byte, 0, 1536)}
	w.resource("Consent", c.ID)
	w.meta(c.Version, time.Time{}, profileConsent)
	if c.Form != "" || c.Visit {
		w.arr("extension")
		if c.Form != "" {
			w.ext(ExtForm)
			w.str("valueCode", c.Form)
			w.end()
		}
		if c.Visit {
			w.ext(ExtVisit)
			w.boolean("valueBoolean", true)
			w.end()
		}
		w.endArr()
	}
	w.str("status", c.Status)
	w.concept("scope", Coding{System: SystemConsentScope, Code: "patient-privacy"})
	w.arr("category")
	w.bareConcept(Coding{System: SystemLOINC, Code: loincConsent})
	w.endArr()
	if c.PatientID != "" {
		w.reference("patient", "Patient/"+c.PatientID)
	}
	w.instant("dateTime", c.DateTime)
	c.writePerformer(w)
	w.arr("policy")
	w.item()
	w.str("uri", policyAccess)
	w.endArrObj()
	c.writeProvision(w)
	w.end()
	return w.b
}

func (c Consent) writePerformer(w *writer) {
	switch {
	case c.Source == SourcePatient && c.PatientID != "":
		w.arr("performer")
		w.item()
		w.str("reference", "Patient/"+c.PatientID)
		w.str("type", "Patient")
		w.endArrObj()
	case c.Source == SourceProfessional:
		w.arr("performer")
		w.item()
		w.str("type", "Practitioner")
		w.identifier("identifier", c.actor())
		display := c.ActorName
		if display == "" && c.ActorID == "" { // a reference says what it points to: the server knows who declares
			display = "Le professionnel qui déclare"
		}
		w.str("display", display)
		w.endArrObj()
	}
}

// actor tells a professional's national id from a structure's by its length
// and first digit: 8 + 11 digits, or 1, 3, 4 + FINESS, SIRET, RPPS-rank.
func (c Consent) actor() Identifier {
	if c.ActorID == "" {
		return Identifier{}
	}
	if c.ActorID[0] == '8' && len(c.ActorID) == 12 || c.ActorID[0] == '0' {
		return Identifier{System: SystemNationalPro, Value: c.ActorID}
	}
	return Identifier{System: SystemNationalOrg, Value: c.ActorID}
}

func (c Consent) writeProvision(w *writer) {
	w.obj("provision")
	w.str("type", "permit")
	if !c.Start.IsZero() || !c.End.IsZero() {
		w.obj("period")
		w.instant("start", c.Start)
		w.instant("end", c.End)
		w.end()
	}
	if c.ActorID != "" {
		w.arr("actor")
		w.item()
		w.concept("role", Coding{System: SystemParticipation, Code: "IRCP"})
		w.obj("reference")
		w.identifier("identifier", c.actor())
		w.str("display", c.ActorName)
		w.end()
		w.endArrObj()
	}
	w.end()
}

// ParseConsent reads a Consent leniently. Errors: Malformed when it is not a
// Consent.
func ParseConsent(data []byte) (Consent, error) {
	var r struct {
		ID        string
		Meta      wireMeta
		Extension wireExtensions
		Status    string
		Patient   wireReference
		DateTime  string
		Performer []wireReference
		Provision struct {
			Period wirePeriod
			Actor  []struct{ Reference wireReference }
		}
	}
	if err := read(data, "Consent", &r); err != nil {
		return Consent{}, err
	}
	c := Consent{
		ID: r.ID, Version: r.Meta.VersionID, Status: r.Status,
		PatientID: RefID(r.Patient.Reference, "Patient"), DateTime: ParseTime(r.DateTime),
		Form: r.Extension.find(ExtForm).text(), Visit: r.Extension.find(ExtVisit).boolean(),
		Start: ParseTime(r.Provision.Period.Start), End: ParseTime(r.Provision.Period.End),
	}
	if len(r.Provision.Actor) > 0 {
		actor := r.Provision.Actor[0].Reference
		c.ActorID, c.ActorName = actor.ident().Value, actor.Display
	}
	for _, p := range r.Performer {
		switch {
		case p.Type == "Patient" || RefID(p.Reference, "Patient") != "":
			c.Source = SourcePatient
		case p.Type == "Practitioner" || p.Type == "PractitionerRole" || p.ident().Value != "":
			c.Source = SourceProfessional
		}
	}
	return c, nil
}
