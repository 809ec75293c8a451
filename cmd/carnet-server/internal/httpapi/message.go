package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Letters is the door to messages, of both sides; *record.Service is one.
type Letters interface {
	Dialogues(ctx context.Context, p record.Principal, q record.DialogueQuery) (record.DialogueList, error)
	Messages(ctx context.Context, p record.Principal, dialogue, cursor string) (record.MessageList, error)
	OneMessage(ctx context.Context, p record.Principal, id string) (record.Resource, error)
	SendMessage(ctx context.Context, p record.Principal, u record.Upload, hasFile bool) (record.Resource, bool, error)
	SetReply(ctx context.Context, p record.Principal, dialogue, reply string) (record.Resource, error)
	AddMember(ctx context.Context, p record.Principal, dialogue, member string) (record.Resource, error)
	LeaveDialogue(ctx context.Context, p record.Principal, id string) error
	MessageContent(ctx context.Context, p record.Principal, dialogue, message string) (record.Content, error)
	WatchMessages(ctx context.Context, p record.Principal, tell func(fhir.LetterEvent) error) error
}

// Kinds of page links of messages.
const (
	cursorDialogues byte = 'm'
	cursorMessages  byte = 'M'
)

// messageRoutes is what is served of messages, to professionals. The patient's side is
// refused here (403), applications that it let in, too: it reads and answers on its own
// pages, where each sees whose record they are in and under whose name they write.
func messageRoutes() []route {
	return []route{
		{"POST", "/Communication", "message-send", uploadBody, "create", nil, (*call).sendMessage, nil},
		{"POST", "/Communication/_search", "message-search", formBody, "search-type", nil, (*call).searchMessages, nil},
		{"GET", "/Communication/{id}", "message-read", noBody, "read", nil, (*call).readMessage, nil},
		{"GET", "/Communication/{id}/$content/{message}", "message-content", noBody, "$content", nil, (*call).messageContent, nil},
		{"POST", "/Communication/{id}/$reply", "message-reply", smallBody, "$reply", nil, (*call).setReply, nil},
		{"POST", "/Communication/{id}/$add-member", "message-member", smallBody, "$add-member", nil, (*call).addMember, nil},
		{"POST", "/Communication/{id}/$leave", "message-leave", smallBody, "$leave", nil, (*call).leaveDialogue, nil},
		{"POST", "/Communication/{id}/$read", "message-mark", smallBody, "$read", nil, (*call).markRead, nil},
		{"GET", "/Communication/$events", "message-events", lasting, "$events", nil, (*call).watchMessages, nil},
	}
}

// letterQuery is a search of dialogues, or of the messages of one.
type letterQuery struct {
	record.DialogueQuery
	partOf string
}

func letterParams() []param[letterQuery] {
	return []param[letterQuery]{
		{"_text", "string", false, func(_ *call, q *letterQuery, v string) error { q.Words = v; return nil }},
		{"part-of", "reference", false, func(_ *call, q *letterQuery, v string) error {
			if q.partOf = fhir.RefID(v, "Communication"); q.partOf == "" && fhir.IsID(v) {
				q.partOf = v
			}
			if q.partOf == "" {
				return fhir.E(fhir.BadValue, "part-of désigne un échange : Communication/id.")
			}
			return nil
		}},
		{"subject", "reference", false, func(_ *call, q *letterQuery, v string) error {
			if q.PatientID = fhir.RefID(v, "Patient"); q.PatientID == "" && fhir.IsID(v) {
				q.PatientID = v
			}
			if q.PatientID == "" {
				return fhir.E(fhir.BadValue, "subject désigne un patient : Patient/id.")
			}
			return nil
		}},
		{"unread", "token", false, func(_ *call, q *letterQuery, v string) error { q.Unread = v == "true"; return nil }},
	}
}

// searchMessages answers searches of Communications: my dialogues or, with
// part-of, the messages of one, which counts them as read.
func (c *call) searchMessages() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q letterQuery
	s, err := readSearch(c, letterParams(), &q)
	if err != nil {
		return err
	}
	if q.partOf != "" {
		return c.messagesOf(q.partOf, "")
	}
	q.Limit = s.limit
	return c.dialogues(q.DialogueQuery)
}

