package clienttest

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// MessagesHarness is a Harness with what the stories of messages need. Its
// Records, Offline and SignedOut must be client.Messages too.
type MessagesHarness struct {
	Harness
	Colleague   client.Messages // a professional who may read Mine
	ColleagueID string          // their national id
	OutsiderID  string          // of a professional who may not read Mine
	Document    string          // of Mine, which I, the colleague and the patient may read
	MineAlone   string          // of Mine, which I and the patient may read and the colleague may not
	Hidden      string          // of Mine, which I may read and the patient may not yet

	// The patient's side of Mine.
	PatientWrites func(dialogue, text string) error
	PatientLists  func() int // looks at the list; how many messages are unread
	PatientReads  func(dialogue string) ([]string, error)
	// Revoke takes away what lets me read Mine.
	Revoke func()
}

// RunMessages runs the stories of client.Messages.
func RunMessages(t *testing.T, open func(t *testing.T) MessagesHarness) {
	tell(t, open, []story[MessagesHarness]{
		{"a dialogue is opened, answered and read on both sides", storyDialogue},
		{"a message goes from sent to delivered to read", storyMessageStates},
		{"the same message sent twice is one", storyMessageTwice},
		{"who may write follows the rule of the dialogue", storyReplyRules},
		{"an ended dialogue stays ended, and is still read", storyEnded},
		{"nobody without a right is written to", storyMessageRights},
		{"a colleague is let in by a right of their own, and may leave", storyMembers},
		{"who is in no dialogue cannot tell it from none", storyMessageHidden},
		{"texts are kept as written, and strictly", storyMessageText},
		{"a document comes by reference, read by each one's own rights", storyMessageDocument},
		{"a file comes along once, or is filed in the record too", storyMessageFile},
		{"what is too large is refused", storyMessageTooLarge},
		{"dialogues are found by words and by what is unread", storyMessageSearch},
		{"messages and dialogues come page by page, all of them, once", storyMessagePages},
		{"who watches is told within moments", storyMessageWatch},
		{"a right that is taken away ends reading and writing", storyMessageRevoked},
		{"a cancelled, offline or unsigned call says so", storyMessageUnsent},
	})
}

// check fails on a harness that would make stories pass for nothing.
func (h MessagesHarness) check(t *testing.T) {
	t.Helper()
	h.Harness.check(t)
	as[client.Messages](t, h.Records)
	if h.Colleague == nil || h.ColleagueID == "" || h.OutsiderID == "" || h.Document == "" || h.MineAlone == "" || h.Hidden == "" ||
		h.PatientWrites == nil || h.PatientLists == nil || h.PatientReads == nil || h.Revoke == nil {
		t.Fatal("the harness is incomplete")
	}
}

// me is the harness's professional as one who writes; check saw that they do.
func (h MessagesHarness) me() client.Messages { return h.Records.(client.Messages) }

// opening is a message that opens a dialogue with Mine.
func (h MessagesHarness) opening(text string) client.Outgoing {
	return client.Outgoing{ID: uuid.NewString(), PatientID: h.Mine.ID, Subject: "Vos résultats", Text: text}
}

// begins opens a dialogue with Mine.
func (h MessagesHarness) begins(t *testing.T, text string) client.Message {
	t.Helper()
	m, err := h.me().SendMessage(timeout(t), h.opening(text), nil)
	ok(t, "open a dialogue", err)
	if m.Dialogue == "" || m.ID == "" {
		t.Fatalf("the message has no dialogue: %+v", m)
	}
	return m
}

// writes sends one more message.
func (h MessagesHarness) writes(t *testing.T, dialogue, text string) client.Message {
	t.Helper()
	m, err := h.me().SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, Text: text}, nil)
	ok(t, "write", err)
	return m
}

// reads opens a dialogue.
func readsDialogue(t *testing.T, who client.Messages, dialogue string) client.MessagePage {
	t.Helper()
	page, err := who.Messages(timeout(t), dialogue, "")
	ok(t, "read a dialogue", err)
	return page
}

