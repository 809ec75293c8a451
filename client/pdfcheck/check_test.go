package pdfcheck

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/pdfium"
)

func newChecker(tb testing.TB, o Options) *Checker {
	tb.Helper()
	c := New(o)
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	return c
}

// hostile is the set of files that must be refused, and by which name.
func hostile(tb testing.TB) map[string]struct {
	file []byte
	code Code
} {
	whole := report(tb, 3)
	launch := "/OpenAction<</S/Launch/Win<</F(cmd.exe)>>>>"
	exe := "MZ\x90\x00" + strings.Repeat("\x00", 60)
	page := onePage("")
	polyglot := append([]byte("<html><body><script>alert(1)</script></body></html>\n"), page...)
	late := bytes.Replace(page, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\n%<html><script>alert(1)</script>\n"), 1)
	return map[string]struct {
		file []byte
		code Code
	}{
		"empty":                       {nil, CodeEmpty},
		"a text":                      {[]byte("Bonjour, ceci n'est pas un PDF."), CodeNotPDF},
		"a JPEG":                      {append([]byte("\xff\xd8\xff\xe0"), make([]byte, 4000)...), CodeNotPDF},
		"truncated by half":           {whole[:len(whole)/2], CodeTruncated},
		"truncated before the table":  {whole[:bytes.LastIndex(whole, []byte("xref\n0"))], CodeTruncated},
		"only a header":               {[]byte("%PDF-1.4\n"), CodeTruncated},
		"no page to be found":         {assemble("", "<</Type/Catalog>>"), CodeUnreadable},
		"encrypted RC4 40":            {encrypted(tb, false, 40), CodeEncrypted},
		"encrypted RC4 128":           {encrypted(tb, false, 128), CodeEncrypted},
		"encrypted AES 128":           {encrypted(tb, true, 128), CodeEncrypted},
		"encrypted AES 256":           {encrypted(tb, true, 256), CodeEncrypted},
		"script on opening":           {onePage("/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), CodeScript},
		"script by names":             {onePage("/Names<</JavaScript<</Names[(a)6 0 R]>>>>", "<</S/JavaScript/JS(app.alert(1))>>"), CodeScript},
		"script in an escaped name":   {onePage("/OpenAction<</S/J#61va#53cript/#4AS(app.alert(1))>>"), CodeScript},
		"script on closing":           {onePage("/AA<</WC 6 0 R>>", "<</Type/Action/S/JavaScript/JS 7 0 R>>", flateStream("", []byte("app.alert(1)"))), CodeScript},
		"script kind by reference":    {onePage("/OpenAction<</S 6 0 R/JS(app.alert(1))>>", "/JavaScript"), CodeScript},
		"script of an annotation":     {onePage("", "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/JS(x)>>>>"), CodeScript},
		"script of a form field":      {onePage("/AcroForm<</Fields[6 0 R]>>", "<</FT/Tx/T(a)/AA<</K<</S/JavaScript/JS(x)>>>>>>"), CodeScript},
		"script chained by Next":      {onePage("/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next[<</S/JavaScript/JS(x)>>]>>"), CodeScript},
		"script in an object stream":  {onePage("/OpenAction 7 0 R", objectStream(7, "<</S/JavaScript/JS(app.alert(1))>>")), CodeScript},
		"script behind a false type":  {onePage("/OpenAction 7 0 R", strings.Replace(objectStream(7, "<</S/JavaScript/JS(x)>>"), "/Type/ObjStm", "/Type/Other", 1)), CodeScript},
		"script behind a false count": {onePage("/OpenAction 8 0 R", strings.Replace(objectStream(7, "null", "<</S/JavaScript/JS(x)>>"), "/N 2", "/N 1", 1)), CodeScript},
		"objects behind a far filter": {onePage("", strings.Replace(objectStream(7, "<</S/JavaScript/JS(x)>>"), "/Filter/FlateDecode", "/Filter 9 0 R", 1)), CodeOpaque},
		"script as an address":        {onePage("/OpenAction<</S/URI/URI(  JavaScript:alert\\(1\\))>>"), CodeScript},
		"script inside a stream":      {onePage("", "<</Length 60>>\nstream\n7 0 obj <</S/JavaScript/JS(app.alert(1))>> endobj\nendstream"), CodeScript},
		"script of a rendition":       {onePage("/OpenAction<</S/Rendition/JS(x)>>"), CodeScript},
		"script of an XFA form":       {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", []byte("<xdp><script>app.alert(1)</script></xdp>"))), CodeScript},
		"launch":                      {onePage(launch), CodeLaunch},
		"import data":                 {onePage("/OpenAction<</S/ImportData/F(a.fdf)>>"), CodeImportData},
		"submit form":                 {onePage("/OpenAction<</S/SubmitForm/F(http://x.example)>>"), CodeSubmitForm},
		"rich media":                  {onePage("", "<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]/RichMediaContent<</Configurations[<</Instances[<</Subtype/Flash>>]>>]>>>>"), CodeRichMedia},
		"a program by its name":       {onePage("", "<</Type/Filespec/F(facture.pdf.exe)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", []byte("x"))), CodeExecutable},
		"a program by its content":    {onePage("", "<</Type/Filespec/F(notes.txt)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", []byte(exe))), CodeExecutable},
		"a program in UTF-16":         {onePage("", "<</Type/Filespec/UF<FEFF0061002E006500780065>/EF<</F 7 0 R>>>>", flateStream("", []byte("x"))), CodeExecutable},
		"a scripted PDF inside a PDF": {onePage("", "<</Type/Filespec/F(a.pdf)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", onePage(launch))), CodeLaunch},
		"HTML before the header":      {polyglot, CodePolyglot},
		"HTML after the header":       {late, CodePolyglot},
		"ZIP behind the end":          {append(append([]byte{}, page...), "PK\x03\x04aaaaPK\x05\x06"...), CodePolyglot},
		"10,000 pages":                {manyPages(10_000), CodeTooManyPages},
		"bomb":                        {bomb(65 << 20), CodeBomb},
		"bomb in two layers":          {twiceBomb(65 << 20), CodeBomb},
		"bomb of an object stream":    {onePage("", packed("/Type/ObjStm/N 1/First 4", zeros(49<<20))), CodeBomb},
		"a giant image":               {onePage("", flateStream("/Type/XObject/Subtype/Image/Width 100000/Height 100000/BitsPerComponent 8/ColorSpace/DeviceGray", []byte("x"))), CodeBomb},
		"nested arrays":               {onePage("/X " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)), CodeNesting},
		"nested dictionaries":         {onePage("/X " + strings.Repeat("<</A", 100_000)), CodeNesting},
		"unfinished strings":          {[]byte("%PDF-1.4\n" + strings.Repeat("1 0 obj (\n", 60_000) + "startxref\n0\n%%EOF"), CodeNesting},
	}
}

