package portal

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// dialoguesAPage keeps a page of the list light.
const dialoguesAPage = 15

func messageRoutes() []route {
	at := root + "messages"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).dialogues},
		{pattern: "POST " + at + "/filtre", who: patients, serve: (*call).filterDialogues},
		{pattern: "GET " + at + "/{id}", who: patients, serve: (*call).dialogue},
		{pattern: "POST " + at + "/{id}", who: patients, file: true, serve: (*call).answerMessage},
		{pattern: "GET " + at + "/{id}/direct", who: patients, file: true, serve: (*call).live},
		{pattern: "GET " + at + "/{id}/fichier/{message}", who: patients, serve: (*call).messageFile},
	}
}

// dialogueView is a dialogue as the list and its own page show it.
type dialogueView struct {
	ID, Subject, With, LastFrom, EndedBy string
	Last                                 time.Time
	Unread                               int
	Ended, NoReply, Damaged              bool
}

type dialoguesView struct {
	Items    []dialogueView
	Total    int
	Unread   int
	Next     string
	First    bool
	Narrowed bool
}

// letterView is one message.
type letterView struct {
	ID, Dialogue, Who, State string
	Own                      bool // of the patient's side
	Damaged                  bool
	At                       time.Time
	Lines                    []string
	Attached                 []attachedView
}

// attachedView is one thing that came with a message.
type attachedView struct {
	Document, File string // where it is
	Title, Format  string
	Size           int64
}

type lettersView struct {
	dialogueView
	Letters []letterView // oldest first; the style sheet shows the newest on top
	Next    string
	First   bool
	Live    bool
	Answers bool
	Types   []option // as what a file is kept in the record, too
	Filing  bool     // one is chosen
	Choices []option // documents of the record, once asked for
	Found   int      // how many there are
	More    bool     // than one can choose from
	Today   string
}

func (c *call) dialogueView(d fhir.Communication) dialogueView {
	v := dialogueView{
		ID: d.ID, Subject: d.Topic, LastFrom: d.LastFrom, EndedBy: d.EndedBy, Last: d.Sent, Unread: d.Unread,
		Ended: d.Reply == "ended", NoReply: d.Reply == "none", Damaged: d.Damaged,
	}
	if v.Subject == "" { // it leads to the exchange all the same
		v.Subject = c.T("Échange sans objet")
	}
	var with []string
	for _, m := range d.Members {
		with = append(with, m.Name)
	}
	v.With = strings.Join(with, ", ")
	return v
}

// dialogues lists the exchanges that the words looked for, kept in the session,
// leave.
func (c *call) dialogues() error {
	words := c.s.get().letters
	q := record.DialogueQuery{Words: words, Limit: dialoguesAPage, Cursor: c.r.URL.Query().Get("page")}
	found, err := c.Records.HeldDialogues(c.r.Context(), c.citizen(), c.rec, q)
	if fhir.CodeOf(err) == fhir.BadValue && q.Cursor != "" {
		return c.redirect(root + "messages") // a link of an earlier sign-in
	}
	if err != nil {
		return err
	}
	v := dialoguesView{Total: found.Total, Unread: found.Unread, Next: found.Next, First: q.Cursor == "", Narrowed: words != ""}
	for _, d := range found.Items {
		v.Items = append(v.Items, c.dialogueView(d))
	}
	return c.show("messages", view{Title: c.T("Messages"), Nav: "messages", Form: map[string][]string{"mots": {words}}, V: v})
}

// filterDialogues keeps what to look for in the session, not in an address.
func (c *call) filterDialogues() error {
	words := c.field("mots")
	if r := []rune(words); len(r) > 200 {
		words = string(r[:200])
	}
	if c.form.Has("tout") {
		words = ""
	}
	c.s.change(func(s *state) { s.letters = words })
	return c.redirect(root + "messages")
}

// dialogue shows one exchange; what is shown counts as read.
func (c *call) dialogue() error {
	return c.showDialogue(map[string][]string{"une": {secret()}}, nil, false)
}

