package pdfcheck

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"carnet/client/pdfium"
)

// printer draws texts as pages and reads them back.
type printer struct {
	tb     testing.TB
	r      *rand.Rand
	engine *pdfium.Engine
	gate   *Checker // made at its first use
}

func newPrinter(tb testing.TB) *printer {
	tb.Helper()
	e := pdfium.New(pdfium.Options{CacheDir: pdfium.DefaultCacheDir(), Documents: 1, MaxPixels: 1_000_000})
	tb.Cleanup(func() { _ = e.Close() })
	return &printer{tb: tb, r: rand.New(rand.NewPCG(11, 13)), engine: e}
}

// through draws a text and reads it back.
func (p *printer) through(text string) string {
	p.tb.Helper()
	doc, err := p.engine.Open(p.tb.Context(), p.draw(text))
	if err != nil {
		p.tb.Fatal(err)
	}
	defer doc.Close()
	var b strings.Builder
	for i := range doc.Pages() {
		t, err := doc.Text(p.tb.Context(), i)
		if err != nil {
			p.tb.Fatal(err)
		}
		b.WriteString(t + "\n")
	}
	return b.String()
}

// gated draws a text and reads it as the gate does, which knows plain pages
// itself and asks PDFium about others.
func (p *printer) gated(text string) string {
	p.tb.Helper()
	if p.gate == nil {
		p.gate = New(Options{Workers: 1, Text: true, CacheDir: pdfium.DefaultCacheDir()})
		p.tb.Cleanup(func() { _ = p.gate.Close() })
	}
	r, err := p.gate.Check(p.tb.Context(), p.draw(text))
	if err != nil || r.Verdict == Refused {
		p.tb.Fatal(r, err)
	}
	return r.TextSample
}

// draw lays a text out in one of the ways of real programs: lines one under the
// other, two columns, cells of a table, letters spaced, words placed one by one.
func (p *printer) draw(text string) []byte {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCompression(false)
	pdf.AddPage()
	pdf.SetFont([]string{"Helvetica", "Times", "Courier"}[p.r.IntN(3)], "", float64(8+p.r.IntN(4)))
	latin := pdf.UnicodeTranslatorFromDescriptor("")
	way := p.r.IntN(6)
	y := 15.0
	for _, line := range strings.Split(strings.ReplaceAll(norm.NFC.String(text), "\r", ""), "\n") {
		if y += 5; y > 280 {
			pdf.AddPage()
			y = 15
		}
		p.line(pdf, way, y, strings.ReplaceAll(latinOnly(line), "\u2011", "-"), latin)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		p.tb.Fatal(err)
	}
	return out.Bytes()
}

func (p *printer) line(pdf *fpdf.Fpdf, way int, y float64, line string, latin func(string) string) {
	columns := strings.Split(line, "   ")
	switch {
	case len(columns) > 1: // what stands far apart is placed apart
		x := 15.0
		for _, c := range columns {
			if c = strings.TrimSpace(c); c != "" {
				pdf.Text(x, y, latin(c))
				x += 90
			}
		}
	case way == 1 && strings.Contains(line, " : "): // label and value in two columns
		label, value, _ := strings.Cut(line, " : ")
		pdf.Text(15, y, latin(label+" :"))
		pdf.Text(70, y, latin(value))
	case way == 2: // word by word, as programs that justify do
		x := 15.0
		for w := range strings.FieldsSeq(line) {
			pdf.Text(x, y, latin(w))
			x += pdf.GetStringWidth(latin(w)) + 1.6
		}
	case way == 3 && y < 50: // spaced letters in the head
		pdf.RawWriteStr("q 1.5 Tc")
		pdf.Text(15, y, latin(line))
		pdf.RawWriteStr("Q")
	case way == 4: // a frame around
		pdf.SetXY(15, y)
		pdf.CellFormat(180, 5, latin(line), "1", 0, "L", false, 0, "")
	default:
		pdf.Text(15, y, latin(line))
	}
}

// latinOnly takes off the accents that the standard fonts do not have.
func latinOnly(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c < 0x180 && c != 'ł' || strings.ContainsRune("œŒ’\u2011Ÿ", c) {
			b.WriteRune(c)
		} else {
			b.WriteByte(folded(c))
		}
	}
	return b.String()
}
