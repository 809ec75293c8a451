package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestDesktopClientWritesMessages runs the stories of messages with the
// desktop's HTTP client on the real server.
func TestDesktopClientWritesMessages(t *testing.T) { clienttest.RunMessages(t, openMessages) }

// citizenOf is a patient, signed in.
func citizenOf(patient string) record.Citizen {
	n := names[patient]
	return record.Citizen{ID: patient, Name: n[1] + " " + n[0], Session: "session-" + patient}
}

// openMessages gives the desktop's HTTP client on a server with a world of its
// own, and the patient's side of it.
func openMessages(t *testing.T) clienttest.MessagesHarness {
	w, h := desktopWorld(t)
	w.session(nurse, alice, fhir.ModeNormal) // who signed in is in the directory
	out := clienttest.MessagesHarness{
		Harness: h, Colleague: w.messages(nurse), ColleagueID: id(nurse), OutsiderID: id(stranger),
		Document: w.document(alice, gp), MineAlone: w.document(alice, gp, masked), Hidden: w.document(alice, gp, hiddenPat),
		PatientWrites: func(dialogue, text string) error {
			_, err := w.svc.HeldAnswer(t.Context(), citizenOf(alice), alice, record.HeldMessage{Dialogue: dialogue, Text: text, Once: uuid.NewString()})
			return err
		},
		PatientLists: func() int {
			list, err := w.svc.HeldDialogues(t.Context(), citizenOf(alice), alice, record.DialogueQuery{})
			w.must(err)
			return list.Unread
		},
		PatientReads: func(dialogue string) ([]string, error) {
			page, err := w.svc.HeldMessages(t.Context(), citizenOf(alice), alice, dialogue, "")
			var out []string
			for _, m := range slices.Backward(page.Items) {
				out = append(out, m.Payload[0].Text)
			}
			return out, err
		},
		Revoke: func() {
			w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: alice}))
			w.must(w.seeder.Flush())
		},
	}
	return out
}

// messages is the desktop's client of somebody.
func (w *world) messages(who string) *client.HTTP {
	w.Helper()
	w.token(who) // before many ask at once
	c, err := client.New(client.Config{BaseURL: w.base, Tokens: tokenOf{w, who}, Timeout: 20 * time.Second})
	w.must(err)
	return c
}

// answers answers as a citizen.
func (w *world) answers(c record.Citizen, rec, dialogue, text string) error {
	_, err := w.svc.HeldAnswer(w.Context(), c, rec, record.HeldMessage{Dialogue: dialogue, Text: text, Once: uuid.NewString()})
	return err
}

// opens opens a dialogue with a patient.
func (w *world) opens(who, patient string) string {
	w.Helper()
	m, err := w.messages(who).SendMessage(w.Context(), client.Outgoing{ID: uuid.NewString(), PatientID: patient, Subject: "Sujet-secret", Text: "Texte-secret"}, nil)
	w.must(err)
	return m.Dialogue
}

