// Package handout draws one sheet of A4 as PDF: a person's health at a glance, in
// two columns of blocks. It knows words and places, nothing of what they mean:
// what is on the sheet was decided by whoever filled it in, and so was their
// language.
//
// One page, always. Draw measures the blocks, makes the letters smaller as far as
// they can still be read, and then shortens the longest block, saying so; nothing
// runs over the edge or onto a second sheet that gets lost. The faces are handed
// in (Faces) and embedded, so that every printer draws the same. The same sheet
// gives the same bytes.
package handout

import (
	"bytes"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
)

// Sheet is what stands on the paper.
type Sheet struct {
	Title    string
	Name     string   // whose it is
	Identity []string // what tells them from others
	Made     string   // by whom and when
	Left     []Block
	Right    []Block
	Foot     []string // what it is worth
	More     string   // where a block was shortened
	Language string   // "fr" or "en": of the document
	Day      time.Time
}

// Block is a heading and its lines.
type Block struct {
	Title string
	Lines []Line
	Keep  bool // it is shortened last
}

// Line is one thing: what it is, what stands under it, a word at its right.
type Line struct {
	Text, Under, Word string
	Strong            bool
}

// Faces are the typefaces, as TrueType.
type Faces struct{ Regular, Bold []byte }

// Geometry in millimetres, and sizes of letters in points at scale 1.
const (
	margin    = 14.0
	width     = 210 - 2*margin
	gap       = 8.0
	column    = (width - gap) / 2
	bottom    = 297 - 12.0
	textSize  = 9.5
	underSize = 7.4
	headSize  = 10.5
	smallest  = 0.68 // 6.5 points: below that nobody reads
)

// Draw makes the PDF. Errors: of typefaces that cannot be read.
func Draw(s Sheet, f Faces) ([]byte, error) {
	if len(f.Regular) == 0 || len(f.Bold) == 0 {
		return nil, errors.New("handout: a typeface is missing")
	}
	d := newDrawing(s, f)
	top := d.head(s)
	foot := d.footHeight(s)
	room := bottom - foot - top
	s.Left, s.Right = d.shorten(s.Left, 4*room, 1, s.More), d.shorten(s.Right, 4*room, 1, s.More) // what fits at no scale
	scale := d.fit(s, room)
	s.Left, s.Right = d.shorten(s.Left, room, scale, s.More), d.shorten(s.Right, room, scale, s.More)
	d.blocks(s.Left, margin, top, scale)
	d.blocks(s.Right, margin+column+gap, top, scale)
	d.foot(s, bottom-foot)
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// drawing is a page that is being drawn.
type drawing struct{ pdf *fpdf.Fpdf }

func newDrawing(s Sheet, f Faces) *drawing {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetCatalogSort(true)
	p.SetCreationDate(s.Day)
	p.SetModificationDate(s.Day)
	p.SetTitle(s.Title, true) // never the person's name: titles stand in print queues
	p.SetCreator("Carnet", true)
	p.SetProducer("Carnet", true)
	if s.Language == "en" {
		p.SetLang("en")
	} else {
		p.SetLang("fr-FR")
	}
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(false, 0)
	p.AddUTF8FontFromBytes("face", "", f.Regular)
	p.AddUTF8FontFromBytes("face", "B", f.Bold)
	p.AddPage()
	return &drawing{p}
}

// say sets the style of letters: bold or not, size in points, grey from 0 to 255.
func (d *drawing) say(bold bool, size float64, grey int) {
	style := ""
	if bold {
		style = "B"
	}
	d.pdf.SetFont("face", style, size)
	d.pdf.SetTextColor(grey, grey, grey)
}

// clean takes out what a line of paper cannot have.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u202f' || r == '\u00a0':
			return ' '
		case r < ' ' || r == utf8.RuneError || r > 0xffff:
			return -1
		}
		return r
	}, text)
}

// lines breaks a text into the lines that fit a width, at most so many; what does
// not fit ends in an ellipsis.
func (d *drawing) lines(text string, width float64, most int) []string {
	all := d.pdf.SplitText(clean(text), width)
	if len(all) <= most {
		return all
	}
	all = all[:most]
	last := []rune(strings.TrimSpace(all[most-1]))
	for len(last) > 0 && d.pdf.GetStringWidth(string(last)+"…") > width-2 {
		last = last[:len(last)-1]
	}
	all[most-1] = string(last) + "…"
	return all
}

