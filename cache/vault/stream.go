package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed stream is: magic (4 bytes), salt (16), then pieces of 256 KiB, each
// followed by its tag. Every stream has a key of its own (HKDF of salt and
// label); a piece's nonce is its number and whether it is the last one, so that
// pieces cannot be exchanged, left out, or cut off at the end.
const (
	streamMagic = "CNS\x01"
	streamHead  = len(streamMagic) + 16
	// Piece is how many bytes are sealed, and held in memory, at a time.
	Piece     = 256 << 10
	pieceFull = Piece + chacha20poly1305.Overhead
)

// streamKey makes the cipher of one stream.
func (s *Sealer) streamKey(salt []byte, l Label) (cipher.AEAD, error) {
	var aead cipher.AEAD
	err := s.with(func(key []byte) error {
		sub, err := derive(key, salt, string(bind(envelopeVersion, "stream", s.purpose, l.Name, l.Patient)))
		if err != nil {
			return err
		}
		defer wipe(sub)
		aead, err = chacha20poly1305.New(sub)
		return err
	})
	return aead, err
}

func pieceNonce(i int64, last bool) []byte {
	n := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(n, uint64(i))
	if last {
		n[len(n)-1] = 1
	}
	return n
}

// SealStream seals what src holds into dst and tells how many plain bytes it
// were. An error of src or dst is returned as it is.
func (s *Sealer) SealStream(dst io.Writer, src io.Reader, l Label) (int64, error) {
	head := make([]byte, streamHead)
	copy(head, streamMagic)
	rand.Read(head[len(streamMagic):])
	aead, err := s.streamKey(head[len(streamMagic):], l)
	if err != nil {
		return 0, err
	}
	if _, err := dst.Write(head); err != nil {
		return 0, err
	}
	// One piece is read ahead: the last one must be known when it is sealed.
	now, ahead := make([]byte, 0, pieceFull), make([]byte, 0, pieceFull)
	defer func() { wipe(now[:cap(now)]); wipe(ahead[:cap(ahead)]) }()
	total := int64(0)
	if now, err = fill(src, now); err != nil {
		return 0, err
	}
	for i := int64(0); ; i++ {
		if len(now) == Piece {
			if ahead, err = fill(src, ahead); err != nil {
				return total, err
			}
		} else {
			ahead = ahead[:0]
		}
		last := len(ahead) == 0
		total += int64(len(now))
		if _, err := dst.Write(aead.Seal(now[:0], pieceNonce(i, last), now, nil)); err != nil {
			return total, err
		}
		if last {
			return total, nil
		}
		now, ahead = ahead, now
	}
}

// fill reads a piece, shorter at the end.
func fill(src io.Reader, buf []byte) ([]byte, error) {
	n, err := io.ReadFull(src, buf[:Piece])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return buf[:n], err
}

// Stream reads a sealed stream from any place. It holds one piece in memory
// and is for one goroutine.
type Stream struct {
	src    io.ReaderAt
	aead   cipher.AEAD
	pieces int64
	size   int64 // plain bytes
	at     int64
	held   int64 // number of the piece in buf, -1: none
	buf    []byte
}

// OpenStream opens a sealed stream of so many bytes. Errors: ErrLocked;
// ErrDamaged, here or from Read, before a single wrong byte is given.
func (s *Sealer) OpenStream(src io.ReaderAt, size int64, l Label) (*Stream, error) {
	head := make([]byte, streamHead)
	if _, err := src.ReadAt(head, 0); err != nil || string(head[:len(streamMagic)]) != streamMagic {
		return nil, fail(ErrDamaged)
	}
	body := size - int64(streamHead)
	pieces := (body + pieceFull - 1) / pieceFull
	plain := body - pieces*chacha20poly1305.Overhead
	if pieces < 1 || plain < (pieces-1)*Piece {
		return nil, fail(ErrDamaged)
	}
	aead, err := s.streamKey(head[len(streamMagic):], l)
	if err != nil {
		return nil, err
	}
	r := &Stream{src: src, aead: aead, pieces: pieces, size: plain, held: -1}
	// The last piece vouches for the length, so a cut is known before anything is given.
	return r, r.load(pieces - 1)
}

// Size tells the number of plain bytes.
func (r *Stream) Size() int64 { return r.size }

func (r *Stream) load(i int64) error {
	if r.held == i {
		return nil
	}
	if r.buf == nil {
		r.buf = make([]byte, min(pieceFull, r.size+chacha20poly1305.Overhead))
	}
	last := i == r.pieces-1
	n := pieceFull
	if last {
		n = int(r.size-i*Piece) + chacha20poly1305.Overhead
	}
	r.held = -1
	buf := r.buf[:n]
	if m, err := r.src.ReadAt(buf, int64(streamHead)+i*int64(pieceFull)); m < n {
		if err == nil || errors.Is(err, io.EOF) {
			return fail(ErrDamaged)
		}
		return fail(err)
	}
	if _, err := r.aead.Open(buf[:0], pieceNonce(i, last), buf, nil); err != nil {
		return fail(ErrDamaged)
	}
	r.held = i
	return nil
}

// Read gives the next plain bytes.
func (r *Stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.at >= r.size {
		return 0, io.EOF
	}
	i := r.at / Piece
	if err := r.load(i); err != nil {
		return 0, err
	}
	n := copy(p, r.buf[r.at-i*Piece:min(Piece, r.size-i*Piece)])
	r.at += int64(n)
	return n, nil
}

// Seek moves to a place among the plain bytes.
func (r *Stream) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, fail(errors.New("vault: seek before the start"))
	}
	r.at = offset
	return offset, nil
}

// Wipe overwrites the plain bytes that are held.
func (r *Stream) Wipe() {
	wipe(r.buf)
	r.held = -1
}
