package outbox

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
)

// What waits says whose it is, also after the program ended, and whoever put it: of
// anybody who was met over the queue, and of nobody else.
func TestWhatWaitsSaysWhoseItIs(t *testing.T) {
	p := newPlace(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	stranger := put(t, o, consent(clienttest.PatientLea))
	page, err := o.Before(p.fake).MyPatients(t.Context(), client.PatientQuery{})
	ok(t, "patients", err)
	if len(page.Patients) < 2 {
		t.Fatalf("%d patients", len(page.Patients))
	}
	var ids []string
	for _, patient := range page.Patients {
		it := put(t, o, client.OutboxItem{Kind: client.OutboxMessage, PatientID: patient.ID, Body: []byte(`{"Text":"Bonjour."}`)})
		edited, err := o.Edit(t.Context(), it.ID, client.OutboxItem{PatientID: patient.ID, Body: []byte(`{"Text":"Bonsoir."}`), Whose: it.Whose})
		ok(t, "edit", err)
		ids = append(ids, edited.ID)
	}
	ok(t, "close", o.Close())
	again := p.open()
	for i, patient := range page.Patients {
		if who := item(t, again, ids[i]).Whose; who.BirthName != patient.BirthName || who.BirthDate != patient.BirthDate || who.FirstGiven == "" {
			t.Errorf("of patient %d it says %+v", i, who)
		}
	}
	if who := item(t, again, stranger.ID).Whose; who != (client.OutboxPerson{}) {
		t.Errorf("of somebody who was not met it says %+v", who)
	}
}
