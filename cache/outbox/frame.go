package outbox

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/google/uuid"
)

// A frame is: marker (4 bytes), number (8), generation of the log (8), length
// of the body (4), count of ids (2), CRC-32C of all that (4); the ids (16 each),
// their CRC-32C (4); the body, an envelope bound to number, generation and ids. The
// ids are random and in clear, so that it is known whom a damaged body was about.
// After damage, reading goes on at the next marker whose header's sum is right.
const (
	marker    = "\xC5NO\xBE"
	fixedHead = 4 + 8 + 8 + 4 + 2 + 4
	maxBody   = 64 << 20
	maxIDs    = 1 << 15
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one record as it lies in the log.
type frame struct {
	number, generation uint64
	ids                []uuid.UUID // nil when their sum is wrong
	body               []byte      // sealed
	from, to           int         // place in the log
}

// appendFrame adds a frame to buf.
func appendFrame(buf []byte, f frame) []byte {
	at := len(buf)
	buf = append(buf, marker...)
	buf = binary.BigEndian.AppendUint64(buf, f.number)
	buf = binary.BigEndian.AppendUint64(buf, f.generation)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(f.body)))
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(f.ids)))
	buf = binary.BigEndian.AppendUint32(buf, crc32.Checksum(buf[at:], castagnoli))
	at = len(buf)
	for _, id := range f.ids {
		buf = append(buf, id[:]...)
	}
	buf = binary.BigEndian.AppendUint32(buf, crc32.Checksum(buf[at:], castagnoli))
	return append(buf, f.body...)
}

// parseFrame reads the frame at the start of data. head tells that a header is
// there and sound; whole, that all of its frame is.
func parseFrame(data []byte) (f frame, head, whole bool) {
	if len(data) < fixedHead || string(data[:4]) != marker {
		return f, false, false
	}
	n := fixedHead - 4
	if crc32.Checksum(data[:n], castagnoli) != binary.BigEndian.Uint32(data[n:]) {
		return f, false, false
	}
	f.number, f.generation = binary.BigEndian.Uint64(data[4:]), binary.BigEndian.Uint64(data[12:])
	length, ids := int(binary.BigEndian.Uint32(data[20:])), int(binary.BigEndian.Uint16(data[24:]))
	f.to = fixedHead + 16*ids + 4 + length
	if length > maxBody || ids > maxIDs {
		return f, false, false
	}
	if len(data) < f.to {
		return f, true, false
	}
	rest := data[fixedHead:f.to]
	if crc32.Checksum(rest[:16*ids], castagnoli) == binary.BigEndian.Uint32(rest[16*ids:]) {
		f.ids = make([]uuid.UUID, ids)
		for i := range f.ids {
			f.ids[i] = uuid.UUID(rest[16*i : 16*i+16])
		}
	}
	f.body = rest[16*ids+4:]
	return f, true, true
}

// span is a piece of the log.
type span struct{ from, to int }

// scan finds the frames of a log after its head, the pieces between them that
// are none, and where the last thing worth keeping ends: what follows is the
// trace of a write that a crash cut short. It knows no key.
func scan(data []byte) (frames []frame, bad []span, end int) {
	at := 0
	for at < len(data) {
		f, head, whole := parseFrame(data[at:])
		if whole {
			f.from, f.to = at, at+f.to
			frames, at = append(frames, f), f.to
			continue
		}
		next := nextFrame(data, at+1)
		if next < 0 {
			if rest := data[at:]; torn(rest, head) {
				return frames, bad, at
			}
			return frames, append(bad, span{at, len(data)}), len(data)
		}
		bad = append(bad, span{at, next})
		at = next
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

// torn tells whether the end of a log is a write cut short rather than
// damage: less than a header and the start of one, a sound header whose body
// ends too soon, or zeros of a file that grew before its bytes arrived.
func torn(rest []byte, head bool) bool {
	if head {
		return true
	}
	if len(rest) < fixedHead && bytes.HasPrefix([]byte(marker), rest[:min(4, len(rest))]) {
		return true
	}
	return !slices.ContainsFunc(rest, func(b byte) bool { return b != 0 })
}
