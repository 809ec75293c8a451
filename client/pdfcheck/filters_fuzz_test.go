package pdfcheck

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
)

// chains are the filters that a stream may go through, in twos: what one makes of
// nonsense, the next has to take.
var chains = []string{"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "Crypt", "Fl", "AHx", "A85", "RL", "LZW", "DCTDecode"}

// FuzzFilters: whatever the bytes and the chain, decoding ends, within what can
// come out of so many bytes, and gives the same once more.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{"", "x\x9c\x03\x00\x00\x00\x00\x01", "48656C6C6F>", "4 8\n6", "9jqo^~>", "\x02abc\xfdz\x80", "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", "z~>", "\x7f", "\xff"} {
		for i := range chains {
			f.Add([]byte(s), uint8(i), uint8(i*5+2))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, first, second uint8) {
		filters := []string{chains[int(first)%len(chains)], chains[int(second)%len(chains)]}
		const most = 1 << 20
		read := func() []byte {
			s := &scan{limits: Limits{}.or(), report: &Report{}}
			r := s.reader(raw, filters)
			if r == nil {
				return nil
			}
			body, _ := io.ReadAll(io.LimitReader(r, most)) // nonsense ends in an error, and what came before counts
			return body
		}
		body := read()
		if again := read(); !bytes.Equal(body, again) {
			t.Fatalf("%v gives %d bytes, then %d", filters, len(body), len(again))
		}
	})
}

// FuzzHexAndRuns: what is written as hexadecimal digits, with blanks anywhere, or
// in runs, comes back.
func FuzzHexAndRuns(f *testing.F) {
	for _, s := range []string{"", "a", "Hello", strings.Repeat("a", 300), "aab\x80\xff", strings.Repeat("abc", 100)} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, want []byte, blank uint8) {
		digits := hex.EncodeToString(want)
		if at := int(blank); at < len(digits) {
			digits = digits[:at] + " \n" + strings.ToUpper(digits[at:])
		}
		if got, err := io.ReadAll(&hexReader{src: strings.NewReader(digits + ">00")}); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("digits: %q, %v", got, err)
		}
		var runs []byte
		for i := 0; i < len(want); {
			n := 1
			for i+n < len(want) && n < 128 && want[i+n] == want[i] {
				n++
			}
			if n > 1 {
				runs = append(runs, byte(257-n), want[i])
			} else {
				runs = append(runs, 0, want[i])
			}
			i += n
		}
		runs = append(runs, 128, 'x')
		if got, err := io.ReadAll(&runLength{src: bytes.NewReader(runs)}); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("runs: %q, %v", got, err)
		}
	})
}

// FuzzPredictors: rows that were foretold by each PNG filter, and samples of which
// the differences were written, come back; a dictionary that says nonsense breaks
// nothing.
func FuzzPredictors(f *testing.F) {
	f.Add([]byte("some rows of bytes, and a last one"), int64(4), int64(1), int64(8), int64(12))
	f.Add([]byte("\x00\x01\x02\xff\xfe"), int64(2), int64(3), int64(8), int64(15))
	f.Add([]byte("abc"), int64(1)<<62, int64(1)<<40, int64(-1), int64(2))
	f.Add([]byte("abc"), int64(1)<<20, int64(32), int64(16), int64(10))
	f.Fuzz(func(t *testing.T, want []byte, columns, colors, bits, predictor int64) {
		_ = unpredict(bytes.Clone(want), dict{predictor: predictor, columns: columns, colors: colors, bits: bits})
		width, bpp := int(columns&15)+1, int(colors&3)+1
		row := width * bpp
		var foretold []byte
		prev := make([]byte, row)
		for at, kind := 0, byte(0); at < len(want); at, kind = at+row, kind+1 {
			line := want[at:min(at+row, len(want))]
			foretold = append(append(foretold, kind%5), foretell(kind%5, line, prev, bpp)...)
			copy(prev, line)
		}
		if got := unpredict(foretold, dict{predictor: 15, columns: int64(width), colors: int64(bpp), bits: 8}); !bytes.Equal(got, want) {
			t.Fatalf("PNG: %q became %q", want, got)
		}
		differences := bytes.Clone(want)
		for at := 0; at < len(want); at += row {
			end := min(at+row, len(want))
			for i := end - 1; i >= at+bpp; i-- {
				differences[i] -= differences[i-bpp]
			}
		}
		if got := unpredict(differences, dict{predictor: 2, columns: int64(width), colors: int64(bpp), bits: 8}); !bytes.Equal(got, want) {
			t.Fatalf("TIFF: %q became %q", want, got)
		}
	})
}

// foretell applies a PNG filter to a row (PNG specification, 9.2), by the word.
func foretell(kind byte, line, prev []byte, bpp int) []byte {
	out := make([]byte, len(line))
	for i, x := range line {
		var a, b, c int
		if b = int(prev[i]); i >= bpp {
			a, c = int(line[i-bpp]), int(prev[i-bpp])
		}
		p := a + b - c
		nearest := a
		if abs(p-b) < abs(p-nearest) {
			nearest = b
		}
		if abs(p-c) < abs(p-nearest) {
			nearest = c
		}
		out[i] = x - []byte{0, byte(a), byte(b), byte((a + b) / 2), byte(nearest)}[kind]
	}
	return out
}
