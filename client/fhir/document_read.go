package fhir

import "strings"

type wireDocument struct {
	ID               string
	Meta             wireMeta
	Contained        []wireContained
	Extension        wireExtensions
	MasterIdentifier wireIdentifier
	Identifier       []wireIdentifier
	Status           string
	Type             wireConcept
	Category         []wireConcept
	Subject          wireReference
	Date             string
	Author           []wireReference
	Custodian        wireReference
	RelatesTo        []struct {
		Code   string
		Target wireReference
	}
	Description   string
	SecurityLabel []wireConcept
	Content       []struct {
		Attachment struct {
			ContentType, Language, URL, Hash, Title, Creation string
			Size                                              int64
		}
		Format wireCoding
	}
	Context struct {
		Event             []wireConcept
		Period            wirePeriod
		FacilityType      wireConcept
		PracticeSetting   wireConcept
		SourcePatientInfo wireReference
	}
}

// ParseDocumentReference reads a DocumentReference leniently: a missing part
// stays empty, a reference is followed into contained resources. Errors:
// Malformed when it is not a DocumentReference.
func ParseDocumentReference(data []byte) (DocumentReference, error) {
	var r wireDocument
	if err := read(data, "DocumentReference", &r); err != nil {
		return DocumentReference{}, err
	}
	d := DocumentReference{
		ID: r.ID, Version: r.Meta.VersionID, LastUpdated: ParseTime(r.Meta.LastUpdated),
		UniqueID: r.MasterIdentifier.Value, Status: r.Status,
		Type: r.Type.first(), Category: firstConcept(r.Category), Date: r.Date,
		Custodian: r.organisation(r.Custodian), Description: r.Description,
		Archived:    r.Extension.find(ExtIsArchived).boolean(),
		ReplacedBy:  r.Extension.find(ExtReplacedBy).text(),
		PeriodStart: r.Context.Period.Start, PeriodEnd: r.Context.Period.End,
		Facility: r.Context.FacilityType.first(), Practice: r.Context.PracticeSetting.first(),
	}
	if len(r.Author) > 0 {
		d.Author = r.party(r.Author[0])
	}
	var labels []Coding
	for _, l := range r.SecurityLabel {
		for _, c := range l.Coding {
			labels = append(labels, c.coding())
		}
	}
	d.SetLabels(labels)
	for _, e := range r.Context.Event {
		d.Event = append(d.Event, e.first())
	}
	for _, rel := range r.RelatesTo {
		if target := referenceOrIdentifier(rel.Target); rel.Code == "replaces" && target != "" {
			d.Replaces = append(d.Replaces, target)
		}
	}
	r.readSubject(&d)
	if len(r.Content) > 0 {
		a := r.Content[0].Attachment
		d.Attachment = Attachment{
			ContentType: a.ContentType, Language: a.Language, URL: a.URL, Size: a.Size,
			Hash: a.Hash, Title: a.Title, Creation: a.Creation,
		}
		d.Format = r.Content[0].Format.coding()
	}
	return d, nil
}

// referenceOrIdentifier gives what a reference points with.
func referenceOrIdentifier(r wireReference) string {
	if r.Reference != "" {
		return r.Reference
	}
	return r.ident().Value
}

// readSubject finds whose document it is: by logical id, by identifier, or by
// the contained source patient.
func (r *wireDocument) readSubject(d *DocumentReference) {
	d.PatientID = RefID(r.Subject.Reference, "Patient")
	d.PatientINS = r.Subject.ident()
	if d.PatientINS.Value == "" {
		d.PatientINS = RefIdentifier(r.Subject.Reference, "Patient")
	}
	for _, ref := range []wireReference{r.Subject, r.Context.SourcePatientInfo} {
		if c, ok := contained(r.Contained, ref.Reference); ok && d.PatientINS.Value == "" {
			for _, i := range c.Identifier {
				if IsINS(i.System) {
					d.PatientINS = i.identifier()
				}
			}
		}
	}
}

func (r *wireDocument) party(ref wireReference) Party        { return partyOf(r.Contained, ref) }
func (r *wireDocument) organisation(ref wireReference) Party { return orgOf(r.Contained, ref) }

// contained resolves "#id".
func contained(all []wireContained, ref string) (wireContained, bool) {
	id, local := strings.CutPrefix(ref, "#")
	for _, c := range all {
		if local && c.ID == id {
			return c, true
		}
	}
	return wireContained{}, false
}

// partyOf reads who a reference means, through contained resources.
func partyOf(all []wireContained, ref wireReference) Party {
	c, ok := contained(all, ref.Reference)
	if !ok {
		p := Party{ID: ref.ident().Value, Name: ref.Display}
		if patient := RefID(ref.Reference, "Patient"); p.ID == "" && patient != "" { // who has no national id is known by reference
			p.ID = "Patient/" + patient
		}
		return p
	}
	switch c.ResourceType {
	case "Organization":
		return orgOf(all, ref)
	case "PractitionerRole":
		p := partyOf(all, c.Practitioner)
		if p.ID == "" {
			p.ID = nationalID(c.Identifier)
		}
		org := orgOf(all, c.Organization)
		p.OrgID, p.OrgName = org.OrgID, org.OrgName
		p.Specialty = firstConcept(c.Specialty).Code
		if p.Specialty == "" {
			p.Specialty = firstConcept(c.Code).Code
		}
		return p
	}
	return Party{ID: nationalID(c.Identifier), Name: c.displayName()}
}

// orgOf reads an organisation.
func orgOf(all []wireContained, ref wireReference) Party {
	c, ok := contained(all, ref.Reference)
	if !ok {
		return Party{OrgID: ref.ident().Value, OrgName: ref.Display}
	}
	p := Party{OrgName: c.displayName()}
	if len(c.Identifier) > 0 {
		p.OrgID = c.Identifier[0].Value
	}
	return p
}

// nationalID prefers the national identifier; an RPPS number is put in its
// national form, 8 + RPPS.
func nationalID(ids []wireIdentifier) string {
	for _, i := range ids {
		if i.System == SystemNationalPro {
			return i.Value
		}
	}
	for _, i := range ids {
		if i.System == SystemRPPS {
			return "8" + i.Value
		}
	}
	if len(ids) > 0 {
		return ids[0].Value
	}
	return ""
}
