package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// exchange is one dialogue of the fake: its messages oldest first.
type exchange struct {
	fhir.Communication
	letters []fhir.Communication
	files   map[string][]byte
	once    map[string]string
}

// wrote makes a message of an exchange.
func (x *exchange) wrote(at time.Time, who, text string, patient bool) {
	id := fmt.Sprintf("%s-m%d", x.ID, len(x.letters)+1)
	m := fhir.Communication{ID: id, PartOf: x.ID, FromName: who, FromPatient: patient, Sent: at, State: "read", Payload: []fhir.Payload{{Text: text}}}
	x.letters = append(x.letters, m)
	x.Sent, x.LastFrom = at, who
}

// newExchanges are Léa's, or her child's.
func newExchanges(w *world, id string) []*exchange {
	doctor := w.listed[0].Name
	make := func(n int, subject, reply string) *exchange {
		return &exchange{Communication: fhir.Communication{
			ID: fmt.Sprintf("%s-x%d", id[:8], n), PatientID: id, Topic: subject, Reply: reply, Members: []fhir.Party{{ID: w.listed[0].ID, Name: doctor}},
		}, files: map[string][]byte{}, once: map[string]string{}}
	}
	open, closed, none := make(1, "Vos résultats", "open"), make(2, "Renouvellement", "ended"), make(3, "Congés", "none")
	open.wrote(now.AddDate(0, 0, -2), doctor, "Bonjour.\n<b>Tout</b> est normal.", false)
	open.letters[0].Payload = append(open.letters[0].Payload, fhir.Payload{Document: id[:8] + "-d1", Title: "Radio du genou gauche", ContentType: "image/png", Size: 1200},
		fhir.Payload{Document: "hidden"})
	open.Unread = 1
	closed.EndedBy = doctor
	closed.wrote(now.AddDate(0, 0, -9), doctor, "Il est prêt.", false)
	none.wrote(now.AddDate(0, 0, -20), doctor, "Le cabinet est fermé lundi.", false)
	return []*exchange{open, closed, none}
}

func (w *world) exchange(k *chart, id string) (*exchange, error) {
	for _, x := range k.exchanges {
		if x.ID == id {
			return x, nil
		}
	}
	return nil, fhir.E(fhir.NotFound, "")
}

func (w *world) HeldDialogues(_ context.Context, c record.Citizen, rec string, q record.DialogueQuery) (record.DialogueList, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("dialogues", c, rec)
	var out record.DialogueList
	if err != nil {
		return out, err
	}
	for _, x := range k.exchanges {
		out.Unread += x.Unread
		if strings.Contains(strings.ToLower(x.Topic), strings.ToLower(q.Words)) {
			out.Total++
			out.Items = append(out.Items, x.Communication)
		}
	}
	return out, nil
}

func (w *world) HeldMessages(_ context.Context, c record.Citizen, rec, dialogue, _ string) (record.MessageList, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("messages", c, rec)
	if err != nil {
		return record.MessageList{}, err
	}
	x, err := w.exchange(k, dialogue)
	if err != nil {
		return record.MessageList{}, err
	}
	x.Unread = 0
	out := record.MessageList{Dialogue: x.Communication, Items: slices.Clone(x.letters)}
	slices.Reverse(out.Items)
	return out, nil
}

func (w *world) HeldMessageContent(_ context.Context, c record.Citizen, rec, dialogue, message string) (record.Content, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("message-file", c, rec)
	if err != nil {
		return record.Content{}, err
	}
	x, err := w.exchange(k, dialogue)
	if err != nil || x.files[message] == nil {
		return record.Content{}, fhir.E(fhir.NotFound, "")
	}
	data := x.files[message]
	return record.Content{Type: "application/pdf", Size: int64(len(data)), SHA256: sha256.Sum256(data), Reader: io.NopCloser(bytes.NewReader(data))}, nil
}

func (w *world) HeldAnswer(_ context.Context, c record.Citizen, rec string, a record.HeldMessage) (fhir.Communication, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("answer-message", c, rec)
	if err != nil {
		return fhir.Communication{}, err
	}
	x, err := w.exchange(k, a.Dialogue)
	if err != nil {
		return fhir.Communication{}, err
	}
	if err := fhir.CheckMessageText(a.Text); err != nil {
		return fhir.Communication{}, err
	}
	switch {
	case x.once[a.Once] != "":
		return fhir.Communication{ID: x.once[a.Once]}, nil
	case x.Reply == "ended":
		return fhir.Communication{}, fhir.E(fhir.StateConflict, "Un professionnel a mis fin à cet échange : ouvrez-en un autre.")
	case x.Reply != "open":
		return fhir.Communication{}, fhir.E(fhir.BusinessRule, "Cet échange n’attend pas de réponse.")
	}
	x.wrote(w.clock, c.Name, a.Text, true)
	m := &x.letters[len(x.letters)-1]
	x.once[a.Once] = m.ID
	for _, id := range a.Documents {
		at := slices.IndexFunc(k.docs, func(d fhir.DocumentReference) bool { return d.ID == id })
		if at < 0 {
			return fhir.Communication{}, fhir.E(fhir.NotFound, "")
		}
		m.Payload = append(m.Payload, fhir.Payload{Document: id, Title: k.docs[at].Attachment.Title})
	}
	if a.File != nil && a.File.Filed != nil {
		d := a.File.Filed
		k.docs = append(k.docs, fhir.DocumentReference{ID: m.ID + "-d", Type: fhir.Coding{Code: d.Type}, Attachment: fhir.Attachment{Title: d.Title, ContentType: "application/pdf"}, PeriodStart: fhir.Instant(d.Date)})
		m.Payload = append(m.Payload, fhir.Payload{Document: m.ID + "-d", Title: d.Title})
	} else if a.File != nil {
		data := make([]byte, a.File.Size)
		if _, err := a.File.Data.ReadAt(data, 0); err != nil && err != io.EOF {
			return fhir.Communication{}, err
		}
		x.files[m.ID] = data
		m.Payload = append(m.Payload, fhir.Payload{Attachment: &fhir.Attachment{ContentType: "application/pdf", Title: a.File.Name, Size: a.File.Size}})
	}
	w.stirred()
	return *m, nil
}

func (w *world) HeldUnread(_ context.Context, c record.Citizen, rec string) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("unread", c, rec)
	if err != nil {
		return 0, err
	}
	for _, x := range k.exchanges {
		n += x.Unread
	}
	return n, nil
}

// stirred wakes who watches. mu is held.
func (w *world) stirred() {
	if w.moved != nil {
		close(w.moved)
	}
	w.moved = make(chan struct{})
}

func (w *world) WatchHeldMessages(ctx context.Context, c record.Citizen, rec string, tell func(fhir.LetterEvent) error) error {
	for first := true; ; first = false {
		w.mu.Lock()
		k, err := w.enter("watch", c, rec)
		if w.moved == nil {
			w.moved = make(chan struct{})
		}
		moved := w.moved
		w.mu.Unlock()
		if err != nil {
			return err
		}
		e := fhir.LetterEvent{}
		if !first {
			e.Dialogue = k.exchanges[0].ID
		}
		if err := tell(e); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
		}
	}
}
