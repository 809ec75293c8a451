package fhir

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// bodyWith gives a DocumentReference whose data element is the given JSON.
func bodyWith(data string) string {
	return `{"resourceType":"DocumentReference","text":"a \"quoted\" \\ word","content":[{"attachment":{"contentType":"text/plain","data":` + data + `,"title":"x"}}],"after":{"data":"stays"}}`
}

func TestSplitTakesTheContentOutAndKeepsTheRest(t *testing.T) {
	content := bytes.Repeat([]byte("Compte rendu. "), 70_000) // 980,000 bytes
	plain := base64.StdEncoding.EncodeToString(content)
	folded := strings.ReplaceAll(plain, "/", `\/`)
	for i := 76; i < len(folded) && i < 100_000; i += 80 {
		if folded[i-1] != '\\' && folded[i] != '\\' {
			folded = folded[:i] + `\r\n ` + folded[i:]
		}
	}
	for name, c := range map[string]struct {
		data string
		lim  SplitLimits
		file bool
	}{
		"in memory":       {plain, DefaultSplitLimits(), false},
		"spooled":         {plain, SplitLimits{Data: 1 << 20, Body: 4096, Memory: 1000, Dir: t.TempDir()}, true},
		"escaped, folded": {folded, DefaultSplitLimits(), false},
		"as \\u002f":      {strings.ReplaceAll(plain[:400], "/", `\u002f`) + plain[400:], DefaultSplitLimits(), false},
	} {
		for _, r := range []io.Reader{strings.NewReader(bodyWith(`"` + c.data + `"`)), iotest.OneByteReader(strings.NewReader(bodyWith(`"` + c.data + `"`)))} {
			s, err := SplitData(r, c.lim)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := io.ReadAll(io.NewSectionReader(s.Data, 0, s.Size))
			if err != nil || !bytes.Equal(got, content) || s.SHA1 != sha1.Sum(content) || s.SHA256 != sha256.Sum256(content) {
				t.Fatalf("%s: the content is not what was sent (%v)", name, err)
			}
			if (s.File != nil) != c.file {
				t.Errorf("%s: spool file %v", name, s.File != nil)
			}
			sum := sha256.Sum256(content)
			if want := bodyWith(`"` + base64.StdEncoding.EncodeToString(sum[:]) + `"`); string(s.Body) != want {
				t.Errorf("%s: body is %s", name, s.Body)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	good := `"` + base64.StdEncoding.EncodeToString([]byte("hello, world")) + `"`
	small := SplitLimits{Data: 8, Body: 4096, Memory: 4096}
	whole := bodyWith(good)
	for name, c := range map[string]struct {
		body string
		lim  SplitLimits
		want Code
	}{
		"too large":          {whole, small, TooLarge},
		"long description":   {whole, SplitLimits{Data: 1000, Body: 50, Memory: 1000}, TooLarge},
		"no base64":          {bodyWith(`"a*b="`), DefaultSplitLimits(), Invalid},
		"no padding":         {bodyWith(`"YWI"`), DefaultSplitLimits(), Invalid},
		"after the padding":  {bodyWith(`"YQ==YQ=="`), DefaultSplitLimits(), Invalid},
		"empty":              {bodyWith(`""`), DefaultSplitLimits(), Invalid},
		"odd escape":         {bodyWith(`"YW\qI="`), DefaultSplitLimits(), Invalid},
		"twice":              {strings.Replace(whole, `"title":"x"`, `"data":`+good, 1), DefaultSplitLimits(), Malformed},
		"twice, escaped key": {strings.Replace(whole, `"title":"x"`, `"\u0064ata":`+good, 1), DefaultSplitLimits(), Malformed},
		"second content":     {strings.Replace(whole, `}}],`, `}},{"attachment":{"data":`+good+`}}],`, 1), DefaultSplitLimits(), Malformed},
		"cut in the data":    {whole[:strings.Index(whole, good)+8], DefaultSplitLimits(), Malformed},
		"cut in the rest":    {whole[:len(whole)-3], DefaultSplitLimits(), Malformed},
		"crossed brackets":   {`{"a":[}`, DefaultSplitLimits(), Malformed},
		"too deep":           {strings.Repeat("[", 100), DefaultSplitLimits(), Malformed},
	} {
		s, err := SplitData(strings.NewReader(c.body), c.lim)
		if CodeOf(err) != c.want || s != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestSplitToleratesLooseTrailingBits(t *testing.T) {
	s, err := SplitData(strings.NewReader(bodyWith(`"YWJjZf=="`)), DefaultSplitLimits())
	if err != nil || s.Size != 4 {
		t.Fatalf("%v", err)
	}
}

func FuzzSplitData(f *testing.F) {
	f.Add([]byte(bodyWith(`"aGVsbG8="`)))
	f.Add([]byte(bodyWith(`"aGVs\/\n\u0062G8="`)))
	f.Add([]byte(`{"content":[{"attachment":{"data":"\\`))
	f.Add([]byte(`{"a":"\\\"","content":{"attachment":{"data":"YQ=="}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		lim := SplitLimits{Data: 1 << 12, Body: 1 << 12, Memory: 1 << 12}
		s, err := SplitData(bytes.NewReader(body), lim)
		if err != nil {
			if CodeOf(err) == Internal {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		defer s.Close()
		if s.Size > lim.Data || len(s.Body) > lim.Body {
			t.Fatal("over the limits")
		}
		again, err := SplitData(iotest.OneByteReader(bytes.NewReader(body)), lim)
		if err != nil || !bytes.Equal(again.Body, s.Body) || again.SHA256 != s.SHA256 {
			t.Fatalf("another answer when read byte by byte: %v", err)
		}
		if json.Valid(body) && !json.Valid(s.Body) {
			t.Fatal("valid JSON was broken")
		}
	})
}

func BenchmarkSplitData100KiB(b *testing.B) {
	body := []byte(bodyWith(`"` + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789abcdef"), 6400)) + `"`))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	lim := DefaultSplitLimits()
	lim.Expect = int64(len(body))
	for b.Loop() {
		s, err := SplitData(bytes.NewReader(body), lim)
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}
