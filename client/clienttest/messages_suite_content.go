package clienttest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

func storyMessageText(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Première ligne.\n<b>Gras</b> & <script>alert(1)</script> ’ « » ❤️\nDernière.")
	if got := readsDialogue(t, h.me(), m.Dialogue).Messages[0].Text; got != m.Text || !strings.Contains(got, "<script>alert(1)</script>") {
		t.Errorf("kept as %q", got)
	}
	if got := h.writes(t, m.Dialogue, "de\u0301ja\u0300"); got.Text != "déjà" {
		t.Errorf("composed as %q", got.Text)
	}
	h.writes(t, m.Dialogue, strings.Repeat("é", client.MaxMessageText))
	for name, text := range map[string]string{
		"nothing": "", "white space": " \n ", "a control character": "a\x07b", "a tab": "a\tb", "a return": "a\r\nb", "nul": "a\x00",
		"one character too many": strings.Repeat("é", client.MaxMessageText+1), "a turned direction": "abc\u202efdp.exe", "C1": "a\u0085b",
	} {
		_, err := h.me().SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: text}, nil)
		h.want(t, "write "+name, err, fhir.Invalid)
		if name == "one character too many" {
			continue
		}
		out := h.opening("Bonjour.")
		out.Subject = text
		_, err = h.me().SendMessage(timeout(t), out, nil)
		h.want(t, "open with a subject of "+name, err, fhir.Invalid)
	}
	out := h.opening("Bonjour.")
	out.Subject = strings.Repeat("o", client.MaxMessageName+1)
	_, err := h.me().SendMessage(timeout(t), out, nil)
	h.want(t, "open with a long subject", err, fhir.Invalid)
	if page := readsDialogue(t, h.me(), m.Dialogue); len(page.Messages) != 3 {
		t.Errorf("%d messages", len(page.Messages))
	}
}

func storyMessageDocument(t *testing.T, h MessagesHarness) {
	out := h.opening("Voici votre compte rendu.")
	out.Documents = []string{h.Document, h.MineAlone}
	out.Members = []string{h.ColleagueID}
	m, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send documents", err)
	mine := readsDialogue(t, h.me(), m.Dialogue).Messages[0].Attached
	if len(mine) != 2 || mine[0].DocumentID != h.Document || mine[0].Title == "" || mine[0].ContentID != "" || mine[1].Title == "" {
		t.Fatalf("I see %+v", mine)
	}
	theirs := readsDialogue(t, h.Colleague, m.Dialogue).Messages[0].Attached
	if len(theirs) != 1 || theirs[0] != mine[0] { // of what is hidden nothing is told, not even that it is there
		t.Errorf("the colleague sees %+v", theirs)
	}
	for name, id := range map[string]string{"an unknown document": "unknown", "a document of nobody's": uuid.NewString()} {
		out := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", Documents: []string{id}}
		_, err := h.me().SendMessage(timeout(t), out, nil)
		h.want(t, "send "+name, err, fhir.NotFound)
	}
	hidden := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", Documents: []string{h.Hidden}}
	_, err = h.me().SendMessage(timeout(t), hidden, nil)
	h.want(t, "send what the patient may not see yet", err, fhir.Invalid)
	alone := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", Documents: []string{h.MineAlone}}
	_, err = h.Colleague.SendMessage(timeout(t), alone, nil)
	h.want(t, "send what one may not read", err, fhir.NotFound)
	many := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", Documents: slices.Repeat([]string{h.Document}, client.MaxAttached+1)}
	_, err = h.me().SendMessage(timeout(t), many, nil)
	h.want(t, "send too many", err, fhir.Invalid)
}

// newFile is a new file for a message, and its bytes.
func (h MessagesHarness) newFile(title string) (*client.OutgoingFile, []byte) {
	data := PDF(h.Mine, title, 1)
	return &client.OutgoingFile{Name: title + ".pdf", ContentType: "application/pdf", Size: int64(len(data)), Content: bytes.NewReader(data)}, data
}

