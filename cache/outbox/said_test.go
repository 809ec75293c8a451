package outbox

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
)

// The server's words of a refusal are kept with the item, each once, and are gone
// when it is tried again.
func TestWordsOfARefusal(t *testing.T) {
	err := &client.Error{Code: fhir.Invalid, Message: "whole", Issues: []fhir.Issue{{Message: "one"}, {Message: "two"}, {Message: "one"}, {}}}
	it := client.OutboxItem{Kind: client.OutboxFile, State: client.OutboxSending}
	if got, ok := advance(it, stepOf(it, err, 0)); !ok || got.Said != "one two" {
		t.Errorf("%v: it says %q", ok, got.Said)
	}
	clash := &client.Error{Code: fhir.StateConflict, Message: "replaced " + strings.Repeat("é", maxSaid)}
	got, _ := advance(it, stepOf(it, clash, 0))
	if !strings.HasPrefix(got.Said, "replaced é") || len(got.Said) > maxSaid {
		t.Errorf("it says %d bytes: %.20q", len(got.Said), got.Said)
	}
	if again, ok := advance(got, step{event: chosen}); !ok || again.Said != "" {
		t.Errorf("%v: it still says %q", ok, again.Said)
	}
	if later, _ := advance(it, stepOf(it, fhir.E(fhir.Offline, "no network"), 0)); later.Said != "" {
		t.Errorf("a network says %q", later.Said)
	}
}
