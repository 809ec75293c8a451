package summary

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
)

// Field is a field of the form.
type Field int

// The fields.
const (
	FieldText Field = iota
	FieldSubstance
	FieldReaction
	FieldDosage
	FieldStart
	FieldEnd
	FieldLot
	FieldDose
	FieldNote
)

// kinds are the FHIR types that can be added here, in the order of the choice.
// (Measures are entered on their own page.)
var kinds = []string{"AllergyIntolerance", "MedicationStatement", "Condition", "FamilyMemberHistory", "Immunization"}

// fieldsOf are the fields of a type, in the order of the sheet.
func fieldsOf(resource string) []Field {
	switch resource {
	case "AllergyIntolerance":
		return []Field{FieldText, FieldSubstance, FieldReaction, FieldStart, FieldNote}
	case "MedicationStatement":
		return []Field{FieldText, FieldSubstance, FieldDosage, FieldStart, FieldEnd, FieldNote}
	case "Immunization":
		return []Field{FieldText, FieldStart, FieldDose, FieldLot, FieldNote}
	case "FamilyMemberHistory":
		return []Field{FieldText, FieldNote}
	}
	return []Field{FieldText, FieldStart, FieldEnd, FieldNote}
}

// Form is an item as it is typed.
type Form struct {
	Resource string
	Values   map[Field]string
	Grave    bool        // of an allergy
	Over     bool        // resolved, or stopped
	Masked   bool        // to professionals
	Vaccine  fhir.Coding // of an injection; zero: in words alone
	Relation fhir.Coding
	Item     client.Item // that is corrected; zero: a new one
}

// NewForm is an empty form.
func NewForm(resource string) Form { return Form{Resource: resource, Values: map[Field]string{}} }

// FormOf is the form of an item that is corrected.
func FormOf(i client.Item) Form {
	f := Form{Resource: i.Resource, Item: i, Masked: i.Masked, Vaccine: i.Code, Relation: i.Relation, Grave: i.Criticality == "high"}
	f.Over = i.Resource == "MedicationStatement" && slices.Contains([]string{"completed", "stopped"}, i.Status) || slices.Contains([]string{"resolved", "inactive"}, i.Status)
	var substances []string
	for _, s := range i.Substances {
		substances = append(substances, s.Display)
	}
	f.Values = map[Field]string{
		FieldText: nameOf(i), FieldSubstance: strings.Join(substances, " + "), FieldReaction: i.Reaction, FieldDosage: i.Dosage,
		FieldStart: typedDate(i.Start), FieldEnd: typedDate(i.End), FieldLot: i.Lot, FieldNote: i.Note,
	}
	if i.Dose > 0 {
		f.Values[FieldDose] = strconv.Itoa(i.Dose)
	}
	return f
}

// Fault is what keeps a form from being kept.
type Fault struct {
	Field Field
	Kind  FaultKind
}

// FaultKind says what is wrong with a field.
type FaultKind int

// The faults.
const (
	Fine FaultKind = iota
	Empty
	BadDate
	Future
	BeforeBirth
	EndFirst
	BadDose
)

// Read makes the item of a form, or says which field is wrong.
func (f Form) Read(birth string, now time.Time) (client.Item, Fault) {
	i := f.Item
	i.Resource, i.Masked = f.Resource, f.Masked
	i.Text = strings.TrimSpace(f.Values[FieldText])
	i.Note, i.Reaction, i.Dosage, i.Lot = f.trimmed(FieldNote), f.trimmed(FieldReaction), f.trimmed(FieldDosage), f.trimmed(FieldLot)
	i.Relation = fhir.Coding{}
	if i.Text == "" && f.trimmed(FieldSubstance) == "" {
		return i, Fault{FieldText, Empty}
	}
	if i.Text == "" {
		i.Text = f.trimmed(FieldSubstance)
	}
	var fault Fault
	if i.Start, fault = f.date(FieldStart, birth, now); fault.Kind != Fine {
		return i, fault
	}
	if i.End, fault = f.date(FieldEnd, birth, now); fault.Kind != Fine {
		return i, fault
	}
	if i.End != "" && i.Start != "" && i.End < i.Start[:min(len(i.Start), len(i.End))] {
		return i, Fault{FieldEnd, EndFirst}
	}
	if i.Resource == "Immunization" && i.Start == "" {
		return i, Fault{FieldStart, Empty}
	}
	i.Dose = 0
	if s := f.trimmed(FieldDose); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 20 {
			return i, Fault{FieldDose, BadDose}
		}
		i.Dose = n
	}
	i.Substances = nil
	for _, s := range strings.Split(f.trimmed(FieldSubstance), "+") {
		if s = strings.TrimSpace(s); s != "" {
			i.Substances = append(i.Substances, fhir.Coding{Display: s})
		}
	}
	f.status(&i)
	return i, Fault{}
}

