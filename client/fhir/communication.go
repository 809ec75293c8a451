package fhir

import (
	"bytes"
	"strconv"
	"time"
)

// Extensions of a Communication, ours.
const (
	ExtReply    = extBase + "communication-reply"     // who may write: open, none, ended
	ExtUnread   = extBase + "communication-unread"    // messages that the caller has not read
	ExtLastFrom = extBase + "communication-last-from" // who wrote the newest, in words
	ExtEndedBy  = extBase + "communication-ended-by"  // in words
	ExtMine     = extBase + "communication-mine"      // the caller may change the rule
	ExtState    = extBase + "communication-state"     // sent, delivered, read
	ExtReadAt   = extBase + "communication-read-at"   // by the other side, first
	ExtRead     = extBase + "communication-read"      // by the caller
	ExtSize     = extBase + "attachment-size"         // of a document that is referred to, bytes
	ExtKind     = extBase + "attachment-type"         // its media type
	ExtDamaged  = extBase + "communication-damaged"   // what was written cannot be read any more
)

// SystemCommunication tells a dialogue from a message (Communication.category).
const SystemCommunication = "urn:carnet:communication"

// What a Communication is.
const (
	CommunicationDialogue = "dialogue" // the thread: subject, who is in it, who may write
	CommunicationMessage  = "message"  // partOf a dialogue
)

// MessageUnread is the header of a list of dialogues that tells how many
// messages are unread in all of the caller's.
const MessageUnread = "X-Unread"

// DocumentOfMessage is the id under which a message contains the document that
// its file is to be filed as.
const DocumentOfMessage = "document"

// Communication is the thin view of a FHIR Communication: of a dialogue, or of
// a message (PartOf is then set).
type Communication struct {
	ID          string
	Version     string
	PatientID   string
	PatientName string
	PartOf      string // id of the dialogue
	InReplyTo   string // id of the message before
	Topic       string // of a dialogue, or of a message that opens one
	Members     []Party
	From        Party  // zero: the patient's side
	FromPatient bool   // who wrote it is no professional
	FromName    string // in words
	Sent        time.Time
	Received    time.Time // when it first was on the other side's list
	Payload     []Payload

	Reply    string // of a dialogue, or of a message that opens one
	Unread   int
	LastFrom string
	EndedBy  string
	Mine     bool
	State    string
	ReadAt   time.Time
	Read     bool
	Damaged  bool // what was written, or the newest message of a dialogue, cannot be read any more
}

// Payload is one thing that a message holds: exactly one of Text, Document and
// Attachment.
type Payload struct {
	Text       string
	Document   string // logical id
	Attachment *Attachment
	// Of a document: what its reader may know of it.
	Title, ContentType string
	Size               int64
}

// JSON gives the resource.
func (c Communication) JSON() []byte {
	w := &writer{make([]byte, 0, 1024)}
	w.resource("Communication", c.ID)
	w.meta(c.Version, time.Time{}, "")
	c.body(w, false)
	w.end()
	return w.b
}

// SplitJSON gives a message to be sent with a file as two pieces between which
// the base64 of its bytes belongs. The last payload is the file's attachment;
// with a document the file is contained as that, too, and the payload refers to
// it.
func (c Communication) SplitJSON(as *DocumentReference) (before, after []byte) {
	if as != nil {
		as.ID = DocumentOfMessage
		head, tail := as.SplitJSON()
		inner := &writer{}
		as.writeContained(inner)
		// What a contained resource contains is the message's: FHIR nests no deeper.
		head = bytes.Replace(head, append([]byte{','}, inner.b...), nil, 1)
		w := &writer{make([]byte, 0, 4096)}
		w.resource("Communication", "")
		w.raw("contained", bytes.TrimSuffix(bytes.TrimPrefix(inner.b, []byte(`"contained":`)), []byte("]")))
		if len(inner.b) == 0 {
			w.b = append(w.b, '[')
		}
		w.comma()
		before = append(w.b, head...)
		w = &writer{append(tail, ']')}
		c.body(w, false)
		w.end()
		return before, w.b
	}
	w := &writer{make([]byte, 0, 2048)}
	w.resource("Communication", "")
	c.body(w, true)
	before = append(w.b, `"`...)
	return before, []byte(`"}}]}`)
}

