package pdfcheck

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"carnet/client/pdfium"
)

// updated appends a revision that replaces object num, as a program that signs
// or annotates does.
func updated(file []byte, num int, object string) []byte {
	var b bytes.Buffer
	b.Write(file)
	before := bytes.LastIndex(file, []byte("startxref\n"))
	var prev int
	_, _ = fmt.Sscan(string(file[before+len("startxref\n"):]), &prev)
	at := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", num, object)
	table := b.Len()
	fmt.Fprintf(&b, "xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size 20/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", num, at, prev, table)
	return b.Bytes()
}

func archive(tb testing.TB, names ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			tb.Fatal(err)
		}
		_, _ = w.Write([]byte("x"))
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// jbig2 is the first segment of a picture of the given size.
func jbig2(w, h uint32) []byte {
	b := []byte{0, 0, 0, 0, 48, 0, 1, 0, 0, 0, 19}
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return append(b, make([]byte, 11)...)
}

func plainStream(entries string, body []byte) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(body), body)
}

// compact is a file without tables in clear: its catalog is in an object stream
// and found by a cross-reference stream, at shift bytes from where it says.
func compact(shift int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	inside := b.Len()
	fmt.Fprintf(&b, "4 0 obj\n%s\nendobj\n", objectStream(1, "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"))
	table := b.Len()
	rows := []byte{0, 0, 0, 0, 2, 0, 4, 0, 2, 0, 4, 1, 2, 0, 4, 2, 1, byte(inside >> 8), byte(inside), 0, 1, byte(table >> 8), byte(table), 0}
	fmt.Fprintf(&b, "5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", flateStream("/Type/XRef/Size 6/W[1 2 1]/Root 1 0 R", rows), table+shift)
	return b.Bytes()
}