// dialogues answers a page of dialogues. The header tells of all of the
// caller's how many messages are unread.
func (c *call) dialogues(q record.DialogueQuery) error {
	found, err := c.Letters.Dialogues(c.r.Context(), c.p, q)
	if err != nil {
		return err
	}
	c.w.Header().Set(fhir.MessageUnread, strconv.Itoa(found.Unread))
	page := record.Page{Total: found.Total, Next: found.Next}
	for _, d := range found.Items {
		page.Items = append(page.Items, record.Resource{ID: d.ID, JSON: d.JSON()})
	}
	c.bundle(page, listing{kind: "Communication", cursor: cursorDialogues})
	return nil
}

// messagesOf answers a page of messages; the dialogue comes with it.
func (c *call) messagesOf(dialogue, cursor string) error {
	found, err := c.Letters.Messages(c.r.Context(), c.p, dialogue, cursor)
	if err != nil {
		return err
	}
	b := fhir.Bundle{Type: fhir.BundleSearchset, Total: fhir.NoTotal}
	if found.Next != "" {
		b.Links = append(b.Links, fhir.Link{Relation: "next", URL: c.base + "?page=" + string(cursorMessages) + found.Next})
	}
	prefix := c.base + "/Communication/"
	for _, m := range found.Items {
		b.Entries = append(b.Entries, fhir.Entry{FullURL: prefix + m.ID, Resource: m.JSON(), Mode: "match"})
	}
	b.Entries = append(b.Entries, fhir.Entry{FullURL: prefix + found.Dialogue.ID, Resource: found.Dialogue.JSON(), Mode: "include"})
	c.json(http.StatusOK, b.JSON())
	return nil
}

// readMessage answers one dialogue, or one message.
func (c *call) readMessage() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	r, err := c.Letters.OneMessage(c.r.Context(), c.p, c.id())
	if err != nil {
		return err
	}
	c.json(http.StatusOK, r.JSON)
	return nil
}

// sendMessage answers POST Communication: the file is taken out of the body
// while it is read.
func (c *call) sendMessage() error {
	return c.received(fhir.SplitMessage, func(key string, split *fhir.Split) error {
		r, created, err := c.Letters.SendMessage(c.r.Context(), c.p, c.upload(key, split), split.HasData)
		if err != nil {
			return err
		}
		c.written(createdStatus(created), "Communication", r)
		return nil
	})
}

// setReply answers Communication/[id]/$reply: who may write from now on.
func (c *call) setReply() error {
	args, err := c.arguments()
	if err != nil {
		return err
	}
	r, err := c.Letters.SetReply(c.r.Context(), c.p, c.id(), args["reply"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, r.JSON)
	return nil
}

// addMember answers Communication/[id]/$add-member: a colleague by national id.
func (c *call) addMember() error {
	args, err := c.arguments()
	if err != nil {
		return err
	}
	r, err := c.Letters.AddMember(c.r.Context(), c.p, c.id(), args["member"])
	if err != nil {
		return err
	}
	c.json(http.StatusOK, r.JSON)
	return nil
}

// leaveDialogue answers Communication/[id]/$leave.
func (c *call) leaveDialogue() error {
	if _, err := c.arguments(); err != nil {
		return err
	}
	if err := c.Letters.LeaveDialogue(c.r.Context(), c.p, c.id()); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

// markRead answers Communication/[id]/$read: what is in it counts as read.
func (c *call) markRead() error {
	if _, err := c.arguments(); err != nil {
		return err
	}
	if _, err := c.Letters.Messages(c.r.Context(), c.p, c.id(), ""); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

// messageContent answers Communication/[id]/$content/[message]: the bytes of a
// file that came with a message.
func (c *call) messageContent() error {
	content, err := c.Letters.MessageContent(c.r.Context(), c.p, c.id(), c.r.PathValue("message"))
	if err != nil {
		return err
	}
	return c.sendContent(content)
}