// head writes whose sheet it is, and gives where the blocks begin.
func (d *drawing) head(s Sheet) float64 {
	p := d.pdf
	p.SetXY(margin, margin-2)
	d.say(true, 15, 20)
	p.CellFormat(width*0.68, 7, first(d.lines(s.Name, width*0.68, 1)), "", 0, "L", false, 0, "")
	d.say(true, 11, 90)
	p.CellFormat(width*0.32, 7, clean(s.Title), "", 1, "R", false, 0, "")
	d.say(false, 9, 50)
	for _, line := range s.Identity {
		p.CellFormat(width, 4.4, first(d.lines(line, width, 1)), "", 1, "L", false, 0, "")
	}
	d.say(false, 8, 110)
	p.CellFormat(width, 4.4, first(d.lines(s.Made, width, 1)), "", 1, "L", false, 0, "")
	y := p.GetY() + 1.5
	p.SetDrawColor(10, 106, 130)
	p.SetLineWidth(0.5)
	p.Line(margin, y, margin+width, y)
	p.SetLineWidth(0.2)
	return y + 3
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// fit gives the largest scale at which both columns have room.
func (d *drawing) fit(s Sheet, room float64) float64 {
	for scale := 1.0; scale > smallest; scale -= 0.08 {
		if d.height(s.Left, scale) <= room && d.height(s.Right, scale) <= room {
			return scale
		}
	}
	return smallest
}

// height is that of a column of blocks.
func (d *drawing) height(blocks []Block, scale float64) float64 {
	h := 0.0
	for _, b := range blocks {
		h += blockRoom * scale
		for _, l := range b.Lines {
			h += d.lineHeight(l, scale)
		}
	}
	return h
}

// blockRoom is that of a heading and of the space after a block, at scale 1.
const blockRoom = 6.6 + 2.4

func (d *drawing) lineHeight(l Line, scale float64) float64 {
	text, under := d.broken(l, scale)
	return (float64(len(text))*4.1 + float64(len(under))*3.2 + 0.9) * scale
}

// broken gives the lines of a line's texts at a scale.
func (d *drawing) broken(l Line, scale float64) (text, under []string) {
	d.say(l.Strong, textSize*scale, 20)
	text = d.lines(l.Text, d.textWidth(l, scale), 2)
	if l.Under != "" {
		d.say(false, underSize*scale, 100)
		under = d.lines(l.Under, column-1, 2)
	}
	return text, under
}

// textWidth is the room that a line's word leaves.
func (d *drawing) textWidth(l Line, scale float64) float64 {
	if l.Word == "" {
		return column - 1
	}
	d.say(true, underSize*1.1*scale, 20)
	w := d.pdf.GetStringWidth(clean(l.Word))
	d.say(l.Strong, textSize*scale, 20)
	return max(column-w-3, column/3)
}

// mostLines of a block are looked at; no page has more room.
const mostLines = 60

// shorten takes lines from the longest blocks until a column has room, and says
// where.
func (d *drawing) shorten(blocks []Block, room, scale float64, more string) []Block {
	heights := make([][]float64, len(blocks))
	out, cut := make([]Block, len(blocks)), make([]bool, len(blocks))
	total := 0.0
	for i, b := range blocks {
		cut[i] = len(b.Lines) > mostLines
		out[i] = Block{Title: b.Title, Lines: b.Lines[:min(len(b.Lines), mostLines)], Keep: b.Keep}
		total += blockRoom * scale
		for _, l := range out[i].Lines {
			h := d.lineHeight(l, scale)
			heights[i] = append(heights[i], h)
			total += h
		}
	}
	said := d.lineHeight(Line{Text: more}, scale)
	need := func() float64 {
		n := total
		for _, c := range cut {
			if c {
				n += said
			}
		}
		return n
	}
	for need() > room {
		longest := longestOf(out)
		if longest < 0 {
			break
		}
		last := len(out[longest].Lines) - 1
		total -= heights[longest][last]
		out[longest].Lines, cut[longest] = out[longest].Lines[:last], true
	}
	for i := range out {
		if cut[i] {
			out[i].Lines = append(out[i].Lines[:len(out[i].Lines):len(out[i].Lines)], Line{Text: more})
		}
	}
	return out
}

// longestOf is the block that can best be shortened: the longest of those that need
// not be kept, as long as one of them has more than a line; -1 when none has.
func longestOf(all []Block) int {
	longest := -1
	for i, b := range all {
		switch {
		case len(b.Lines) < 2:
		case longest < 0, all[longest].Keep && !b.Keep, all[longest].Keep == b.Keep && len(b.Lines) > len(all[longest].Lines):
			longest = i
		}
	}
	return longest
}

// blocks draws a column.
func (d *drawing) blocks(all []Block, x, y, scale float64) {
	p := d.pdf
	for _, b := range all {
		d.say(true, headSize*scale, 20)
		p.SetTextColor(10, 106, 130)
		p.SetXY(x, y)
		p.CellFormat(column, 5*scale, first(d.lines(b.Title, column, 1)), "", 0, "L", false, 0, "")
		y += 5.4 * scale
		p.SetDrawColor(190, 200, 206)
		p.Line(x, y, x+column, y)
		y += 1.2 * scale
		for _, l := range b.Lines {
			y = d.line(l, x, y, scale)
		}
		y += 2.4 * scale
	}
}

// line draws one thing and gives where the next begins.
func (d *drawing) line(l Line, x, y, scale float64) float64 {
	p := d.pdf
	text, under := d.broken(l, scale)
	if l.Word != "" {
		d.say(true, underSize*1.1*scale, 20)
		p.SetXY(x, y)
		p.CellFormat(column, 4.1*scale, clean(l.Word), "", 0, "R", false, 0, "")
	}
	d.say(l.Strong, textSize*scale, 20)
	for _, s := range text {
		p.SetXY(x, y)
		p.CellFormat(column, 4.1*scale, s, "", 0, "L", false, 0, "")
		y += 4.1 * scale
	}
	d.say(false, underSize*scale, 100)
	for _, s := range under {
		p.SetXY(x, y)
		p.CellFormat(column, 3.2*scale, s, "", 0, "L", false, 0, "")
		y += 3.2 * scale
	}
	return y + 0.9*scale
}

// footHeight is the room of what the sheet is worth.
func (d *drawing) footHeight(s Sheet) float64 {
	d.say(false, 7, 100)
	h := 3.0
	for _, line := range s.Foot {
		h += 3.2 * float64(len(d.lines(line, width, 3)))
	}
	return h
}

func (d *drawing) foot(s Sheet, y float64) {
	p := d.pdf
	p.SetDrawColor(190, 200, 206)
	p.Line(margin, y, margin+width, y)
	d.say(false, 7, 100)
	y += 1.5
	for _, line := range s.Foot {
		for _, part := range d.lines(line, width, 3) {
			p.SetXY(margin, y)
			p.CellFormat(width, 3.2, part, "", 0, "L", false, 0, "")
			y += 3.2
		}
	}
}