// TestAnotherDialogueIsNone: for who is not in it, a dialogue answers as one
// that never was, byte for byte, and lists and counts tell nothing of it; a
// patient and an operator have no way in at all.
func TestAnotherDialogueIsNone(t *testing.T) {
	w := newWorld(t)
	theirs := w.opens(mt, alice)
	const arguments = `{"resourceType":"Parameters"}`
	for name, address := range map[string]func(id string) ask{
		"read":    func(id string) ask { return ask{path: "/Communication/" + id} },
		"list":    func(id string) ask { return ask{path: "/Communication/_search", form: "part-of=" + id} },
		"reply":   func(id string) ask { return ask{path: "/Communication/" + id + "/$reply", body: arguments} },
		"member":  func(id string) ask { return ask{path: "/Communication/" + id + "/$add-member", body: arguments} },
		"leave":   func(id string) ask { return ask{path: "/Communication/" + id + "/$leave", body: arguments} },
		"mark":    func(id string) ask { return ask{path: "/Communication/" + id + "/$read", body: arguments} },
		"content": func(id string) ask { return ask{path: "/Communication/" + id + "/$content/" + id} },
		"write": func(id string) ask {
			body := fhir.Communication{PartOf: id, Payload: []fhir.Payload{{Text: "Bonjour."}}}.JSON()
			return ask{path: "/Communication", body: string(body), header: map[string]string{fhir.HeaderIdempotency: uuid.NewString()}}
		},
	} {
		hidden, none := address(theirs), address(uuid.NewString())
		hidden.who, none.who = gp, gp
		one, other := w.do(hidden), w.do(none)
		if one.status != 404 || one.body != other.body || one.status != other.status {
			t.Errorf("%s: %d %s, of none %d %s", name, one.status, one.body, other.status, other.body)
		}
		if one, other := w.audit(gp, one.request), w.audit(gp, other.request); !slices.Equal(one, other) {
			t.Errorf("%s leaves %v, of none %v", name, one, other)
		}
		for _, who := range []string{alice, operator} {
			hidden.who = who
			if got := w.do(hidden); got.status != 403 {
				t.Errorf("%s by %s: %d", name, who, got.status)
			}
		}
	}
	found := w.do(ask{who: gp, path: "/Communication/_search", form: "_text=secret"})
	if found.header.Get(fhir.MessageUnread) != "0" || w.bundle(found).Total != 0 {
		t.Errorf("a list tells of another's dialogue: %s", found.body)
	}
	if strings.Contains(w.log.String(), "secret") {
		t.Error("the log holds what was written")
	}
}

// TestThePatientsSide: the patient never begins, a representative writes in
// their own name, a closed record is read and no longer answered, and nobody
// answers where no one would read.
func TestThePatientsSide(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.AddMandate(record.Mandate{Patient: alice, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(30 * day)}))
	w.must(w.seeder.Flush())
	dialogue := w.opens(mt, alice)
	want := func(what string, err error, code fhir.Code) {
		t.Helper()
		if fhir.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	want("begin", w.answers(citizenOf(alice), alice, "", "Bonjour docteur."), fhir.BusinessRule)
	want("answer somebody else's", w.answers(citizenOf(carol), carol, dialogue, "Bonjour."), fhir.NotFound)
	want("answer in somebody else's record", w.answers(citizenOf(carol), alice, dialogue, "Bonjour."), fhir.NotFound)
	want("a control character", w.answers(citizenOf(alice), alice, dialogue, "a\x00b"), fhir.Invalid)
	w.must(w.answers(citizenOf(bob), alice, dialogue, "De sa mère."))
	page, err := w.messages(mt).Messages(t.Context(), dialogue, "")
	w.must(err)
	if m := page.Messages[0]; m.FromName != citizenOf(bob).Name || !m.FromPatient || strings.Contains(m.FromName, names[alice][0]) {
		t.Errorf("the representative's message is from %+v", m)
	}
	unread, err := w.svc.HeldUnread(t.Context(), citizenOf(alice), alice)
	w.must(err)
	if unread != 2 { // the doctor's and the representative's: each reads for themselves
		t.Errorf("%d unread at the holder's", unread)
	}
	w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: alice}))
	w.must(w.seeder.Flush())
	want("answer where nobody reads", w.answers(citizenOf(alice), alice, dialogue, "Il y a quelqu’un ?"), fhir.BusinessRule)
	w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: alice, State: record.StateClosed, ClosedAt: w.now(), MT: id(mt)}))
	w.must(w.seeder.Flush())
	read, err := w.svc.HeldMessages(t.Context(), citizenOf(alice), alice, dialogue, "")
	w.must(err)
	if len(read.Items) != 2 {
		t.Errorf("the holder of a closed record reads %d messages", len(read.Items))
	}
	want("answer in a closed record", w.answers(citizenOf(alice), alice, dialogue, "Bonjour."), fhir.NoRecord)
	_, err = w.messages(mt).SendMessage(t.Context(), client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, Text: "Bonjour."}, nil)
	want("write to a closed record", err, fhir.NoRecord)
}

