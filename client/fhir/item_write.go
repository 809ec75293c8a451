package fhir

// JSON gives the resource of an item of a patient, given by logical id. Values
// are written as they are, digit for digit. What the view does not hold is not
// written; an unknown Resource gives nothing.
func (i Item) JSON(patientID string) []byte {
	shape, ok := shapeOf(i.Resource)
	if !ok {
		return nil
	}
	w := &writer{make([]byte, 0, 768)}
	w.resource(i.Resource, i.ID)
	i.writeMeta(w)
	i.writeExtensions(w, patientID)
	i.writeStatus(w, shape)
	switch i.Resource {
	case "AllergyIntolerance":
		i.writeAllergy(w)
	case "Condition":
		w.conceptOf("code", i.Code, i.Text)
		w.str("onsetDateTime", i.Start)
		w.str("abatementDateTime", i.End)
	case "FamilyMemberHistory":
		i.writeFamily(w)
	case "MedicationStatement":
		i.writeTreatment(w)
	case "Immunization":
		i.writeInjection(w)
	case "Observation":
		i.writeMeasure(w)
	}
	w.reference(shape.subject, "Patient/"+patientID)
	if i.Note != "" {
		w.arr("note")
		w.item()
		w.str("text", i.Note)
		w.endArrObj()
	}
	w.end()
	return w.b
}

func (i Item) writeMeta(w *writer) {
	if i.Version == "" && i.Updated.IsZero() && !i.Masked {
		return
	}
	w.obj("meta")
	w.str("versionId", i.Version)
	w.instant("lastUpdated", i.Updated)
	if i.Masked {
		w.arr("security")
		w.item()
		w.codingFields(LabelCoding(LabelMasked))
		w.endArrObj()
	}
	w.end()
}

func (i Item) writeExtensions(w *writer, patientID string) {
	author := i.ByHolder || i.Author != (Party{})
	if !author && i.Source == "" && len(i.Substances) == 0 {
		return
	}
	w.arr("extension")
	if author {
		i.writeAuthor(w, patientID)
	}
	if i.Source != "" {
		w.ext(ExtItemSource)
		w.reference("valueReference", "DocumentReference/"+i.Source)
		w.end()
	}
	for _, s := range i.Substances {
		w.ext(ExtSubstance)
		w.coding("valueCoding", s)
		w.end()
	}
	w.endArr()
}

// AuthorExtension gives the extension by which a server says who wrote an item.
func (i Item) AuthorExtension(patientID string) Node {
	w := &writer{make([]byte, 0, 384)}
	i.writeAuthor(w, patientID)
	n, err := Parse(w.b)
	if err != nil { // what the writer writes is JSON
		panic(err)
	}
	return *n
}

// writeAuthor says who wrote it: a professional by national id, the patient by
// reference, who represents them by name.
func (i Item) writeAuthor(w *writer, patientID string) {
	w.ext(ExtItemAuthor)
	w.arr("extension")
	w.ext("who")
	w.obj("valueReference")
	switch {
	case i.ByHolder && i.Author.Name == "":
		w.str("reference", "Patient/"+patientID)
	case i.ByHolder:
		w.str("type", "RelatedPerson")
	default:
		w.str("type", "Practitioner")
		w.identifier("identifier", Identifier{System: SystemNationalPro, Value: i.Author.ID})
	}
	w.str("display", i.Author.Name)
	w.end()
	w.end()
	if i.Author.OrgID != "" || i.Author.OrgName != "" {
		w.ext("organization")
		w.obj("valueReference")
		w.str("type", "Organization")
		w.identifier("identifier", Identifier{System: SystemNationalOrg, Value: i.Author.OrgID})
		w.str("display", i.Author.OrgName)
		w.end()
		w.end()
	}
	w.endArr()
	w.end()
}

// writeStatus writes the status where the resource has it. An allergy or a
// disease in error has no clinical status (FHIR R4, ait-2 and con-5).
func (i Item) writeStatus(w *writer, shape itemShape) {
	status := i.Status
	if status == "" {
		status = shape.usual
	}
	switch {
	case shape.clinical == "":
		w.str("status", status)
	case status == StatusInError || status == statusRefuted:
		w.concept("verificationStatus", Coding{System: shape.verified, Code: status})
	default:
		w.concept("clinicalStatus", Coding{System: shape.clinical, Code: status})
	}
}

