package outbox

import (
	"context"
	"encoding/json"
	"io"

	"carnet/client"
	"carnet/client/fhir"
)

// SendMessage is how messages are sent (client.OutboxMessage, for NewSender): the
// body of an item is a client.Outgoing, its content the bytes of a new file. The
// item's ID is the message's: however often it is tried, it arrives once.
func SendMessage(m client.Messages) Send {
	return func(ctx context.Context, it client.OutboxItem, content io.ReadSeeker, p client.Progress) (client.Document, error) {
		var out client.Outgoing
		if err := json.Unmarshal(it.Body, &out); err != nil {
			return client.Document{}, fhir.Wrap(fhir.Malformed, err)
		}
		out.ID = it.ID
		if out.File != nil {
			if content == nil {
				return client.Document{}, fhir.E(fhir.Required, "Le fichier joint au message n’est plus là. Écrivez-le de nouveau.")
			}
			size, err := content.Seek(0, io.SeekEnd)
			if err != nil {
				return client.Document{}, fhir.Wrap(fhir.Invalid, err)
			}
			out.File.Content, out.File.Size = content, size
		}
		sent, err := m.SendMessage(ctx, out, p)
		return client.Document{ID: sent.ID}, err
	}
}
