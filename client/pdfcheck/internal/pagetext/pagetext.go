// Package pagetext reads the text of a PDF's first pages out of what pdfcpu
// parsed, without drawing anything: some hundred times faster than a viewer, for
// the plain documents that programs print.
//
// Start with Read. It says ok only where it understood every font and every
// operator that matters; anything else (turned text, fonts that name no
// characters, replacement texts) is left to a viewer.
//
// The text comes in the order in which the page draws it, which is the order in
// which a person reads what a program printed; words on one base line make a
// line.
package pagetext

import (
	"math"
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

const (
	mostContent = 8 << 20 // bytes of drawing operators read in all
	mostRuns    = 200_000 // pieces of text in all
	mostNested  = 6       // forms within forms
)

// Read gives the text of the first pages, at most limit bytes and a little; ok
// tells whether all of it was understood.
func Read(ctx *model.Context, pages, limit int) (text string, ok bool) {
	r := &reader{ctx: ctx, faces: map[string]*face{}, content: mostContent}
	var out strings.Builder
	for p := range min(pages, ctx.PageCount) {
		r.runs = r.runs[:0]
		if !r.page(p + 1) {
			return "", false
		}
		write(&out, r.runs)
		if out.Len() >= limit {
			break
		}
	}
	return out.String(), true
}

// reader reads one document.
type reader struct {
	ctx     *model.Context
	faces   map[string]*face
	runs    []run
	total   int // of runs, over all pages
	content int // bytes that may still be read
}

// run is a piece of text on one base line, in the page's own points.
type run struct {
	x0, x1, y, size float64
	text            string
}

func (r *reader) page(number int) bool {
	d, _, _, err := r.ctx.PageDict(number, false)
	if err != nil || d == nil {
		return false
	}
	content, ok := r.contents(d)
	if !ok {
		return false
	}
	in := &interpreter{reader: r, ctm: identity}
	if !in.run(content, r.dict(r.inherited(d, "Resources")), 0) {
		return false
	}
	box := r.array(r.inherited(d, "CropBox"))
	if box == nil {
		box = r.array(r.inherited(d, "MediaBox"))
	}
	r.clip(box)
	return true
}

// clip leaves out what stands outside the page, where nobody sees it.
func (r *reader) clip(box types.Array) {
	if len(box) != 4 {
		return
	}
	var side [4]float64
	for i := range side {
		v, ok := r.number(box[i])
		if !ok {
			return
		}
		side[i] = v
	}
	left, right := math.Min(side[0], side[2]), math.Max(side[0], side[2])
	bottom, top := math.Min(side[1], side[3]), math.Max(side[1], side[3])
	r.runs = slices.DeleteFunc(r.runs, func(w run) bool {
		return w.x1 < left || w.x0 > right || w.y+w.size < bottom || w.y > top
	})
}

// inherited finds an entry of a page, or of its ancestors (ISO 32000-1,
// 7.7.3.4).
func (r *reader) inherited(d types.Dict, key string) types.Object {
	for range 32 {
		if o, ok := d.Find(key); ok {
			return o
		}
		o, ok := d.Find("Parent")
		if !ok {
			return nil
		}
		if d = r.dict(o); d == nil {
			return nil
		}
	}
	return nil
}

// contents joins a page's content streams, which may be cut between any two
// tokens.
func (r *reader) contents(d types.Dict) ([]byte, bool) {
	o, ok := d.Find("Contents")
	if !ok {
		return nil, true
	}
	o, err := r.ctx.Dereference(o)
	if err != nil {
		return nil, false
	}
	parts, ok := o.(types.Array)
	if !ok {
		return r.stream(o)
	}
	var all []byte
	for _, p := range parts {
		b, ok := r.stream(p)
		if !ok {
			return nil, false
		}
		all = append(append(all, b...), '\n')
	}
	return all, true
}

// stream decodes a stream; nothing stands for an empty one.
func (r *reader) stream(o types.Object) ([]byte, bool) {
	if o == nil {
		return nil, true
	}
	sd, _, err := r.ctx.DereferenceStreamDict(o)
	if err != nil {
		return nil, false
	}
	if sd == nil {
		return nil, true
	}
	if sd.Content == nil {
		if err := sd.DecodeWithLimit(int64(r.content)); err != nil {
			return nil, false
		}
	}
	r.content -= len(sd.Content)
	return sd.Content, r.content > 0
}

func (r *reader) dict(o types.Object) types.Dict {
	if o == nil {
		return nil
	}
	d, err := r.ctx.DereferenceDict(o)
	if err != nil {
		return nil
	}
	return d
}

func (r *reader) array(o types.Object) types.Array {
	if o == nil {
		return nil
	}
	a, err := r.ctx.DereferenceArray(o)
	if err != nil {
		return nil
	}
	return a
}

func (r *reader) name(o types.Object) string {
	o, err := r.ctx.Dereference(o)
	if err != nil {
		return ""
	}
	n, _ := o.(types.Name)
	return n.Value()
}

func (r *reader) number(o types.Object) (float64, bool) {
	if o == nil {
		return 0, false
	}
	v, err := r.ctx.DereferenceNumber(o)
	return v, err == nil
}

// write joins runs to lines: a new one where the base line changes, a space
// where a gap is as wide as one.
func write(out *strings.Builder, runs []run) {
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && math.Abs(runs[n].y-runs[0].y) < 0.4*math.Max(1, math.Min(runs[n].size, runs[0].size)) {
			n++
		}
		line := runs[:n]
		runs = runs[n:]
		slices.SortStableFunc(line, func(a, b run) int {
			switch {
			case a.x0 < b.x0-0.5:
				return -1
			case a.x0 > b.x0+0.5:
				return 1
			}
			return 0
		})
		writeLine(out, line)
	}
}

// writeLine writes the runs of one base line, which are in their order from left
// to right.
func writeLine(out *strings.Builder, line []run) {
	end, spaced := math.Inf(-1), true
	for i, w := range line {
		if i > 0 && w.text == line[i-1].text && math.Abs(w.x0-line[i-1].x0) < 0.3*w.size {
			continue // drawn twice, a poor program's bold
		}
		gap := (w.x0 - end) / w.size
		if !spaced && !strings.HasPrefix(w.text, " ") && (gap > 0.17 || gap < -0.5) {
			out.WriteByte(' ')
		}
		out.WriteString(w.text)
		spaced = strings.HasSuffix(w.text, " ")
		end = w.x1
	}
	out.WriteByte('\n')
}
