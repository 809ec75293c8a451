package pagetext

import (
	"bytes"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// matrix is a b c d e f of ISO 32000-1, 8.3.3.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times applies m first, then n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// textState is what q keeps and Q brings back (8.4.1, 9.3.1).
type textState struct {
	face                    *face
	size, char, word, scale float64
	leading, rise           float64
	unknown                 bool // the font was set and is not understood
}

type saved struct {
	ctm matrix
	textState
}

// interpreter runs one page's operators.
type interpreter struct {
	*reader
	ctm       matrix
	text      textState
	tm, line  matrix
	stack     []saved
	resources types.Dict
	args      []token
	nested    int
}

// run reads the operators of a page or a form; false means that something was
// not understood.
func (in *interpreter) run(content []byte, resources types.Dict, nested int) bool {
	if nested > mostNested {
		return false
	}
	in.resources, in.nested = resources, nested
	if nested == 0 {
		in.text.scale = 1
	}
	t := tokens{b: content}
	for {
		k := t.next()
		switch k.kind {
		case tokEnd:
			return true
		case tokOperator:
			if bytes.Equal(k.text, []byte("BI")) {
				t.inlineImage()
			} else if !in.operator(string(k.text)) {
				return false
			}
			in.args = in.args[:0]
		default:
			if len(in.args) < 1<<16 {
				in.args = append(in.args, k)
			}
		}
	}
}

// arg gives the i-th number from the end, 0 where there is none.
func (in *interpreter) arg(i int) float64 {
	if i >= len(in.args) {
		return 0
	}
	return in.args[len(in.args)-1-i].num
}

func (in *interpreter) six() matrix {
	return matrix{in.arg(5), in.arg(4), in.arg(3), in.arg(2), in.arg(1), in.arg(0)}
}

func (in *interpreter) operator(op string) bool {
	switch op {
	case "q":
		if len(in.stack) > 512 {
			return false
		}
		in.stack = append(in.stack, saved{in.ctm, in.text})
	case "Q":
		if n := len(in.stack); n > 0 {
			in.ctm, in.text = in.stack[n-1].ctm, in.stack[n-1].textState
			in.stack = in.stack[:n-1]
		}
	case "cm":
		in.ctm = in.six().times(in.ctm)
	case "Do":
		return in.form()
	case "gs":
		return in.graphics()
	case "BDC", "DP":
		return in.marked()
	case "BT":
		in.tm, in.line = identity, identity
	default:
		return in.textOperator(op)
	}
	return true
}

// textOperator runs what stands between BT and ET (9.3, 9.4).
func (in *interpreter) textOperator(op string) bool {
	switch op {
	case "Tf":
		return in.setFace()
	case "Tc":
		in.text.char = in.arg(0)
	case "Tw":
		in.text.word = in.arg(0)
	case "Tz":
		in.text.scale = in.arg(0) / 100
	case "TL":
		in.text.leading = in.arg(0)
	case "Ts":
		in.text.rise = in.arg(0)
	case "Td":
		in.move(in.arg(1), in.arg(0))
	case "TD":
		in.text.leading = -in.arg(0)
		in.move(in.arg(1), in.arg(0))
	case "Tm":
		in.line = in.six()
		in.tm = in.line
	case "T*":
		in.move(0, -in.text.leading)
	case "Tj":
		return in.showLast()
	case "'":
		in.move(0, -in.text.leading)
		return in.showLast()
	case "\"":
		in.text.word, in.text.char = in.arg(2), in.arg(1)
		in.move(0, -in.text.leading)
		return in.showLast()
	case "TJ":
		return in.showAll()
	}
	return true
}

func (in *interpreter) move(x, y float64) {
	in.line = matrix{1, 0, 0, 1, x, y}.times(in.line)
	in.tm = in.line
}

func (in *interpreter) showLast() bool {
	if n := len(in.args); n > 0 && in.args[n-1].kind == tokString {
		return in.show(in.args[n-1].text)
	}
	return true
}

func (in *interpreter) showAll() bool {
	for _, a := range in.args {
		switch a.kind {
		case tokNumber:
			in.advance(-a.num / 1000 * in.text.size * in.text.scale)
		case tokString:
			if !in.show(a.text) {
				return false
			}
		}
	}
	return true
}

func (in *interpreter) advance(x float64) {
	in.tm[4] += x * in.tm[0]
	in.tm[5] += x * in.tm[1]
}

// show notes a string where it stands.
func (in *interpreter) show(codes []byte) bool {
	if in.text.unknown || in.text.face == nil {
		return len(codes) == 0
	}
	at := matrix{in.text.size * in.text.scale, 0, 0, in.text.size, 0, in.text.rise}.times(in.tm).times(in.ctm)
	// Turned and mirrored text is a viewer's work.
	if at[0] < 0 || math.Abs(at[1]) > 0.02*math.Abs(at[0])+1e-9 || math.Abs(at[3]) < 1e-6 {
		return false
	}
	text, width, ok := in.text.face.decode(codes, in.text)
	if !ok {
		return false
	}
	in.advance(width)
	if text == "" {
		return true
	}
	end := in.tm.times(in.ctm)
	if in.total++; in.total > mostRuns {
		return false
	}
	in.runs = append(in.runs, run{x0: at[4], x1: end[4], y: at[5], size: math.Abs(at[3]), text: text})
	return true
}

// setFace looks a font up by its name in the resources. What it cannot read is
// no obstacle until something is shown in it.
func (in *interpreter) setFace() bool {
	if len(in.args) < 2 || in.args[len(in.args)-2].kind != tokName {
		return false
	}
	in.text.size = in.arg(0)
	fonts := in.dict(find(in.resources, "Font"))
	in.take(find(fonts, string(in.args[len(in.args)-2].text)))
	return true
}

func (in *interpreter) take(o types.Object) {
	f := in.face(o)
	in.text.face, in.text.unknown = f, f == nil
}

// find gives an entry, nil when there is none.
func find(d types.Dict, key string) types.Object {
	if d == nil {
		return nil
	}
	o, _ := d.Find(key)
	return o
}

// graphics handles the one thing of gs that matters: it can set a font.
func (in *interpreter) graphics() bool {
	if len(in.args) == 0 {
		return true
	}
	states := in.dict(find(in.resources, "ExtGState"))
	state := in.dict(find(states, string(in.args[len(in.args)-1].text)))
	if a := in.array(find(state, "Font")); len(a) == 2 {
		in.take(a[0])
		in.text.size, _ = in.number(a[1])
	}
	return true
}

// marked stops at replacement texts, which say what the page does not show.
func (in *interpreter) marked() bool {
	for _, a := range in.args {
		if a.kind == tokName && bytes.Equal(a.text, []byte("ActualText")) {
			return false
		}
	}
	if n := len(in.args); n == 2 && in.args[1].kind == tokName {
		lists := in.dict(find(in.resources, "Properties"))
		d := in.dict(find(lists, string(in.args[1].text)))
		return find(d, "ActualText") == nil && find(d, "OCGs") == nil && in.name(find(d, "Type")) != "OCG"
	}
	return true
}

// form runs a form that the page draws.
func (in *interpreter) form() bool {
	if len(in.args) == 0 || in.args[len(in.args)-1].kind != tokName {
		return true
	}
	o := find(in.dict(find(in.resources, "XObject")), string(in.args[len(in.args)-1].text))
	if o == nil {
		return true
	}
	sd, _, err := in.ctx.DereferenceStreamDict(o)
	if err != nil {
		return false
	}
	if sd == nil || in.name(find(sd.Dict, "Subtype")) != "Form" {
		return true
	}
	if find(sd.Dict, "OC") != nil {
		return false
	}
	content, ok := in.stream(o)
	if !ok {
		return false
	}
	inner := *in
	inner.args, inner.stack = nil, nil
	if m := in.array(find(sd.Dict, "Matrix")); len(m) == 6 {
		var own matrix
		for i := range own {
			own[i], _ = in.number(m[i])
		}
		inner.ctm = own.times(in.ctm)
	}
	resources := in.dict(find(sd.Dict, "Resources"))
	if resources == nil {
		resources = in.resources
	}
	return inner.run(content, resources, in.nested+1)
}