// status sets what depends on the type.
func (f Form) status(i *client.Item) {
	switch i.Resource {
	case "AllergyIntolerance":
		i.Status, i.Criticality = "active", "unable-to-assess"
		if f.Item.Criticality == "low" {
			i.Criticality = "low"
		}
		if f.Grave {
			i.Criticality = "high"
		}
		if f.Over {
			i.Status = "resolved"
		}
	case "Condition":
		i.Status = "active"
		if f.Over || i.End != "" {
			i.Status = "resolved"
		}
	case "MedicationStatement":
		i.Status = "active"
		if f.Over {
			i.Status = "stopped"
		}
	case "FamilyMemberHistory":
		i.Status, i.Relation = "completed", f.Relation
	case "Immunization":
		i.Status, i.Code = "completed", f.Vaccine
	}
}

// trimmed is what stands in a field, if the form's type has it: what was typed before
// another type was chosen is not seen, and counts for nothing.
func (f Form) trimmed(x Field) string {
	if !slices.Contains(fieldsOf(f.Resource), x) {
		return ""
	}
	return strings.TrimSpace(f.Values[x])
}

// date reads a day, a month or a year: none lies in the future (an end may) or
// before the birth.
func (f Form) date(x Field, birth string, now time.Time) (string, Fault) {
	s, ok := parseDate(f.Values[x])
	if !slices.Contains(fieldsOf(f.Resource), x) {
		return "", Fault{}
	}
	switch {
	case !ok:
		return "", Fault{x, BadDate}
	case s == "":
		return "", Fault{}
	case x == FieldStart && s > now.Format(time.DateOnly):
		return "", Fault{x, Future}
	case birth != "" && s < birth[:min(len(birth), len(s))]:
		return "", Fault{x, BeforeBirth}
	}
	return s, Fault{}
}

var typedDay = regexp.MustCompile(`^(?:(?:(\d{1,2})[/. -])?(\d{1,2})[/. -])?(\d{4})$`)

// parseDate reads 12/05/2016, 05/2016 or 2016 as FHIR writes it; also what FHIR
// itself writes. Nothing is no date and no fault.
func parseDate(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", true
	}
	m := typedDay.FindStringSubmatch(s)
	if m == nil {
		if len(s) >= len(time.DateOnly) && !fhir.ParseTime(s).IsZero() {
			return s, true
		}
		return "", false
	}
	day, month, year := m[1], m[2], m[3]
	if month == "" {
		return year, year > "1850"
	}
	if len(month) == 1 {
		month = "0" + month
	}
	if day == "" {
		t, err := time.Parse("2006-01", year+"-"+month)
		return year + "-" + month, err == nil && t.Year() > 1850
	}
	if len(day) == 1 {
		day = "0" + day
	}
	t, err := time.Parse(time.DateOnly, year+"-"+month+"-"+day)
	return year + "-" + month + "-" + day, err == nil && t.Year() > 1850
}

// typedDate writes a FHIR date as hands type it.
func typedDate(s string) string {
	parts := strings.Split(s[:min(len(s), len(time.DateOnly))], "-")
	slices.Reverse(parts)
	return strings.Join(parts, "/")
}

// Judge asks the tables about the form's item among what the profile holds now:
// what is worth a look before it is kept. Of the answer only what concerns the item
// stays.
func Judge(item client.Item, items []client.Item, now time.Time) advice.Report {
	return Known{Items: items, Now: now}.Judge(item)
}

// Judge is Judge by the tables in force, among what is known.
func (k Known) Judge(item client.Item) advice.Report {
	items, now, tables := k.Items, k.Now, k.Tables
	var allergies, treatments []client.Item
	for _, i := range items {
		switch {
		case i.ID == item.ID && i.Resource == item.Resource:
		case i.Resource == "AllergyIntolerance" && advice.Live(i):
			allergies = append(allergies, i)
		case advice.Current(i, now):
			treatments = append(treatments, i)
		}
	}
	switch item.Resource {
	case "MedicationStatement":
		if !advice.Current(item, now) {
			return advice.Report{}
		}
		mine := len(treatments)
		return concerning(Advise(tables, allergies, append(treatments, item)), func(index int, of advice.Subject) bool {
			return of == advice.OfTreatment && index == mine
		}, func(w advice.Warning) bool {
			return w.B.Index == mine || w.A.Index == mine && w.Kind != advice.Allergic && w.Kind != advice.CrossReaction
		})
	case "AllergyIntolerance":
		mine := len(allergies)
		return concerning(Advise(tables, append(allergies, item), treatments), func(index int, of advice.Subject) bool {
			return of == advice.OfAllergy && index == mine
		}, func(w advice.Warning) bool {
			return w.A.Index == mine && (w.Kind == advice.Allergic || w.Kind == advice.CrossReaction)
		})
	}
	return advice.Report{}
}

func concerning(r advice.Report, unverified func(int, advice.Subject) bool, warning func(advice.Warning) bool) advice.Report {
	r.Unverified = slices.DeleteFunc(r.Unverified, func(u advice.Unverified) bool { return !unverified(u.Index, u.Of) })
	r.Warnings = slices.DeleteFunc(r.Warnings, func(w advice.Warning) bool { return !warning(w) })
	return r
}
