package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"carnet/client/fhir"
)

var _ Messages = (*HTTP)(nil)

// Dialogues lists mine.
func (h *HTTP) Dialogues(ctx context.Context, q DialogueQuery) (DialoguePage, error) {
	form := url.Values{"_count": {strconv.Itoa(usual(q.Limit, 50))}}
	for name, v := range map[string]string{"subject": q.PatientID, "_text": q.Text} {
		if v != "" {
			form.Set(name, v)
		}
	}
	if q.Unread {
		form.Set("unread", "true")
	}
	a, err := h.do(ctx, searching(request{op: "Dialogues", path: "Communication"}, form, q.Page))
	if err != nil {
		return DialoguePage{}, err
	}
	b, err := fhir.ParseBundle(a.body)
	if err != nil {
		return DialoguePage{}, err
	}
	all, err := rows(b, "Communication", fhir.ParseCommunication)
	if err != nil {
		return DialoguePage{}, err
	}
	out := DialoguePage{Total: total(b, len(all)), Provenance: h.fresh()}
	out.Unread, _ = strconv.Atoi(a.header.Get(fhir.MessageUnread)) // 0 when the server does not say
	for _, c := range all {
		out.Dialogues = append(out.Dialogues, dialogueOf(c))
	}
	out.Next, err = next(b)
	return out, err
}

func usual(n, usual int) int {
	if n <= 0 {
		return usual
	}
	return n
}

// searching makes a request of a search or of a later page of it.
func searching(q request, form url.Values, page string) request {
	q.method, q.path, q.body, q.kind = http.MethodPost, q.path+"/_search", []byte(form.Encode()), typeForm
	if page != "" {
		q.method, q.path, q.body = http.MethodGet, "?page="+url.QueryEscape(page), nil
	}
	return q
}

func dialogueOf(c fhir.Communication) Dialogue {
	return Dialogue{
		ID: c.ID, PatientID: c.PatientID, PatientName: c.PatientName, Subject: c.Topic, Members: c.Members, Reply: Reply(c.Reply),
		EndedBy: c.EndedBy, Unread: c.Unread, Last: c.Sent, LastFrom: c.LastFrom, Mine: c.Mine, Damaged: c.Damaged,
	}
}

func messageOf(c fhir.Communication) Message {
	m := Message{
		ID: c.ID, Dialogue: c.PartOf, Sent: c.Sent, From: c.From, FromPatient: c.FromPatient, FromName: c.FromName,
		State: MessageState(c.State), ReadAt: c.ReadAt, Read: c.Read, Damaged: c.Damaged,
	}
	for _, p := range c.Payload {
		switch {
		case p.Attachment != nil:
			m.Attached = append(m.Attached, Attached{
				ContentID: fhir.RefID(p.Attachment.URL, "$content"), Title: p.Attachment.Title, ContentType: p.Attachment.ContentType, Size: p.Attachment.Size,
			})
		case p.Document != "":
			m.Attached = append(m.Attached, Attached{DocumentID: p.Document, Title: p.Title, ContentType: p.ContentType, Size: p.Size})
		default:
			m.Text = p.Text
		}
	}
	return m
}

// Messages gives one dialogue's messages.
func (h *HTTP) Messages(ctx context.Context, dialogue, page string) (MessagePage, error) {
	if err := checkID(dialogue); err != nil {
		return MessagePage{}, err
	}
	b, err := h.search(ctx, request{op: "Messages", path: "Communication"}, url.Values{"part-of": {"Communication/" + dialogue}}, page)
	if err != nil {
		return MessagePage{}, err
	}
	all, err := rows(b, "Communication", fhir.ParseCommunication)
	if err != nil {
		return MessagePage{}, err
	}
	out := MessagePage{Provenance: h.fresh()}
	for _, c := range all {
		out.Messages = append(out.Messages, messageOf(c))
	}
	for _, e := range b.Entries {
		if e.Mode == "include" {
			c, err := fhir.ParseCommunication(e.Resource)
			if err != nil {
				return MessagePage{}, err
			}
			out.Dialogue = dialogueOf(c)
		}
	}
	out.Next, err = next(b)
	return out, err
}

