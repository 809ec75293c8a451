package outbox

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// stored is an item as it is kept.
type stored struct {
	client.OutboxItem
	Seq     uint64            // order of arrival
	Content *content          `json:",omitempty"`
	Sum     [sha256.Size]byte // of the content
}

// content says where an item's bytes are.
type content struct {
	Name string // random; also the label under which it is sealed
	Size int64  // plain bytes
}

// op is one change of the set of items: exactly one field is set.
type op struct {
	Put *stored `json:",omitempty"`
	Del string  `json:",omitempty"`
}

func (o op) id() string {
	if o.Put != nil {
		return o.Put.ID
	}
	return o.Del
}

// encode makes the body of a record and the ids that it is about.
func encode(ops []op) ([]byte, []uuid.UUID, error) {
	ids := make([]uuid.UUID, len(ops))
	for i, o := range ops {
		id, err := uuid.Parse(o.id())
		if err != nil {
			return nil, nil, fhir.Wrap(fhir.BadValue, err)
		}
		ids[i] = id
	}
	body, err := json.Marshal(ops)
	if err != nil {
		return nil, nil, fhir.Wrap(fhir.Internal, err)
	}
	return body, ids, nil
}

// check refuses an item that could never be sent.
func check(it client.OutboxItem, hasContent bool) error {
	missing := fhir.E(fhir.Required, "Il manque une partie de ce qui est à envoyer. Recommencez la saisie.")
	if id, err := uuid.Parse(it.ID); err != nil || id.String() != it.ID {
		return fhir.E(fhir.BadValue, "La référence de l’envoi n’en est pas une. Recommencez la saisie.")
	}
	complete := it.PatientID != ""
	switch it.Kind {
	case client.OutboxFile:
		complete = complete && it.Draft != nil && hasContent
	case client.OutboxChange:
		complete = complete && it.Change != nil && (it.Document != nil || it.After != "")
	case client.OutboxUndo:
		complete = complete && (it.Document != nil || it.After != "")
	case client.OutboxConsent:
		complete = complete && it.Consent != nil && it.Consent.PatientID == it.PatientID
	case client.OutboxWithdraw, client.OutboxRequest:
	case client.OutboxDamaged, "":
		complete = false
	default:
		complete = len(it.Body) > 0 && json.Valid(it.Body)
	}
	if !complete {
		return missing
	}
	return nil
}

// orderKey names the line in which an item stands: items of one line go one at
// a time, in the order of their arrival. Filings stand in none.
func orderKey(it client.OutboxItem) string {
	switch it.Kind {
	case client.OutboxFile, client.OutboxDamaged:
		return ""
	case client.OutboxChange, client.OutboxUndo:
		if it.Document != nil {
			return "document " + it.Document.ID
		}
		return "after " + it.After
	case client.OutboxConsent, client.OutboxWithdraw, client.OutboxRequest:
		return "consent " + it.PatientID
	case client.OutboxItemKeep, client.OutboxItemDrop:
		return "profile " + it.PatientID
	}
	return string(it.Kind) + " " + it.PatientID
}

// copyOf gives an item that shares no memory with the outbox.
func copyOf(it client.OutboxItem) client.OutboxItem {
	if it.Draft != nil {
		d := *it.Draft
		d.Content, d.ActDate = nil, d.ActDate.Round(0)
		it.Draft = &d
	}
	if flat(it) {
		it.Created, it.Updated, it.Next = it.Created.Round(0), it.Updated.Round(0), it.Next.Round(0) // as kept: no clock of this process
		it.Choices = append([]client.OutboxChoice(nil), it.Choices...)
		return it
	}
	data, err := json.Marshal(it)
	var out client.OutboxItem
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil { // a Body that is no JSON; check refuses those
		out = client.OutboxItem{ID: it.ID, Kind: it.Kind, State: it.State, Created: it.Created}
	}
	return out
}

// flat tells whether nothing hangs on an item but its draft and its choices, as
// on most: a filing that corrects no other.
func flat(it client.OutboxItem) bool {
	return it.Document == nil && it.Change == nil && it.Consent == nil && it.Body == nil && (it.Draft == nil || it.Draft.Replaces == nil)
}
