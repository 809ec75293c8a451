package pdfcheck

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
)

// spooled is a file of which one asks for pieces, and which ends too early
// where cut says so.
type spooled struct {
	*bytes.Reader
	cut     int64
	largest atomic.Int64
}

func (s *spooled) ReadAt(p []byte, at int64) (int, error) {
	s.largest.Store(max(s.largest.Load(), int64(len(p))))
	if s.cut > 0 && at+int64(len(p)) > s.cut {
		return 0, errors.New("input/output error")
	}
	return s.Reader.ReadAt(p, at)
}

// A file on disk is judged as one in memory is, and no more than a piece of it
// is asked for at a time.
func TestReaderIsReadInPieces(t *testing.T) {
	c := newChecker(t, Options{Workers: 1})
	for _, data := range [][]byte{report(t, 1), sized(t, 3<<20), onePage("/OpenAction<</S/JavaScript/JS(x)>>")} {
		file := &spooled{Reader: bytes.NewReader(data)}
		want, err := c.Check(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.CheckReader(t.Context(), file, int64(len(data)))
		if err != nil || got.Verdict != want.Verdict || len(got.Findings) != len(want.Findings) {
			t.Errorf("%+v, %v; in memory %+v", got, err, want)
		}
		if file.largest.Load() > piece {
			t.Errorf("asked for %d bytes at once", file.largest.Load())
		}
	}
}

// A disk that fails costs no file its place: nothing is said of it, and the
// worker that has half of it is not used for the next.
func TestUnreadableReader(t *testing.T) {
	c := newChecker(t, Options{Workers: 1})
	data := sized(t, 1<<20)
	for _, cut := range []int64{1, piece + 1} {
		_, err := c.CheckReader(t.Context(), &spooled{Reader: bytes.NewReader(data), cut: cut}, int64(len(data)))
		if fhir.CodeOf(err) != fhir.Unavailable {
			t.Errorf("cut at %d: %v", cut, err)
		}
		if r, err := c.Check(t.Context(), data); err != nil || r.Verdict == Refused {
			t.Errorf("the next one: %+v, %v", r, err)
		}
	}
	if _, err := c.CheckReader(t.Context(), bytes.NewReader(data), int64(len(data))+1); fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("a file that is shorter than it was: %v", err)
	}
	r, err := c.CheckReader(t.Context(), io.NewSectionReader(bytes.NewReader(data), 0, 0), 0)
	if err != nil || r.Verdict != Refused {
		t.Errorf("nothing at all: %+v, %v", r, err)
	}
}