// SendMessage sends a message; the bytes of a file are encoded while they leave.
func (h *HTTP) SendMessage(ctx context.Context, m Outgoing, p Progress) (Message, error) {
	if ctx.Err() != nil {
		return Message{}, canceled(ctx)
	}
	b, err := h.composed(m)
	if err != nil {
		return Message{}, err
	}
	b.tell = func(int64) {}
	if m.File != nil {
		b.tell = monotone(p, m.File.Size)
	}
	var kept answer
	err = h.withToken(ctx, false, func(token string) error {
		kept, err = h.post(ctx, token, m, b)
		return err
	})
	if err != nil {
		return Message{}, err
	}
	c, err := fhir.ParseCommunication(kept.body)
	return messageOf(c), err
}

// composed makes the body of a message, without the bytes of its file.
func (h *HTTP) composed(m Outgoing) (body, error) {
	c := fhir.Communication{
		PartOf: m.Dialogue, PatientID: m.PatientID, Topic: m.Subject, Reply: string(m.Reply), Sent: h.now(), Payload: []fhir.Payload{{Text: m.Text}},
	}
	if m.Text == "" {
		return body{}, fhir.CheckMessageText(m.Text)
	}
	for _, id := range m.Members {
		c.Members = append(c.Members, fhir.Party{ID: id})
	}
	for _, id := range m.Documents {
		if err := checkID(id); err != nil {
			return body{}, err
		}
		c.Payload = append(c.Payload, fhir.Payload{Document: id})
	}
	if m.File == nil {
		return body{before: c.JSON()}, nil
	}
	if m.File.Size > MaxDocument {
		return body{}, fhir.E(fhir.TooLarge, "Le fichier dépasse 25 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
	}
	d := Draft{Content: m.File.Content, Size: m.File.Size}
	if m.File.AsDocument != nil {
		d = *m.File.AsDocument
		d.Content, d.Size, d.ContentType = m.File.Content, m.File.Size, m.File.ContentType
		if d.ID == "" {
			d.ID = m.ID
		}
	}
	hash, err := measure(d)
	if err != nil {
		return body{}, err
	}
	var out body
	if m.File.AsDocument != nil {
		c.Payload = append(c.Payload, fhir.Payload{Document: "#" + fhir.DocumentOfMessage})
		doc := describe(d, hash, h.now())
		out.before, out.after = c.SplitJSON(&doc)
		return out, nil
	}
	c.Payload = append(c.Payload, fhir.Payload{Attachment: &fhir.Attachment{ContentType: m.File.ContentType, Title: m.File.Name, Size: m.File.Size, Hash: hash}})
	out.before, out.after = c.SplitJSON(nil)
	return out, nil
}

// post sends a message once and reads the answer.
func (h *HTTP) post(ctx context.Context, token string, m Outgoing, b body) (answer, error) {
	ctx, watch := newWatch(ctx, h.wait)
	defer watch.stop()
	stream := &uploadStream{leaving: leaving{closed: make(chan struct{})}, before: b.before, content: bytes.NewReader(nil), after: b.after, tell: b.tell}
	if m.File != nil {
		if _, err := m.File.Content.Seek(0, io.SeekStart); err != nil {
			return answer{}, &Error{Code: fhir.Invalid, Message: "Le fichier ne se relit pas. Choisissez-le de nouveau.", Err: err}
		}
		stream.content, stream.left = m.File.Content, m.File.Size
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address("Communication"), watchedBody{watched{stream, watch}, stream})
	if err != nil {
		return answer{}, h.failed(watch.parent, "SendMessage", err)
	}
	r.ContentLength = int64(len(b.before)) + int64(base64.StdEncoding.EncodedLen(int(stream.left))) + int64(len(b.after))
	for name, v := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": typeFHIR, "Accept": typeFHIR, "Prefer": "return=representation",
		"User-Agent": "carnet", fhir.HeaderIdempotency: m.ID,
	} {
		r.Header.Set(name, v)
	}
	if stream.left > waitFirst {
		r.Header.Set("Expect", "100-continue")
	}
	resp, err := h.stream.GetClient().Do(r)
	defer func() { <-stream.closed }() // whoever owns the content gets it back only after that
	if err != nil {
		if errors.Is(err, errContent) {
			return answer{}, &Error{Code: fhir.Invalid, Message: "Le fichier a changé pendant l'envoi. Choisissez-le de nouveau.", Err: errContent}
		}
		return answer{}, h.failed(watch.parent, "SendMessage", err)
	}
	defer resp.Body.Close()
	data, err := readAll(watch.reader(io.LimitReader(resp.Body, maxAnswer)), resp.ContentLength)
	if err != nil {
		return answer{}, h.failed(watch.parent, "SendMessage", err)
	}
	got := answer{status: resp.StatusCode, header: resp.Header, body: data}
	return got, h.refused("SendMessage", got)
}

