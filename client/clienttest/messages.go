package clienttest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// The operations of messages.
const (
	OpDialogues      Op = "Dialogues"
	OpMessages       Op = "Messages"
	OpSendMessage    Op = "SendMessage"
	OpSetReply       Op = "SetReply"
	OpAddMember      Op = "AddMember"
	OpLeaveDialogue  Op = "LeaveDialogue"
	OpMessageContent Op = "MessageContent"
	OpWatchMessages  Op = "WatchMessages"
)

var _ client.Messages = (*Fake)(nil)

// mailbox is the dialogues of a world. Fakes that are Beside each other share
// one. Its lock is taken after a fake's.
type mailbox struct {
	mu     sync.Mutex
	all    []*dialogue
	sent   map[string]*message // by sender and Outgoing.ID
	serial int
	moved  chan struct{} // closed, and made anew, when something changed
	last   string        // the dialogue that moved last
}

// dialogue is one exchange.
type dialogue struct {
	client.Dialogue
	opener   string
	messages []*message // oldest first
}

// message is one message with who has seen it; the patient's side is "".
type message struct {
	client.Message
	by        string // "" the patient's side
	documents []string
	file      *client.Attached
	content   blob
	listed    map[string]bool // by whom it was on a list
	readBy    map[string]bool
	readAt    time.Time
}

func newMailbox() *mailbox {
	return &mailbox{sent: map[string]*message{}, moved: make(chan struct{})}
}

// stir wakes those who watch. mu is held.
func (b *mailbox) stir(dialogue string) {
	b.last = dialogue
	close(b.moved)
	b.moved = make(chan struct{})
}

func (b *mailbox) id(kind string) string {
	b.serial++
	return fmt.Sprintf("%s-%06d", kind, b.serial)
}

// mayWriteTo gives the error of a patient who may not be written to, or read.
// f.mu is held.
func (f *Fake) mayWriteTo(patientID string) error {
	p := f.person(patientID)
	switch {
	case p == nil:
		return fhir.E(fhir.NotFound, "no such record")
	case !p.Active:
		return fhir.E(fhir.NoRecord, "this person has no open record")
	case p.relation == "":
		return fhir.E(fhir.NoConsent, "the patient has not authorised you, or no longer")
	}
	return nil
}

// member tells whether somebody is in a dialogue.
func (d *dialogue) member(id string) bool {
	return slices.ContainsFunc(d.Members, func(m fhir.Party) bool { return m.ID == id })
}

// mineOf finds a dialogue that I am in and may read. Both locks are held.
func (f *Fake) mineOf(id string) (*dialogue, error) {
	for _, d := range f.box.all {
		if d.ID == id && d.member(f.me.ID) {
			return d, f.mayWriteTo(d.PatientID)
		}
	}
	return nil, fhir.E(fhir.NotFound, "no such dialogue")
}

// locked takes both locks.
func (f *Fake) locked() (unlock func()) {
	f.mu.Lock()
	f.box.mu.Lock()
	return func() { f.box.mu.Unlock(); f.mu.Unlock() }
}

// unread counts what who has not read.
func (d *dialogue) unread(who string) int {
	n := 0
	for _, m := range d.messages {
		if m.by != who && !m.readBy[who] {
			n++
		}
	}
	return n
}

// seenBy is a dialogue as one of its professionals sees it.
func (d *dialogue) seenBy(who string) client.Dialogue {
	out := d.Dialogue
	out.Members, out.Unread, out.Mine = slices.Clone(d.Members), d.unread(who), true
	if n := len(d.messages); n > 0 {
		out.Last, out.LastFrom = d.messages[n-1].Sent, d.messages[n-1].FromName
	}
	return out
}

// said tells whether every word is in a dialogue or in the patient's name.
func (d *dialogue) said(text string) bool {
	all := " " + fold(d.Subject+" "+d.PatientName)
	for _, m := range d.messages {
		all += " " + fold(m.Text)
	}
	for _, w := range strings.Fields(fold(text)) {
		if !strings.Contains(all, " "+w) && !strings.Contains(all, "\n"+w) {
			return false
		}
	}
	return true
}

