package counter

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// kept stands for what is kept on this computer: while the cable is out, what is read is
// a copy and what is written waits.
type kept struct {
	*clienttest.Fake
	out   bool
	age   client.Provenance
	items []client.Item // that wait
	files []client.Draft
}

func (k *kept) Documents(ctx context.Context, a client.Access, q client.DocumentQuery) (client.DocumentPage, error) {
	p, err := k.Fake.Documents(ctx, a, q)
	if k.out {
		p.Provenance = k.age
	}
	return p, err
}

func (k *kept) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	p, err := k.Fake.Items(ctx, a, q)
	if k.out {
		p.Provenance = k.age
	}
	for _, i := range k.items {
		p.Items, p.Waiting = append([]client.Item{i}, p.Items...), append(p.Waiting, i.ID)
	}
	return p, err
}

func (k *kept) KeepItem(ctx context.Context, a client.Access, key string, i client.Item) (client.Item, error) {
	if !k.out {
		return k.Fake.KeepItem(ctx, a, key, i)
	}
	i.ID = client.QueuedID(key)
	k.items = append(k.items, i)
	return i, fhir.E(fhir.Queued, "")
}

func (k *kept) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	if !k.out {
		return k.Fake.File(ctx, a, d, p)
	}
	k.files = append(k.files, d)
	return client.Document{}, fhir.E(fhir.Queued, "")
}

// The cable is out: the patient is served from the copy, which says its age; allergies
// warn as ever; what is handed out and injected waits, and is said to.
func TestAPatientIsServedFromTheCopy(t *testing.T) {
	d := sit(t)
	k := &kept{Fake: d.fake, age: client.Provenance{Cached: true, AsOf: time.Date(2026, 11, 21, 9, 12, 0, 0, time.UTC)}}
	d.cfg.Records, d.cfg.Profiles = k, k
	d.serve("martin lea")
	d.Sees("Pénicilline")
	d.SeesNot("Copie de ", "Copie du ")
	d.do("counter-next")

	k.out = true
	d.serve("martin lea")
	d.Sees("Copie de ", "Ramipril 5 mg", "Pénicilline · urticaire géante", "Allergies : Pénicilline, Arachide")
	d.write("Amoxicilline 1 g")
	d.do("counter-given")
	d.Sees("À vérifier avant de dispenser", "Pénicilline")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).Chord()
	d.Advance(time.Second)
	d.Settle()
	if text := d.Toasts[len(d.Toasts)-1].Text; !strings.Contains(text, "gardée sur ce poste") || len(k.files) != 1 || len(d.state.Lines) != 0 {
		t.Fatalf("%q, %d waits", text, len(k.files))
	}
	before := len(d.state.Injections)
	d.do("counter-vaccine")
	test.Type(d.Window().Canvas().Focused(), "diphtérie")
	d.Press(fyne.KeyReturn)
	test.Type(d.Window().Canvas().Focused(), "AB123")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).Chord()
	d.Settle()
	if text := d.Toasts[len(d.Toasts)-1].Text; !strings.Contains(text, "Vaccination gardée sur ce poste") || len(k.items) != 1 || len(d.state.Injections) != before+1 {
		t.Fatalf("%q, %d waits, %d injections", text, len(k.items), len(d.state.Injections))
	}
	if d.state.waitWords(d.state.Injections[0]) == "" {
		t.Error("an injection that waits is not said to")
	}
	d.SeesNot("panne")
}
