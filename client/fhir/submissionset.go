package fhir

const (
	profileSubmissionSet = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive"
	// SystemListType is the code system of CodeSubmissionSet.
	SystemListType = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
	// CodeSubmissionSet is the code of the Lists of ITI-65 and ITI-66.
	CodeSubmissionSet = "submissionset"
	extSourceID       = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId"
)

// JSON gives the submission set as a List (IHE MHD 4.2.4, ITI-66).
func (s SubmissionSet) JSON() []byte { return s.AppendJSON(make([]byte, 0, 1024)) }

// AppendJSON appends what JSON gives.
func (s SubmissionSet) AppendJSON(dst []byte) []byte {
	w := &writer{dst}
	w.resource("List", s.ID)
	w.obj("meta")
	w.strs("profile", profileSubmissionSet)
	w.end()
	if s.Source != (Party{}) {
		w.arr("contained")
		w.comma()
		w.resource("Practitioner", localAuthor)
		w.identifiers("identifier", Identifier{System: SystemNationalPro, Value: s.Source.ID})
		if s.Source.Name != "" {
			w.arr("name")
			w.item()
			w.str("text", s.Source.Name)
			w.endArrObj()
		}
		w.end()
		w.endArr()
	}
	if s.Source.OrgID != "" {
		w.arr("extension")
		w.ext(extSourceID)
		w.identifier("valueIdentifier", Identifier{System: SystemNationalOrg, Value: s.Source.OrgID})
		w.endArrObj()
	}
	if s.UniqueID != "" {
		w.arr("identifier")
		w.item()
		w.str("use", "official")
		w.identifierFields(Identifier{System: systemForUID(s.UniqueID), Value: s.UniqueID})
		w.endArrObj()
	}
	w.str("status", "current")
	w.str("mode", "working")
	w.str("title", s.Title)
	w.concept("code", Coding{System: SystemListType, Code: CodeSubmissionSet})
	DocumentReference{PatientID: s.PatientID, PatientINS: s.PatientINS}.writeSubject(w)
	w.str("date", s.Date)
	if s.Source != (Party{}) {
		w.reference("source", "#"+localAuthor)
	}
	if len(s.Entries) > 0 {
		w.arr("entry")
		for _, e := range s.Entries {
			w.item()
			w.reference("item", e)
			w.end()
		}
		w.endArr()
	}
	w.end()
	return w.b
}

// ParseSubmissionSet reads a List leniently. Errors: Malformed when it is not
// a List.
func ParseSubmissionSet(data []byte) (SubmissionSet, error) {
	var r struct {
		ID         string
		Contained  []wireContained
		Extension  wireExtensions
		Identifier []wireIdentifier
		Title      string
		Subject    wireReference
		Date       string
		Source     wireReference
		Entry      []struct{ Item wireReference }
	}
	if err := read(data, "List", &r); err != nil {
		return SubmissionSet{}, err
	}
	s := SubmissionSet{
		ID: r.ID, Title: r.Title, Date: r.Date,
		PatientID: RefID(r.Subject.Reference, "Patient"), PatientINS: r.Subject.ident(),
		Source: partyOf(r.Contained, r.Source),
	}
	for i, id := range r.Identifier {
		if i == 0 || id.Use == "official" {
			s.UniqueID = id.Value
		}
	}
	for _, e := range r.Entry {
		if target := referenceOrIdentifier(e.Item); target != "" {
			s.Entries = append(s.Entries, target)
		}
	}
	return s, nil
}
