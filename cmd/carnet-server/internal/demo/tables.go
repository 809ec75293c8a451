package demo

import "strings"

// grid draws a table whose first row is its header, each column as wide as its
// widest cell asks, in proportion.
func (s *sheet) grid(rows [][]string) {
	columns := len(rows[0])
	widths := make([]float64, columns)
	s.font("B", 9, ink)
	total := 0.0
	for j := range columns {
		for _, row := range rows {
			if j < len(row) {
				widths[j] = max(widths[j], min(s.pdf.GetStringWidth(s.t(row[j]))+5, textWidth*0.55))
			}
		}
		total += widths[j]
	}
	for j := range widths {
		widths[j] *= textWidth / total
	}
	aligns := make([]string, columns)
	for j := range aligns {
		aligns[j] = "L"
	}
	s.header(widths, aligns, rows[0])
	for i, row := range rows[1:] {
		s.row(widths, row, i%2 == 1, func() { s.header(widths, aligns, rows[0]) })
	}
	s.pdf.Ln(2)
}

// row draws cells that wrap, all as high as the highest.
func (s *sheet) row(widths []float64, row []string, shaded bool, again func()) {
	s.font("", 9, ink)
	high := 1
	for j := range widths {
		if j < len(row) {
			high = max(high, s.lines(row[j], widths[j]))
		}
	}
	h := float64(high)*4.6 + 1.8
	if s.pdf.GetY()+h > 297-20 {
		s.pdf.AddPage()
		again()
		s.font("", 9, ink)
	}
	x, y := marginX, s.pdf.GetY()
	if shaded {
		s.pdf.SetFillColor(246, 247, 250)
		s.pdf.Rect(x, y, textWidth, h, "F")
	}
	for j, w := range widths {
		if j < len(row) && row[j] != "" {
			s.pdf.SetXY(x, y+0.9)
			s.pdf.MultiCell(w, 4.6, s.t(row[j]), "", "L", false)
		}
		x += w
	}
	s.pdf.SetXY(marginX, y+h)
}

// lines counts the lines that a text takes in a column.
func (s *sheet) lines(text string, width float64) int {
	if s.family == "Helvetica" {
		return len(s.pdf.SplitLines([]byte(s.t(text)), width))
	}
	return len(s.pdf.SplitText(text, width))
}

func (s *sheet) header(widths []float64, aligns, header []string) {
	s.font("B", 8.5, rgb{255, 255, 255})
	s.pdf.SetFillColor(s.colour.r, s.colour.g, s.colour.b)
	s.pdf.SetX(marginX)
	for j, text := range header {
		s.pdf.CellFormat(widths[j], 6.5, s.t(text), "", 0, aligns[j], true, 0, "")
	}
	s.pdf.Ln(6.5)
}

// results draws measured values with their reference ranges; abnormal ones are
// bold and say how they lie.
func (s *sheet) results(rows [][]string) {
	widths := []float64{textWidth * .40, textWidth * .13, textWidth * .15, textWidth * .20, textWidth * .12}
	aligns := []string{"L", "R", "L", "L", "L"}
	header := []string{"Examen", "Résultat", "Unité", "Valeurs de référence", ""}
	s.keep(20)
	s.header(widths, aligns, header)
	for i, row := range rows {
		if s.pdf.GetY()+6.5 > 297-20 {
			s.pdf.AddPage()
			s.header(widths, aligns, header)
		}
		s.result(widths, aligns, row, i%2 == 1)
	}
	s.pdf.Ln(2)
}

func (s *sheet) result(widths []float64, aligns, row []string, shaded bool) {
	s.pdf.SetFillColor(246, 247, 250)
	s.pdf.SetX(marginX)
	abnormal := strings.HasPrefix(row[4], "*")
	for j, text := range row {
		s.font("", 9, ink)
		if abnormal && (j == 1 || j == 4) {
			s.font("B", 9, rgb{176, 42, 48})
		}
		s.pdf.CellFormat(widths[j], 6, s.t(strings.TrimPrefix(text, "*")), "", 0, aligns[j], shaded, 0, "")
	}
	s.pdf.Ln(6)
}

// item draws one prescribed line: the product, how it is taken, how long.
func (s *sheet) item(c []string) {
	s.keep(14)
	s.pdf.Ln(0.8)
	s.font("B", 10.5, ink)
	s.pdf.SetX(marginX + 3)
	s.pdf.MultiCell(textWidth-3, 5.2, s.t(c[0]), "", "L", false)
	s.font("", 9.5, rgb{70, 76, 86})
	s.pdf.SetX(marginX + 8)
	s.pdf.MultiCell(textWidth-8, 4.8, s.t(strings.Join(c[1:], "  –  ")), "", "L", false)
}