// onDialogue runs an operation of a dialogue.
func (h *HTTP) onDialogue(ctx context.Context, op, dialogue, name string, arg [2]string) (answer, error) {
	if err := checkID(dialogue); err != nil {
		return answer{}, err
	}
	return h.do(ctx, request{
		op: op, method: http.MethodPost, path: "Communication/" + dialogue + "/" + name,
		body: fhir.OneArgument(arg[0], arg[1]), kind: typeFHIR, once: true,
	})
}

// changedDialogue runs an operation that answers with the dialogue.
func (h *HTTP) changedDialogue(ctx context.Context, op, dialogue, name string, arg [2]string) (Dialogue, error) {
	a, err := h.onDialogue(ctx, op, dialogue, name, arg)
	if err != nil {
		return Dialogue{}, err
	}
	c, err := fhir.ParseCommunication(a.body)
	return dialogueOf(c), err
}

// SetReply changes who may write.
func (h *HTTP) SetReply(ctx context.Context, dialogue string, r Reply) (Dialogue, error) {
	return h.changedDialogue(ctx, "SetReply", dialogue, "$reply", [2]string{"reply", string(r)})
}

// AddMember lets a colleague in.
func (h *HTTP) AddMember(ctx context.Context, dialogue, member string) (Dialogue, error) {
	return h.changedDialogue(ctx, "AddMember", dialogue, "$add-member", [2]string{"member", member})
}

// LeaveDialogue takes me out.
func (h *HTTP) LeaveDialogue(ctx context.Context, dialogue string) error {
	_, err := h.onDialogue(ctx, "LeaveDialogue", dialogue, "$leave", [2]string{})
	return err
}

// MessageContent gives a file that came with a message, compared with its
// description.
func (h *HTTP) MessageContent(ctx context.Context, dialogue, content string) (Content, error) {
	if err := errors.Join(checkID(dialogue), checkID(content)); err != nil {
		return Content{}, checkID("")
	}
	var out Content
	err := h.withToken(ctx, false, func(token string) (err error) {
		out, err = h.download(ctx, token, request{
			op: "MessageContent", method: http.MethodGet, path: "Communication/" + dialogue + "/$content/" + content, tagged: true,
		}, Document{Attachment: fhir.Attachment{Size: MaxDocument}})
		return err
	})
	out.Provenance = h.fresh()
	return out, err
}

// WatchMessages tells f what moves in my dialogues.
func (h *HTTP) WatchMessages(ctx context.Context, f func(MessageEvent)) error {
	return h.follow(ctx, request{op: "WatchMessages", method: http.MethodGet, path: "Communication/$events"}, func(data []byte) (bool, error) {
		e, err := fhir.ParseLetterEvent(data)
		if err == nil {
			f(MessageEvent(e))
		}
		return false, err
	})
}
