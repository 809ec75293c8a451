package fhir

import "strings"

const (
	profilePatientINS = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins"
	systemReliability = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
	systemIdentType   = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
	systemCommune     = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
	subIdentityStatus = "identityStatus"
)

// IsINS says whether a system is one of the four domains of the INS.
func IsINS(system string) bool {
	switch system {
	case SystemINSNIR, SystemINSNIA, SystemINSTest, SystemINSTestNIA:
		return true
	}
	return false
}

// JSON gives the patient as FRCorePatientINS, with the extensions that tell
// the caller how they may read the record.
func (p Patient) JSON() []byte { return p.AppendJSON(make([]byte, 0, 1536)) }

// AppendJSON appends what JSON gives.
func (p Patient) AppendJSON(dst []byte) []byte {
	w := &writer{dst}
	w.resource("Patient", p.ID)
	profile := ""
	if p.INS.Value != "" {
		profile = profilePatientINS
	}
	w.meta(p.Version, p.LastUpdated, profile)
	p.writeExtensions(w)
	if p.INS.Value != "" {
		w.b = append(w.b, `,"identifier":[{"use":"official","type":{"coding":[{"system":"`+systemIdentType+`","code":"`...)
		w.b = append(w.b, insType(p.INS.System)...)
		w.b = append(w.b, `"}]}`...)
		w.identifierFields(p.INS)
		w.endArrObj()
	}
	w.boolean("active", p.Active)
	p.writeNames(w)
	w.str("gender", p.Gender)
	w.str("birthDate", p.BirthDate)
	if p.City != "" {
		w.arr("address")
		w.item()
		w.str("city", p.City)
		w.endArrObj()
	}
	w.end()
	return w.b
}

// insType tells a definitive matricule from a waiting one.
func insType(system string) string {
	switch system {
	case SystemINSNIA, SystemINSTestNIA:
		return "INS-NIA"
	}
	return "INS-NIR"
}

func (p Patient) writeExtensions(w *writer) {
	w.arr("extension")
	if p.Reliability != "" {
		w.ext(ExtReliability)
		w.arr("extension")
		w.ext(subIdentityStatus)
		w.coding("valueCoding", Coding{System: systemReliability, Code: p.Reliability})
		w.endArrObj()
		w.end()
	}
	if p.BirthPlace != "" {
		w.ext(ExtBirthPlace)
		w.obj("valueAddress")
		w.arr("extension")
		w.ext(ExtINSEE)
		w.coding("valueCoding", Coding{System: systemCommune, Code: p.BirthPlace})
		w.endArrObj()
		w.end()
		w.end()
	}
	if !p.ClosedAt.IsZero() {
		w.ext(ExtClosed)
		w.instant("valueDateTime", p.ClosedAt)
		w.end()
	}
	if p.Relation != "" {
		w.ext(ExtRelation)
		w.str("valueCode", p.Relation)
		w.end()
	}
	if !p.RelationEnd.IsZero() {
		w.ext(ExtRelationEnd)
		w.instant("valueDateTime", p.RelationEnd)
		w.end()
	}
	if !p.LastVisit.IsZero() {
		w.ext(ExtLastVisit)
		w.instant("valueDateTime", p.LastVisit)
		w.end()
	}
	if p.New > 0 {
		w.ext(ExtNew)
		w.integer("valueInteger", int64(p.New))
		w.end()
	}
	if w.b[len(w.b)-1] == '[' { // nothing to say: FHIR has no empty arrays
		w.b = w.b[:len(w.b)-len(`,"extension":[`)]
		return
	}
	w.endArr()
}

// writeNames writes the official name and, when it differs, the one in use.
func (p Patient) writeNames(w *writer) {
	first := p.FirstGiven
	if first == "" && len(p.Given) > 0 {
		first = p.Given[0]
	}
	if p.BirthName == "" && first == "" && p.UsedName == "" {
		return
	}
	w.arr("name")
	w.item()
	if len(p.Given) > 0 {
		w.arr("extension")
		w.ext(ExtGivenList)
		w.str("valueString", strings.Join(p.Given, " "))
		w.endArrObj()
	}
	w.str("use", "official")
	w.str("family", p.BirthName)
	w.strs("given", first)
	w.end()
	if p.UsedName != "" && p.UsedName != p.BirthName {
		w.item()
		w.str("use", "usual")
		w.str("family", p.UsedName)
		w.strs("given", first)
		w.end()
	}
	w.endArr()
}

type wirePatient struct {
	ID         string
	Meta       wireMeta
	Extension  wireExtensions
	Identifier []wireIdentifier
	Active     *bool
	Name       []wireName
	Gender     string
	BirthDate  string
	Address    []struct{ City string }
}

// ParsePatient reads a Patient leniently: a missing part stays empty. Errors:
// Malformed when it is not a Patient.
func ParsePatient(data []byte) (Patient, error) {
	var r wirePatient
	if err := read(data, "Patient", &r); err != nil {
		return Patient{}, err
	}
	p := Patient{
		ID: r.ID, Version: r.Meta.VersionID, LastUpdated: ParseTime(r.Meta.LastUpdated),
		Gender: r.Gender, BirthDate: r.BirthDate, Active: r.Active == nil || *r.Active,
		Reliability: r.Extension.find(ExtReliability).text(),
		ClosedAt:    ParseTime(r.Extension.find(ExtClosed).text()),
		Relation:    r.Extension.find(ExtRelation).text(),
		RelationEnd: ParseTime(r.Extension.find(ExtRelationEnd).text()),
		LastVisit:   ParseTime(r.Extension.find(ExtLastVisit).text()),
		New:         r.Extension.find(ExtNew).integer(),
	}
	if a := r.Extension.find(ExtBirthPlace).ValueAddress; a != nil {
		p.BirthPlace = a.Extension.find(ExtINSEE).text()
	}
	for _, i := range r.Identifier {
		if IsINS(i.System) && p.INS.Value == "" {
			p.INS = i.identifier()
		}
	}
	if len(r.Address) > 0 {
		p.City = r.Address[0].City
	}
	p.readNames(r.Name)
	return p, nil
}

func (p *Patient) readNames(names []wireName) {
	for i, n := range names {
		switch {
		case n.Use == "official" || n.Use == "" && i == 0:
			p.BirthName = n.Family
			if len(n.Given) > 0 {
				p.FirstGiven = n.Given[0]
			}
			p.Given = strings.Fields(n.Extension.find(ExtGivenList).text())
			if len(p.Given) == 0 {
				p.Given = n.Given
			}
		case n.Use == "usual":
			p.UsedName = n.Family
		}
	}
	if p.UsedName == p.BirthName {
		p.UsedName = ""
	}
}
