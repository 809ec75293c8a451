package record

import (
	"bytes"
	"testing"

	"carnet/client/fhir"
)

// TestAPatientIsNamedAsOnScreens: the name in use in capitals, then the given name.
func TestAPatientIsNamedAsOnScreens(t *testing.T) {
	for want, p := range map[string]fhir.Patient{
		"ROUX-LEFÈBVRE Hélène": {BirthName: "LEFÈBVRE", UsedName: "Roux-Lefèbvre", Given: []string{"Hélène", "Marie"}},
		"D'ALMEIDA Joaquim":    {BirthName: "D'ALMEIDA", FirstGiven: "Joaquim", Given: []string{"João"}},
		"SANS-NOM":             {BirthName: "SANS-NOM"},
	} {
		if got := screenName(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	w, dialogue := letterWorld(t)
	list, err := w.Messages(bg, gp(), dialogue, "")
	w.must(err)
	if got := list.Dialogue.PatientName; got != "LEFÈVRE Zoé" {
		t.Errorf("a dialogue is with %q", got)
	}
}

// TestAnAnswersFileIsADocumentToo: what the patient files with an answer is one
// document, of which the message is a reference; sent twice it is there once;
// what cannot be filed is not sent.
func TestAnAnswersFileIsADocumentToo(t *testing.T) {
	w, dialogue := letterWorld(t)
	file := func(data string, filed Deposit) *HeldLetter {
		return &HeldLetter{Name: "carnet.txt", Upload: Upload{Data: bytes.NewReader([]byte(data)), Size: int64(len(data))}, Filed: &filed}
	}
	as := Deposit{Type: "DOCPAT03", Title: "Mon carnet de tension", Date: w.now()}
	answer := HeldMessage{Dialogue: dialogue, Text: "Voici mon carnet.", Once: "carnet", File: file("130/80", as)}
	sent, err := w.HeldAnswer(bg, zoe(), "pat-1", answer)
	w.must(err)
	again, err := w.HeldAnswer(bg, zoe(), "pat-1", answer)
	w.must(err)
	list := w.heldList(zoe(), HeldQuery{})
	if list.Total != 1 || again.ID != sent.ID {
		t.Fatalf("%d documents, messages %s and %s", list.Total, sent.ID, again.ID)
	}
	id := list.Items[0].ID
	if len(sent.Payload) != 2 || sent.Payload[1].Document != id || sent.Payload[1].Title != as.Title || sent.Payload[1].Attachment != nil {
		t.Errorf("the message holds %+v", sent.Payload)
	}
	if got, err := w.heldBytes(zoe(), "pat-1", id); err != nil || got != "130/80" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := w.content(gp(), "", id); err != nil || got != "130/80" {
		t.Errorf("the professional reads %q, %v", got, err)
	}
	other := answer
	other.File = file("140/90", as)
	_, err = w.HeldAnswer(bg, zoe(), "pat-1", other)
	w.wants("another file under the same key", err, fhir.StateConflict)
	wrong := as
	wrong.Type = "11488-4"
	_, err = w.HeldAnswer(bg, zoe(), "pat-1", HeldMessage{Dialogue: dialogue, Text: "Autre.", Once: "autre", File: file("x", wrong)})
	w.wants("a type that patients do not file", err, fhir.BadCode)
	if n := w.heldList(zoe(), HeldQuery{}).Total; n != 1 {
		t.Errorf("%d documents after what was refused", n)
	}
	kinds := map[string]int{}
	h, err := w.History(bg, zoe(), "pat-1", HistoryQuery{})
	w.must(err)
	for _, v := range h.Visits {
		for _, a := range v.Acts {
			kinds[a.Kind]++
		}
	}
	if kinds[fhir.KindCreate] != 1 {
		t.Errorf("the history has %v", kinds)
	}
	w.sound()
}
