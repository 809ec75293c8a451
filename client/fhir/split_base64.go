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

// write takes a piece. Nearly all of them are plain: whole groups of four are
// then decoded where they stand, and only what is not plain is looked at byte
// by byte.
func (d *decoder) write(chunk []byte) error {
	if n := len(d.pending); n > 0 {
		need := 4 - n
		if need <= 0 || len(chunk) < need || d.hasOpenEscape() {
			return d.slow(chunk)
		}
		if ok, err := d.plain(append(d.pending, chunk[:need]...)); !ok || err != nil {
			return orSlow(err, d, chunk)
		}
		d.pending, chunk = d.pending[:0], chunk[need:]
	}
	whole := len(chunk) &^ 3
	if ok, err := d.plain(chunk[:whole]); !ok || err != nil {
		return orSlow(err, d, chunk)
	}
	d.pending = append(d.pending[:0], chunk[whole:]...)
	return nil
}

func orSlow(err error, d *decoder, chunk []byte) error {
	if err != nil {
		return err
	}
	return d.slow(chunk)
}

// plain decodes whole groups of four, or says that they are not plain and does
// nothing.
func (d *decoder) plain(groups []byte) (bool, error) {
	if len(groups) == 0 {
		return true, nil
	}
	if d.ended {
		return false, nil
	}
	if n := base64.StdEncoding.DecodedLen(len(groups)); cap(d.buf) < n {
		d.buf = make([]byte, n)
	}
	n, err := base64.StdEncoding.Decode(d.buf[:cap(d.buf)], groups)
	if err != nil {
		return false, nil
	}
	d.ended = groups[len(groups)-1] == '='
	return true, d.sink(d.buf[:n])
}

// slow takes a piece with escapes or white space in it, or with half of one
// before it.
func (d *decoder) slow(chunk []byte) error {
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
	if ok, err := d.plain(chunk[:whole]); !ok || err != nil {
		if err != nil {
			return err
		}
		return badBase64()
	}
	return nil
}

// hasOpenEscape says whether unescape left the start of an escape behind.
func (d *decoder) hasOpenEscape() bool { return bytes.IndexByte(d.pending, '\\') >= 0 }

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

// close checks that nothing is left over.
func (d *decoder) close() error {
	if len(d.pending) > 0 {
		return badBase64()
	}
	return nil
}