func storyMessageFile(t *testing.T, h MessagesHarness) {
	out := h.opening("Une ordonnance.")
	file, data := h.newFile("Ordonnance")
	out.File = file
	var told []int64
	m, err := h.me().SendMessage(timeout(t), out, func(sent, _ int64) { told = append(told, sent) })
	ok(t, "send a file", err)
	if len(told) == 0 || told[len(told)-1] != int64(len(data)) {
		t.Errorf("the progress was %v", told)
	}
	at := readsDialogue(t, h.me(), m.Dialogue).Messages[0].Attached
	if len(at) != 1 || at[0].DocumentID != "" || at[0].ContentID == "" || at[0].Title != file.Name || at[0].ContentType != file.ContentType || at[0].Size != int64(len(data)) {
		t.Fatalf("attached %+v", at)
	}
	got, err := h.me().MessageContent(timeout(t), m.Dialogue, at[0].ContentID)
	ok(t, "open the file", err)
	if !bytes.Equal(got.Bytes, data) || got.Type != file.ContentType {
		t.Error("the file is another one")
	}
	_, err = h.Colleague.MessageContent(timeout(t), m.Dialogue, at[0].ContentID)
	h.want(t, "open a file of another's dialogue", err, fhir.NotFound)
	other := h.begins(t, "Autre chose.")
	_, err = h.me().MessageContent(timeout(t), other.Dialogue, at[0].ContentID)
	h.want(t, "open a file of another dialogue", err, fhir.NotFound)
	again, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send it again", err)
	if again.ID != m.ID {
		t.Error("the same message was sent twice")
	}
	h.filesToo(t, m.Dialogue)
	bad := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", File: &client.OutgoingFile{
		Name: "faux.pdf", ContentType: "application/pdf", Size: 9, Content: strings.NewReader("not a PDF"),
	}}
	_, err = h.me().SendMessage(timeout(t), bad, nil)
	h.want(t, "send what is no PDF", err, fhir.Invalid)
	if page := readsDialogue(t, h.me(), m.Dialogue); len(page.Messages) != 2 {
		t.Errorf("%d messages after a refused one", len(page.Messages))
	}
}

// filesToo sends a file that is a document of the record as well.
func (h MessagesHarness) filesToo(t *testing.T, dialogue string) {
	t.Helper()
	out := client.Outgoing{ID: uuid.NewString(), Dialogue: dialogue, Text: "Votre compte rendu, aussi dans votre dossier."}
	file, data := h.newFile("Compte rendu de consultation")
	draft := h.draftFor(h.Mine, data)
	file.AsDocument, out.File = &draft, file
	m, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send and file", err)
	if len(m.Attached) != 1 || m.Attached[0].DocumentID == "" || m.Attached[0].ContentID != "" || m.Attached[0].Title != draft.Title {
		t.Fatalf("attached %+v", m.Attached)
	}
	a := h.open(t, h.Mine.ID)
	doc, err := h.Records.Document(timeout(t), a, m.Attached[0].DocumentID)
	ok(t, "read the document", err)
	content, err := h.Records.Content(timeout(t), a, doc)
	ok(t, "read its content", err)
	if doc.UniqueID != uniqueID(draft) || !bytes.Equal(content.Bytes, data) {
		t.Error("the document is not the file")
	}
	again, err := h.me().SendMessage(timeout(t), out, nil)
	ok(t, "send and file again", err)
	if again.ID != m.ID || again.Attached[0].DocumentID != doc.ID {
		t.Error("it was filed twice")
	}
	// the same document filed by itself is known by its unique id
	_, err = h.Records.File(timeout(t), a, func() client.Draft {
		d := draft
		d.ID, d.UniqueID, d.Content = uuid.NewString(), uniqueID(draft), bytes.NewReader(data)
		return d
	}(), nil)
	h.want(t, "file it once more", err, fhir.Duplicate)
}

