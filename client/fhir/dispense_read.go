package fhir

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseDispensation reads the FHIR document of a dispensation, strictly: what it does
// not know is refused, for a medicine that is passed over is not shown. Errors:
// Malformed, Required, Invalid, TooLarge.
func ParseDispensation(data []byte) (Dispensation, error) {
	if len(data) > MaxFHIRDocument {
		return Dispensation{}, E(TooLarge, "Ce document structuré dépasse 1 Mo.")
	}
	n, err := Parse(data)
	if err != nil {
		return Dispensation{}, err
	}
	malformed := E(Malformed, "Ce document structuré n’est pas une dispensation.")
	if n.Get("resourceType").String() != "Bundle" || n.Get("type").String() != "document" {
		return Dispensation{}, malformed
	}
	at, err := time.Parse(time.RFC3339Nano, n.Get("timestamp").String())
	if err != nil {
		return Dispensation{}, malformed
	}
	d := Dispensation{UniqueID: n.At("identifier", "value").String(), At: at.UTC()}
	entries := n.Get("entry")
	if entries == nil || entries.Kind != Array || len(entries.Items) == 0 {
		return Dispensation{}, malformed
	}
	for i := range entries.Items {
		r := entries.Items[i].Get("resource")
		kind := r.Get("resourceType").String()
		if (i == 0) != (kind == "Composition") || !d.take(kind, r) {
			return Dispensation{}, malformed
		}
	}
	return d, d.Check()
}

// take reads one entry; false when it has no place here.
func (d *Dispensation) take(kind string, r *Node) bool {
	switch kind {
	case "Composition":
		return r.At("type", "coding", "code").String() == typeDispensation.Code && r.Get("status").String() == "final"
	case "Patient":
		if d.PatientINS.Value != "" {
			return false
		}
		d.PatientINS = Identifier{System: r.At("identifier", "system").String(), Value: r.At("identifier", "value").String()}
		d.PatientName, d.BirthDate = r.At("name", "text").String(), r.Get("birthDate").String()
	case "PractitionerRole":
		if d.Author.ID != "" {
			return false
		}
		who, where := r.Get("practitioner"), r.Get("organization")
		d.Author = Party{
			ID: who.At("identifier", "value").String(), Name: who.Get("display").String(),
			OrgID: where.At("identifier", "value").String(), OrgName: where.Get("display").String(),
		}
	case "MedicationDispense":
		return d.takeLine(r)
	default:
		return false
	}
	return true
}

// takeLine reads one medicine.
func (d *Dispensation) takeLine(r *Node) bool {
	if len(d.Lines) >= maxDispensed || r.Get("status").String() != "completed" {
		return false
	}
	what := r.Get("medicationCodeableConcept")
	l := Dispensed{
		Text: what.Get("text").String(), Unit: r.At("quantity", "unit").String(), Dosage: r.At("dosageInstruction", "text").String(),
		Instead: r.At("substitution", "reason", "text").String(),
	}
	if v := r.At("quantity", "value"); v != nil {
		if v.Kind != Number {
			return false
		}
		l.Quantity = v.Text
	}
	if v := r.At("daysSupply", "value"); v != nil {
		days, err := strconv.Atoi(v.Text)
		if err != nil || v.Kind != Number {
			return false
		}
		l.Days = days
	}
	if c := what.Get("coding"); c != nil && c.Kind == Array {
		for i := range c.Items {
			n := &c.Items[i]
			l.Substances = append(l.Substances, Coding{System: n.Get("system").String(), Code: n.Get("code").String(), Display: n.Get("display").String()})
		}
	}
	from := r.At("authorizingPrescription", "identifier", "value").String()
	if len(d.Lines) > 0 && from != d.Prescription {
		return false
	}
	d.Prescription = from
	d.Lines = append(d.Lines, l)
	return true
}

// Plain writes a dispensation for people, in French, or in English for "en"; times
// are written in the given place.
func (d Dispensation) Plain(lang string, place *time.Location) string {
	word := func(fr, en string) string {
		if lang == "en" {
			return en
		}
		return fr
	}
	at := d.At.In(place)
	out := []string{word("Dispensation médicamenteuse", "Medicines handed out"), at.Format("02/01/2006 15:04")}
	out = append(out, strings.TrimSpace(d.PatientName+" "+birthWords(d.BirthDate)), strings.Trim(d.Author.Name+", "+d.Author.OrgName, ", "), "")
	for _, l := range d.Lines {
		line := "• " + l.Text
		if l.Quantity != "" {
			line += " — " + strings.Replace(l.Quantity, ".", word(",", "."), 1) + " " + l.Unit
		}
		out = append(out, strings.TrimRight(line, " "))
		if l.Dosage != "" {
			out = append(out, "  "+l.Dosage)
		}
		if l.Days > 0 {
			out = append(out, "  "+word("pour ", "for ")+strconv.Itoa(l.Days)+word(" jours", " days"))
		}
		if l.Instead != "" {
			out = append(out, "  "+word("à la place de : ", "instead of: ")+l.Instead)
		}
	}
	if d.Prescription != "" {
		out = append(out, "", word("D’après une prescription du dossier.", "From a prescription of the record."))
	}
	return strings.Join(out, "\n")
}

// birthWords writes a FHIR birth date as identities do in France: 28/03/1979.
func birthWords(date string) string {
	parts := strings.Split(date, "-")
	slices.Reverse(parts)
	return strings.Join(parts, "/")
}
