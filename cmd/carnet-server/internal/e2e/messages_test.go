package e2e

import (
	"slices"
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
