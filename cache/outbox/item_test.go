package outbox

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// TestCopiesShareNothing: a copy is what the journal would give back, and a
// change of it is none of the outbox's.
func TestCopiesShareNothing(t *testing.T) {
	now := time.Now().UTC()
	it := client.OutboxItem{
		ID: "1", Kind: client.OutboxFile, State: client.OutboxWaiting, Created: now, Next: now.Add(time.Minute), Attempts: 2,
		Choices: []client.OutboxChoice{client.OutboxAgain}, Draft: &client.Draft{Title: "Hémogramme", ActDate: now, Author: fhir.Party{ID: "8"}},
	}
	changed := it
	changed.Document, changed.Body = &client.Document{ID: "d"}, json.RawMessage(`{"a":1}`)
	for _, it := range []client.OutboxItem{it, changed, {}} {
		got := copyOf(it)
		data, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		var want client.OutboxItem
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, the journal gives %+v", got, want)
		}
		if it.Draft != nil && got.Draft == it.Draft || it.Document != nil && got.Document == it.Document || len(it.Choices) > 0 && &got.Choices[0] == &it.Choices[0] {
			t.Error("the copy shares memory")
		}
	}
}

// TestFlatKnowsAllThatHangs: a field that points somewhere is one that copyOf
// knows.
func TestFlatKnowsAllThatHangs(t *testing.T) {
	hang := func(v reflect.Type) (out []string) {
		for _, f := range reflect.VisibleFields(v) {
			switch f.Type.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
				out = append(out, f.Name)
			}
		}
		return out
	}
	if got := hang(reflect.TypeFor[client.OutboxItem]()); !slices.Equal(got, []string{"Draft", "Document", "Change", "Consent", "Body", "Choices"}) {
		t.Errorf("of an item: %v", got)
	}
	if got := hang(reflect.TypeFor[client.Draft]()); !slices.Equal(got, []string{"Content", "Replaces"}) {
		t.Errorf("of a draft: %v", got)
	}
}