// hidden is a second set of files that must be refused by name: what the first
// lays open is hidden here.
func hidden(tb testing.TB) map[string]struct {
	file []byte
	code Code
} {
	const script = "<</S/JavaScript/JS(app.alert(1))>>"
	pe := "MZ\x90\x00" + strings.Repeat("\x00", 60) + "PE\x00\x00"
	page := onePage("")
	form := func(code string) []byte { return []byte("<template>" + code + "</template>") }
	js := `<script contentType="application/x-javascript">x()</script>`
	wide := make([]byte, 0, 400)
	for _, c := range string(form(js)) {
		wide = append(wide, 0, byte(c))
	}
	attach := func(name, stream string, more ...string) []byte {
		return onePage("", append([]string{"<</Type/Filespec/F(" + name + ")/EF<</F 7 0 R>>>>", stream}, more...)...)
	}
	return map[string]struct {
		file []byte
		code Code
	}{
		"a form's script by an array":      {onePage("/AcroForm<</XFA 6 0 R>>", "[(template) 7 0 R]", flateStream("", form(js))), CodeScript},
		"a form's script cut in two":       {onePage("/AcroForm<</XFA[(a) 6 0 R(b) 7 0 R]>>", plainStream("", []byte("<template><scr")), plainStream("", []byte("ipt>app.x()</script>"))), CodeOpaque},
		"a form's script in two bytes":     {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", append([]byte{0xfe, 0xff}, wide...))), CodeScript},
		"a form's script with a prefix":    {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", form("<t:SCRIPT>xfa.host.beep()</t:SCRIPT>"))), CodeScript},
		"a formula that calls out":         {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", form(`<script>Post("http://x.example")</script>`))), CodeScript},
		"a form that cannot be decoded":    {onePage("/AcroForm<</XFA 6 0 R>>", plainStream("/Filter/NoSuch", []byte("x"))), CodeOpaque},
		"a script behind a comment":        {onePage("", plainStream("", []byte("9 0 % x\nobj "+script))), CodeScript},
		"a script by a hexadecimal link":   {onePage("/OpenAction<</S/URI/URI<6A6176617363726970743A6128 29>>>"), CodeScript},
		"a script by a link on two lines":  {onePage("/OpenAction<</S/URI/URI(java\\\nscript:a\\(\\))>>"), CodeScript},
		"a script by a link elsewhere":     {onePage("/OpenAction<</S/URI/URI 6 0 R>>", "(javascript:a\\(\\))"), CodeScript},
		"a script of an outline":           {onePage("/Outlines 6 0 R", "<</First 7 0 R/Last 7 0 R/Count 1>>", "<</Title(a)/Parent 6 0 R/A"+script+">>"), CodeScript},
		"a script of a page":               {onePage("", strings.Replace(plainPage, "/Type/Page", "/Type/Page/AA<</O"+script+">>", 1)), CodeScript},
		"a script by an update":            {updated(page, 1, "<</Type/Catalog/Pages 2 0 R/OpenAction"+script+">>"), CodeScript},
		"a script that an update hides":    {updated(onePage("/OpenAction"+script), 1, "<</Type/Catalog/Pages 2 0 R>>"), CodeScript},
		"a launch of a document":           {onePage("/OpenAction<</S/L#61unch/F(notes.txt)>>"), CodeLaunch},
		"encryption by an update":          {bytes.Replace(page, []byte("trailer\n<<"), []byte("trailer\n<</Encrypt 9 0 R"), 1), CodeEncrypted},
		"a program where none leads":       {onePage("", "<</Type/Filespec/F(a.txt)/EF 7 0 R>>", "<</F 8 0 R>>", flateStream("", []byte(pe))), CodeExecutable},
		"a Linux program":                  {attach("a.txt", flateStream("/Type/EmbeddedFile", []byte("\x7fELF\x02\x01"))), CodeExecutable},
		"a shell script":                   {attach("a.txt", plainStream("/Type/EmbeddedFile", []byte("#!/bin/sh\nrm x"))), CodeExecutable},
		"a program in an archive":          {attach("a.zip", flateStream("/Type/EmbeddedFile", archive(tb, "a.txt", "b.exe"))), CodeExecutable},
		"a macro in a document":            {attach("a.docx", flateStream("/Type/EmbeddedFile", archive(tb, "word/vbaProject.bin"))), CodeExecutable},
		"a name in capitals for Unix":      {onePage("", "<</Type/Filespec/F(a.txt)/UF(a.EXE)/EF<</F 7 0 R>>>>", plainStream("", []byte("x"))), CodeExecutable},
		"a script two PDF deep":            {attach("a.pdf", flateStream("", attach("b.pdf", flateStream("", onePage("/OpenAction"+script))))), CodeScript},
		"an encrypted PDF in a PDF":        {attach("a.pdf", flateStream("", encrypted(tb, true, 128))), CodeEncrypted},
		"a program and a PDF":              {append([]byte("MZ\x90\x00\n"), page...), CodePolyglot},
		"a picture and a PDF":              {append([]byte("GIF89a\n"), page...), CodePolyglot},
		"a page that acts and a PDF":       {append([]byte("<html><head></head><img src=x onerror=alert(1)>\n"), page...), CodePolyglot},
		"a giant picture by its own word":  {onePage("", plainStream("/Filter/JBIG2Decode/Subtype/Image/Width 10/Height 10", jbig2(100_000, 100_000))), CodeBomb},
		"a giant picture that is no image": {onePage("", plainStream("/Filter/JBIG2Decode", jbig2(100_000, 100_000))), CodeBomb},
		"a giant JPEG 2000":                {onePage("", plainStream("/Filter/JPXDecode/Subtype/Image", append([]byte("\xff\x4f\xff\x51\x00\x2f\x00\x00\x7f\xff\xff\xff\x7f\xff\xff\xff"), make([]byte, 16)...))), CodeBomb},
		"a giant JPEG":                     {onePage("", plainStream("/Filter/DCTDecode/Subtype/Image", []byte("\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03"))), CodeBomb},
		"three layers of nothing":          {onePage("", packed("", nil), plainStream("/Filter[/FlateDecode/FlateDecode/FlateDecode]", deflate(deflate(zeros(70<<20))))), CodeBomb},
		"a catalog that only is guessed":   {compact(3), CodeUnreadable},
		"a catalog that is not there":      {bytes.Replace(page, []byte("/Root 1 0 R"), []byte("/Root 8 0 R"), 1), CodeUnreadable},
		"no page":                          {assemble("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"), CodeUnreadable},
		"pages in a circle":                {assemble("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"), CodeUnreadable},
		"more pages than objects":          {bytes.Replace(careless(), []byte("/Count 1"), []byte("/Count 213804087"), 1), CodeUnreadable},
		"a header too far":                 {append(bytes.Repeat([]byte("x\n"), 600), page...), CodeNotPDF},
	}
}

func TestHiddenFilesAreRefusedByName(t *testing.T) {
	for _, o := range []Options{{}, {Text: true, CacheDir: pdfium.DefaultCacheDir()}} {
		c := newChecker(t, o)
		for name, h := range hidden(t) {
			r, err := c.Check(t.Context(), h.file)
			if err != nil || r.Verdict != Refused || !r.Has(h.code) || r.TextSample != "" {
				t.Errorf("%s: %v, %v; want refused for %s", name, r, err, h.code)
			}
		}
	}
}

func TestFindingsSayTheirPlace(t *testing.T) {
	for _, c := range []struct {
		f      Finding
		fr, en string
	}{
		{Finding{Page: 3, Object: 9}, "page 3", "page 3"},
		{Finding{Object: 12}, "objet 12", "object 12"},
		{Finding{Object: unnumbered}, "", ""},
		{Finding{}, "", ""},
	} {
		if fr, en := c.f.Place("fr"), c.f.Place("en"); fr != c.fr || en != c.en {
			t.Errorf("%+v: %q, %q", c.f, fr, en)
		}
	}
	c := newChecker(t, Options{})
	r, err := c.Check(t.Context(), onePage("", "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/JS(x)>>>>"))
	if err != nil || r.Findings[0].Place("fr") != "objet 6" {
		t.Errorf("%+v, %v", r, err)
	}
}

// What looks like the files above and is none of them is not refused.
func TestHarmlessLookalikesPass(t *testing.T) {
	c := newChecker(t, Options{CacheDir: pdfium.DefaultCacheDir()})
	page := onePage("")
	many := []string{}
	for i := range 60 {
		many = append(many, fmt.Sprintf("<</Type/Filespec/F(a.csv)/EF<</F %d 0 R>>>>", 7+2*i), flateStream("/Type/EmbeddedFile", []byte("a;b")))
	}
	for name, f := range map[string]struct {
		file []byte
		code Code
	}{
		"a sum of fields":                {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", []byte("<template><calculate><script>Number1 + Number2</script></calculate></template>"))), CodeForm},
		"a form's setting":               {onePage("/AcroForm<</XFA 6 0 R>>", flateStream("", []byte("<config><script> <runScripts>server</runScripts></script></config>"))), CodeForm},
		"what a mail gateway left":       {append([]byte("<html>\n<head></head>\n"), page...), CodeHeaderOffset},
		"a header at 1,000":              {append(bytes.Repeat([]byte("x\n"), 500), page...), CodeHeaderOffset},
		"a large fax":                    {onePage("", plainStream("/Type/XObject/Subtype/Image/Width 35000/Height 35000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode", []byte("x"))), CodeNoPDFA},
		"sixty attachments":              {onePage("", many...), CodeAttachment},
		"an attached archive":            {onePage("", "<</Type/Filespec/F(a.zip)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", archive(t, "a.txt", "b.csv"))), CodeAttachment},
		"an attached PDF":                {onePage("", "<</Type/Filespec/F(a.pdf)/EF<</F 7 0 R>>>>", flateStream("/Type/EmbeddedFile", page)), CodeAttachment},
		"a page that says no type":       {bytes.Replace(page, []byte("/Type/Page/Parent"), []byte("/Parent"), 1), CodeRepaired},
		"no end":                         {bytes.TrimSuffix(page, []byte("%%EOF\n")), CodeRepaired},
		"an update that adds a remark":   {updated(page, 1, "<</Type/Catalog/Pages 2 0 R/Lang(fr)>>"), CodeNoPDFA},
		"a film":                         {onePage("", "<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>"), CodeMedia},
		"a link that does nothing":       {onePage("/OpenAction<</S/URI/URI(javascript:void\\(0\\))>>"), CodeNoPDFA},
		"comments that speak of objects": {bytes.Replace(page, []byte("xref\n0"), append(bytes.Repeat([]byte("%% object stream: object 1\n"), 3000), "xref\n0"...), 1), CodeNoPDFA},
		"a catalog in a stream":          {compact(0), CodeNoPDFA},
		"a version to come":              {bytes.Replace(page, []byte("%PDF-1.7"), []byte("%PDF-1.8"), 1), CodeRepaired},
	} {
		r, err := c.Check(t.Context(), f.file)
		if err != nil || r.Verdict == Refused || !r.Has(f.code) || r.Pages != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// The text that is read without a viewer is what a viewer reads.
func TestQuickTextIsTheViewersText(t *testing.T) {
	viewer := newSecond(pdfium.DefaultCacheDir())
	viewer.warm()
	for name, file := range map[string][]byte{"core fonts": report(t, 3), "embedded fonts": laboratory(t, 3, 60<<10), "one page": onePage("")} {
		first, err := pdfcpuOpinion(file, order{Limits: Limits{}.or(), Text: true})
		if err != nil || !first.read {
			t.Fatalf("%s: not read: %v", name, err)
		}
		seen, err := viewer.read(t.Context(), file, look{text: true, pages: 3})
		if err != nil {
			t.Fatal(err)
		}
		quick, slow := strings.Fields(first.sample), strings.Fields(seen.sample)
		if strings.Join(quick, " ") != strings.Join(slow, " ") {
			t.Errorf("%s:\n%q\n%q", name, quick, slow)
		}
	}
}
