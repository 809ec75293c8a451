package notebook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"carnet/client"
)

// A frame is: marker (4 bytes), number (8), generation of the log (8), length of
// the body (4), CRC-32C of all that (4); the body, an envelope bound to number and
// generation. After damage, reading goes on at the next marker whose header's sum
// is right.
const (
	marker  = "\xC5NB\xBE"
	head    = 4 + 8 + 8 + 4 + 4
	maxBody = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one record as it lies in the log.
type frame struct {
	number, generation uint64
	body               []byte // sealed
	from, to           int    // place in the log
}

// span is a piece of the log.
type span struct{ from, to int }

// appendFrame adds a frame to buf.
func appendFrame(buf []byte, f frame) []byte {
	at := len(buf)
	buf = append(buf, marker...)
	buf = binary.BigEndian.AppendUint64(buf, f.number)
	buf = binary.BigEndian.AppendUint64(buf, f.generation)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(f.body)))
	buf = binary.BigEndian.AppendUint32(buf, crc32.Checksum(buf[at:], castagnoli))
	return append(buf, f.body...)
}

// parseFrame reads the frame at the start of data. sound tells that its header
// is there; whole, that all of it is.
func parseFrame(data []byte) (f frame, sound, whole bool) {
	if len(data) < head || string(data[:4]) != marker {
		return f, false, false
	}
	if crc32.Checksum(data[:head-4], castagnoli) != binary.BigEndian.Uint32(data[head-4:]) {
		return f, false, false
	}
	f.number, f.generation = binary.BigEndian.Uint64(data[4:]), binary.BigEndian.Uint64(data[12:])
	length := int(binary.BigEndian.Uint32(data[20:]))
	if length > maxBody {
		return f, false, false
	}
	f.to = head + length
	if len(data) < f.to {
		return f, true, false
	}
	f.body = data[head:f.to]
	return f, true, true
}

// scan finds the frames of a log after its start, the pieces between them that
// are none, and where the last thing worth keeping ends: what follows is the
// trace of a write that a crash cut short. It knows no key.
func scan(data []byte) (frames []frame, bad []span, end int) {
	at := 0
	for at < len(data) {
		f, sound, whole := parseFrame(data[at:])
		if whole {
			f.from, f.to = at, at+f.to
			frames, at = append(frames, f), f.to
			continue
		}
		next := nextFrame(data, at+1)
		if next < 0 {
			if sound || torn(data[at:]) {
				return frames, bad, at
			}
			return frames, append(bad, span{at, len(data)}), len(data)
		}
		bad, at = append(bad, span{at, next}), next
	}
	return frames, bad, at
}

// nextFrame gives the place of the next whole frame, -1 when there is none.
func nextFrame(data []byte, from int) int {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(marker))
		if i < 0 {
			return -1
		}
		if _, _, whole := parseFrame(data[from+i:]); whole {
			return from + i
		}
		from += i + 1
	}
	return -1
}

// torn tells whether an end without a sound header is a write cut short rather
// than damage: the start of a header, or zeros of a file that grew before its
// bytes arrived.
func torn(rest []byte) bool {
	if len(rest) < head && bytes.HasPrefix([]byte(marker), rest[:min(4, len(rest))]) {
		return true
	}
	return !slices.ContainsFunc(rest, func(b byte) bool { return b != 0 })
}

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