// Dialogues lists mine, the one that moved last first.
func (f *Fake) Dialogues(ctx context.Context, q client.DialogueQuery) (client.DialoguePage, error) {
	if err := f.begin(ctx, Call{Op: OpDialogues, PatientID: q.PatientID, Argument: q}); err != nil {
		return client.DialoguePage{}, err
	}
	defer f.locked()()
	out := client.DialoguePage{Provenance: f.fresh()}
	var hits []*dialogue
	for _, d := range f.box.all {
		if !d.member(f.me.ID) || f.mayWriteTo(d.PatientID) != nil {
			continue
		}
		for _, m := range d.messages {
			m.listed[f.me.ID] = true
		}
		unread := d.unread(f.me.ID)
		out.Unread += unread
		if (q.PatientID == "" || q.PatientID == d.PatientID) && (!q.Unread || unread > 0) && d.said(q.Text) {
			hits = append(hits, d)
		}
	}
	slices.SortStableFunc(hits, func(x, y *dialogue) int {
		return cmp.Compare(y.lastSerial(), x.lastSerial())
	})
	rows, next, err := page(hits, q.Page, q.Limit, 50)
	if err != nil {
		return client.DialoguePage{}, err
	}
	out.Total, out.Next = len(hits), next
	for _, d := range rows {
		out.Dialogues = append(out.Dialogues, d.seenBy(f.me.ID))
	}
	return out, nil
}

// lastSerial orders dialogues: the ids of messages count up.
func (d *dialogue) lastSerial() string {
	if len(d.messages) == 0 {
		return ""
	}
	return d.messages[len(d.messages)-1].ID
}

// Messages gives one dialogue's messages, newest first, and marks them read.
func (f *Fake) Messages(ctx context.Context, dialogue, cursor string) (client.MessagePage, error) {
	if err := f.begin(ctx, Call{Op: OpMessages, Argument: dialogue}); err != nil {
		return client.MessagePage{}, err
	}
	defer f.locked()()
	d, err := f.mineOf(dialogue)
	if err != nil {
		return client.MessagePage{}, err
	}
	newest := slices.Clone(d.messages)
	slices.Reverse(newest)
	rows, next, err := page(newest, cursor, 0, 50)
	if err != nil {
		return client.MessagePage{}, err
	}
	if d.unread(f.me.ID) > 0 { // who watches and reads anew must not wake themselves
		defer f.box.stir(d.ID)
	}
	d.markRead(f.me.ID, f.now())
	out := client.MessagePage{Dialogue: d.seenBy(f.me.ID), Next: next, Provenance: f.fresh()}
	for _, m := range rows {
		out.Messages = append(out.Messages, f.seen(d, m))
	}
	f.log(client.Trace{Kind: fhir.KindMessage, Action: "R", PatientID: d.PatientID})
	return out, nil
}

// markRead counts every message as read by who.
func (d *dialogue) markRead(who string, at time.Time) {
	for _, m := range d.messages {
		m.listed[who] = true
		if m.by != who && !m.readBy[who] {
			m.readBy[who] = true
			if m.readAt.IsZero() && (m.by == "") != (who == "") {
				m.readAt = at
			}
		}
	}
}

// seen is a message as I see it: a document only if I may read it, or could
// before it was taken back. Both locks are held.
func (f *Fake) seen(d *dialogue, m *message) client.Message {
	out := m.Message
	out.State, out.ReadAt, out.Attached = m.state(), m.readAt, nil
	out.Read = m.by == f.me.ID || m.readBy[f.me.ID]
	for _, id := range m.documents {
		a := client.Attached{DocumentID: id}
		switch _, doc, err := f.find(client.Access{PatientID: d.PatientID}, id); fhir.CodeOf(err) {
		case "":
			a.Title, a.ContentType, a.Size = doc.Attachment.Title, doc.Attachment.ContentType, doc.Attachment.Size
		case fhir.Withdrawn:
		default:
			continue
		}
		out.Attached = append(out.Attached, a)
	}
	if m.file != nil {
		out.Attached = append(out.Attached, *m.file)
	}
	return out
}

