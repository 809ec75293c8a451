// Package terminology holds the value sets that Carnet speaks with, as data
// embedded in the program: document types and classes, professions,
// specialties, facilities, practice settings, and the matrix that says which
// profession may read which type. It also knows the two machine forms of the
// INS: the key of the NIR and the datamatrix of the attestation; and Fold, which
// makes words and names comparable.
//
// Words. A type (JDV_J07, LOINC or a French local code) says what a document
// is; its class (TRE_A03) is the drawer it belongs in and always follows from
// the type. A profession is a TRE_G15 code ("10" physician); "10/SM25" is the
// occupational doctor, whom the law treats apart. Labels are those of the
// Agence du Numérique en Santé, in French; short labels and English labels
// are ours.
//
// To change a table, change its CSV file under data/ (data/SOURCES.md says
// where each comes from); a changed matrix needs a new MatrixVersion.
package terminology

import "slices"

// Code systems of the types. They repeat those of client/fhir/names.go, which
// this package may not import; a test elsewhere holds them together.
const (
	systemLOINC     = "http://loinc.org"
	systemTypeLocal = "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire"
)

// SystemClass is the code system of the classes (TRE_A03).
const SystemClass = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"

// SystemSpecialty is the code system of professions with know-how (TRE_A02),
// whose codes look like "G15_10/SM54".
const SystemSpecialty = "https://mos.esante.gouv.fr/NOS/TRE_A02-ProfessionSavFaire-CISIS/FHIR/TRE-A02-ProfessionSavFaire-CISIS"

// Type is a kind of document.
type Type struct {
	Code    string
	System  string
	Label   string // official French label
	Short   string // French, for narrow columns; never empty
	LabelEN string // English; never empty
	Class   string // class code; "" for a type that nobody files
}

// Code is a row of any other value set.
type Code struct {
	Code   string
	System string
	Label  string // French
}

// Types gives all document types, by French label within their class. The
// caller owns the slice.
func Types() []Type { return slices.Clone(tables().types) }

// TypeByCode finds a document type.
func TypeByCode(code string) (Type, bool) {
	t := tables()
	i, ok := t.typeIndex[code]
	if !ok {
		return Type{}, false
	}
	return t.types[i], true
}

// ClassOf gives the class code of a type, "" when the type is unknown or has
// no class (ASS_X16): such a document cannot be filed.
func ClassOf(typeCode string) string {
	t, _ := TypeByCode(typeCode)
	return t.Class
}

// Classes gives the classes in the order of TRE_A03.
func Classes() []Code { return slices.Clone(tables().classes.rows) }

// Professions gives the professions of the matrix (TRE_G15).
func Professions() []Code { return slices.Clone(tables().professions.rows) }

// FacilityByCode finds a facility type, with its code system.
func FacilityByCode(code string) (Code, bool) { return tables().facilities.find(code) }

// PracticeByCode finds a practice setting, with its code system.
func PracticeByCode(code string) (Code, bool) { return tables().practices.find(code) }

// SpecialtyByCode finds an author specialty of JDV_J01 ("G15_10/SM54").
func SpecialtyByCode(code string) (Code, bool) { return tables().specialties.find(code) }

// ClassLabel gives the French label of a class, the code itself when unknown.
func ClassLabel(code string) string { return tables().classes.label(code) }

// FacilityLabel gives the French label of a facility type, or the code.
func FacilityLabel(code string) string { return tables().facilities.label(code) }

// PracticeLabel gives the French label of a practice setting, or the code.
func PracticeLabel(code string) string { return tables().practices.label(code) }

// ProfessionLabel gives the French label of a profession (TRE_G15), with or
// without its specialty ("10", "10/SM25", "G15_10/SM54"); the code itself when
// unknown.
func ProfessionLabel(code string) string { return tables().professionLabel(code) }

// ProfessionLabelEN gives the English label of a profession, or the code.
func ProfessionLabelEN(code string) string {
	if l, ok := tables().professionEN[code]; ok {
		return l
	}
	return code
}
