package e2e

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// TestBadMessages: what is no text is refused, what looks like a program is a text, what
// is too large is not taken, and an exchange that was ended takes nothing.
func TestBadMessages(t *testing.T) {
	w := newWorld(t)
	dialogue, c := w.opens(mt, alice), w.messages(mt)
	sends := func(text string, file []byte) error {
		m := client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, PatientID: alice, Text: text}
		if file != nil {
			m.File = &client.OutgoingFile{Name: "gros.pdf", ContentType: "application/pdf", Size: int64(len(file)), Content: bytes.NewReader(file)}
		}
		_, err := c.SendMessage(t.Context(), m, nil)
		return err
	}
	for name, text := range map[string]string{"a bell": "a\ab", "a nul": "a\x00b", "a turned line": "a\u202eb", "nothing": " \n", "too long": strings.Repeat("a", client.MaxMessageText+1)} {
		if err := sends(text, nil); fhir.CodeOf(err) != fhir.Invalid && fhir.CodeOf(err) != fhir.Required && fhir.CodeOf(err) != fhir.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	const markup = `<script>alert("1")</script> &amp; <b>gras</b>`
	w.must(sends(markup, nil))
	page, err := c.Messages(t.Context(), dialogue, "")
	w.must(err)
	if len(page.Messages) != 2 || page.Messages[0].Text != markup {
		t.Errorf("%d messages, the newest %q", len(page.Messages), page.Messages[0].Text)
	}
	large := append([]byte("%PDF-1.7\n"), make([]byte, 30<<20)...)
	if err := sends("Voici.", large); fhir.CodeOf(err) != fhir.TooLarge {
		t.Errorf("30 MiB: %v", err)
	}
	before, after := fhir.Communication{PartOf: dialogue, Payload: []fhir.Payload{
		{Text: "Voici."}, {Attachment: &fhir.Attachment{ContentType: "application/pdf", Title: "gros.pdf"}},
	}}.SplitJSON(nil)
	raw := w.do(ask{
		who: mt, path: "/Communication", body: string(before) + strings.Repeat("AAAA", 10<<20) + string(after),
		header: map[string]string{fhir.HeaderIdempotency: uuid.NewString()},
	})
	if raw.status != 413 {
		t.Errorf("30 MiB, from a client that does not look: %d %.200s", raw.status, raw.body)
	}
	if _, err := c.SetReply(t.Context(), dialogue, client.ReplyEnded); err != nil {
		t.Fatal(err)
	}
	if err := sends("Encore.", nil); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("after the end: %v", err)
	}
}

// TestWhyAColleagueIsNotAddedIsNotTold: who was blocked, who was never let in and whom
// nobody knows are refused in the same words.
func TestWhyAColleagueIsNotAddedIsNotTold(t *testing.T) {
	w := newWorld(t)
	dialogue, c := w.opens(mt, alice), w.messages(mt)
	said := map[string]bool{}
	for _, who := range []string{id(blocked), id(stranger), "899799999999"} {
		_, err := c.AddMember(t.Context(), dialogue, who)
		if fhir.CodeOf(err) != fhir.NoConsent {
			t.Errorf("%s: %v", who, err)
			continue
		}
		var e *fhir.Error
		if errors.As(err, &e) {
			said[e.Message] = true
		}
	}
	if len(said) != 1 {
		t.Errorf("told apart: %v", said)
	}
}