// body writes all elements. open leaves the attachment of the last payload open
// behind the key of its data.
func (c Communication) body(w *writer, open bool) {
	c.extensions(w)
	references(w, "partOf", c.PartOf)
	references(w, "inResponseTo", c.InReplyTo)
	w.str("status", c.status())
	w.arr("category")
	kind := CommunicationMessage
	if c.PartOf == "" && len(c.Payload) == 0 {
		kind = CommunicationDialogue
	}
	w.bareConcept(Coding{System: SystemCommunication, Code: kind})
	w.endArr()
	if c.PatientID != "" {
		w.obj("subject")
		w.str("reference", "Patient/"+c.PatientID)
		w.str("display", c.PatientName)
		w.end()
	}
	if c.Topic != "" {
		w.obj("topic")
		w.str("text", c.Topic)
		w.end()
	}
	w.instant("sent", c.Sent)
	w.instant("received", c.Received)
	if len(c.Members) > 0 {
		w.arr("recipient")
		for _, m := range c.Members {
			w.item()
			professional(w, m)
			w.end()
		}
		w.endArr()
	}
	c.sender(w)
	c.payload(w, open)
}

func references(w *writer, key, id string) {
	if id != "" {
		w.arr(key)
		w.item()
		w.str("reference", "Communication/"+id)
		w.endArrObj()
	}
}

func (c Communication) status() string {
	if c.Reply != "" && c.Reply != "ended" && c.PartOf == "" && len(c.Payload) == 0 {
		return "in-progress"
	}
	return "completed"
}

// professional writes a reference to a professional.
func professional(w *writer, p Party) {
	w.str("type", "Practitioner")
	w.identifier("identifier", Identifier{System: SystemNationalPro, Value: p.ID})
	w.str("display", p.Name)
}

func (c Communication) sender(w *writer) {
	switch {
	case c.FromPatient:
		w.obj("sender")
		w.str("type", "Patient")
		w.str("display", c.FromName)
		w.end()
	case c.From.ID != "":
		w.obj("sender")
		professional(w, Party{ID: c.From.ID, Name: c.FromName})
		w.end()
	}
}

func (c Communication) extensions(w *writer) {
	start := len(w.b)
	w.arr("extension")
	empty := len(w.b)
	text := func(url, kind, value string) {
		if value != "" {
			w.ext(url)
			w.str(kind, value)
			w.end()
		}
	}
	flag := func(url string, value bool) {
		if value {
			w.ext(url)
			w.boolean("valueBoolean", true)
			w.end()
		}
	}
	text(ExtReply, "valueCode", c.Reply)
	if c.Unread > 0 {
		w.ext(ExtUnread)
		w.integer("valueUnsignedInt", int64(c.Unread))
		w.end()
	}
	text(ExtLastFrom, "valueString", c.LastFrom)
	text(ExtEndedBy, "valueString", c.EndedBy)
	flag(ExtMine, c.Mine)
	text(ExtState, "valueCode", c.State)
	text(ExtReadAt, "valueInstant", Instant(c.ReadAt))
	flag(ExtRead, c.Read)
	flag(ExtDamaged, c.Damaged)
	if len(w.b) == empty { // FHIR knows no empty array
		w.b = w.b[:start]
		return
	}
	w.endArr()
}

func (c Communication) payload(w *writer, open bool) {
	if len(c.Payload) == 0 {
		return
	}
	w.arr("payload")
	for i, p := range c.Payload {
		w.item()
		switch {
		case p.Attachment != nil:
			a := p.Attachment
			w.obj("contentAttachment")
			w.str("contentType", a.ContentType)
			w.str("url", a.URL)
			if a.Size > 0 {
				w.integer("size", a.Size)
			}
			w.str("hash", a.Hash)
			w.str("title", a.Title)
			if open && i == len(c.Payload)-1 {
				w.key("data")
				return
			}
			w.end()
		case p.Document != "":
			p.reference(w)
		default:
			w.str("contentString", p.Text)
		}
		w.end()
	}
	w.endArr()
}

