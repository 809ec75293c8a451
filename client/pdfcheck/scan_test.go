package pdfcheck

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzScan feeds the scanner whatever bytes: it must come back, within its
// quota, and a script in plain sight must not get past it.
func FuzzScan(f *testing.F) {
	f.Add(onePage("/OpenAction<</S/JavaScript/JS(x)>>"))
	f.Add(onePage("", objectStream(7, "<</S/Launch>>")))
	f.Add(onePage("/Names<</EmbeddedFiles 6 0 R>>", "<</Type/Filespec/F(\\101.exe)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", []byte("x"))))
	f.Add([]byte("%PDF-1.4\n1 0 obj<</A[(\\"))
	f.Add(compact(0))
	f.Add(onePage("/AcroForm<</XFA 6 0 R>>", plainStream("", []byte("<x:script contentType='a'>app.x()</script"))))
	f.Add(onePage("", plainStream("/Filter/JBIG2Decode", jbig2(9, 9)), plainStream("/Filter[/AHx/Fl]/DecodeParms[null<</Predictor 12/Columns 2>>]", []byte("00>"))))
	f.Add(onePage("", "<</EF<</F 7 0 R>>>>", flateStream("", onePage("", "<</EF<</F 7 0 R>>>>", plainStream("", []byte("PK\x03\x04"))))))
	f.Add([]byte("1 0 obj<</Type/ObjStm/N 9/First 2/Filter[/ASCIIHexDecode/RunLengthDecode/LZWDecode/ASCII85Decode]>>stream\n80>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		l := Limits{Structs: 1 << 20, Stream: 1 << 20, Objects: 10_000}.or()
		var r Report
		judgeOutside(data, l, &r)
		s0 := scanFile(data, l, &r)
		s0.pdfa()
		s0.catalogFound()
		r.conclude()
		with := append(bytes.Clone(data), "\n9 0 obj\n<</S/JavaScript/JS(x)>>\nendobj\n"...)
		var s Report
		scanFile(with, l, &s)
		if !s.refused() {
			t.Fatal("an object behind these bytes was not seen")
		}
	})
}

func TestFilters(t *testing.T) {
	s := &scan{}
	for name, c := range map[string]struct {
		raw     string
		filters []string
		want    string
	}{
		"hex":                {"42 6F6e6A6F7572 2>", []string{"ASCIIHexDecode"}, "Bonjour "},
		"ascii 85":           {"6YKn:C2[B~>", []string{"A85"}, ""},
		"run length":         {"\x02abc\xfed\x80", []string{"RunLengthDecode"}, "abcddd"},
		"hex, then a length": {"02 61 62 63 80>", []string{"AHx", "RL"}, "abc"},
		"none":               {"plain", nil, "plain"},
	} {
		r := s.reader([]byte(c.raw), c.filters)
		got, err := io.ReadAll(r)
		if c.want != "" && (string(got) != c.want || err != nil) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if s.reader(nil, []string{"DCTDecode"}) != nil {
		t.Error("a picture's filter is not ours")
	}
}

func TestPredictorsOfObjectStreams(t *testing.T) {
	if got := unpredict([]byte{1, 1, 1, 5, 250, 10}, dict{predictor: 2, columns: 3}); !bytes.Equal(got, []byte{1, 2, 3, 5, 255, 9}) {
		t.Errorf("%v", got)
	}
	// Two rows of four bytes: up, then sub.
	in := []byte{2, 1, 2, 3, 4, 1, 10, 1, 1, 1}
	got := unpredict(in, dict{predictor: 12, columns: 4})
	if want := []byte{1, 2, 3, 4, 10, 11, 12, 13}; !bytes.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNamesOfPrograms(t *testing.T) {
	for written, want := range map[string]bool{
		"(report.pdf)": false, "(report.pdf.EXE )": true, "(a.exe.)": true, "(macro.docm)": true, "(notes.txt)": false,
		"(\\141.b\\141t)": true, "<FEFF0061002E006A0073>": true, "<612E 6A73>": true, "(data.xml)": false, "()": false,
	} {
		lex := lexer{b: []byte(written)}
		if got := isProgramName(decodeString(lex.next().content())); got != want {
			t.Errorf("%q: %v", written, got)
		}
	}
	if !isProgramName(strings.Repeat("x", 300) + ".cmd") {
		t.Error("a long name")
	}
}
