package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// TypeFHIRDocument is the media type of a structured document: a Bundle of type
// document (FHIR R4, section 3.3).
const TypeFHIRDocument = "application/fhir+json"

// MaxFHIRDocument is how large a structured document may be, in bytes.
const MaxFHIRDocument = 1 << 20

// typeDispensation is the type of the document: dispensation médicamenteuse.
var typeDispensation = Coding{System: SystemLOINC, Code: "60593-1", Display: "Dispensation médicamenteuse"}

// Dispensation is what a pharmacist handed out: the thin view of a FHIR document
// (Composition with one MedicationDispense a line) of type 60593-1.
type Dispensation struct {
	UniqueID     string // urn:uuid:…, of the document
	At           time.Time
	PatientINS   Identifier
	PatientName  string
	BirthDate    string // YYYY-MM-DD
	Author       Party
	Prescription string // unique id of the prescription in the record; empty: on paper
	Lines        []Dispensed
}

// Dispensed is one medicine handed out.
type Dispensed struct {
	Text       string   // as on the box
	Substances []Coding // the DCI, as far as known
	Quantity   string   // decimal, as entered; empty: not said
	Unit       string   // in words: boîte, comprimé …
	Dosage     string   // in words
	Days       int      // that it lasts; 0: not said
	Instead    string   // of what was prescribed, when substituted; empty: not substituted
}

// Bounds of a dispensation.
const (
	maxDispensed     = 60
	maxDispensedText = 300
)

// Check says what is wrong with a dispensation before it is written or after it was
// read. Errors: Required, Invalid.
func (d Dispensation) Check() error {
	switch {
	case d.UniqueID == "" || d.At.IsZero() || d.PatientINS.Value == "" || d.Author.ID == "":
		return E(Required, "Il manque l’identifiant, la date, le patient ou l’auteur de la dispensation.")
	case len(d.Lines) == 0:
		return E(Required, "Une dispensation nomme au moins un médicament : ajoutez-en un.")
	case len(d.Lines) > maxDispensed:
		return E(Invalid, "Une dispensation compte %d médicaments au plus : faites-en deux.", maxDispensed)
	}
	for _, l := range d.Lines {
		if strings.TrimSpace(l.Text) == "" {
			return E(Required, "Un médicament n’a pas de nom : écrivez-le.")
		}
		for _, s := range []string{l.Text, l.Unit, l.Dosage, l.Instead, l.Quantity} {
			if len([]rune(s)) > maxDispensedText {
				return E(Invalid, "Un médicament est décrit trop longuement : raccourcissez.")
			}
		}
		if l.Quantity != "" && !isDecimal(l.Quantity) || l.Days < 0 || l.Days > 3660 {
			return E(Invalid, "La quantité ou la durée d’un médicament n’est pas un nombre possible : vérifiez-la.")
		}
	}
	return nil
}

// isDecimal tells a FHIR decimal that a quantity can be: no sign, no exponent.
func isDecimal(s string) bool {
	whole, part, dotted := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" && len(s) <= 9 }
	return digits(whole) && (whole == "0" || whole[0] != '0') && (!dotted || digits(part))
}

// Document writes the FHIR document. The ids inside follow from the unique id, so that
// the same dispensation is the same bytes.
func (d Dispensation) Document() []byte {
	w := &writer{make([]byte, 0, 4096)}
	w.resource("Bundle", "")
	w.identifier("identifier", Identifier{System: SystemURI, Value: d.UniqueID})
	w.str("type", "document")
	w.instant("timestamp", d.At)
	w.arr("entry")
	d.composition(w)
	d.patient(w)
	d.author(w)
	for i := range d.Lines {
		d.line(w, i)
	}
	w.endArr()
	w.end()
	return w.b
}