func TestHostileFilesAreRefusedByName(t *testing.T) {
	c := newChecker(t, Options{})
	for name, h := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			r, err := c.Check(t.Context(), h.file)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != Refused || !r.Has(h.code) {
				t.Fatalf("verdict %s, findings %v; want refused for %s", r.Verdict, r.Findings, h.code)
			}
			if d := time.Since(begin); d > 10*time.Second {
				t.Errorf("took %s", d)
			}
			if fr, en := r.Reason("fr"), r.Reason("en"); fr == "" || en == "" || fr == en {
				t.Errorf("no reason in two languages: %q, %q", fr, en)
			}
		})
	}
}

func TestOrdinaryFilesPass(t *testing.T) {
	c := newChecker(t, Options{})
	page := onePage("")
	for name, f := range map[string]struct {
		file    []byte
		pages   int
		remarks []Code
	}{
		"a report":                {report(t, 3), 3, []Code{CodeNoPDFA}},
		"2,000 pages":             {manyPages(2000), 2000, []Code{CodeNoPDFA}},
		"one page":                {page, 1, []Code{CodeNoPDFA}},
		"a claim of PDF/A-1":      {onePage("/Metadata 6 0 R", xmp("1", "B")), 1, nil},
		"a claim of PDF/A-3":      {onePage("/Metadata 6 0 R", xmp("3", "U")), 1, []Code{CodeNoPDFA}},
		"an attached table":       {onePage("", "<</Type/Filespec/F(a.csv)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", []byte("a;b"))), 1, []Code{CodeAttachment, CodeNoPDFA}},
		"a link to the web":       {onePage("/OpenAction<</S/URI/URI(https://x.example)>>"), 1, []Code{CodeNoPDFA}},
		"a font that is named JS": {bytes.ReplaceAll(page, []byte("/F1 "), []byte("/JS ")), 1, []Code{CodeNoPDFA}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := c.Check(t.Context(), f.file)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict == Refused || r.Pages != f.pages {
				t.Fatalf("verdict %s, %d pages, findings %v", r.Verdict, r.Pages, r.Findings)
			}
			var got []Code
			for _, x := range r.Findings {
				got = append(got, x.Code)
			}
			if len(got) != len(f.remarks) {
				t.Fatalf("remarks %v, want %v", got, f.remarks)
			}
			for _, want := range f.remarks {
				if !r.Has(want) {
					t.Errorf("remarks %v lack %s", got, want)
				}
			}
		})
	}
}

func xmp(part, level string) string {
	return flateStream("/Type/Metadata/Subtype/XML", []byte(`<x:xmpmeta><rdf:Description pdfaid:part="`+part+`"><pdfaid:conformance>`+level+`</pdfaid:conformance></rdf:Description></x:xmpmeta>`))
}

