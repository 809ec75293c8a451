package fhir

import (
	"bytes"
	"encoding/base64"
	"strconv"
)

// decoder decodes base64 that comes in pieces, as it stands inside a JSON
// string: with escapes, white space and loose trailing bits.
type decoder struct {
	sink    func([]byte) error
	pending []byte // what has not yet made a group of four, or an open escape
	ended   bool   // padding was seen
	// scratch, kept from piece to piece
	buf, clean, joined []byte
}

// badBase64 names the element, never the content.
func badBase64() error {
	const message = "Le contenu n'est pas du base64."
	return &Error{Code: Invalid, Message: message, Issues: []Issue{{
		Code: Invalid, Expression: "DocumentReference.content[0].attachment.data", Message: message,
	}}}
}

func (d *decoder) write(chunk []byte) error {
	if len(d.pending) > 0 {
		d.joined = append(append(d.joined[:0], d.pending...), chunk...)
		chunk, d.pending = d.joined, d.pending[:0]
	}
	if bytes.IndexByte(chunk, '\\') >= 0 {
		var err error
		if chunk, err = d.unescape(chunk); err != nil {
			return err
		}
	}
	if bytes.ContainsAny(chunk, " \t\r\n") {
		d.clean = d.clean[:0]
		for _, c := range chunk {
			if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				d.clean = append(d.clean, c)
			}
		}
		chunk = d.clean
	}
	whole := len(chunk) &^ 3
	if d.hasOpenEscape() {
		// the open escape is kept behind what is left of the groups
		d.pending = append(append([]byte(nil), chunk[whole:]...), d.pending...)
	} else {
		d.pending = append(d.pending[:0], chunk[whole:]...)
	}
	return d.decode(chunk[:whole])
}

// hasOpenEscape says whether unescape left the start of an escape behind.
func (d *decoder) hasOpenEscape() bool { return len(d.pending) > 0 && d.pending[0] == '\\' }

// unescape resolves JSON escapes; one that is cut off by the end of the chunk
// stays in pending.
func (d *decoder) unescape(chunk []byte) ([]byte, error) {
	out := make([]byte, 0, len(chunk))
	for i := 0; i < len(chunk); {
		if chunk[i] != '\\' {
			out = append(out, chunk[i])
			i++
			continue
		}
		size := 2
		if i+1 < len(chunk) && chunk[i+1] == 'u' {
			size = 6
		}
		if i+size > len(chunk) {
			d.pending = append([]byte(nil), chunk[i:]...)
			break
		}
		if size == 6 {
			v, err := strconv.ParseUint(string(chunk[i+2:i+6]), 16, 7)
			if err != nil {
				return nil, badBase64()
			}
			out = append(out, byte(v))
		} else if c := simpleEscapes[chunk[i+1]]; c != 0 {
			out = append(out, c)
		} else {
			return nil, badBase64()
		}
		i += size
	}
	return out, nil
}

// decode passes whole groups of four on.
func (d *decoder) decode(groups []byte) error {
	if len(groups) == 0 {
		return nil
	}
	if d.ended {
		return badBase64()
	}
	if n := base64.StdEncoding.DecodedLen(len(groups)); cap(d.buf) < n {
		d.buf = make([]byte, n)
	}
	n, err := base64.StdEncoding.Decode(d.buf[:cap(d.buf)], groups)
	if err != nil {
		return badBase64()
	}
	d.ended = groups[len(groups)-1] == '='
	return d.sink(d.buf[:n])
}

// close checks that nothing is left over.
func (d *decoder) close() error {
	if len(d.pending) > 0 {
		return badBase64()
	}
	return nil
}
