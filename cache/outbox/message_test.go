package outbox

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// TestAMessageWaitsForTheServer: a message with a file is on disk before it
// leaves, outlives a restart and a line that drops, and arrives once.
func TestAMessageWaitsForTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		c := p.config()
		c.Sender = NewSender(p.fake, map[client.OutboxKind]Send{client.OutboxMessage: SendMessage(p.fake)})
		o, err := Open(c)
		ok(t, "open", err)
		data := pdf("une ordonnance")
		body, err := json.Marshal(client.Outgoing{
			Dialogue: clienttest.DialogueLea, Text: "Voici l’ordonnance.", File: &client.OutgoingFile{Name: "ordonnance.pdf", ContentType: "application/pdf", Size: int64(len(data))},
		})
		ok(t, "marshal", err)
		it := client.OutboxItem{ID: uuid.NewString(), Kind: client.OutboxMessage, PatientID: clienttest.PatientLea, Body: body}
		_, err = o.Put(t.Context(), it, bytes.NewReader(data))
		ok(t, "put", err)
		ok(t, "close", o.Close())
		o, err = Open(c)
		ok(t, "open again", err)
		p.fake.FailNext(clienttest.OpSendMessage, clienttest.Failure(fhir.Unavailable, "r-1"))
		stop := run(t, o)
		for item(t, o, it.ID).State != client.OutboxDone {
			later(firstWait)
			synctest.Wait()
		}
		stop()
		ok(t, "close", o.Close())
		page, err := p.fake.Messages(t.Context(), clienttest.DialogueLea, "")
		ok(t, "read", err)
		newest := page.Messages[0]
		if newest.Text != "Voici l’ordonnance." || len(newest.Attached) != 1 || len(page.Messages) != 3 {
			t.Fatalf("arrived: %+v", page.Messages)
		}
		got, err := p.fake.MessageContent(t.Context(), clienttest.DialogueLea, newest.Attached[0].ContentID)
		ok(t, "open the file", err)
		if !bytes.Equal(got.Bytes, data) {
			t.Error("another file arrived")
		}
	})
}

// TestAMessageWithoutItsFileIsRefused: what cannot be whole is not sent.
func TestAMessageWithoutItsFileIsRefused(t *testing.T) {
	p := newPlace(t)
	body, err := json.Marshal(client.Outgoing{Dialogue: clienttest.DialogueLea, Text: "Voici.", File: &client.OutgoingFile{Name: "x.pdf"}})
	ok(t, "marshal", err)
	it := client.OutboxItem{ID: uuid.NewString(), Kind: client.OutboxMessage, PatientID: clienttest.PatientLea, Body: body}
	_, err = SendMessage(p.fake)(t.Context(), it, nil, nil)
	want(t, "send without the file", err, fhir.Required)
	it.Body = []byte(`"nothing"`)
	_, err = SendMessage(p.fake)(t.Context(), it, nil, nil)
	want(t, "send no message", err, fhir.Malformed)
	if p.fake.Count(clienttest.OpSendMessage) != 0 {
		t.Error("something left")
	}
}