func (c *call) showDialogue(form url.Values, problems []problem, live bool) error {
	v, err := c.readDialogue(c.r.URL.Query().Get("page"))
	if fhir.CodeOf(err) == fhir.BadValue {
		return c.redirect(root + "messages/" + fhirID(c.r.PathValue("id")))
	}
	if err != nil {
		return err
	}
	v.Live = live
	if err := c.offer(&v, form); err != nil {
		return err
	}
	return c.show("dialogue", view{Title: v.Subject, Nav: "messages", Form: form, Problems: problems, V: v})
}

// choicesAtMost is how many documents of the record one chooses from; words find the
// others.
const choicesAtMost = 50

// offer fills what an answer may bring along. The documents of the record are
// read only when they are asked for: to read them is an access.
func (c *call) offer(v *lettersView, form url.Values) error {
	v.Today = c.words().isoDay(c.Now())
	v.Types = append(v.Types, option{Value: "", Label: c.T("Non, seulement au message")})
	for _, code := range depositTypes {
		v.Types = append(v.Types, option{Value: code, Label: c.T(depositWords[code])})
	}
	v.Filing = form.Get("type") != ""
	if !form.Has("choisir") && form.Get("document") == "" {
		return nil
	}
	words := strings.TrimSpace(form.Get("cherche"))
	if r := []rune(words); len(r) > 200 {
		words = string(r[:200])
	}
	found, err := c.Records.HeldDocuments(c.r.Context(), c.citizen(), c.rec, record.HeldQuery{Words: words, Limit: choicesAtMost})
	if err != nil {
		return err
	}
	v.Found, v.More = found.Total, found.Total > len(found.Items)
	v.Choices = append(v.Choices, option{Value: "", Label: c.T("Aucun")})
	for _, d := range found.Items {
		v.Choices = append(v.Choices, option{Value: d.ID, Label: firstOf(d.Attachment.Title, c.words().TypeLabel(d.Type.Code)) + ", " + c.words().DayText(d.PeriodStart)})
	}
	return nil
}

// readDialogue reads a page of the exchange that the address names.
func (c *call) readDialogue(cursor string) (lettersView, error) {
	found, err := c.Records.HeldMessages(c.r.Context(), c.citizen(), c.rec, c.r.PathValue("id"), cursor)
	if err != nil {
		return lettersView{}, err
	}
	v := lettersView{dialogueView: c.dialogueView(found.Dialogue), Next: found.Next, First: cursor == ""}
	v.Answers = !v.Ended && !v.NoReply && c.open() && v.First
	for _, m := range slices.Backward(found.Items) {
		v.Letters = append(v.Letters, c.letterView(m))
	}
	return v, nil
}

// letterStates say how far a message of the patient's side came; keys of the texts.
var letterStates = map[string]string{"sent": "envoyé", "delivered": "arrivé", "read": "lu"}

func (c *call) letterView(m fhir.Communication) letterView {
	v := letterView{ID: m.ID, Dialogue: m.PartOf, Who: m.FromName, Own: m.FromPatient, At: m.Sent, Damaged: m.Damaged}
	if v.Own {
		v.State = c.T(letterStates[m.State])
	}
	for _, p := range m.Payload {
		switch {
		case p.Attachment != nil:
			v.Attached = append(v.Attached, attachedView{File: m.ID, Title: p.Attachment.Title, Format: c.format(p.Attachment.ContentType), Size: p.Attachment.Size})
		case p.Document != "":
			v.Attached = append(v.Attached, attachedView{Document: p.Document, Title: p.Title, Format: c.format(p.ContentType), Size: p.Size})
		default:
			v.Lines = strings.Split(p.Text, "\n")
		}
	}
	return v
}

// format says a media type in words.
func (c *call) format(kind string) string {
	if kind == "" {
		return ""
	}
	if f := formats[baseType(kind)]; f != "" {
		return f
	}
	if baseType(kind) == fhir.TypeFHIRDocument { // it is opened as words
		return c.T("Document structuré")
	}
	return c.T("Fichier")
}