// lists gives one of my dialogues as the list has it; nil when it has none.
func lists(t *testing.T, who client.Messages, dialogue string) *client.Dialogue {
	t.Helper()
	q := client.DialogueQuery{}
	for {
		page, err := who.Dialogues(timeout(t), q)
		ok(t, "list dialogues", err)
		for _, d := range page.Dialogues {
			if d.ID == dialogue {
				return &d
			}
		}
		if q.Page = page.Next; q.Page == "" {
			return nil
		}
	}
}

func unreadOf(t *testing.T, who client.Messages) int {
	t.Helper()
	page, err := who.Dialogues(timeout(t), client.DialogueQuery{})
	ok(t, "list dialogues", err)
	return page.Unread
}

func storyDialogue(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Vos résultats sont normaux.")
	if m.FromPatient || m.FromName == "" || m.From.ID == "" || m.Sent.IsZero() || !m.Read || m.Text != "Vos résultats sont normaux." {
		t.Errorf("sent %+v", m)
	}
	d := lists(t, h.me(), m.Dialogue)
	if d == nil {
		t.Fatal("my dialogue is not on my list")
	}
	if d.Subject != "Vos résultats" || d.PatientID != h.Mine.ID || d.Reply != client.ReplyOpen || len(d.Members) != 1 || d.Unread != 0 || !d.Mine || d.LastFrom == "" || d.Last.IsZero() {
		t.Errorf("the list says %+v", d)
	}
	if d.PatientName == "" || strings.Contains(d.PatientName, h.Mine.INS.Value) {
		t.Error("the patient's name is missing, or is the national address")
	}
	before := unreadOf(t, h.me())
	ok(t, "the patient answers", h.PatientWrites(m.Dialogue, "Merci docteur."))
	if d := lists(t, h.me(), m.Dialogue); d.Unread != 1 {
		t.Errorf("after the answer %d are unread", d.Unread)
	}
	if n := unreadOf(t, h.me()); n != before+1 {
		t.Errorf("unread of all: %d, then %d", before, n)
	}
	page := readsDialogue(t, h.me(), m.Dialogue)
	if len(page.Messages) != 2 || page.Messages[0].Text != "Merci docteur." || page.Messages[1].ID != m.ID || page.Dialogue.ID != m.Dialogue {
		t.Fatalf("the dialogue reads %+v", page.Messages)
	}
	if a := page.Messages[0]; !a.FromPatient || a.From.ID != "" || a.FromName == "" {
		t.Errorf("the answer is from %+v", a)
	}
	if d := lists(t, h.me(), m.Dialogue); d.Unread != 0 || page.Dialogue.Unread != 0 {
		t.Error("what was read is unread")
	}
	texts, err := h.PatientReads(m.Dialogue)
	ok(t, "the patient reads", err)
	if len(texts) != 2 || texts[0] != m.Text {
		t.Errorf("the patient reads %q", texts)
	}
}

func storyMessageStates(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	state := func(want client.MessageState) client.Message {
		t.Helper()
		got := readsDialogue(t, h.me(), m.Dialogue).Messages[0]
		if got.State != want {
			t.Errorf("the message is %q, want %q", got.State, want)
		}
		return got
	}
	if m.State != client.MessageSent {
		t.Errorf("the message is %q once sent", m.State)
	}
	state(client.MessageSent)
	if n := h.PatientLists(); n < 1 {
		t.Error("nothing is unread at the patient's")
	}
	if got := state(client.MessageDelivered); !got.ReadAt.IsZero() {
		t.Error("a delivered message was read")
	}
	_, err := h.PatientReads(m.Dialogue)
	ok(t, "the patient reads", err)
	if got := state(client.MessageRead); got.ReadAt.IsZero() {
		t.Error("nothing says when it was read")
	}
}

