package fhir

import (
	"bytes"
	"testing"
)

func TestBinaryIsAStreamOfKnownLength(t *testing.T) {
	for _, size := range []int{1, 2, 3, 100_000} {
		content := bytes.Repeat([]byte{0xff}, size)
		var out bytes.Buffer
		if err := WriteBinary(&out, "b1", "application/pdf", bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if int64(out.Len()) != BinarySize("b1", "application/pdf", int64(size)) {
			t.Errorf("%d bytes: length %d, announced %d", size, out.Len(), BinarySize("b1", "application/pdf", int64(size)))
		}
		n, err := Parse(out.Bytes())
		if err != nil || len(Check(n)) > 0 {
			t.Fatal(err, Check(n))
		}
		typ, got, err := ParseBinary(out.Bytes())
		if err != nil || typ != "application/pdf" || !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back otherwise: %v", size, err)
		}
	}
	for _, bad := range []string{`{"resourceType":"Binary","data":"?"}`, `{"resourceType":"Patient"}`, `[`} {
		if _, _, err := ParseBinary([]byte(bad)); CodeOf(err) != Malformed {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
