package demo

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"

	"carnet/assets"
)

// Page geometry in millimetres.
const (
	marginX   = 18.0
	marginTop = 14.0
	textWidth = 210 - 2*marginX
	lineH     = 5.0
)

// rgb is a colour of the letterhead.
type rgb struct{ r, g, b int }

// sheet draws one document: a letterhead, a patient block, then sections and
// tables down the page. What it draws depends on its arguments alone, so that
// the same demonstration has the same bytes.
type sheet struct {
	pdf    *fpdf.Fpdf
	colour rgb
	family string              // "ah", embedded, or "Helvetica", of the reader
	t      func(string) string // to the family's encoding
}

// paper is what a sheet needs to begin.
type paper struct {
	title  string
	author pro
	org    org
	day    time.Time // of the act
	pdfA   bool      // claim PDF/A-1b in XMP
	embed  bool      // embed the typeface: three times slower and ten times larger
}

func newSheet(p paper) *sheet {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(p.day)
	f.SetModificationDate(p.day)
	f.SetTitle(p.title, true)
	f.SetAuthor(p.author.name, true)
	f.SetCreator("Carnet, document de démonstration", true)
	f.SetProducer("Carnet", true)
	f.SetLang("fr-FR")
	f.SetCompression(p.embed || p.pdfA) // short pages in the reader's fonts are drawn faster without
	f.SetMargins(marginX, marginTop, marginX)
	f.SetAutoPageBreak(true, 20)
	f.AliasNbPages("")
	s := &sheet{pdf: f, colour: p.org.colour, family: "Helvetica", t: toWindows}
	if p.embed || p.pdfA { // PDF/A embeds its fonts
		f.AddUTF8FontFromBytes("ah", "", assets.Regular.Bytes())
		f.AddUTF8FontFromBytes("ah", "B", assets.Bold.Bytes())
		s.family, s.t = "ah", func(text string) string { return text }
	}
	s.footer(p)
	if p.pdfA {
		f.SetXmpMetadata(xmp(p))
	}
	f.AddPage()
	s.letterhead(p)
	return s
}

func (s *sheet) footer(p paper) {
	s.pdf.SetFooterFunc(func() {
		s.pdf.SetY(-14)
		s.pdf.SetDrawColor(200, 204, 210)
		s.pdf.Line(marginX, s.pdf.GetY(), 210-marginX, s.pdf.GetY())
		s.font("", 7.5, rgb{110, 116, 126})
		s.pdf.SetY(-13)
		s.pdf.CellFormat(textWidth*0.8, 5, s.t(p.org.name+" – Document fictif de démonstration, sans valeur médicale"), "", 0, "L", false, 0, "")
		s.pdf.CellFormat(textWidth*0.2, 5, s.t(fmt.Sprintf("Page %d / {nb}", s.pdf.PageNo())), "", 0, "R", false, 0, "")
	})
}

func (s *sheet) font(style string, size float64, c rgb) {
	s.pdf.SetFont(s.family, style, size)
	s.pdf.SetTextColor(c.r, c.g, c.b)
}

var ink = rgb{28, 33, 41}

// letterhead is the structure on the left and the author on the right.
func (s *sheet) letterhead(p paper) {
	f := s.pdf
	f.SetFillColor(s.colour.r, s.colour.g, s.colour.b)
	f.Rect(0, 0, 210, 4, "F")
	f.SetXY(marginX, marginTop)
	s.font("B", 13, s.colour)
	f.CellFormat(textWidth*0.58, 6.5, s.t(p.org.name), "", 2, "L", false, 0, "")
	s.font("", 8.5, rgb{90, 96, 106})
	for _, line := range p.org.address {
		f.CellFormat(textWidth*0.58, 4.2, s.t(line), "", 2, "L", false, 0, "")
	}
	bottom := f.GetY()
	f.SetXY(marginX+textWidth*0.58, marginTop)
	s.font("B", 10, ink)
	f.CellFormat(textWidth*0.42, 6.5, s.t(p.author.name), "", 2, "R", false, 0, "")
	s.font("", 8.5, rgb{90, 96, 106})
	f.CellFormat(textWidth*0.42, 4.2, s.t(p.author.title), "", 2, "R", false, 0, "")
	f.CellFormat(textWidth*0.42, 4.2, s.t("RPPS "+strings.TrimPrefix(p.author.id, "8")), "", 2, "R", false, 0, "")
	f.SetY(max(bottom, f.GetY()) + 3)
	f.SetDrawColor(s.colour.r, s.colour.g, s.colour.b)
	f.SetLineWidth(0.4)
	f.Line(marginX, f.GetY(), 210-marginX, f.GetY())
	f.SetLineWidth(0.2)
	f.Ln(4)
}