// answerMessage sends an answer, or shows what is to be corrected, or the
// documents of the record to choose from.
func (c *call) answerMessage() error {
	id := c.r.PathValue("id")
	if c.form.Has("choisir") {
		var lost []problem
		if c.file != nil && c.file.size > 0 {
			lost = append(lost, problem{"fichier", c.T("Choisissez de nouveau le fichier : le navigateur ne peut pas le garder.")})
		}
		return c.showDialogue(c.form, lost, false)
	}
	a, problems := c.readAnswer()
	if len(problems) == 0 {
		_, err := c.Records.HeldAnswer(c.r.Context(), c.citizen(), c.rec, a)
		switch code := fhir.CodeOf(err); code {
		case "":
			return c.done(root+"messages/"+fhirID(id), "Message envoyé.")
		case fhir.Invalid, fhir.BadCode, fhir.Required, fhir.TooLarge:
			field := "texte"
			if a.File != nil && fhir.CheckMessageText(a.Text) == nil {
				field = "fichier"
			}
			problems = append(problems, problem{field, firstOf(c.said(err), c.T("Ce message ne peut pas partir tel quel : raccourcissez-le, ou joignez un fichier plus petit et lisible."))})
		case fhir.StateConflict, fhir.BusinessRule:
			problems = append(problems, problem{"", firstOf(c.said(err), c.T("Cet échange ne prend plus de réponse."))})
		default:
			return err
		}
	}
	c.form.Set("texte", a.Text)
	c.form.Set("une", a.Once)
	return c.showDialogue(c.form, problems, false)
}

// readAnswer reads and checks the form of an answer.
func (c *call) readAnswer() (record.HeldMessage, []problem) {
	a := record.HeldMessage{Dialogue: c.r.PathValue("id"), Text: strings.TrimSpace(strings.ReplaceAll(c.form.Get("texte"), "\r\n", "\n")), Once: c.field("une")}
	if a.Once == "" || len(a.Once) > 64 {
		a.Once = secret()
	}
	var problems []problem
	if a.Text == "" {
		problems = append(problems, problem{"texte", c.T("Écrivez votre message.")})
	}
	if d := c.field("document"); d != "" {
		a.Documents = []string{fhirID(d)}
	}
	filed, wrong := c.readFiled()
	problems = append(problems, wrong...)
	switch {
	case c.file != nil && c.file.size > 0:
		if c.file.kind == "" {
			problems = append(problems, problem{"fichier", c.T("Ce format n’est pas accepté. Choisissez un PDF, une image (JPEG, PNG, TIFF) ou un texte.")})
		}
		a.File = &record.HeldLetter{Name: c.file.name, Upload: record.Upload{Data: c.file.file, Size: c.file.size}, Filed: filed}
		if len(problems) > 0 && c.file.kind != "" {
			problems = append(problems, problem{"fichier", c.T("Choisissez de nouveau le fichier : le navigateur ne peut pas le garder.")})
		}
	case filed != nil:
		problems = append(problems, problem{"fichier", c.T("Choisissez un fichier.")})
	}
	return a, problems
}

// readFiled reads as which document of the record the file of an answer is kept,
// too; nil: as none.
func (c *call) readFiled() (*record.Deposit, []problem) {
	kind := c.field("type")
	if kind == "" {
		return nil, nil
	}
	title, problems := c.short("titre", 120, false)
	if title == "" && c.file != nil {
		title = strings.TrimSpace(strings.TrimSuffix(c.file.name, path.Ext(c.file.name)))
	}
	if depositWords[kind] == "" {
		problems = append(problems, problem{"type", c.T("Choisissez de quel document il s’agit.")})
	}
	when, wrong := c.date("date")
	problems = append(problems, wrong...)
	switch {
	case len(wrong) > 0:
	case when.IsZero():
		when = c.Now()
	case when.After(c.Now()):
		problems = append(problems, problem{"date", c.T("Cette date est dans le futur.")})
	}
	return &record.Deposit{Type: kind, Title: firstOf(title, c.T("Document")), Date: when}, problems
}

// messageFile gives the bytes of a file that came with a message.
func (c *call) messageFile() error {
	content, err := c.Records.HeldMessageContent(c.r.Context(), c.citizen(), c.rec, c.r.PathValue("id"), c.r.PathValue("message"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Reader.Close() }()
	return c.send(content)
}