// reference writes a payload that is a document.
func (p Payload) reference(w *writer) {
	w.obj("contentReference")
	if p.ContentType != "" {
		w.arr("extension")
		w.ext(ExtKind)
		w.str("valueCode", p.ContentType)
		w.end()
		w.ext(ExtSize)
		w.str("valueString", strconv.FormatInt(p.Size, 10))
		w.endArrObj()
	}
	ref := "DocumentReference/" + p.Document
	if p.Document == "#"+DocumentOfMessage {
		ref = p.Document
	}
	w.str("reference", ref)
	w.str("display", p.Title)
	w.end()
}

// wirePayload is a payload as it arrives.
type wirePayload struct {
	ContentString    string
	ContentReference *struct {
		Extension          wireExtensions
		Reference, Display string
	}
	ContentAttachment *struct {
		ContentType, URL, Hash, Title string
		Size                          int64
	}
}

func (p wirePayload) payload() Payload {
	switch {
	case p.ContentReference != nil:
		r := p.ContentReference
		out := Payload{Document: RefID(r.Reference, "DocumentReference"), Title: r.Display, ContentType: r.Extension.find(ExtKind).text()}
		if r.Reference == "#"+DocumentOfMessage {
			out.Document = r.Reference
		}
		out.Size, _ = strconv.ParseInt(r.Extension.find(ExtSize).text(), 10, 64) // 0 when it is not told
		return out
	case p.ContentAttachment != nil:
		a := p.ContentAttachment
		return Payload{Attachment: &Attachment{ContentType: a.ContentType, URL: a.URL, Size: a.Size, Hash: a.Hash, Title: a.Title}}
	}
	return Payload{Text: p.ContentString}
}

// ParseCommunication reads a Communication leniently. Errors: Malformed when it
// is none.
func ParseCommunication(data []byte) (Communication, error) {
	var r struct {
		ID                   string
		Meta                 wireMeta
		Extension            wireExtensions
		PartOf, InResponseTo []wireReference
		Subject              wireReference
		Topic                wireConcept
		Sent, Received       string
		Recipient            []wireReference
		Sender               *wireReference
		Payload              []wirePayload
	}
	if err := read(data, "Communication", &r); err != nil {
		return Communication{}, err
	}
	c := Communication{
		ID: r.ID, Version: r.Meta.VersionID, PatientID: RefID(r.Subject.Reference, "Patient"), PatientName: r.Subject.Display,
		PartOf: firstOf(r.PartOf), InReplyTo: firstOf(r.InResponseTo), Topic: r.Topic.Text, Sent: ParseTime(r.Sent), Received: ParseTime(r.Received),
		Reply: r.Extension.find(ExtReply).text(), Unread: r.Extension.find(ExtUnread).integer(), LastFrom: r.Extension.find(ExtLastFrom).text(),
		EndedBy: r.Extension.find(ExtEndedBy).text(), Mine: r.Extension.find(ExtMine).boolean(), State: r.Extension.find(ExtState).text(),
		ReadAt: ParseTime(r.Extension.find(ExtReadAt).text()), Read: r.Extension.find(ExtRead).boolean(),
		Damaged: r.Extension.find(ExtDamaged).boolean(),
	}
	for _, m := range r.Recipient {
		if m.ident().Value != "" {
			c.Members = append(c.Members, Party{ID: m.ident().Value, Name: m.Display})
		}
	}
	if r.Sender != nil {
		c.FromName, c.From = r.Sender.Display, Party{ID: r.Sender.ident().Value, Name: r.Sender.Display}
		if c.FromPatient = c.From.ID == ""; c.FromPatient {
			c.From = Party{}
		}
	}
	for _, p := range r.Payload {
		c.Payload = append(c.Payload, p.payload())
	}
	return c, nil
}

// firstOf gives the id of the first Communication referred to.
func firstOf(refs []wireReference) string {
	if len(refs) == 0 {
		return ""
	}
	return RefID(refs[0].Reference, "Communication")
}

// OneArgument gives the body of an operation with at most one string parameter.
func OneArgument(name, value string) []byte {
	if value == "" { // FHIR knows no empty array
		return []byte(`{"resourceType":"Parameters"}`)
	}
	return parameters([3]string{name, "valueString", value})
}