// patient is the identity block: what a reader, and a program that compares,
// looks for.
func (s *sheet) patient(p person, day time.Time) {
	f := s.pdf
	y := f.GetY()
	f.SetFillColor(244, 246, 249)
	f.RoundedRect(marginX, y, textWidth, 21, 1.5, "1234", "F")
	f.SetXY(marginX+4, y+2.5)
	s.font("B", 10.5, ink)
	f.CellFormat(110, 5.5, s.t(p.civility()+" "+p.display()), "", 2, "L", false, 0, "")
	s.font("", 9, ink)
	born := "Né"
	if p.female() {
		born = "Née"
	}
	f.CellFormat(110, 5, s.t("Nom de naissance : "+p.seed.BirthName+"   Prénom : "+p.seed.Given[0]), "", 2, "L", false, 0, "")
	f.CellFormat(110, 5, s.t(born+" le "+frenchDate(p.birth())+", "+p.ageAt(day)), "", 2, "L", false, 0, "")
	f.SetXY(marginX+110, y+2.5)
	s.font("", 9, ink)
	ins := "Identité non qualifiée (sans INS)"
	if p.seed.INS.Value != "" {
		ins = "INS : " + groupedINS(p.seed.INS.Value)
	}
	f.CellFormat(textWidth-114, 5.5, s.t(ins), "", 2, "R", false, 0, "")
	s.font("", 8, rgb{110, 116, 126})
	if p.seed.INS.Value != "" {
		f.CellFormat(textWidth-114, 4.5, s.t("OID "+strings.TrimPrefix(p.seed.INS.System, "urn:oid:")+" (test)"), "", 2, "R", false, 0, "")
	}
	f.CellFormat(textWidth-114, 4.5, s.t(p.seed.City), "", 2, "R", false, 0, "")
	f.SetXY(marginX, y+25)
}

// title is the document's own.
func (s *sheet) title(text, sub string) {
	s.font("B", 15, ink)
	s.pdf.MultiCell(textWidth, 7, s.t(text), "", "L", false)
	s.font("", 9.5, rgb{90, 96, 106})
	s.pdf.MultiCell(textWidth, 5, s.t(sub), "", "L", false)
	s.pdf.Ln(3)
}

func (s *sheet) heading(text string) {
	s.keep(18)
	s.pdf.Ln(1.5)
	s.font("B", 10.5, s.colour)
	s.pdf.MultiCell(textWidth, 6, s.t(text), "", "L", false)
}

// keep starts a new page when less than h millimetres are left.
func (s *sheet) keep(h float64) {
	if s.pdf.GetY()+h > 297-20 {
		s.pdf.AddPage()
	}
}

func (s *sheet) para(text string) {
	s.font("", 10, ink)
	s.pdf.MultiCell(textWidth, lineH, s.t(text), "", "L", false)
	s.pdf.Ln(1)
}

func (s *sheet) bullet(text string) {
	s.font("", 10, ink)
	y := s.pdf.GetY()
	s.pdf.SetFillColor(s.colour.r, s.colour.g, s.colour.b)
	if y+lineH > 297-20 {
		s.pdf.AddPage()
		y = s.pdf.GetY()
	}
	s.pdf.Circle(marginX+1.6, y+2.6, 0.7, "F")
	s.pdf.SetX(marginX + 5)
	s.pdf.MultiCell(textWidth-5, lineH, s.t(text), "", "L", false)
}

// signature closes a document.
func (s *sheet) signature(who pro, day time.Time) {
	s.keep(26)
	s.pdf.Ln(5)
	s.font("", 9.5, ink)
	s.pdf.CellFormat(textWidth, 5, s.t("Le "+frenchDate(day)+","), "", 2, "R", false, 0, "")
	s.font("B", 10, ink)
	s.pdf.CellFormat(textWidth, 5.5, s.t(who.name), "", 2, "R", false, 0, "")
	s.font("", 8.5, rgb{110, 116, 126})
	s.pdf.CellFormat(textWidth, 4.5, s.t("Document validé et signé électroniquement"), "", 2, "R", false, 0, "")
}

// bytes ends the drawing.
func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("demo: draw a document: %w", err)
	}
	return b.Bytes(), nil
}

// xmp claims PDF/A-1b, as most senders do; fpdf makes no output intent, so it
// stays a claim.
func xmp(p paper) []byte {
	return fmt.Appendf(nil, `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, xmlText.Replace(p.title))
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// toWindows encodes for the fonts that every reader has; what they lack is left
// to a question mark, so names beyond them ask for an embedded typeface.
func toWindows(text string) string {
	out, err := charmap.Windows1252.NewEncoder().String(text)
	if err == nil {
		return out
	}
	return strings.Map(func(r rune) rune {
		if _, ok := charmap.Windows1252.EncodeRune(r); ok && r < 0x80 {
			return r
		}
		return '?'
	}, text)
}

// needsEmbedding tells that a text has letters beyond Windows-1252.
func needsEmbedding(text string) bool {
	_, err := charmap.Windows1252.NewEncoder().String(text)
	return err != nil
}