func TestStrictProfileRefusesWhatClaimsNoPDFA(t *testing.T) {
	c := newChecker(t, Options{Strict: true})
	r, err := c.Check(t.Context(), report(t, 1))
	if err != nil || r.Verdict != Refused || !r.Has(CodeNoPDFA) {
		t.Fatalf("%v, %v", r, err)
	}
}

func TestAFileOverTheSizeIsRefusedUnread(t *testing.T) {
	c := newChecker(t, Options{Limits: Limits{Size: 1000}})
	r, err := c.CheckReader(t.Context(), bytes.NewReader(make([]byte, 1001)), 1001)
	if err != nil || !r.Has(CodeTooLarge) {
		t.Fatalf("%v, %v", r, err)
	}
	r, err = c.CheckReader(t.Context(), strings.NewReader("short"), 500)
	if fhir.CodeOf(err) != fhir.Unavailable {
		t.Fatalf("a reader that ends early: %v, %v", r, err)
	}
}

// endless takes PDFium some ten seconds: it looks for the end of each of its
// 20,000 streams through the rest of the file.
func endless() []byte { return costly(1 << 20)["streams without end"] }

func TestAFileThatHangsCostsOneFile(t *testing.T) {
	c := newChecker(t, Options{Workers: 1, Time: 300 * time.Millisecond, CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), endless())
	if err != nil || !r.Has(CodeCostly) {
		t.Fatalf("%v, %v", r, err)
	}
	c.opts.Time = 10 * time.Second
	r, err = c.Check(t.Context(), report(t, 1))
	if err != nil || r.Verdict == Refused {
		t.Fatalf("the file after it: %v, %v", r, err)
	}
}

func TestAFileThatTakesTooMuchMemoryCostsOneFile(t *testing.T) {
	c := newChecker(t, Options{Workers: 1, Memory: 1 << 20, CacheDir: pdfium.DefaultCacheDir()})
	r, err := c.Check(t.Context(), endless())
	if err != nil || !r.Has(CodeCostly) {
		t.Fatalf("%v, %v", r, err)
	}
}

func TestAWorkerThatDiedIdleIsReplaced(t *testing.T) {
	c := newChecker(t, Options{Workers: 1})
	file := report(t, 1)
	if _, err := c.Check(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	w := <-c.slots
	w.kill()
	c.slots <- w
	r, err := c.Check(t.Context(), file)
	if err != nil || r.Verdict == Refused {
		t.Fatalf("%v, %v", r, err)
	}
}

func TestCancelAndClose(t *testing.T) {
	c := newChecker(t, Options{Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Check(ctx, report(t, 1)); fhir.CodeOf(err) != fhir.Canceled {
		t.Fatalf("canceled: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(t.Context(), report(t, 1)); fhir.CodeOf(err) != fhir.Unavailable {
		t.Fatalf("closed: %v", err)
	}
}

func TestServerGateAnswersInWords(t *testing.T) {
	g := ServerGate{Checker: newChecker(t, Options{})}
	check := func(g ServerGate, data []byte) error {
		return g.CheckPDF(t.Context(), bytes.NewReader(data), int64(len(data)))
	}
	if err := check(g, report(t, 1)); err != nil {
		t.Fatal(err)
	}
	err := check(g, onePage("/OpenAction<</S/JavaScript/JS(x)>>"))
	var e *fhir.Error
	if !errors.As(err, &e) || e.Code != fhir.Invalid || !strings.Contains(e.Message, "script") || len(e.Issues) != 1 {
		t.Fatalf("%#v", err)
	}
}

func TestEveryFindingHasWordsInBothLanguages(t *testing.T) {
	for code, m := range messages {
		if strings.Contains(m.fr, "'") || regexp.MustCompile(` [:;?!]`).MatchString(m.fr) {
			t.Errorf("%s: a straight apostrophe, or a space that breaks, in %q", code, m.fr)
		}
		if m.fr == "" || m.en == "" || !strings.Contains(m.fr, "\u00a0:") || !strings.Contains(m.en, ":") {
			t.Errorf("%s: the words lack a language or the next step", code)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, file := range map[string][]byte{"4KiB": report(b, 1), "100KiB": sized(b, 100<<10), "1MiB": sized(b, 1<<20)} {
		b.Run(name, func(b *testing.B) {
			c := newChecker(b, Options{})
			b.SetBytes(int64(len(file)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if r, err := c.Check(b.Context(), file); err != nil || r.Verdict == Refused {
						b.Fatal(r, err)
					}
				}
			})
		})
		b.Run(name+"/judge", func(b *testing.B) {
			for b.Loop() {
				judge(b.Context(), file, order{}, newSecond(""))
			}
		})
		b.Run(name+"/scan", func(b *testing.B) {
			for b.Loop() {
				var r Report
				scanFile(file, Limits{}.or(), &r)
			}
		})
	}
}