func (i Item) writeAllergy(w *writer) {
	w.strs("category", i.Category)
	w.str("criticality", i.Criticality)
	w.conceptOf("code", i.Code, i.Text)
	w.str("onsetDateTime", i.Start)
	if i.Reaction != "" {
		w.arr("reaction")
		w.item()
		w.arr("manifestation")
		w.item()
		w.str("text", i.Reaction)
		w.endArrObj()
		w.end()
		w.endArr()
	}
}

func (i Item) writeFamily(w *writer) {
	w.str("date", i.Start)
	relation, words := i.Relation, ""
	if relation == (Coding{}) {
		words = "famille"
	}
	w.conceptOf("relationship", relation, words)
	w.arr("condition")
	w.item()
	w.conceptOf("code", i.Code, i.Text)
	w.endArrObj()
}

func (i Item) writeTreatment(w *writer) {
	w.conceptOf("medicationCodeableConcept", i.Code, i.Text)
	if i.Start != "" || i.End != "" {
		w.obj("effectivePeriod")
		w.str("start", i.Start)
		w.str("end", i.End)
		w.end()
	}
	if i.Dosage != "" {
		w.arr("dosage")
		w.item()
		w.str("text", i.Dosage)
		w.endArrObj()
	}
}

func (i Item) writeInjection(w *writer) {
	w.conceptOf("vaccineCode", i.Code, i.Text)
	w.str("occurrenceDateTime", i.Start)
	w.str("lotNumber", i.Lot)
	if i.Dose > 0 {
		w.arr("protocolApplied")
		w.item()
		w.integer("doseNumberPositiveInt", int64(i.Dose))
		w.endArrObj()
	}
}

func (i Item) writeMeasure(w *writer) {
	if category := categoryOf(i.Code.Code); category != "" {
		w.arr("category")
		w.bareConcept(Coding{System: systemObservationCategory, Code: category})
		w.endArr()
	}
	w.conceptOf("code", i.Code, i.Text)
	w.str("effectiveDateTime", i.Start)
	w.quantity("valueQuantity", i.Value, i.Unit)
	if len(i.Parts) > 0 {
		w.arr("component")
		for _, p := range i.Parts {
			w.item()
			w.conceptOf("code", p.Code, "")
			w.quantity("valueQuantity", p.Value, p.Unit)
			w.end()
		}
		w.endArr()
	}
}

// conceptOf writes a CodeableConcept of a coding, a text or both; nothing of
// neither.
func (w *writer) conceptOf(k string, c Coding, text string) {
	if c == (Coding{}) && text == "" {
		return
	}
	w.obj(k)
	if c != (Coding{}) {
		w.arr("coding")
		w.item()
		w.codingFields(c)
		w.endArrObj()
	}
	w.str("text", text)
	w.end()
}

// quantity writes a measured value in a unit of UCUM. What is no decimal is
// not written, so that no value can break the resource.
func (w *writer) quantity(k, value, unit string) {
	if !IsDecimal(value) {
		return
	}
	w.obj(k)
	w.raw("value", []byte(value))
	if unit != "" {
		w.str("unit", unit)
		w.str("system", SystemUCUM)
		w.str("code", unit)
	}
	w.end()
}

// IsDecimal says whether a text is a decimal that a measure can be: digits, one
// point at most, no exponent (nobody types one), at most nine digits before
// the point and eight after it.
func IsDecimal(s string) bool {
	digits := s
	if s != "" && s[0] == '-' {
		digits = s[1:]
	}
	whole, fraction := digits, ""
	for i := range len(digits) {
		switch c := digits[i]; {
		case c == '.' && len(whole) == len(digits):
			whole, fraction = digits[:i], digits[i+1:]
			if fraction == "" {
				return false
			}
		case c < '0' || c > '9':
			return false
		}
	}
	return whole != "" && len(whole) <= 9 && len(fraction) <= 8 && (whole == "0" || whole[0] != '0')
}