// storyMessageTooLarge: 30 MiB do not come in, and leave nothing.
func storyMessageTooLarge(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	data := make([]byte, 30<<20)
	copy(data, "%PDF-1.4\n")
	out := client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Voici.", File: &client.OutgoingFile{
		Name: "grand.pdf", ContentType: "application/pdf", Size: int64(len(data)), Content: bytes.NewReader(data),
	}}
	_, err := h.me().SendMessage(timeout(t), out, nil)
	h.want(t, "send 30 MiB", err, fhir.TooLarge)
	if page := readsDialogue(t, h.me(), m.Dialogue); len(page.Messages) != 1 {
		t.Errorf("%d messages after a refused one", len(page.Messages))
	}
}

func storyMessageSearch(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Pensez à votre rappel de vaccin.")
	other := h.opening("Rendez-vous mardi.")
	other.Subject = "Échographie"
	_, err := h.me().SendMessage(timeout(t), other, nil)
	ok(t, "open another", err)
	found := func(what string, q client.DialogueQuery, want bool) {
		t.Helper()
		page, err := h.me().Dialogues(timeout(t), q)
		ok(t, what, err)
		is := slices.ContainsFunc(page.Dialogues, func(d client.Dialogue) bool { return d.ID == m.Dialogue })
		if is != want || page.Total < len(page.Dialogues) {
			t.Errorf("%s: found %v of %d", what, is, page.Total)
		}
	}
	found("by a word of a message", client.DialogueQuery{Text: "VACCIN rappel"}, true)
	found("by the subject, without accents", client.DialogueQuery{Text: "resultats"}, true)
	found("by the patient's name", client.DialogueQuery{Text: h.Mine.BirthName}, true)
	found("by another word", client.DialogueQuery{Text: "zzz"}, false)
	found("of the patient", client.DialogueQuery{PatientID: h.Mine.ID}, true)
	found("of another patient", client.DialogueQuery{PatientID: h.Stranger.ID}, false)
	found("unread, when nothing is", client.DialogueQuery{Unread: true}, false)
	ok(t, "the patient answers", h.PatientWrites(m.Dialogue, "Merci !"))
	found("unread", client.DialogueQuery{Unread: true}, true)
	page, err := h.me().Dialogues(timeout(t), client.DialogueQuery{})
	ok(t, "list", err)
	if page.Dialogues[0].ID != m.Dialogue {
		t.Error("the dialogue that moved last is not first")
	}
}

