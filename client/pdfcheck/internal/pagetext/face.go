package pagetext

import (
	"bytes"
	"math"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// face is a font as far as its text goes: what its codes mean and how wide they
// are.
type face struct {
	two      bool // codes of two bytes
	meanings *meanings
	simple   [256]string  // of a font without a table of its own
	widths   [256]float64 // thousandths, of a simple font
	wide     map[int]float64
	spans    []span
	usual    float64        // width of what is not listed
	heard    map[int]string // what codes were found to mean
}

type span struct {
	from, to int
	width    float64
}

// face reads a font, nil when it is not understood.
func (r *reader) face(o types.Object) *face {
	key := ""
	if ref, ok := o.(types.IndirectRef); ok {
		key = ref.String()
		if f, ok := r.faces[key]; ok {
			return f
		}
	}
	var f *face
	if d := r.dict(o); d != nil {
		f = r.newFace(d)
	}
	if key != "" {
		r.faces[key] = f
	}
	return f
}

func (r *reader) newFace(d types.Dict) *face {
	f := &face{usual: 1000, heard: map[int]string{}}
	if o := find(d, "ToUnicode"); o != nil {
		if b, ok := r.stream(o); ok {
			f.meanings = readMeanings(b)
		}
	}
	switch r.name(find(d, "Subtype")) {
	case "Type0":
		return r.composite(f, d)
	case "Type1", "TrueType", "MMType1":
		return r.plain(f, d)
	}
	return nil
}

// composite reads a font of two-byte codes.
func (r *reader) composite(f *face, d types.Dict) *face {
	if f.meanings == nil || r.name(find(d, "Encoding")) != "Identity-H" {
		return nil
	}
	below := r.array(find(d, "DescendantFonts"))
	if len(below) != 1 {
		return nil
	}
	c := r.dict(below[0])
	f.two, f.wide = true, map[int]float64{}
	if w, ok := r.number(find(c, "DW")); ok {
		f.usual = w
	}
	w := r.array(find(c, "W"))
	if len(w) > 1<<17 {
		return nil
	}
	for i := 0; i+1 < len(w); {
		first, ok := r.number(w[i])
		if !ok {
			return nil
		}
		if list := r.array2(w[i+1]); list != nil {
			for n, o := range list {
				f.wide[int(first)+n], _ = r.number(o)
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			break
		}
		last, _ := r.number(w[i+1])
		width, _ := r.number(w[i+2])
		f.spans = append(f.spans, span{int(first), int(last), width})
		i += 3
	}
	return f
}

// array2 is array for what may be a number instead.
func (r *reader) array2(o types.Object) types.Array {
	o, err := r.ctx.Dereference(o)
	if err != nil {
		return nil
	}
	a, _ := o.(types.Array)
	return a
}

// plain reads a font of one-byte codes.
func (r *reader) plain(f *face, d types.Dict) *face {
	base := strings.TrimPrefix(r.name(find(d, "BaseFont")), "/")
	if !r.encode(f, d, base) && f.meanings == nil {
		return nil
	}
	first, _ := r.number(find(d, "FirstChar"))
	widths := r.array(find(d, "Widths"))
	if len(widths) == 0 {
		name := base
		if !font.IsCoreFont(name) {
			name = "Helvetica"
		}
		for c := range f.widths {
			w, _ := font.CharWidth(name, rune(c))
			f.widths[c] = float64(w)
		}
		return f
	}
	missing, _ := r.number(find(r.dict(find(d, "FontDescriptor")), "MissingWidth"))
	for c := range f.widths {
		f.widths[c] = missing
		if i := c - int(first); i >= 0 && i < len(widths) {
			f.widths[c], _ = r.number(widths[i])
		}
	}
	return f
}

// encode fills what the codes of a simple font mean (9.6.6); false when the font
// itself would have to be asked.
func (r *reader) encode(f *face, d types.Dict, base string) bool {
	o, err := r.ctx.Dereference(find(d, "Encoding"))
	if err != nil {
		return false
	}
	name := ""
	var differences types.Array
	switch e := o.(type) {
	case types.Name:
		name = e.Value()
	case types.Dict:
		name = r.name(find(e, "BaseEncoding"))
		differences = r.array(find(e, "Differences"))
	}
	known := f.base(name)
	descriptor := r.dict(find(d, "FontDescriptor"))
	flags, _ := r.number(find(descriptor, "Flags"))
	embedded := find(descriptor, "FontFile") != nil || find(descriptor, "FontFile2") != nil || find(descriptor, "FontFile3") != nil
	symbolic := int(flags)&4 != 0 || base == "Symbol" || base == "ZapfDingbats"
	if symbolic && embedded && r.name(find(d, "Subtype")) == "TrueType" {
		f.simple = [256]string{}
		return false // its codes mean what the font says, whatever is written
	}
	if !known && !symbolic && !embedded {
		known = f.base("StandardEncoding")
	}
	code := 0
	for _, o := range differences {
		if n, ok := r.number2(o); ok {
			code = n
			continue
		}
		if code >= 0 && code < 256 {
			f.simple[code] = glyph(r.name(o))
		}
		code++
	}
	return known || len(differences) > 0
}

func (r *reader) number2(o types.Object) (int, bool) {
	o, err := r.ctx.Dereference(o)
	if err != nil {
		return 0, false
	}
	n, ok := o.(types.Integer)
	return n.Value(), ok
}

// decode gives a string's text and how far it moves the pen, before Tm. False
// when a code means nothing known.
func (f *face) decode(codes []byte, s textState) (string, float64, bool) {
	var out bytes.Buffer
	width := 0.0
	step := 1
	if f.two {
		step = 2
	}
	for i := 0; i+step <= len(codes); i += step {
		code := int(codes[i])
		if f.two {
			code = code<<8 | int(codes[i+1])
		}
		text, ok := f.meaning(code)
		if !ok {
			return "", 0, false
		}
		out.WriteString(text)
		w := f.width(code)/1000*s.size + s.char
		if !f.two && code == ' ' {
			w += s.word
		}
		width += w * s.scale
	}
	if math.IsNaN(width) || math.IsInf(width, 0) {
		return "", 0, false
	}
	return out.String(), width, true
}

// meaning gives what a code stands for.
func (f *face) meaning(code int) (string, bool) {
	if t, ok := f.heard[code]; ok {
		return t, true
	}
	t, ok := f.lookUp(code)
	if ok {
		f.heard[code] = t
	}
	return t, ok
}

func (f *face) lookUp(code int) (string, bool) {
	if f.meanings != nil {
		if t, ok := f.meanings.of(code); ok {
			return t, legible(t)
		}
	}
	if f.two {
		return "", false
	}
	t := f.simple[code]
	if t == "" && code < ' ' {
		return "", true // nothing is drawn for it
	}
	return t, t != ""
}

// legible tells text that can be put down as it comes from stand-ins for it, and
// from scripts that run from right to left.
func legible(t string) bool {
	for _, r := range t {
		if r >= 0x590 && r <= 0x8FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFE {
			return false
		}
		if r == 0xFFFD || r >= 0xE000 && r <= 0xF8FF || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
	}
	return true
}

func (f *face) width(code int) float64 {
	if !f.two {
		return f.widths[code]
	}
	if w, ok := f.wide[code]; ok {
		return w
	}
	for _, s := range f.spans {
		if code >= s.from && code <= s.to {
			return s.width
		}
	}
	return f.usual
}
