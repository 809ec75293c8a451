package cache

import (
	"bytes"
	"encoding/json"

	"carnet/cache/vault"
	"carnet/client"
)

// kept is a content as it is sealed.
type kept struct {
	Type  string
	Bytes []byte
}

// packed reads a document's bytes as pack made them: the reader's own, or those that
// are shared.
func (c *Cache) packed(e *entry, d client.Document) ([]byte, error) {
	name, err := c.docName(e.record, d.ID)
	if err != nil {
		return nil, err
	}
	if c.inPool(e) && !c.contents.has(e.record, name) {
		return c.pool.get(e.Card, d)
	}
	sealed, err := c.contents.get(e.record, name)
	if err != nil {
		return nil, err
	}
	key := c.keys.get(e.record)
	defer clear(key)
	return c.opened(key, sealed, contentLabel(e.record, name, d))
}

// contentLabel binds bytes to their document and to the hash that describes them.
func contentLabel(record, name string, d client.Document) vault.Label {
	return vault.Label{Name: name + " " + d.Attachment.Hash, Patient: record}
}

// pack and unpack put the media type before the bytes.
func pack(c client.Content) ([]byte, error) {
	head, err := json.Marshal(c.Type)
	if err != nil {
		return nil, err
	}
	return append(append(head, '\n'), c.Bytes...), nil
}

func unpack(plain []byte) (kind string, data []byte, err error) {
	head, data, ok := bytes.Cut(plain, []byte{'\n'})
	if !ok {
		return "", nil, vault.ErrDamaged
	}
	err = json.Unmarshal(head, &kind)
	return kind, data, err
}
