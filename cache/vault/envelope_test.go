package vault

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

func TestAnEnvelopeOpensOnlyWhereItWasSealed(t *testing.T) {
	s := sealerFor(t)
	l := Label{Name: "doc/1", Patient: "p-lea"}
	sealed, err := s.Seal([]byte("Bonjour Léa"), l)
	ok(t, "seal", err)
	if bytes.Contains(sealed, []byte("Léa")) {
		t.Fatal("the envelope is clear")
	}
	for _, other := range []Label{{"doc/2", "p-lea"}, {"doc/1", "p-noah"}, {"doc/1p", "-lea"}, {}} {
		_, err := s.Open(sealed, other)
		want(t, "another label", err, ErrDamaged)
	}
	_, err = (&Sealer{s.box, "outbox"}).Open(sealed, l)
	want(t, "another purpose", err, ErrDamaged)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		_, err := s.Open(bad, l)
		want(t, "a flipped byte", err, ErrDamaged)
		_, err = s.Open(sealed[:i], l)
		want(t, "cut", err, ErrDamaged)
	}
	_, err = s.Open(append(bytes.Clone(sealed), 0), l)
	want(t, "one byte more", err, ErrDamaged)
	empty, err := s.Seal(nil, l)
	ok(t, "seal nothing", err)
	if plain, err := s.Open(empty, l); err != nil || plain == nil || len(plain) != 0 {
		t.Errorf("nothing opened to %v, %v", plain, err)
	}
}

func FuzzEnvelope(f *testing.F) {
	s := sealerFor(f)
	good, err := s.Seal([]byte("valeur"), Label{"n", "p"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Add(good[:overhead-1])
	f.Add(append([]byte{2}, good[1:]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := s.Open(data, Label{"n", "p"})
		if (err == nil) != bytes.Equal(data, good) {
			t.Fatalf("opened to %q, %v", plain, err)
		}
		if e, err := parseEnvelope(data); err == nil && 1+len(e.nonce)+len(e.sealed) != len(data) {
			t.Fatal("bytes went missing")
		}
	})
}

func TestStreamsOfEverySize(t *testing.T) {
	s, l := sealerFor(t), Label{"file", "p-lea"}
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 15, Piece - 1, Piece, Piece + 1, 2 * Piece, 3*Piece + 7} {
		plain := make([]byte, n)
		for i := range plain {
			plain[i] = byte(r.Uint32())
		}
		var file bytes.Buffer
		size, err := s.SealStream(&file, iotest.HalfReader(bytes.NewReader(plain)), l)
		ok(t, "seal", err)
		if size != int64(n) {
			t.Fatalf("%d bytes sealed of %d", size, n)
		}
		in, err := s.OpenStream(bytes.NewReader(file.Bytes()), int64(file.Len()), l)
		ok(t, "open", err)
		if err := iotest.TestReader(in, plain); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if in.Size() != int64(n) {
			t.Fatalf("size %d of %d", in.Size(), n)
		}
		in.Wipe()
		if n > 0 && !bytes.Equal(in.buf, make([]byte, len(in.buf))) {
			t.Error("bytes stay after Wipe")
		}
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if again, err := io.ReadAll(in); err != nil || !bytes.Equal(again, plain) {
			t.Fatalf("%d bytes, read again: %v", n, err)
		}
	}
}

// A stream that was cut, reordered, prolonged or changed gives no wrong byte.
func TestADamagedStream(t *testing.T) {
	s, l := sealerFor(t), Label{"file", "p-lea"}
	plain := bytes.Repeat([]byte("0123456789abcdef"), (3*Piece+64)/16)
	var file bytes.Buffer
	_, err := s.SealStream(&file, bytes.NewReader(plain), l)
	ok(t, "seal", err)
	good := file.Bytes()
	piece := func(i int) []byte { return good[streamHead+i*pieceFull : min(len(good), streamHead+(i+1)*pieceFull)] }
	flipped := bytes.Clone(good)
	flipped[streamHead+pieceFull+5] ^= 1
	salted := bytes.Clone(good)
	salted[streamHead-1] ^= 1
	cases := map[string][]byte{
		"empty": {}, "head only": good[:streamHead], "cut in a piece": good[:len(good)-1],
		"cut between pieces": good[:streamHead+2*pieceFull],
		"a piece left out":   bytes.Join([][]byte{good[:streamHead], piece(0), piece(2), piece(3)}, nil),
		"pieces exchanged":   bytes.Join([][]byte{good[:streamHead], piece(1), piece(0), piece(2), piece(3)}, nil),
		"prolonged":          append(bytes.Clone(good), piece(3)...),
		"flipped":            flipped, "another salt": salted,
	}
	for name, bad := range cases {
		in, err := s.OpenStream(bytes.NewReader(bad), int64(len(bad)), l)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(in)
		}
		want(t, name, err, ErrDamaged)
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: wrong bytes were given", name)
		}
	}
	_, err = s.OpenStream(bytes.NewReader(good), int64(len(good)), Label{"file", "p-noah"})
	want(t, "another patient", err, ErrDamaged)
	broken := errors.New("broken")
	if _, err := s.SealStream(io.Discard, iotest.ErrReader(broken), l); !errors.Is(err, broken) {
		t.Errorf("a source that fails: %v", err)
	}
}

func FuzzStream(f *testing.F) {
	s, l := sealerFor(f), Label{"file", "p"}
	var file bytes.Buffer
	if _, err := s.SealStream(&file, bytes.NewReader([]byte("contenu")), l); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(streamMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := s.OpenStream(bytes.NewReader(data), int64(len(data)), l)
		if err != nil {
			return
		}
		if plain, err := io.ReadAll(in); err == nil && string(plain) != "contenu" {
			t.Fatalf("forged: %q", plain)
		}
	})
}

func BenchmarkSeal1KiB(b *testing.B) {
	s, plain := sealerFor(b), make([]byte, 1<<10)
	b.SetBytes(1 << 10)
	for b.Loop() {
		if _, err := s.Seal(plain, Label{"n", "p"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealStream4MiB(b *testing.B) {
	s, plain := sealerFor(b), make([]byte, 4<<20)
	b.SetBytes(4 << 20)
	for b.Loop() {
		if _, err := s.SealStream(io.Discard, bytes.NewReader(plain), Label{"n", "p"}); err != nil {
			b.Fatal(err)
		}
	}
}
