package notebook

import (
	"encoding/binary"
	"errors"

	"carnet/client"
)

// encode makes the body of a record: for each page the length of its name, the
// name, the length of its value, the value.
func encode(pages []client.Note) []byte {
	var out []byte
	for _, p := range pages {
		out = binary.AppendUvarint(out, uint64(len(p.Name)))
		out = append(out, p.Name...)
		out = binary.AppendUvarint(out, uint64(len(p.Value)))
		out = append(out, p.Value...)
	}
	return out
}

var errBody = errors.New("notebook: no body of a record")

// decode reads the body of a record. The values share memory with it.
func decode(body []byte) ([]client.Note, error) {
	part := func() ([]byte, error) {
		n, used := binary.Uvarint(body)
		if used <= 0 || n > uint64(len(body)-used) {
			return nil, errBody
		}
		out := body[used : used+int(n) : used+int(n)]
		body = body[used+int(n):]
		return out, nil
	}
	var pages []client.Note
	for len(body) > 0 {
		name, err := part()
		if err != nil {
			return nil, err
		}
		value, err := part()
		if err != nil {
			return nil, err
		}
		pages = append(pages, client.Note{Name: string(name), Value: value})
	}
	return pages, nil
}
