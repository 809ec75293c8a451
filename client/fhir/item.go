package fhir

import "time"

// Item is the thin view of one thing of the health profile: an
// AllergyIntolerance, Condition, FamilyMemberHistory, MedicationStatement,
// Immunization or Observation (a measure; contract, section 9). Each passes the
// same decision as a document.
type Item struct {
	Resource string // FHIR type
	ID       string
	Version  string
	Updated  time.Time

	Code   Coding // what: a substance, disease, medicine, vaccine or measure; may be empty when Text says it
	Text   string // what, in words
	Status string // clinicalStatus of an allergy or condition, status of the others
	Start  string // onset, start, day of the injection or moment of the measure: as FHIR writes a dateTime, YYYY to seconds
	End    string // of a condition or treatment; empty while it lasts
	Note   string

	Value string // of a measure: the decimal as it was entered, never rounded
	Unit  string // UCUM
	Parts []Part // of a measure with several values: the two of a blood pressure

	Category    string // of an allergy: food, medication, environment, biologic
	Criticality string // of an allergy: low, high, unable-to-assess
	Reaction    string // of an allergy, in words
	Relation    Coding // of a family history: who (v3-RoleCode)
	Substances  []Coding
	Dosage      string // of a treatment, in words
	Lot         string // of an injection
	Dose        int    // of an injection: its number in the series; 0 not said

	Author   Party  // who wrote it; zero ID when the patient did
	ByHolder bool   // the patient or who represents them wrote it
	Source   string // logical id of the document it was drawn from; empty: none
	Masked   bool   // MASQUE_PS
}

// Part is one value of a measure that has several.
type Part struct {
	Code  Coding
	Value string
	Unit  string
}
