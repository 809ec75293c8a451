package record

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"

	"fyne.io/fyne/v2"
)

func TestWhatTakesLongSaysSoAndCanBeInterrupted(t *testing.T) {
	for name, c := range map[string]struct {
		op clienttest.Op
		do func(d *desk)
	}{
		"opening": {clienttest.OpOpen, func(d *desk) { d.open(client.OpenRequest{Mode: fhir.ModeNormal}) }},
		"listing": {clienttest.OpDocuments, func(d *desk) {
			d.docs.Clear()
			d.load()
			d.view.refresh()
		}},
		"reading": {clienttest.OpContent, func(d *desk) { d.Strike(fyne.KeyReturn) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := sit(t, clienttest.PatientLea, clienttest.Options{})
			gate := d.fake.Hold(c.op)
			c.do(d)
			<-gate.Entered()
			d.Advance(time.Second)
			d.SeesNot("met du temps")
			d.Advance(2 * time.Second)
			d.Sees("Le serveur met du temps à répondre.")
			d.Tap("Interrompre")
			d.SeesNot("met du temps")
			d.Sees("panne canceled", "Réessayer")
			gate.Release()
			d.Tap("Réessayer")
			d.Sees("Documents 214")
			d.SeesNot("panne")
		})
	}
}