func storyMessagePages(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "0")
	for i := 1; i <= 60; i++ {
		h.writes(t, m.Dialogue, fmt.Sprint(i))
	}
	var texts []string
	for cursor := ""; ; {
		page, err := h.me().Messages(timeout(t), m.Dialogue, cursor)
		ok(t, "page", err)
		for _, one := range page.Messages {
			texts = append(texts, one.Text)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for i, text := range texts {
		if text != fmt.Sprint(60-i) {
			t.Fatalf("message %d is %q", i, text)
		}
	}
	if len(texts) != 61 {
		t.Errorf("%d messages", len(texts))
	}
	for range 4 {
		h.begins(t, "Encore un.")
	}
	seen := map[string]bool{}
	q := client.DialogueQuery{Limit: 2}
	for {
		page, err := h.me().Dialogues(timeout(t), q)
		ok(t, "page of dialogues", err)
		for _, d := range page.Dialogues {
			if seen[d.ID] {
				t.Error("a dialogue comes twice")
			}
			seen[d.ID] = true
		}
		if q.Page = page.Next; q.Page == "" {
			if len(seen) != page.Total {
				t.Errorf("%d of %d dialogues", len(seen), page.Total)
			}
			break
		}
	}
}

func storyMessageWatch(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	unread := unreadOf(t, h.me())
	events, ended := make(chan client.MessageEvent, 100), make(chan error, 1)
	ctx, cancel := context.WithCancel(timeout(t))
	go func() { ended <- h.me().WatchMessages(ctx, func(e client.MessageEvent) { events <- e }) }()
	until := func(what string, is func(client.MessageEvent) bool) {
		t.Helper()
		for {
			select {
			case e := <-events:
				if is(e) {
					return
				}
			case err := <-ended:
				t.Fatalf("the watch ended (%v) before it told: %s", err, what)
			}
		}
	}
	until("how it stands", func(e client.MessageEvent) bool { return e.Unread == unread })
	begun := time.Now()
	ok(t, "the patient answers", h.PatientWrites(m.Dialogue, "Bonjour docteur."))
	until("the answer", func(e client.MessageEvent) bool { return e.Dialogue == m.Dialogue && e.Unread == unread+1 })
	if took := time.Since(begun); took > time.Second {
		t.Errorf("the answer was told after %v", took)
	}
	readsDialogue(t, h.me(), m.Dialogue)
	until("that it was read", func(e client.MessageEvent) bool { return e.Unread == unread })
	cancel()
	h.want(t, "the watch's end", <-ended, fhir.Canceled)
}

func storyMessageRevoked(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	ok(t, "the patient answers", h.PatientWrites(m.Dialogue, "Une question."))
	h.Revoke()
	if lists(t, h.me(), m.Dialogue) != nil {
		t.Error("a dialogue that may not be read is listed")
	}
	page, err := h.me().Dialogues(timeout(t), client.DialogueQuery{Text: "question"})
	ok(t, "search", err)
	for _, d := range page.Dialogues {
		if d.ID == m.Dialogue {
			t.Error("a dialogue that may not be read is found")
		}
	}
	_, err = h.me().Messages(timeout(t), m.Dialogue, "")
	h.want(t, "read", err, fhir.NoConsent)
	_, err = h.me().SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: m.Dialogue, Text: "Bonjour."}, nil)
	h.want(t, "write", err, fhir.NoConsent)
	_, err = h.me().SetReply(timeout(t), m.Dialogue, client.ReplyEnded)
	h.want(t, "end", err, fhir.NoConsent)
	texts, err := h.PatientReads(m.Dialogue)
	ok(t, "the patient reads", err)
	if len(texts) != 2 {
		t.Errorf("the patient reads %q", texts)
	}
	ok(t, "leave", h.me().LeaveDialogue(timeout(t), m.Dialogue))
}

func storyMessageHidden(t *testing.T, h MessagesHarness) {
	m := h.begins(t, "Bonjour.")
	for name, id := range map[string]string{"another's": m.Dialogue, "no": "unknown", "another's message as": m.ID} {
		_, err := h.Colleague.Messages(timeout(t), id, "")
		h.want(t, "read "+name+" dialogue", err, fhir.NotFound)
		_, err = h.Colleague.SendMessage(timeout(t), client.Outgoing{ID: uuid.NewString(), Dialogue: id, Text: "Bonjour."}, nil)
		h.want(t, "write to "+name+" dialogue", err, fhir.NotFound)
		_, err = h.Colleague.SetReply(timeout(t), id, client.ReplyEnded)
		h.want(t, "end "+name+" dialogue", err, fhir.NotFound)
		_, err = h.Colleague.AddMember(timeout(t), id, h.ColleagueID)
		h.want(t, "enter "+name+" dialogue", err, fhir.NotFound)
		h.want(t, "leave "+name+" dialogue", h.Colleague.LeaveDialogue(timeout(t), id), fhir.NotFound)
		_, err = h.Colleague.MessageContent(timeout(t), id, "unknown")
		h.want(t, "open a file of "+name+" dialogue", err, fhir.NotFound)
	}
	_, err := h.me().MessageContent(timeout(t), m.Dialogue, "unknown")
	h.want(t, "open no file", err, fhir.NotFound)
	page, err := h.Colleague.Dialogues(timeout(t), client.DialogueQuery{Text: "bonjour"})
	ok(t, "search", err)
	for _, d := range page.Dialogues {
		if d.ID == m.Dialogue {
			t.Error("another's dialogue is found")
		}
	}
}