// state is how far a message came on the other side.
func (m *message) state() client.MessageState {
	other := func(who map[string]bool) bool {
		for id := range who {
			if (m.by == "") != (id == "") {
				return true
			}
		}
		return false
	}
	switch {
	case other(m.readBy):
		return client.MessageRead
	case other(m.listed):
		return client.MessageDelivered
	}
	return client.MessageSent
}

// SetReply changes who may write.
func (f *Fake) SetReply(ctx context.Context, id string, r client.Reply) (client.Dialogue, error) {
	return f.changeDialogue(ctx, Call{Op: OpSetReply, Argument: id}, id, func(d *dialogue) error {
		switch r {
		case client.ReplyOpen, client.ReplyNone:
		case client.ReplyEnded:
			d.EndedBy = f.me.Name
		default:
			return fhir.E(fhir.Invalid, "no such rule")
		}
		d.Reply = r
		return nil
	})
}

// AddMember lets a colleague in.
func (f *Fake) AddMember(ctx context.Context, id, member string) (client.Dialogue, error) {
	return f.changeDialogue(ctx, Call{Op: OpAddMember, Argument: id}, id, func(d *dialogue) error { return d.letIn(member) })
}

// changeDialogue changes a dialogue that is not ended.
func (f *Fake) changeDialogue(ctx context.Context, c Call, id string, change func(*dialogue) error) (client.Dialogue, error) {
	if err := f.begin(ctx, c); err != nil {
		return client.Dialogue{}, err
	}
	defer f.locked()()
	d, err := f.mineOf(id)
	if err != nil {
		return client.Dialogue{}, err
	}
	if d.Reply == client.ReplyEnded {
		return client.Dialogue{}, fhir.E(fhir.StateConflict, "this exchange was ended")
	}
	if err := change(d); err != nil {
		return client.Dialogue{}, err
	}
	f.box.stir(d.ID)
	return d.seenBy(f.me.ID), nil
}

// LeaveDialogue takes me out.
func (f *Fake) LeaveDialogue(ctx context.Context, dialogue string) error {
	if err := f.begin(ctx, Call{Op: OpLeaveDialogue, Argument: dialogue}); err != nil {
		return err
	}
	defer f.locked()()
	for _, d := range f.box.all {
		if d.ID == dialogue && d.member(f.me.ID) {
			d.Members = slices.DeleteFunc(d.Members, func(m fhir.Party) bool { return m.ID == f.me.ID })
			f.box.stir(d.ID)
			return nil
		}
	}
	return fhir.E(fhir.NotFound, "no such dialogue")
}

// MessageContent gives a file that came with a message.
func (f *Fake) MessageContent(ctx context.Context, dialogue, content string) (client.Content, error) {
	if err := f.begin(ctx, Call{Op: OpMessageContent, Argument: dialogue}); err != nil {
		return client.Content{}, err
	}
	defer f.locked()()
	d, err := f.mineOf(dialogue)
	if err != nil {
		return client.Content{}, err
	}
	for _, m := range d.messages {
		if m.file != nil && m.file.ContentID == content {
			return client.Content{Type: m.content.kind, Bytes: bytes.Clone(m.content.bytes), Provenance: f.fresh()}, nil
		}
	}
	return client.Content{}, fhir.E(fhir.NotFound, "no such file")
}

// WatchMessages tells what moves in my dialogues until ctx ends.
func (f *Fake) WatchMessages(ctx context.Context, tell func(client.MessageEvent)) error {
	if err := f.begin(ctx, Call{Op: OpWatchMessages}); err != nil {
		return err
	}
	e, which := client.MessageEvent{}, ""
	for {
		unlock := f.locked()
		e = client.MessageEvent{Dialogue: which}
		shown := which == ""
		for _, d := range f.box.all {
			if d.member(f.me.ID) && f.mayWriteTo(d.PatientID) == nil {
				e.Unread += d.unread(f.me.ID)
				shown = shown || d.ID == which
			}
		}
		moved, cut := f.box.moved, f.cut
		unlock()
		if shown {
			tell(e)
		}
		select {
		case <-ctx.Done():
			return canceled(ctx)
		case <-cut:
			return lost()
		case <-moved:
		}
		f.box.mu.Lock()
		which = f.box.last
		f.box.mu.Unlock()
	}
}
