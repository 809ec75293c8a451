package record

import (
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// buildItem makes the resource of an item from its fields: from View, where it
// says more than the others can.
func buildItem(item ProfileItem, patientID string) (*fhir.Node, error) {
	v := item.View
	if v.Resource == "" {
		v = fhir.Item{
			Resource: item.Resource, Code: item.Code, Text: strings.TrimSpace(item.Text), Start: item.Date, Status: item.Status,
			Value: item.Value, Unit: item.Unit, Note: strings.TrimSpace(item.Note),
		}
	}
	switch {
	case fhir.ItemSubject(v.Resource) == "":
		return nil, noItem()
	case v.Resource == "Observation" && v.Value != "" && !fhir.IsDecimal(v.Value):
		return nil, notNumber()
	}
	v.ID, v.Version, v.Author, v.ByHolder, v.Masked = "", "", fhir.Party{}, false, false
	return fhir.Parse(v.JSON(patientID))
}

// readItem gives a stored item as lists need it.
func readItem(i store.Item) (ProfileItem, error) {
	v, err := fhir.ParseItem(i.Body)
	if err != nil {
		return ProfileItem{}, err
	}
	return ProfileItem{
		ID: i.ID, Resource: i.Facts.Resource, Masked: i.Facts.Masked, Version: i.Version, Updated: i.Updated, JSON: i.Body,
		Code: v.Code, Text: v.Text, Date: v.Start, Note: v.Note, Value: v.Value, Unit: v.Unit, Status: v.Status, View: v,
	}, nil
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
