package fhir

// SystemUCUM is the system of units of measure.
const SystemUCUM = "http://unitsofmeasure.org"

// Extensions of items of the health profile.
const (
	// ExtItemAuthor says who wrote an item: parts who and organization. A server
	// sets it, whatever a client says.
	ExtItemAuthor = extBase + "item-author"
	// ExtItemSource names the document that an item was drawn from. A server
	// leaves it out where the reader may not read that document.
	ExtItemSource = extBase + "item-source"
	// ExtSubstance is one active substance of a treatment, or of an allergy.
	ExtSubstance = extBase + "substance"
)

// Codes of measures (LOINC), as the French profiles of measures use them
// (ansforge/IG-fhir-mesures-de-sante).
const (
	MeasureBloodPressure = "85354-9" // one Observation with the two components
	MeasureSystolic      = "8480-6"
	MeasureDiastolic     = "8462-4"
	MeasureHeight        = "8302-2"
	MeasureWeight        = "29463-7"
	MeasureBMI           = "39156-5"
	MeasureTemperature   = "8310-5"
	MeasureHeartRate     = "8867-4"
	MeasureSpO2          = "59408-5"
	MeasureGlucose       = "2339-0"
	MeasureHbA1c         = "4548-4"
	MeasureCholesterol   = "2093-3"
)

// categoryOf is the Observation.category of a known measure.
func categoryOf(code string) string {
	switch code {
	case MeasureBloodPressure, MeasureSystolic, MeasureDiastolic, MeasureHeight, MeasureWeight, MeasureBMI, MeasureTemperature,
		MeasureHeartRate, MeasureSpO2:
		return "vital-signs"
	case MeasureGlucose, MeasureHbA1c, MeasureCholesterol:
		return "laboratory"
	}
	return ""
}

const (
	systemObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
	systemAllergyClinical     = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	systemAllergyVerification = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
	systemConditionClinical   = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	systemConditionVerified   = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
)

// StatusInError is the status of an item that should never have been written.
const StatusInError = "entered-in-error"

// statusRefuted is the status of an allergy or a disease that proved to be none.
const statusRefuted = "refuted"

// itemShape is where a kind of item says what all of them have.
type itemShape struct {
	subject  string // whose it is
	usual    string // status when none is said
	clinical string // system of clinicalStatus; empty where status is a code
	verified string // system of verificationStatus
}

// shapeOf gives the shape of a kind of item; ok is false for any other resource.
func shapeOf(resource string) (shape itemShape, ok bool) {
	switch resource {
	case "AllergyIntolerance":
		return itemShape{"patient", "active", systemAllergyClinical, systemAllergyVerification}, true
	case "Condition":
		return itemShape{"subject", "active", systemConditionClinical, systemConditionVerified}, true
	case "FamilyMemberHistory":
		return itemShape{subject: "patient", usual: "completed"}, true
	case "MedicationStatement":
		return itemShape{subject: "subject", usual: "active"}, true
	case "Immunization":
		return itemShape{subject: "patient", usual: "completed"}, true
	case "Observation":
		return itemShape{subject: "subject", usual: "final"}, true
	}
	return itemShape{}, false
}

// ItemResources are the FHIR types of items, in the order in which they are
// shown.
func ItemResources() []string {
	return []string{"AllergyIntolerance", "MedicationStatement", "Condition", "FamilyMemberHistory", "Immunization", "Observation"}
}

// ItemSubject names the element that says whose an item is; "" for a resource
// that is no item.
func ItemSubject(resource string) string {
	shape, _ := shapeOf(resource)
	return shape.subject
}
