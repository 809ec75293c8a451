package outbox

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// chart is who writes a health profile over a queue that runs.
type chart struct {
	*place
	box  *Outbox
	to   *WritingItems
	over client.Access
	off  bool
}

// Items gives, while the server is away, what a copy would.
func (c *chart) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	if c.off {
		return clienttest.New(clienttest.Options{Documents: 12}).Items(ctx, a, q)
	}
	return c.fake.Items(ctx, a, q)
}

// CareTeam, KeepItem and DropItem are the server's.
func (c *chart) CareTeam(ctx context.Context, a client.Access) ([]client.CareMember, error) {
	return c.fake.CareTeam(ctx, a)
}

func (c *chart) KeepItem(ctx context.Context, a client.Access, key string, item client.Item) (client.Item, error) {
	return c.fake.KeepItem(ctx, a, key, item)
}

func (c *chart) DropItem(ctx context.Context, a client.Access, item client.Item) error {
	return c.fake.DropItem(ctx, a, item)
}

func (c *chart) offline(off bool) {
	c.off = off
	c.fake.SetOffline(off)
}

func newChart(t *testing.T) *chart {
	t.Helper()
	p := newPlace(t)
	c := p.config()
	c.Sender = NewSender(p.fake, SendItems(p.fake))
	box, err := Open(c)
	ok(t, "open", err)
	t.Cleanup(func() { ok(t, "close", box.Close()) })
	t.Cleanup(run(t, box))
	all := &chart{place: p, box: box, over: client.Access{PatientID: clienttest.PatientLea, Mode: fhir.ModeNormal}}
	all.to = box.Before(p.fake).Profile(all)
	return all
}

// written waits until nothing of the queue is to be sent.
func (c *chart) written() {
	c.t.Helper()
	d := desk{place: c.place, box: c.box}
	all, err := c.box.List(context.Background())
	ok(c.t, "list", err)
	for _, it := range all {
		d.settled(client.OutboxDone, it.ID)
	}
}

func (c *chart) vaccinations() (all []client.Item, waiting int) {
	c.t.Helper()
	p, err := c.to.Items(context.Background(), c.over, client.ItemQuery{Resources: []string{"Immunization"}})
	ok(c.t, "items", err)
	if p.Total != len(p.Items) {
		c.t.Errorf("%d items of %d", len(p.Items), p.Total)
	}
	return p.Items, len(p.Waiting)
}

func vaccine() client.Item {
	return client.Item{Resource: "Immunization", Text: "Grippe saisonnière", Status: "completed", Start: "2026-11-20", Lot: "AB123", Dose: 1}
}

// While the server answers, writing the profile over the queue is what it was without.
func TestTheProfileOverTheQueueOnline(t *testing.T) {
	ctx := context.Background()
	c := newChart(t)
	key := uuid.NewString()
	kept, err := c.to.KeepItem(ctx, c.over, key, vaccine())
	ok(t, "keep", err)
	again, err := c.to.KeepItem(ctx, c.over, key, vaccine())
	ok(t, "the same again", err)
	all, waiting := c.vaccinations()
	if waiting != 0 || all[0].ID != kept.ID || again.ID != kept.ID || string(all[0].JSON("p")) != string(kept.JSON("p")) || kept.Author.ID == "" {
		t.Fatalf("kept %+v, again %+v, listed %+v", kept, again, all[0])
	}
	kept.Lot = "CD456"
	corrected, err := c.to.KeepItem(ctx, c.over, uuid.NewString(), kept)
	ok(t, "correct", err)
	if corrected.Version == kept.Version || corrected.Lot != "CD456" {
		t.Errorf("corrected to %+v", corrected)
	}
	_, err = c.to.KeepItem(ctx, c.over, uuid.NewString(), client.Item{Resource: "Immunization", Text: "x", Status: "completed"})
	want(t, "no day", err, fhir.Required)
	ok(t, "drop", c.to.DropItem(ctx, c.over, corrected))
	if left, _ := c.vaccinations(); len(left) != len(all)-1 {
		t.Errorf("%d are left of %d", len(left), len(all))
	}
	items, err := c.box.List(ctx)
	ok(t, "list", err)
	for _, it := range items {
		if it.State != client.OutboxDone {
			t.Errorf("what was refused stays in the queue: %+v", it)
		}
	}
}

