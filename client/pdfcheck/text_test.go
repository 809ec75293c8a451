package pdfcheck

import (
	"reflect"
	"testing"
)

// What was asked of a text before changes no answer.
func TestTextAsked(t *testing.T) {
	text := "Laboratoire du Port\nPatient : MARTIN Léa, née le 28/03/1979\nPrélèvement du 21/11/2026\nHémoglobine 13,2 g/dl\n"
	lea := Identity{BirthName: "MARTIN", Given: []string{"Léa"}, BirthDate: "1979-03-28"}
	other := Identity{BirthName: "DUBOIS", Given: []string{"Paul"}, BirthDate: "1950-01-02"}
	asked := NewText(text)
	for range 2 {
		if got, want := asked.Compare(other), CompareIdentity(text, other); got != want {
			t.Errorf("somebody else: %+v, alone %+v", got, want)
		}
		if got, want := asked.Identity(), ReadIdentity(text); !reflect.DeepEqual(got, want) || want.BirthName == "" {
			t.Errorf("identity: %+v, alone %+v", got, want)
		}
		if got, want := asked.Compare(lea), CompareIdentity(text, lea); got != want || want.Outcome != Match {
			t.Errorf("the patient: %+v, alone %+v", got, want)
		}
		code, sure := asked.Type()
		if c, s := GuessType(text); c != code || s != sure || c == "" {
			t.Errorf("type: %s %v, alone %s %v", code, sure, c, s)
		}
	}
}

func TestHasWords(t *testing.T) {
	for text, want := range map[string]bool{"": false, "12 - 3": false, "a b": false, "a, b\nc": true, "page 1/2": true, "é-è 日": true} {
		if got := hasWords(text, leastWords); got != want || got != (len(words(text)) >= leastWords) {
			t.Errorf("%q: %v", text, got)
		}
	}
}