// name gives the address of an entry inside the document.
func (d Dispensation) name(part string) string {
	sum := sha256.Sum256([]byte(d.UniqueID + "\x00" + part))
	h := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

func (d Dispensation) lineName(i int) string { return d.name("line " + strconv.Itoa(i)) }

func (d Dispensation) entry(w *writer, part, kind string) {
	w.item()
	w.str("fullUrl", d.name(part))
	w.key("resource")
	w.b = append(w.b, `{"resourceType":"`+kind+`"`...)
}

func (d Dispensation) composition(w *writer) {
	d.entry(w, "composition", "Composition")
	w.str("status", "final")
	w.concept("type", typeDispensation)
	w.reference("subject", d.name("patient"))
	w.instant("date", d.At)
	w.arr("author")
	w.item()
	w.str("reference", d.name("author"))
	w.endArrObj()
	w.str("title", typeDispensation.Display)
	w.arr("section")
	w.item()
	w.str("title", typeDispensation.Display)
	w.obj("text")
	w.str("status", "generated")
	w.str("div", d.narrative())
	w.end()
	w.arr("entry")
	for i := range d.Lines {
		w.item()
		w.str("reference", d.lineName(i))
		w.end()
	}
	w.endArr()
	w.endArrObj()
	w.end()
	w.end()
}

func (d Dispensation) patient(w *writer) {
	d.entry(w, "patient", "Patient")
	w.identifiers("identifier", d.PatientINS)
	if d.PatientName != "" {
		w.arr("name")
		w.item()
		w.str("text", d.PatientName)
		w.endArrObj()
	}
	w.str("birthDate", d.BirthDate)
	w.end()
	w.end()
}

func (d Dispensation) author(w *writer) {
	d.entry(w, "author", "PractitionerRole")
	w.obj("practitioner")
	w.identifier("identifier", Identifier{System: SystemNationalPro, Value: d.Author.ID})
	w.str("display", d.Author.Name)
	w.end()
	if d.Author.OrgID != "" {
		w.obj("organization")
		w.identifier("identifier", Identifier{System: SystemNationalOrg, Value: d.Author.OrgID})
		w.str("display", d.Author.OrgName)
		w.end()
	}
	w.end()
	w.end()
}

func (d Dispensation) line(w *writer, i int) {
	l := d.Lines[i]
	d.entry(w, "line "+strconv.Itoa(i), "MedicationDispense")
	w.str("status", "completed")
	w.obj("medicationCodeableConcept")
	if len(l.Substances) > 0 {
		w.arr("coding")
		for _, s := range l.Substances {
			w.item()
			w.codingFields(s)
			w.end()
		}
		w.endArr()
	}
	w.str("text", l.Text)
	w.end()
	w.reference("subject", d.name("patient"))
	if d.Prescription != "" {
		w.arr("authorizingPrescription")
		w.item()
		w.identifier("identifier", Identifier{System: SystemURI, Value: d.Prescription})
		w.endArrObj()
	}
	if l.Quantity != "" {
		w.obj("quantity")
		w.raw("value", []byte(l.Quantity))
		w.str("unit", l.Unit)
		w.end()
	}
	if l.Days > 0 {
		w.obj("daysSupply")
		w.integer("value", int64(l.Days))
		w.str("unit", "d")
		w.end()
	}
	w.instant("whenHandedOver", d.At)
	if l.Dosage != "" {
		w.arr("dosageInstruction")
		w.item()
		w.str("text", l.Dosage)
		w.endArrObj()
	}
	if l.Instead != "" {
		w.obj("substitution")
		w.boolean("wasSubstituted", true)
		w.arr("reason")
		w.item()
		w.str("text", l.Instead)
		w.endArrObj()
		w.end()
	}
	w.end()
	w.end()
}

// narrative writes the document for people (FHIR R4, Narrative): the words of Plain,
// a line a paragraph.
func (d Dispensation) narrative() string {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml">`)
	for _, line := range strings.Split(d.Plain("fr", time.UTC), "\n") {
		b.WriteString("<p>" + escapeXHTML(line) + "</p>")
	}
	return b.String() + "</div>"
}

var xhtml = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escapeXHTML(s string) string { return xhtml.Replace(s) }
