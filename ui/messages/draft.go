package messages

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"carnet/client"

	"golang.org/x/text/unicode/norm"
)

// Draft is what is being written: an answer, or a first message with whom and
// about what.
type Draft struct {
	Text      string
	Subject   string         `json:",omitempty"`
	Patient   client.Patient `json:",omitzero"`
	Members   []string       `json:",omitempty"` // national ids
	NoReply   bool           `json:",omitempty"`
	Documents []Reference    `json:",omitempty"`
	Path      string         `json:",omitempty"` // of a file to attach, read when it leaves
	Name      string         `json:",omitempty"` // of that file
	Type      string         `json:",omitempty"` // of that file as a document (LOINC or TRE_A05); empty: it is not filed
}

// Reference is a document of the record that goes with a message.
type Reference struct{ ID, Title string }

// Fault is why a draft cannot leave.
type Fault int

// The faults, worst first.
const (
	FaultNone Fault = iota
	FaultNobody
	FaultSubject
	FaultNothing
	FaultField // a field of a template is still open
	FaultLong
	FaultControl
	FaultMany
)

// Check says why a draft cannot leave; first tells that it begins a dialogue.
func (d Draft) Check(first bool) Fault {
	text := strings.TrimSpace(d.Text)
	switch {
	case first && d.Patient.ID == "":
		return FaultNobody
	case first && strings.TrimSpace(d.Subject) == "":
		return FaultSubject
	case text == "":
		return FaultNothing
	case openField(d.Text) || openField(d.Subject):
		return FaultField
	case utf8.RuneCountInString(text) > client.MaxMessageText, utf8.RuneCountInString(d.Subject) > client.MaxMessageName:
		return FaultLong
	case hasControl(d.Text) || hasControl(d.Subject):
		return FaultControl
	case d.count() > client.MaxAttached:
		return FaultMany
	}
	return FaultNone
}

func (d Draft) count() int {
	n := len(d.Documents)
	if d.Path != "" {
		n++
	}
	return n
}

// Empty tells that nothing was written that one would miss.
func (d Draft) Empty() bool {
	return strings.TrimSpace(d.Text) == "" && strings.TrimSpace(d.Subject) == "" && d.count() == 0
}

// since gives what a draft holds that was not sent with what it was then. A text that
// was changed where it had been sent is kept whole: its author knows what is new of it.
func (d Draft) since(sent Draft) Draft {
	if text, more := strings.CutPrefix(d.Text, sent.Text); more {
		d.Text = strings.TrimLeft(text, " \n")
	}
	d.Documents = slices.DeleteFunc(slices.Clone(d.Documents), func(r Reference) bool { return slices.Contains(sent.Documents, r) })
	if d.Path == sent.Path {
		d.Path, d.Name, d.Type = "", "", ""
	}
	return d
}

// hasControl finds what no message may hold: control characters but line ends
// and tabs, and the marks that turn the direction of what follows.
func hasControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError {
			return true
		}
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return true
		}
	}
	return false
}

// tidy writes text as it is sent: line ends of one kind, composed letters, no
// blanks at its ends.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\t", " ")))
}

// Outgoing makes the message of a draft; its file's content is the caller's.
func (d Draft) Outgoing(id, dialogue, patient string) client.Outgoing {
	out := client.Outgoing{ID: id, Dialogue: dialogue, PatientID: patient, Text: tidy(d.Text)}
	for _, r := range d.Documents {
		out.Documents = append(out.Documents, r.ID)
	}
	if dialogue == "" {
		out.PatientID, out.Subject, out.Members, out.Reply = d.Patient.ID, tidy(d.Subject), slices.Clone(d.Members), client.ReplyOpen
		if d.NoReply {
			out.Reply = client.ReplyNone
		}
	}
	return out
}

// The names of drafts in the notebook.
const (
	notePrefix = "message/draft/"
	noteFirst  = notePrefix + "first"
)

func noteOf(dialogue string) string {
	if dialogue == "" {
		return noteFirst
	}
	return notePrefix + dialogue
}

// dialogueOf is noteOf the other way round.
func dialogueOf(note string) string {
	if note == noteFirst {
		return ""
	}
	return strings.TrimPrefix(note, notePrefix)
}

// queuedIn tells whether a draft is a message that was handed to the queue already.
func (d Draft) queuedIn(items []client.OutboxItem, dialogue string) bool {
	mine := d.Outgoing("", dialogue, "")
	return slices.ContainsFunc(items, func(it client.OutboxItem) bool {
		var out client.Outgoing
		return it.Kind == client.OutboxMessage && json.Unmarshal(it.Body, &out) == nil && out.Dialogue == dialogue &&
			out.Text == mine.Text && out.Subject == mine.Subject && (dialogue != "" || out.PatientID == mine.PatientID)
	})
}

// page writes a draft for the notebook; an empty one is forgotten.
func (d Draft) page(name string) client.Note {
	if d.Empty() {
		return client.Note{Name: name}
	}
	value, err := json.Marshal(d)
	if err != nil { // plain data always writes
		return client.Note{Name: name}
	}
	return client.Note{Name: name, Value: value}
}

// readDraft reads a draft; what cannot be read is no draft.
func readDraft(value []byte) Draft {
	var d Draft
	if json.Unmarshal(value, &d) != nil {
		return Draft{}
	}
	return d
}
