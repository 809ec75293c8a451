package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"carnet/client/fhir"
)

// entriesOf reads what a bundle holds.
func entriesOf[T any](body []byte, parse func([]byte) (T, error)) ([]T, error) {
	b, err := fhir.ParseBundle(body)
	if err != nil {
		return nil, err
	}
	var out []T
	for _, e := range b.Entries {
		one, err := parse(e.Resource)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// items gives what a profile holds of one kind.
func (w *witness) items(ctx context.Context, resource, patientID string) ([]fhir.Item, error) {
	body, err := w.call(ctx, "/fhir/"+resource+"/_search", url.Values{"patient": {"Patient/" + patientID}, "_count": {"500"}})
	if err != nil {
		return nil, err
	}
	return entriesOf(body, fhir.ParseItem)
}

// inHand tells whether the page that asks who sits down has somebody in hand: their
// name is there once more.
func inHand(shown, name string) bool { return strings.Count(plain(shown), plain(name)) > 1 }

// names gives who did things of a kind in a record since, by their name.
func (w *witness) names(ctx context.Context, patientID, kind string, since time.Time) (map[string]int, error) {
	who := map[string]int{}
	err := w.entries(ctx, patientID, since, func(a fhir.AuditEvent) {
		if a.Kind == kind && a.Outcome == "0" {
			who[a.AgentName]++
		}
	})
	return who, err
}
