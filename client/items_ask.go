package client

import (
	"slices"
	"time"

	"carnet/client/fhir"
)

// Asks tells whether an item is among those that a query narrows to: by type, by the
// code of a measure or of one of its parts, by when it was as far as that is known.
func (q ItemQuery) Asks(i Item) bool {
	coded := slices.Contains(q.Codes, i.Code.Code)
	for _, p := range i.Parts {
		coded = coded || slices.Contains(q.Codes, p.Code.Code)
	}
	if len(q.Codes) > 0 && !coded || len(q.Resources) > 0 && !slices.Contains(q.Resources, i.Resource) {
		return false
	}
	if q.From.IsZero() && q.To.IsZero() {
		return true
	}
	when, err := fhir.ParseDateParam(i.Start, time.UTC)
	return err == nil && (q.From.IsZero() || when.To.After(q.From)) && (q.To.IsZero() || when.From.Before(q.To))
}

// Whole tells whether a query asks for everything, from the beginning.
func (q ItemQuery) Whole() bool {
	return len(q.Resources) == 0 && len(q.Codes) == 0 && q.From.IsZero() && q.To.IsZero() && q.Page == ""
}