func storyMessageTwice(t *testing.T, h MessagesHarness) {
	out := h.opening("Une seule fois.")
	first, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send", err)
	again, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send again", err)
	if first.ID != again.ID || first.Dialogue != again.Dialogue {
		t.Errorf("sent twice: %s in %s, then %s in %s", first.ID, first.Dialogue, again.ID, again.Dialogue)
	}
	at := make(chan client.Message, 4)
	next := client.Outgoing{ID: uuid.NewString(), Dialogue: first.Dialogue, Text: "À la fois."}
	for range cap(at) {
		go func() {
			m, err := h.me().SendMessage(timeout(t), next, nil)
			if err != nil {
				t.Error(err)
			}
			at <- m
		}()
	}
	ids := map[string]bool{}
	for range cap(at) {
		ids[(<-at).ID] = true
	}
	if page := readsDialogue(t, h.me(), first.Dialogue); len(page.Messages) != 2 || len(ids) != 1 {
		t.Errorf("%d messages of %d ids", len(page.Messages), len(ids))
	}
	next.Text = "Autre chose."
	_, err = h.me().SendMessage(timeout(t), next, nil)
	h.want(t, "another text under a key that served", err, fhir.StateConflict)
}

func storyReplyRules(t *testing.T, h MessagesHarness) {
	out := h.opening("Le cabinet est fermé lundi.")
	out.Reply = client.ReplyNone
	m, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "open without reply", err)
	if d := readsDialogue(t, h.me(), m.Dialogue).Dialogue; d.Reply != client.ReplyNone {
		t.Errorf("the rule is %q", d.Reply)
	}
	h.want(t, "the patient answers", h.PatientWrites(m.Dialogue, "Et mardi ?"), fhir.BusinessRule)
	h.writes(t, m.Dialogue, "Mardi aussi.")
	d, err := h.me().SetReply(timeout(t), m.Dialogue, client.ReplyOpen)
	ok(t, "allow replies", err)
	if d.Reply != client.ReplyOpen || d.ID != m.Dialogue {
		t.Errorf("changed to %+v", d)
	}
	ok(t, "the patient answers now", h.PatientWrites(m.Dialogue, "Merci."))
	_, err = h.me().SetReply(timeout(t), m.Dialogue, "some")
	h.want(t, "a rule that is none", err, fhir.Invalid)
	ended := h.opening("Fin.")
	ended.Reply = client.ReplyEnded
	_, err = h.me().SendMessage(timeout(t), ended, nil)
	h.want(t, "open an ended dialogue", err, fhir.Invalid)
}

func storyEnded(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	d, err := h.me().SetReply(timeout(t), m.Dialogue, client.ReplyEnded)
	ok(t, "end", err)
	if d.Reply != client.ReplyEnded || d.EndedBy == "" {
		t.Errorf("ended: %+v", d)
	}
	_, err = h.me().SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Encore."}, nil)
	h.want(t, "write after the end", err, fhir.StateConflict)
	h.want(t, "the patient writes after the end", h.PatientWrites(m.Dialogue, "Encore."), fhir.StateConflict)
	_, err = h.me().SetReply(timeout(t), m.Dialogue, client.ReplyOpen)
	h.want(t, "take the end back", err, fhir.StateConflict)
	_, err = h.me().AddMember(timeout(t), m.Dialogue, h.ColleagueID)
	h.want(t, "let in after the end", err, fhir.StateConflict)
	if page := readsDialogue(t, h.me(), m.Dialogue); len(page.Messages) != 1 || page.Dialogue.Reply != client.ReplyEnded {
		t.Errorf("after the end one reads %+v", page)
	}
	texts, err := h.PatientReads(m.Dialogue)
	ok(t, "the patient reads after the end", err)
	if len(texts) != 1 {
		t.Errorf("the patient reads %q", texts)
	}
}

func storyMessageRights(t *testing.T, h MessagesHarness) {
	for _, c := range []struct {
		what string
		to   client.Patient
		code fhir.Code
	}{
		{"write to a stranger", h.Stranger, fhir.NoConsent},
		{"write to one who blocked me", h.Blocked, fhir.NoConsent},
		{"write to a closed record", h.Closed, fhir.NoRecord},
		{"write to nobody", client.Patient{ID: "unknown"}, fhir.NotFound},
	} {
		out := h.opening("Bonjour.")
		out.PatientID = c.to.ID
		_, err := h.me().SendMessage(timeout(t), out, nil)
		h.want(t, c.what, err, c.code)
	}
	out := h.opening("Bonjour.")
	out.Members = []string{h.OutsiderID}
	_, err := h.me().SendMessage(timeout(t), out, nil)
	h.want(t, "let in who has no right", err, fhir.NoConsent)
}

