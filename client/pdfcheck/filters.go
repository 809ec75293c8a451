package pdfcheck

import (
	"bufio"
	"io"
)

func byteReader(r io.Reader) io.ByteReader {
	if b, ok := r.(io.ByteReader); ok {
		return b
	}
	return bufio.NewReader(r)
}

// until reads up to a byte, which ends it: ASCII85 data ends in "~>".
type until struct {
	src  io.Reader
	stop byte
	done bool
}

func (u *until) Read(p []byte) (int, error) {
	if u.done {
		return 0, io.EOF
	}
	n, err := u.src.Read(p)
	for i := range n {
		if p[i] == u.stop {
			u.done = true
			return i, nil
		}
	}
	return n, err
}

// hexReader decodes ASCIIHexDecode: pairs of digits, white space skipped, ">"
// ends it.
type hexReader struct {
	src io.Reader
	in  io.ByteReader
}

func (h *hexReader) Read(p []byte) (int, error) {
	if h.in == nil {
		h.in = byteReader(h.src)
	}
	for n := range p {
		hi, err := h.digit()
		if err != nil {
			return n, err
		}
		lo, err := h.digit()
		if err != nil {
			lo = 0
		}
		p[n] = byte(hi<<4 | lo)
	}
	return len(p), nil
}

func (h *hexReader) digit() (int, error) {
	for {
		c, err := h.in.ReadByte()
		if err != nil || c == '>' {
			return 0, io.EOF
		}
		if v := hexValue(c); v >= 0 {
			return v, nil
		}
	}
}

// runLength decodes RunLengthDecode (ISO 32000-1, 7.4.5).
type runLength struct {
	src   io.ByteReader
	left  int  // bytes left of the current run
	same  bool // the run repeats value
	value byte
}

func (r *runLength) Read(p []byte) (int, error) {
	for n := range p {
		if r.left == 0 {
			if err := r.begin(); err != nil {
				return n, err
			}
		}
		if !r.same {
			c, err := r.src.ReadByte()
			if err != nil {
				return n, io.EOF
			}
			r.value = c
		}
		p[n] = r.value
		r.left--
	}
	return len(p), nil
}

func (r *runLength) begin() error {
	c, err := r.src.ReadByte()
	if err != nil || c == 128 {
		return io.EOF
	}
	r.same = c > 128
	if !r.same {
		r.left = int(c) + 1
		return nil
	}
	r.left = 257 - int(c)
	r.value, err = r.src.ReadByte()
	return err
}
