package pagetext

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// document is a page that draws content; F1 is Helvetica in Windows' encoding,
// F2 a font of two-byte codes with a table, F3 one that names no characters, F4
// one with a few glyphs of its own, X1 a form that draws "dedans", P1 a
// replacement text.
func document(content string) []byte {
	table := "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfrange <0001> <0002> <0041> <0005> <0006> [<00C9> <00660069>] endbfrange " +
		"2 beginbfchar <0009> <05D0> <000A> <E001> endbfchar endcmap"
	stream := func(entries, body string) string {
		return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(body), body)
	}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 6 0 R/F3 9 0 R/F4 10 0 R>>/XObject<</X1 11 0 R>>/Properties<</P1<</ActualText(x)>>/P2<</MCID 1>>>>>>>>",
		stream("", content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[7 0 R]/ToUnicode 8 0 R>>",
		"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500/W[1[600 600] 5 6 700]>>",
		stream("", table),
		"<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<<>>/Encoding<<>>/FirstChar 0/LastChar 0/Widths[0]>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/eacute/uni0152/nosuchglyph]>>>>",
		stream("/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Matrix[1 0 0 1 100 0]/Resources<</Font<</F1 5 0 R>>>>", "BT /F1 10 Tf 0 700 Td (dedans) Tj ET"),
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table2 := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table2)
	return b.Bytes()
}

func open(tb testing.TB, file []byte) *model.Context {
	tb.Helper()
	api.DisableConfigDir()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode, conf.Offline, conf.Optimize = model.ValidationRelaxed, true, false
	ctx, err := api.ReadContext(bytes.NewReader(file), conf)
	if err != nil {
		tb.Fatal(err)
	}
	if err := ctx.EnsurePageCount(); err != nil {
		tb.Fatal(err)
	}
	return ctx
}

func TestTextAsThePageShowsIt(t *testing.T) {
	const f1 = "BT /F1 10 Tf 50 700 Td "
	for name, c := range map[string]struct{ content, want string }{
		"one line":                    {f1 + "(Bonjour) Tj ET", "Bonjour\n"},
		"accents by their codes":      {f1 + "(H\\351l\\350ne \\200) Tj ET", "Hélène €\n"},
		"two lines":                   {f1 + "(Nom) Tj 0 -12 Td (MARTIN) Tj ET", "Nom\nMARTIN\n"},
		"a line by leading":           {f1 + "12 TL (Nom) Tj T* (MARTIN) Tj (x) ' ET", "Nom\nMARTIN\nx\n"},
		"cells of a table":            {f1 + "(Glucose) Tj ET BT /F1 10 Tf 200 700 Td (5,1) Tj ET", "Glucose 5,1\n"},
		"cells drawn from the right":  {"BT /F1 10 Tf 200 700 Td (5,1) Tj ET " + f1 + "(Glucose) Tj ET", "Glucose 5,1\n"},
		"kerning":                     {f1 + "[(Gl) 20 (u) -15 (cose) -400 (sang)] TJ ET", "Glucose sang\n"},
		"letters one by one":          {f1 + "(A) Tj 6.67 0 Td (B) Tj ET", "AB\n"},
		"two bytes a character":       {"BT /F2 10 Tf 50 700 Td <0001000200050006> Tj ET", "ABÉfi\n"},
		"glyphs of its own":           {"BT /F4 10 Tf 50 700 Td (AxB) Tj ET", "éxŒ\n"},
		"a form":                      {"/X1 Do", "dedans\n"},
		"a picture between":           {"BI /W 1 /H 1 ID (((EIx\n EI " + f1 + "(a) Tj ET", "a\n"},
		"bold by drawing twice":       {f1 + "(a) Tj ET BT /F1 10 Tf 50.3 700 Td (a) Tj ET", "a\n"},
		"outside the page":            {"BT /F1 10 Tf 50 2000 Td (nobody) Tj ET", ""},
		"scaled by the page":          {"2 0 0 2 0 0 cm BT /F1 10 Tf 50 300 Td (a) Tj ET", "a\n"},
		"what q keeps":                {"q 1 0 0 1 0 -9000 cm Q " + f1 + "(a) Tj ET", "a\n"},
		"a marked passage":            {"/Span /P2 BDC " + f1 + "(a) Tj ET EMC", "a\n"},
		"nothing at all":              {"", ""},
		"a comment and a stray brace": {"% (x) Tj\n} " + f1 + "(a\\)b\\\nc) Tj ET", "a)bc\n"},
	} {
		got, ok := Read(open(t, document(c.content)), 3, 1000)
		if !ok || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, ok, c.want)
		}
	}
}

func TestWhatItDoesNotUnderstandIsLeftToAViewer(t *testing.T) {
	for name, content := range map[string]string{
		"turned text":               "BT /F1 10 Tf 0 1 -1 0 50 700 Tm (a) Tj ET",
		"mirrored text":             "BT /F1 10 Tf -1 0 0 1 50 700 Tm (a) Tj ET",
		"a replacement text":        "/Span <</ActualText (x)>> BDC BT /F1 10 Tf (a) Tj ET EMC",
		"a replacement by its name": "/Span /P1 BDC BT /F1 10 Tf (a) Tj ET EMC",
		"a font without characters": "BT /F3 10 Tf 50 700 Td (a) Tj ET",
		"a font that is not there":  "BT /F9 10 Tf 50 700 Td (a) Tj ET",
		"a code without meaning":    "BT /F2 10 Tf 50 700 Td <0077> Tj ET",
		"a stand-in character":      "BT /F2 10 Tf 50 700 Td <000A> Tj ET",
		"from right to left":        "BT /F2 10 Tf 50 700 Td <0009> Tj ET",
		"an unknown glyph":          "BT /F4 10 Tf 50 700 Td (C) Tj ET",
		"saved without end":         strings.Repeat("q ", 600),
	} {
		if got, ok := Read(open(t, document(content)), 3, 1000); ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// FuzzContent has whatever bytes drawn: the reader comes back.
func FuzzContent(f *testing.F) {
	f.Add([]byte("BT /F1 10 Tf 50 700 Td (H\\351l\\350ne) Tj [(a) -9 <62>] TJ ET /X1 Do BI ID EI q Q 1 0 0 1 0 0 cm /G gs"))
	f.Add([]byte("BT /F2 10 Tf 50 700 Td <0001000200050006> Tj T* ( ' \" ET"))
	f.Add([]byte("/Span <</ActualText (x)>> BDC EI BI"))
	ctx := open(f, document(""))
	f.Fuzz(func(t *testing.T, content []byte) {
		r := &reader{ctx: ctx, faces: map[string]*face{}, content: mostContent}
		d, _, _, err := ctx.PageDict(1, false)
		if err != nil {
			t.Fatal(err)
		}
		in := &interpreter{reader: r, ctm: identity}
		in.run(content, r.dict(r.inherited(d, "Resources")), 0)
		var out strings.Builder
		write(&out, r.runs)
	})
}

// FuzzMeanings has whatever bytes read as a table of meanings.
func FuzzMeanings(f *testing.F) {
	f.Add([]byte("1 beginbfrange <0000> <FFFF> <0000> endbfrange"), 65)
	f.Add([]byte("2 beginbfchar <01> <D83DDE00> <02> <> endbfchar 1 beginbfrange <05> <06> [<41> <42>] endbfrange"), 1)
	f.Fuzz(func(_ *testing.T, table []byte, code int) {
		if m := readMeanings(table); m != nil {
			m.of(code)
		}
	})
}