func storyMembers(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	if lists(t, h.Colleague, m.Dialogue) != nil {
		t.Error("a colleague's list has it already")
	}
	for range 2 { // letting in twice is no error
		d, err := h.me().AddMember(timeout(t), m.Dialogue, h.ColleagueID)
		ok(t, "let a colleague in", err)
		if len(d.Members) != 2 || d.Members[1].Name == "" {
			t.Errorf("members %+v", d.Members)
		}
	}
	_, err := h.me().AddMember(timeout(t), m.Dialogue, h.OutsiderID)
	h.want(t, "let in who has no right", err, fhir.NoConsent)
	if d := lists(t, h.Colleague, m.Dialogue); d == nil || d.Unread != 1 {
		t.Errorf("the colleague's list says %+v", d)
	}
	sent, err := h.Colleague.SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "De la pharmacie."}, nil)
	ok(t, "the colleague writes", err)
	ok(t, "the patient answers both", h.PatientWrites(m.Dialogue, "Merci à vous deux."))
	readsDialogue(t, h.Colleague, m.Dialogue)
	if d := lists(t, h.me(), m.Dialogue); d.Unread != 2 {
		t.Errorf("what the colleague read is read by me: %d unread", d.Unread)
	}
	page := readsDialogue(t, h.me(), m.Dialogue)
	if len(page.Messages) != 3 || page.Messages[1].ID != sent.ID || page.Messages[1].From.ID != h.ColleagueID {
		t.Errorf("the dialogue reads %+v", page.Messages)
	}
	ok(t, "leave", h.me().LeaveDialogue(timeout(t), m.Dialogue))
	_, err = h.me().Messages(timeout(t), m.Dialogue, "")
	h.want(t, "read after leaving", err, fhir.NotFound)
	if lists(t, h.me(), m.Dialogue) != nil {
		t.Error("a dialogue that I left is on my list")
	}
	if page := readsDialogue(t, h.Colleague, m.Dialogue); len(page.Dialogue.Members) != 1 {
		t.Errorf("after I left there are %+v", page.Dialogue.Members)
	}
}

// storyMessageUnsent: every method says what keeps it from working.
func storyMessageUnsent(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		who  client.Messages
		ctx  context.Context
		code fhir.Code
	}{
		"cancelled":  {h.me(), canceled, fhir.Canceled},
		"offline":    {as[client.Messages](t, h.Offline), timeout(t), fhir.Offline},
		"signed out": {as[client.Messages](t, h.SignedOut), timeout(t), fhir.Unauthenticated},
	} {
		_, err := c.who.Dialogues(c.ctx, client.DialogueQuery{})
		h.want(t, name+": Dialogues", err, c.code)
		_, err = c.who.Messages(c.ctx, m.Dialogue, "")
		h.want(t, name+": Messages", err, c.code)
		_, err = c.who.SendMessage(c.ctx, h.opening("Bonjour."), nil)
		h.want(t, name+": SendMessage", err, c.code)
		_, err = c.who.SetReply(c.ctx, m.Dialogue, client.ReplyNone)
		h.want(t, name+": SetReply", err, c.code)
		_, err = c.who.AddMember(c.ctx, m.Dialogue, h.ColleagueID)
		h.want(t, name+": AddMember", err, c.code)
		h.want(t, name+": LeaveDialogue", c.who.LeaveDialogue(c.ctx, m.Dialogue), c.code)
		_, err = c.who.MessageContent(c.ctx, m.Dialogue, "unknown")
		h.want(t, name+": MessageContent", err, c.code)
		h.want(t, name+": WatchMessages", c.who.WatchMessages(c.ctx, func(client.MessageEvent) {}), c.code)
	}
	if page := readsDialogue(t, h.me(), m.Dialogue); len(page.Messages) != 1 || page.Dialogue.Reply != client.ReplyOpen {
		t.Error("a call that failed did something")
	}
}
