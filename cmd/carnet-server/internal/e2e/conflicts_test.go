package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/cache/killtest"
	"carnet/cache/outbox"
	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// queue is what a doctor did while the server was out of reach.
type queue struct {
	*world
	http *client.HTTP
	box  *outbox.Outbox
}

// queues gives mt a queue that does not send yet.
func (w *world) queues(t *testing.T) *queue {
	t.Helper()
	q := &queue{world: w, http: w.desktop(mt)}
	v, err := killtest.Vault(t.TempDir())
	w.must(err)
	kinds := outbox.SendItems(q.http)
	kinds[client.OutboxMessage] = outbox.SendMessage(q.http)
	q.box, err = outbox.Open(outbox.Config{
		Dir: filepath.Join(t.TempDir(), "outbox"), Seal: v.For("outbox"), Sender: outbox.NewSender(q.http, kinds), Now: w.now,
		Random: func() float64 { return 0.01 },
	})
	w.must(err)
	t.Cleanup(func() {
		if err := q.box.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

// put queues an item.
func (q *queue) put(it client.OutboxItem, text string) string {
	q.Helper()
	var got client.OutboxItem
	var err error
	if it.Kind == client.OutboxFile {
		got, err = q.box.Put(context.Background(), it, strings.NewReader(text))
	} else {
		got, err = q.box.Put(context.Background(), it, nil)
	}
	q.must(err)
	return got.ID
}

// sends lets the queue run until nothing of it moves by itself, and gives what is in it.
func (q *queue) sends() []client.OutboxItem {
	q.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	moved := make(chan struct{}, 1)
	defer q.box.Follow(func(client.OutboxEvent) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- q.box.Run(running) }()
	defer func() { stop(); <-ended }()
	for {
		all, err := q.box.List(ctx)
		q.must(err)
		still := func(it client.OutboxItem) bool {
			return !slices.Contains([]client.OutboxState{client.OutboxDone, client.OutboxConflict, client.OutboxRefused, client.OutboxPaused}, it.State)
		}
		if !slices.ContainsFunc(all, still) {
			return all
		}
		select {
		case <-moved:
		case <-ctx.Done():
			q.Fatalf("after a minute: %+v", all)
		}
	}
}

// filing is a report to alice, of the professional of this queue.
func (q *queue) filing(replaces *client.Document) client.OutboxItem {
	return client.OutboxItem{Kind: client.OutboxFile, PatientID: alice, Draft: &client.Draft{
		PatientINS: insOf(alice), Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"}, Title: "Consultation",
		ActDate: q.now().Add(-time.Hour), ContentType: "text/plain", Author: party(mt), Replaces: replaces,
	}}
}

// files files a document at once, beside the queue.
func (q *queue) files(replaces *client.Document) client.Document {
	q.Helper()
	it := q.filing(replaces)
	text := uuid.NewString()
	it.Draft.ID, it.Draft.PatientID, it.Draft.Content, it.Draft.Size = uuid.NewString(), alice, strings.NewReader(text), int64(len(text))
	d, err := q.http.File(context.Background(), client.Access{PatientID: alice}, *it.Draft, nil)
	q.must(err)
	return d
}

func (q *queue) document(id string) client.Document {
	q.Helper()
	d, err := q.http.Document(context.Background(), client.Access{PatientID: alice}, id)
	q.must(err)
	return d
}

func (q *queue) body(v any) json.RawMessage {
	q.Helper()
	data, err := json.Marshal(v)
	q.must(err)
	return data
}

// record puts alice's record into a state.
func (q *queue) record(r record.RecordSeed) {
	q.Helper()
	r.PatientID = alice
	q.must(q.seeder.SetRecord(r))
	q.must(q.seeder.Flush())
}

func (q *queue) revoked() { q.record(record.RecordSeed{}) }
func (q *queue) allowed() { q.record(record.RecordSeed{MT: id(mt)}) }
func (q *queue) closed() {
	q.record(record.RecordSeed{State: record.StateClosed, ClosedAt: q.now(), MT: id(mt)})
}

// clash is something that was done without the server, while the record changed.
type clash struct {
	name string
	// does queues it, lets the record change, and says what must hold in the end.
	does    func(q *queue) (end func(it client.OutboxItem))
	state   client.OutboxState
	reason  fhir.Code
	choices []client.OutboxChoice
	mend    func(q *queue) // before the choice
	choice  client.OutboxChoice
	more    int // items that the choice leaves beside it
}

// The choices, for short.
const (
	anew      = client.OutboxAgain
	correct   = client.OutboxReplace
	apart     = client.OutboxAsNew
	askAccess = client.OutboxAsk
	drop      = client.OutboxDrop
)

type ways = []client.OutboxChoice

func clashes() []clash {
	return append(filingClashes(), otherClashes()...)
}

func filingClashes() []clash {
	corrects := func(end func(q *queue, old, newer client.Document, mine string)) func(*queue) func(client.OutboxItem) {
		return func(q *queue) func(client.OutboxItem) {
			old := q.files(nil)
			q.put(q.filing(&old), "la mienne")
			newer := q.files(&old)
			return func(it client.OutboxItem) { end(q, old, newer, it.ResultID) }
		}
	}
	plain := func(then func(q *queue)) func(*queue) func(client.OutboxItem) {
		return func(q *queue) func(client.OutboxItem) {
			q.put(q.filing(nil), "un compte rendu")
			then(q)
			return func(it client.OutboxItem) {
				if d := q.document(it.ResultID); d.Status != "current" {
					q.Errorf("the document is %s", d.Status)
				}
			}
		}
	}
	return []clash{
		{
			name: "a correction of what was corrected, made the correction of that", state: client.OutboxConflict, reason: fhir.StateConflict, choices: ways{correct, apart, drop},
			choice: correct, does: corrects(func(q *queue, _, newer client.Document, mine string) {
				if was := q.document(newer.ID); was.Status != "superseded" {
					q.Errorf("the other correction is %s", was.Status)
				}
				if now := q.document(mine); !slices.Contains(now.Replaces, "DocumentReference/"+newer.ID) {
					q.Errorf("mine replaces %v", now.Replaces)
				}
			}),
		},
		{
			name: "a correction of what was corrected, made another document", state: client.OutboxConflict, reason: fhir.StateConflict, choices: ways{correct, apart, drop},
			choice: apart, does: corrects(func(q *queue, _, newer client.Document, mine string) {
				if was := q.document(newer.ID); was.Status != "current" {
					q.Errorf("the other correction is %s", was.Status)
				}
				if now := q.document(mine); now.Status != "current" || len(now.Replaces) > 0 {
					q.Errorf("mine is %s and replaces %v", now.Status, now.Replaces)
				}
			}),
		},
		{
			name: "a correction of what was taken back", state: client.OutboxConflict, reason: fhir.Withdrawn, choices: ways{apart, drop}, choice: apart,
			does: func(q *queue) func(client.OutboxItem) {
				old := q.files(nil)
				q.put(q.filing(&old), "la mienne")
				q.must(q.http.Undo(context.Background(), client.Access{PatientID: alice}, old))
				return func(it client.OutboxItem) {
					if now := q.document(it.ResultID); now.Status != "current" || len(now.Replaces) > 0 {
						q.Errorf("mine is %s and replaces %v", now.Status, now.Replaces)
					}
				}
			},
		},
		{
			name: "a report to a record that was closed, and is opened again", state: client.OutboxRefused, reason: fhir.NoRecord, choices: ways{anew, drop},
			does: plain((*queue).closed), mend: (*queue).allowed, choice: anew,
		},
		{
			name: "a report to a record whose right was taken back: filing needs none", state: client.OutboxDone,
			does: func(q *queue) func(client.OutboxItem) {
				end := plain((*queue).revoked)(q)
				return func(it client.OutboxItem) { q.allowed(); end(it) }
			},
		},
	}
}

func otherClashes() []clash {
	yes := true
	masks := func(meanwhile func(q *queue, d client.Document)) func(*queue) func(client.OutboxItem) {
		return func(q *queue) func(client.OutboxItem) {
			d := q.files(nil)
			q.put(client.OutboxItem{Kind: client.OutboxChange, PatientID: alice, Document: &d, Change: &client.Change{Masked: &yes}}, "")
			meanwhile(q, d)
			return func(client.OutboxItem) {
				if now := q.document(d.ID); !now.Masked {
					q.Error("the document is not masked")
				}
			}
		}
	}
	vaccinates := func(q *queue) func(client.OutboxItem) {
		item := client.Item{Resource: "Immunization", Text: "Grippe saisonnière", Status: "completed", Start: "2026-11-20", Lot: "AB123", Dose: 1}
		q.put(client.OutboxItem{Kind: client.OutboxItemKeep, PatientID: alice, Body: q.body(item)}, "")
		q.revoked()
		return func(client.OutboxItem) {
			page, err := q.http.Items(context.Background(), client.Access{PatientID: alice}, client.ItemQuery{Resources: []string{"Immunization"}})
			q.must(err)
			if n := len(slices.DeleteFunc(page.Items, func(i client.Item) bool { return i.Lot != "AB123" })); n != 1 {
				q.Errorf("the vaccination is there %d times", n)
			}
		}
	}
	return []clash{
		{
			name: "a change of what was changed", state: client.OutboxConflict, reason: fhir.VersionConflict, choices: ways{anew, drop}, choice: anew,
			does: masks(func(q *queue, d client.Document) {
				_, err := q.http.Change(context.Background(), client.Access{PatientID: alice}, d, client.Change{Archived: &yes})
				q.must(err)
			}),
		},
		{
			name: "a message to a dialogue that was ended, begun anew", state: client.OutboxConflict, reason: fhir.StateConflict, choices: ways{apart, drop}, choice: apart,
			does: func(q *queue) func(client.OutboxItem) {
				dialogue := q.opens(mt, alice)
				q.put(client.OutboxItem{Kind: client.OutboxMessage, PatientID: alice, Body: q.body(client.Outgoing{Dialogue: dialogue, Text: "Vos résultats."})}, "")
				_, err := q.http.SetReply(context.Background(), dialogue, client.ReplyEnded)
				q.must(err)
				return func(client.OutboxItem) {
					page, err := q.http.Dialogues(context.Background(), client.DialogueQuery{})
					q.must(err)
					if len(page.Dialogues) != 2 {
						q.Errorf("%d dialogues", len(page.Dialogues))
					}
				}
			},
		},
		{
			name: "a vaccination after the right was taken back: the patient is asked", state: client.OutboxConflict, reason: fhir.NoConsent, choices: ways{askAccess, anew, drop},
			does: vaccinates, choice: askAccess, more: 1,
		},
		{
			name: "a vaccination after the right was taken back, and given again", state: client.OutboxConflict, reason: fhir.NoConsent, choices: ways{askAccess, anew, drop},
			does: vaccinates, mend: (*queue).allowed, choice: anew,
		},
		{
			name: "a consent of somebody who closed their record", state: client.OutboxRefused, reason: fhir.NoRecord, choices: ways{anew, drop}, mend: (*queue).revoked, choice: anew,
			does: func(q *queue) func(client.OutboxItem) {
				q.put(client.OutboxItem{Kind: client.OutboxConsent, PatientID: alice, Consent: &client.ConsentDeclaration{PatientID: alice, Form: "oral", Visit: true}}, "")
				q.closed()
				return func(client.OutboxItem) {
					a, err := q.http.Open(context.Background(), alice, client.OpenRequest{})
					q.must(err)
					if a.Refusal != "" {
						q.Errorf("the consent lets nobody in: %s", a.Refusal)
					}
				}
			},
		},
	}
}

// TestWhatMetAChangeWaitsForAChoice: what was done without the server meets a record that
// changed meanwhile. It stands in the queue with its reason and ways out that come to
// something; what is chosen takes effect once.
func TestWhatMetAChangeWaitsForAChoice(t *testing.T) {
	for _, c := range clashes() {
		t.Run(c.name, func(t *testing.T) {
			q := newWorld(t).queues(t)
			end := c.does(q)
			all := q.sends()
			if len(all) != 1 || all[0].State != c.state || all[0].Reason != c.reason || !slices.Equal(all[0].Choices, c.choices) {
				t.Fatalf("%d items; it is %s (%s) with %v, want %s (%s) with %v", len(all), all[0].State, all[0].Reason, all[0].Choices, c.state, c.reason, c.choices)
			}
			if c.choice == "" {
				end(all[0])
				return
			}
			if c.mend != nil {
				c.mend(q)
			}
			q.must(q.box.Choose(context.Background(), all[0].ID, c.choice))
			all = q.sends()
			if len(all) != 1+c.more {
				t.Fatalf("%d items after the choice", len(all))
			}
			last := all[len(all)-1]
			if last.State != client.OutboxDone {
				t.Fatalf("after the choice it is %s (%s %s)", last.State, last.Reason, last.Said)
			}
			if c.more > 0 {
				if first := all[0]; first.State != c.state || !slices.Equal(first.Choices, ways{anew, drop}) || last.Kind != client.OutboxRequest {
					t.Errorf("%s has the choices %v beside a %s", first.State, first.Choices, last.Kind)
				}
				return
			}
			end(last)
		})
	}
}
