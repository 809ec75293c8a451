package record

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// DialogueSeed is an exchange of messages.
type DialogueSeed struct {
	ID        string
	PatientID string
	Subject   string
	Reply     string // open, none, ended
	EndedBy   string // in words, of one that is ended
	Members   []string
	Messages  []MessageSeed // oldest first
}

// MessageSeed is a message of one.
type MessageSeed struct {
	By     string // national id; "" the patient's side
	Person string // of the patient's side: logical id of who wrote
	Name   string
	Text   string
	At     time.Time
	Read   bool // by the other side: by the first professional, or the patient
}

// AddDialogue adds an exchange with its messages.
func (s *Seeder) AddDialogue(seed DialogueSeed) error {
	who, err := s.written(seed.PatientID)
	if err != nil {
		return err
	}
	rule := slices.Index(replies, seed.Reply)
	if rule < 0 || len(seed.Messages) == 0 || len(seed.Members) == 0 {
		s.err = fmt.Errorf("seed: dialogue %s: it has no rule, member or message", seed.ID)
		return s.err
	}
	d := store.Dialogue{
		ID: seed.ID, Record: who.N, Reply: rule, Version: 1, Opened: seed.Messages[0].At, Members: seed.Members,
		Body: sealable(dialogueBody{seed.Subject, seed.EndedBy}),
	}
	return s.do(4<<10, func(tx store.Tx) error {
		if err := tx.AddDialogue(&d); err != nil {
			return err
		}
		for i, m := range seed.Messages {
			if err := s.addMessage(tx, seed, d, i, m); err != nil {
				return err
			}
		}
		return tx.IndexDialogue(d, folding)
	})
}

func (s *Seeder) addMessage(tx store.Tx, seed DialogueSeed, d store.Dialogue, i int, m MessageSeed) error {
	if err := fhir.CheckMessageText(m.Text); err != nil {
		return err
	}
	sender, reader := m.By, consent.CitizenID(seed.PatientID)
	if sender == "" {
		sender, reader = consent.CitizenID(m.Person), seed.Members[0]
	}
	msg := store.Message{
		ID: seedID("message", seed.ID+"/"+strconv.Itoa(i)), Sender: sender, Key: seedID("message-key", seed.ID+"/"+strconv.Itoa(i)), Sent: m.At,
		Body: sealable(messageBody{Text: m.Text, Name: m.Name}),
	}
	if err := tx.AddMessage(d, &msg); err != nil || !m.Read {
		return err
	}
	return tx.MarkDialogue(d, reader, msg.N, true, m.At.Add(time.Hour))
}
