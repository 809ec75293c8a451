package pdfview

import (
	"context"
	"errors"
	"image"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// A page of plain text is an A4 sheet of 60 lines of 84 characters.
const (
	plainColumns = 84
	plainLines   = 60
	plainBytes   = 4 << 20 // what follows is not shown
	plainLeft    = 45.0    // points
	plainTop     = 45.0
	plainAcross  = 6.0  // points from one character to the next
	plainDown    = 12.5 // points from one line to the next
	plainSize    = 10.0 // points of the font
)

// errFont means that the theme's font cannot be read.
var errFont = errors.New("pdfview: no font for plain text")

// plain is a text laid out on sheets, in a font of fixed width.
type plain struct {
	lines []string
	font  *opentype.Font

	mu    sync.Mutex // opentype faces are not safe for concurrent use
	face  font.Face  // guarded by mu
	scale float64    // of face; guarded by mu
}

// openPlain lays a text out. Bytes that are not UTF-8 are read as Windows-1252,
// which is what older software writes.
func openPlain(data, mono []byte) (document, error) {
	f, err := opentype.Parse(mono)
	if err != nil {
		return nil, errFont
	}
	text := string(data[:min(len(data), plainBytes)])
	if !utf8.ValidString(text) {
		if text, err = charmap.Windows1252.NewDecoder().String(text); err != nil {
			return nil, errKind
		}
	}
	return &plain{lines: wrap(strings.TrimPrefix(text, "\ufeff")), font: f}, nil
}

// wrap cuts a text into lines of at most plainColumns characters.
func wrap(text string) []string {
	var out []string
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ", "\f", "\n").Replace(norm.NFC.String(text))
	for line := range strings.Lines(text) {
		rest := []rune(strings.TrimRight(line, "\n"))
		for len(rest) > plainColumns {
			cut := plainColumns
			for i := plainColumns; i > plainColumns/2; i-- {
				if rest[i] == ' ' {
					cut = i + 1
					break
				}
			}
			out = append(out, strings.TrimRight(string(rest[:cut]), " "))
			rest = rest[cut:]
		}
		out = append(out, string(rest))
	}
	return out
}

func (p *plain) pages() []size {
	n := max(1, (len(p.lines)+plainLines-1)/plainLines)
	sizes := make([]size, n)
	for i := range sizes {
		sizes[i] = size{595, 842}
	}
	return sizes
}

func (p *plain) hasText() bool { return true }
func (p *plain) close()        {}

// sheet gives the lines of a page.
func (p *plain) sheet(page int) []string {
	from := min(page*plainLines, len(p.lines))
	return p.lines[from:min(from+plainLines, len(p.lines))]
}

func (p *plain) draw(ctx context.Context, page int, scale float64, rotation int) (image.Image, error) {
	scale = min(scale, 8)
	img := image.NewRGBA(image.Rect(0, 0, int(595*scale), int(842*scale)))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	if err := p.write(img, page, scale); err != nil {
		return nil, err
	}
	return turnImage(ctx, img, rotation)
}

func (p *plain) write(img *image.RGBA, page int, scale float64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.face == nil || p.scale != scale {
		face, err := opentype.NewFace(p.font, &opentype.FaceOptions{Size: plainSize * scale, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return errFont
		}
		p.face, p.scale = face, scale
	}
	pen := font.Drawer{Dst: img, Src: image.Black, Face: p.face}
	for i, line := range p.sheet(page) {
		column := 0
		for _, r := range line {
			pen.Dot = fixed.Point26_6{
				X: fixed.Int26_6((plainLeft + float64(column)*plainAcross) * scale * 64),
				Y: fixed.Int26_6((plainTop + float64(i)*plainDown) * scale * 64),
			}
			pen.DrawString(string(r))
			column++
		}
	}
	return nil
}

// cell gives the box of characters [from, to) of a line on its page.
func cell(line, from, to int) box {
	return box{
		plainLeft + float64(from)*plainAcross, plainTop + float64(line)*plainDown - plainSize,
		plainLeft + float64(to)*plainAcross, plainTop + float64(line)*plainDown + 2.5,
	}
}

func (p *plain) search(ctx context.Context, query string) ([]hit, error) {
	q := foldText(strings.Join(strings.Fields(query), " "))
	if len(q) == 0 {
		return nil, nil
	}
	var hits []hit
	for n, line := range p.lines {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		l := foldText(line)
		for i := 0; i+len(q) <= len(l) && len(hits) < 1000; i++ {
			if string(l[i:i+len(q)]) == string(q) {
				hits = append(hits, hit{page: n / plainLines, boxes: []box{cell(n%plainLines, i, i+len(q))}})
			}
		}
	}
	return hits, nil
}

// foldText takes case and accents away, one rune for one.
func foldText(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		base, _ := utf8.DecodeRuneInString(norm.NFKD.String(string(r)))
		out[i] = unicode.ToLower(base)
		if unicode.IsSpace(r) {
			out[i] = ' '
		}
	}
	return out
}

func (p *plain) text(_ context.Context, page int, part *box) (string, error) {
	lines := p.sheet(page)
	if part == nil {
		return strings.Join(lines, "\n"), nil
	}
	var out []string
	for i, line := range lines {
		c := cell(i, 0, 0)
		if (c.top+c.bottom)/2 < part.top || (c.top+c.bottom)/2 > part.bottom {
			continue
		}
		runes := []rune(line)
		from := min(max(int((part.left-plainLeft)/plainAcross+0.5), 0), len(runes))
		to := min(max(int((part.right-plainLeft)/plainAcross+0.5), from), len(runes))
		out = append(out, string(runes[from:to]))
	}
	return strings.Join(out, "\n"), nil
}