// TestEndedWhileWriting: what was accepted was written before the end, and
// nothing after it.
func TestEndedWhileWriting(t *testing.T) {
	w := newWorld(t)
	doctor := w.messages(mt)
	for range 5 {
		dialogue := w.opens(mt, alice)
		accepted := make(chan int, 2)
		write := func(send func(i int) error) {
			n := 0
			for i := 0; ; i++ {
				switch err := send(i); fhir.CodeOf(err) {
				case "":
					n++
					continue
				case fhir.StateConflict:
				default:
					t.Errorf("write: %v", err)
				}
				accepted <- n
				return
			}
		}
		go write(func(i int) error { return w.answers(citizenOf(alice), alice, dialogue, fmt.Sprint(i)) })
		go write(func(i int) error {
			_, err := doctor.SendMessage(t.Context(), client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, Text: fmt.Sprint(i)}, nil)
			return err
		})
		_, err := doctor.SetReply(t.Context(), dialogue, client.ReplyEnded)
		w.must(err)
		want := 1 + <-accepted + <-accepted
		page, err := doctor.Messages(t.Context(), dialogue, "")
		w.must(err)
		got := len(page.Messages)
		for page.Next != "" {
			page, err = doctor.Messages(t.Context(), dialogue, page.Next)
			w.must(err)
			got += len(page.Messages)
		}
		if got != want {
			t.Errorf("%d messages, %d were accepted", got, want)
		}
	}
}

// TestALargeFileIsRefusedByTheServer: whatever a client checks itself.
func TestALargeFileIsRefusedByTheServer(t *testing.T) {
	w := newWorld(t)
	dialogue := w.opens(mt, alice)
	before, after := fhir.Communication{
		PartOf: dialogue, Payload: []fhir.Payload{{Text: "Voici."}, {Attachment: &fhir.Attachment{ContentType: "text/plain", Title: "grand.txt"}}},
	}.SplitJSON(nil)
	send := func(size int) answer {
		data := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("a"), size))
		return w.do(ask{
			who: mt, path: "/Communication", body: string(before) + data + string(after), header: map[string]string{fhir.HeaderIdempotency: uuid.NewString()},
		})
	}
	if got := send(1000); got.status != 201 {
		t.Fatalf("a small file: %d %s", got.status, got.body)
	}
	for _, size := range []int{26, 30} {
		if got := send(size << 20); got.status != 413 || got.code() != fhir.TooLarge {
			t.Errorf("%d MiB: %d %s", size, got.status, got.body)
		}
	}
}

// TestMessagesArriveWithinASecond measures how long a message takes to the
// other side, in both directions.
func TestMessagesArriveWithinASecond(t *testing.T) {
	w := newWorld(t)
	doctor := w.messages(mt)
	dialogue := w.opens(mt, alice)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	told, theirs := make(chan int, 1000), make(chan int, 1000)
	go func() {
		_ = doctor.WatchMessages(ctx, func(e client.MessageEvent) { told <- e.Unread }) // until the test ends
	}()
	go func() {
		_ = w.svc.WatchHeldMessages(ctx, citizenOf(alice), alice, func(e fhir.LetterEvent) error { theirs <- e.Unread; return nil })
	}()
	<-told
	<-theirs
	for name, side := range map[string]struct {
		seen chan int
		send func(i int) error
		have func() (int, error)
	}{
		"patient to professional": {told, func(i int) error { return w.answers(citizenOf(alice), alice, dialogue, fmt.Sprint(i)) }, func() (int, error) {
			page, err := doctor.Dialogues(ctx, client.DialogueQuery{})
			return page.Unread, err
		}},
		"professional to patient": {theirs, func(i int) error {
			_, err := doctor.SendMessage(ctx, client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, Text: fmt.Sprint(i)}, nil)
			return err
		}, func() (int, error) { return w.svc.HeldUnread(ctx, citizenOf(alice), alice) }},
	} {
		n, err := side.have()
		w.must(err)
		var all []time.Duration
		for i := range 200 {
			begun := time.Now()
			w.must(side.send(i))
			for seen := -1; seen < n+1+i; {
				select {
				case seen = <-side.seen:
				case <-ctx.Done():
					t.Fatalf("%s: message %d was never told", name, i)
				}
			}
			all = append(all, time.Since(begun))
		}
		slices.Sort(all)
		t.Logf("%s: p50 %v, p99 %v", name, all[100], all[198])
		if all[198] > time.Second {
			t.Errorf("%s: p99 is %v", name, all[198])
		}
	}
}
