package record

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// itemShape is where a kind of item of the health profile says what lists need.
type itemShape struct {
	subject string   // whose it is
	concept []string // what
	date    []string // when
	status  string   // an element of codes; "clinicalStatus" is a concept of a system
	system  string   // of clinicalStatus
	usual   string   // status when none is said
}

var shapeOf = map[string]itemShape{
	"AllergyIntolerance": {
		"patient", []string{"code"}, []string{"onsetDateTime"}, "clinicalStatus", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active",
	},
	"Condition": {
		"subject", []string{"code"}, []string{"onsetDateTime"}, "clinicalStatus", "http://terminology.hl7.org/CodeSystem/condition-clinical", "active",
	},
	"FamilyMemberHistory": {"patient", []string{"condition", "code"}, []string{"date"}, "status", "", "completed"},
	"MedicationStatement": {"subject", []string{"medicationCodeableConcept"}, []string{"effectivePeriod", "start"}, "status", "", "active"},
	"Immunization":        {"patient", []string{"vaccineCode"}, []string{"occurrenceDateTime"}, "status", "", "completed"},
	"Observation":         {"subject", []string{"code"}, []string{"effectiveDateTime"}, "status", "", "final"},
}

// Bounds of what somebody types, in characters.
const (
	maxItemText = 500
	maxItemNote = 2000
)

// decimal is a FHIR decimal that a measure can be: no exponent.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?$`)

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// buildItem makes the resource of an item from its fields.
func buildItem(item ProfileItem) (*fhir.Node, error) {
	shape, ok := shapeOf[item.Resource]
	text, note := strings.TrimSpace(item.Text), strings.TrimSpace(item.Note)
	measure := item.Resource == "Observation"
	switch {
	case !ok:
		return nil, fhir.E(fhir.BadCode, "Cette ressource n’est pas un élément du profil de santé.")
	case text == "" && item.Code.Code == "":
		return nil, fhir.E(fhir.Required, "Écrivez de quoi il s’agit.")
	case utf8.RuneCountInString(text) > maxItemText || utf8.RuneCountInString(note) > maxItemNote:
		return nil, fhir.E(fhir.Invalid, "Le texte est trop long : raccourcissez-le.")
	case item.Date == "" && (measure || item.Resource == "Immunization"):
		return nil, fhir.E(fhir.Required, "Indiquez la date.")
	case measure && !decimal.MatchString(item.Value):
		return nil, fhir.E(fhir.Invalid, "La mesure n’est pas un nombre : vérifiez-la.")
	case measure && item.Unit == "":
		return nil, fhir.E(fhir.Required, "Indiquez l’unité de la mesure.")
	}
	n := fhir.Object1("resourceType", fhir.Text(item.Resource))
	status := item.Status
	if status == "" {
		status = shape.usual
	}
	if shape.system != "" {
		n.Set(shape.status, codings(fhir.Coding{System: shape.system, Code: status}, ""))
	} else {
		n.Set(shape.status, fhir.Text(status))
	}
	what := codings(item.Code, text)
	if item.Resource == "FamilyMemberHistory" {
		n.Set("relationship", fhir.Object1("text", fhir.Text("famille")))
		what = fhir.Node{Kind: fhir.Array, Items: []fhir.Node{fhir.Object1("code", what)}}
	}
	n.Set(shape.concept[0], what)
	if item.Date != "" {
		when := fhir.Text(item.Date)
		if len(shape.date) > 1 {
			when = fhir.Object1(shape.date[1], when)
		}
		n.Set(shape.date[0], when)
	}
	if measure {
		n.Set("valueQuantity", quantity(item))
	}
	if note != "" {
		n.Set("note", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{fhir.Object1("text", fhir.Text(note))}})
	}
	return &n, nil
}

// codings makes a CodeableConcept of a coding, a text or both.
func codings(c fhir.Coding, text string) fhir.Node {
	n := fhir.Node{Kind: fhir.Object}
	if c.Code != "" {
		n.Set("coding", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding(c)}})
	}
	if text != "" {
		n.Set("text", fhir.Text(text))
	}
	return n
}

// quantity makes the value of a measure (UCUM).
func quantity(item ProfileItem) fhir.Node {
	q := fhir.Object1("value", fhir.Node{Kind: fhir.Number, Text: item.Value})
	q.Set("unit", fhir.Text(item.Unit))
	q.Set("system", fhir.Text("http://unitsofmeasure.org"))
	q.Set("code", fhir.Text(item.Unit))
	return q
}

// readItem gives a stored item as lists need it.
func readItem(i store.Item) (ProfileItem, error) {
	n, err := fhir.Parse(i.Body)
	if err != nil {
		return ProfileItem{}, err
	}
	shape := shapeOf[i.Facts.Resource]
	what := n.At(shape.concept...)
	out := ProfileItem{
		ID: i.ID, Resource: i.Facts.Resource, Masked: i.Facts.Masked, Version: i.Version, Updated: i.Updated, JSON: i.Body,
		Code: fhir.Coding{
			System: what.At("coding", "system").String(), Code: what.At("coding", "code").String(), Display: what.At("coding", "display").String(),
		},
		Text: what.Get("text").String(), Date: n.At(shape.date...).String(), Note: n.At("note", "text").String(),
		Unit: n.At("valueQuantity", "code").String(),
	}
	if v := n.At("valueQuantity", "value"); v != nil {
		out.Value = v.Text
	}
	if out.Text == "" {
		out.Text = out.Code.Display
	}
	if out.Status = n.Get(shape.status).String(); shape.system != "" {
		out.Status = n.At(shape.status, "coding", "code").String()
	}
	return out, nil
}
