package seallog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/google/uuid"
)

// A frame is: marker (4 bytes), number (8), generation of the log (8), length of
// the body (4), in a format with ids their count (2), CRC-32C of all that (4); in
// a format with ids, the ids (16 each) and their CRC-32C (4); the body, an
// envelope bound to number, generation and ids. The ids are random and in clear,
// so that it is known whom a damaged body was about. After damage, reading goes on
// at the next marker whose header's sum is right.

// MaxBody is how long a sealed body may be, in bytes.
const MaxBody = 64 << 20

// MaxIDs is how many ids a record may show.
const MaxIDs = 1 << 15

const (
	idSize  = 16
	sumSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Format tells the logs of one owner from those of another.
type Format struct {
	File   string // name of the log in its folder
	Magic  string // its first 8 bytes
	Word   string // what its start seals
	Start  string // name of that seal: "start" or "head"
	Marker string // the first 4 bytes of a frame
	IDs    bool   // records show ids
}

// Frame is one record as it lies in the log.
type Frame struct {
	Number, Generation uint64
	IDs                []uuid.UUID // nil when their sum is wrong
	Body               []byte      // sealed
	Span                           // its place
}

// Span is a piece of the log.
type Span struct{ From, To int }

// header is how long a frame's header is.
func (f *Format) header() int {
	if f.IDs {
		return 4 + 8 + 8 + 4 + 2 + sumSize
	}
	return 4 + 8 + 8 + 4 + sumSize
}

func appendSum(buf []byte, at int) []byte {
	return binary.BigEndian.AppendUint32(buf, crc32.Checksum(buf[at:], castagnoli))
}

// summed tells whether data ends in the sum of what stands before.
func summed(data []byte) bool {
	n := len(data) - sumSize
	return crc32.Checksum(data[:n], castagnoli) == binary.BigEndian.Uint32(data[n:])
}

// Append adds a frame to buf.
func (f *Format) Append(buf []byte, r Frame) []byte {
	at := len(buf)
	buf = append(buf, f.Marker...)
	buf = binary.BigEndian.AppendUint64(buf, r.Number)
	buf = binary.BigEndian.AppendUint64(buf, r.Generation)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(r.Body)))
	if !f.IDs {
		return append(appendSum(buf, at), r.Body...)
	}
	buf = appendSum(binary.BigEndian.AppendUint16(buf, uint16(len(r.IDs))), at)
	at = len(buf)
	for _, id := range r.IDs {
		buf = append(buf, id[:]...)
	}
	return append(appendSum(buf, at), r.Body...)
}

// parse reads the frame at the start of data. sound tells that its header is
// there; whole, that all of it is.
func (f *Format) parse(data []byte) (r Frame, sound, whole bool) {
	head := f.header()
	if len(data) < head || string(data[:len(f.Marker)]) != f.Marker || !summed(data[:head]) {
		return r, false, false
	}
	r.Number, r.Generation = binary.BigEndian.Uint64(data[4:]), binary.BigEndian.Uint64(data[12:])
	length, ids, body := int(binary.BigEndian.Uint32(data[20:])), 0, head
	if f.IDs {
		ids = int(binary.BigEndian.Uint16(data[24:]))
		body += idSize*ids + sumSize
	}
	r.To = body + length
	if length > MaxBody || ids > MaxIDs {
		return r, false, false
	}
	if len(data) < r.To {
		return r, true, false
	}
	if f.IDs && summed(data[head:body]) {
		r.IDs = make([]uuid.UUID, ids)
		for i := range r.IDs {
			r.IDs[i] = uuid.UUID(data[head+idSize*i : head+idSize*(i+1)])
		}
	}
	r.Body = data[body:r.To]
	return r, true, true
}

// Scan finds the frames of a log after its start, the pieces between them that
// are none, and where the last thing worth keeping ends: what follows is the
// trace of a write that a crash cut short. It knows no key.
func (f *Format) Scan(data []byte) (frames []Frame, bad []Span, end int) {
	at := 0
	for at < len(data) {
		r, sound, whole := f.parse(data[at:])
		if whole {
			r.From, r.To = at, at+r.To
			frames, at = append(frames, r), r.To
			continue
		}
		next := f.next(data, at+1)
		if next < 0 {
			if sound || f.torn(data[at:]) {
				return frames, bad, at
			}
			return frames, append(bad, Span{at, len(data)}), len(data)
		}
		bad, at = append(bad, Span{at, next}), next
	}
	return frames, bad, at
}

// next gives the place of the next whole frame, -1 when there is none.
func (f *Format) next(data []byte, from int) int {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(f.Marker))
		if i < 0 {
			return -1
		}
		if _, _, whole := f.parse(data[from+i:]); whole {
			return from + i
		}
		from += i + 1
	}
	return -1
}

// torn tells whether an end without a sound header is a write cut short rather
// than damage: the start of a header, or zeros of a file that grew before its
// bytes arrived.
func (f *Format) torn(rest []byte) bool {
	if len(rest) < f.header() && bytes.HasPrefix([]byte(f.Marker), rest[:min(len(f.Marker), len(rest))]) {
		return true
	}
	return !slices.ContainsFunc(rest, func(b byte) bool { return b != 0 })
}