// Without an answer what is written waits, is in the list and said to wait, and arrives
// once.
func TestTheProfileWaitsForTheServer(t *testing.T) {
	ctx := context.Background()
	c := newChart(t)
	before, _ := c.vaccinations()
	mine := -1
	for n, i := range before {
		if i.Author.ID == "899700218896" {
			mine = n
		}
	}
	c.offline(true)
	key := uuid.NewString()
	held, err := c.to.KeepItem(ctx, c.over, key, vaccine())
	want(t, "keep", err, fhir.Queued)
	if held.ID != client.QueuedID(key) {
		t.Errorf("held as %q", held.ID)
	}
	all, waiting := c.vaccinations()
	if len(all) != len(before)+1 || waiting != 1 || all[0].ID != held.ID || all[0].Lot != "AB123" {
		t.Fatalf("%d items, %d wait, the first %+v", len(all), waiting, all[0])
	}
	want(t, "take back what may have arrived", c.to.DropItem(ctx, c.over, held), fhir.StateConflict)
	_, err = c.to.KeepItem(ctx, c.over, uuid.NewString(), held)
	want(t, "correct what may have arrived", err, fhir.StateConflict)
	change := before[mine]
	change.Lot = "ZZ9"
	_, err = c.to.KeepItem(ctx, c.over, uuid.NewString(), change)
	want(t, "a correction behind it", err, fhir.Queued)
	all, waiting = c.vaccinations()
	if len(all) != len(before)+1 || waiting != 2 || all[mine+1].Lot != "ZZ9" || all[mine+1].Author != before[mine].Author {
		t.Fatalf("%d items, %d wait: %+v", len(all), waiting, all)
	}
	c.offline(false)
	ok(t, "the server answers again", c.box.Reachable(ctx))
	c.written()
	all, waiting = c.vaccinations()
	n := 0
	for _, i := range all {
		if i.Lot == "AB123" {
			n++
		}
	}
	if len(all) != len(before)+1 || waiting != 0 || n != 1 {
		t.Errorf("%d items, %d wait, %d of the new one", len(all), waiting, n)
	}
}

// A correction of what somebody else changed meanwhile is theirs to decide, and can be
// done on what the server has now.
func TestAQueuedCorrectionOfAnotherVersion(t *testing.T) {
	ctx := context.Background()
	c := newChart(t)
	kept, err := c.fake.KeepItem(ctx, c.over, uuid.NewString(), vaccine())
	ok(t, "keep", err)
	other := kept
	other.Lot = "OTHER"
	_, err = c.fake.KeepItem(ctx, c.over, uuid.NewString(), other)
	ok(t, "another window", err)
	kept.Lot = "MINE"
	c.offline(true)
	key := uuid.NewString()
	_, err = c.to.KeepItem(ctx, c.over, key, kept)
	want(t, "keep", err, fhir.Queued)
	c.offline(false)
	ok(t, "again", c.box.Reachable(ctx))
	d := desk{place: c.place, box: c.box}
	it := d.settled(client.OutboxConflict, key)
	if it.Reason != fhir.VersionConflict {
		t.Fatalf("a conflict by %s", it.Reason)
	}
	ok(t, "choose", c.box.Choose(ctx, key, client.OutboxAgain))
	d.settled(client.OutboxDone, key)
	if all, _ := c.vaccinations(); all[0].Lot != "MINE" {
		t.Errorf("the server has %+v", all[0])
	}
}

// What has not left yet can be taken back before; a body that is none is refused.
func TestTakingBackWhatWaits(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t)
	c := p.config()
	c.Sender = NewSender(p.fake, SendItems(p.fake))
	box, err := Open(c) // nobody runs it: nothing leaves
	ok(t, "open", err)
	t.Cleanup(func() { ok(t, "close", box.Close()) })
	to := box.Before(p.fake).Profile(p.fake)
	over := client.Access{PatientID: clienttest.PatientLea}
	body := vaccine().JSON("p")
	it, err := box.Put(ctx, client.OutboxItem{Kind: client.OutboxItemKeep, PatientID: clienttest.PatientLea, Body: []byte(`{"Resource":"Immunization","Text":"x"}`)}, nil)
	ok(t, "put", err)
	ok(t, "take back", to.DropItem(ctx, over, client.Item{Resource: "Immunization", ID: client.QueuedID(it.ID)}))
	if all, err := box.List(ctx); err != nil || len(all) != 0 {
		t.Errorf("%d wait, %v", len(all), err)
	}
	_, err = SendItems(p.fake)[client.OutboxItemKeep](ctx, client.OutboxItem{Body: body[:1]}, nil, nil)
	if fhir.CodeOf(err) != fhir.Malformed || errors.Is(err, context.Canceled) {
		t.Errorf("no item: %v", err)
	}
}
