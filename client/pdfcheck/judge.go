package pdfcheck

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"carnet/client/pdfcheck/internal/pagetext"
)

// order is what one check is to do.
type order struct {
	Limits Limits
	Strict bool // a missing PDF/A-1 claim refuses
	Text   bool // read the text of the first pages
}

// look is what the second reader is to do with a file.
type look struct {
	draw, text bool
	pages      int // page objects that the scan saw; what a page tree promises beyond them does not exist
}

// sight is what the second reader saw.
type sight struct {
	pages   int
	sample  string // of the text
	partial bool   // time ran out before every page was drawn
}

// reader is the second opinion: PDFium, as the judge needs it.
type reader interface {
	// read opens the file. err says that it cannot be read, from which page on
	// where it could be opened; errNoReader that there is no second reader here.
	read(ctx context.Context, data []byte, w look) (sight, error)
}

var (
	// errNoReader means that the second opinion cannot be had here.
	errNoReader = errors.New("no second reader")
	// errEncrypted means that pdfcpu found an encryption dictionary.
	errEncrypted = errors.New("encrypted")
)

// judge gives the report on one file. It may take long, and may not return at
// all: call it in a worker.
func judge(ctx context.Context, data []byte, o order, second reader) Report {
	o.Limits = o.Limits.or()
	r := Report{Opinion: "scan"}
	odd := judgeOutside(data, o.Limits, &r)
	if r.refused() {
		r.conclude()
		return r
	}
	s := scanFile(data, o.Limits, &r)
	if r.refused() {
		r.conclude()
		return r
	}
	if !s.catalogFound() {
		r.add(CodeUnreadable, Refuse, 0)
		r.conclude()
		return r
	}
	j := judgement{order: o, odd: odd, second: second, pages: len(s.pages) + s.loose + s.leaves}
	// A tree that promises no page, or more than there are objects, is shown as
	// something else by each reader.
	j.untold = s.uncount || s.counts > max(mostPromised, int64(s.objects))
	j.crowd = s.objects > mostForFirst
	readers(ctx, data, j, &r)
	r.PDFA = s.pdfa()
	if !strings.HasPrefix(r.PDFA, "1") && !r.refused() {
		severity := Remark
		if o.Strict {
			severity = Refuse
		}
		r.add(CodeNoPDFA, severity, 0)
	}
	if r.Pages > o.Limits.Pages {
		r.add(CodeTooManyPages, Refuse, 0)
	}
	r.conclude()
	return r
}

const (
	mostPromised = 1000   // pages that a tree may promise whatever the file holds
	mostForFirst = 50_000 // objects for which the first reader has room
)

// judgement is what the two readers need to know.
type judgement struct {
	order
	odd    bool
	second reader
	pages  int  // page objects that the scan saw
	untold bool // the number of pages that the file states cannot be
	crowd  bool // it has more objects than the first reader has room for
}

// readers asks the two libraries.
func readers(ctx context.Context, data []byte, j judgement, r *Report) {
	if j.crowd {
		// pdfcpu takes a kilobyte for each object, PDFium reads those it shows.
		seen, err := j.second.read(ctx, data, look{draw: true, text: j.Text, pages: j.pages})
		if err == nil && j.pages > 0 && !j.untold {
			r.Opinion, r.Pages, r.TextSample = "pdfium", seen.pages, seen.sample
			if seen.partial {
				r.add(CodePartly, Remark, 0)
			}
			return
		}
	}
	first, err := pdfcpuOpinion(data, j.order)
	r.Opinion = "pdfcpu"
	if errors.Is(err, errEncrypted) || errors.Is(err, pdfcpu.ErrWrongPassword) {
		r.add(CodeEncrypted, Refuse, 0)
		return
	}
	r.Pages = first.pages
	if err == nil && first.pages == 0 {
		r.add(CodeUnreadable, Refuse, 0) // there is nothing to read
		return
	}
	if err == nil && !j.odd && (!j.Text || first.read) {
		r.TextSample = first.sample
		return
	}
	if err != nil && (j.untold || j.pages == 0) {
		// PDFium shows an empty page where it finds none.
		r.add(CodeUnreadable, Refuse, 0)
		return
	}
	seen, second := j.second.read(ctx, data, look{draw: err != nil, text: j.Text, pages: j.pages})
	switch {
	case second == nil:
		r.Opinion, r.Pages, r.TextSample = "pdfium", seen.pages, seen.sample
		if err != nil || j.odd {
			r.add(CodeRepaired, Remark, 0)
		}
		if seen.partial {
			r.add(CodePartly, Remark, 0)
		}
	case err == nil:
		// The first reader found nothing wrong: the second may lack memory for a
		// page that others draw.
		if !errors.Is(second, errNoReader) {
			r.Opinion = "pdfium"
			r.add(CodeRepaired, Remark, 0)
		}
	default:
		if !errors.Is(second, errNoReader) {
			r.Opinion = "pdfium"
		}
		r.add(CodeUnreadable, Refuse, 0)
		r.Findings[len(r.Findings)-1].Page = seen.pages
	}
}

// firstOpinion is what pdfcpu made of a file.
type firstOpinion struct {
	pages  int
	sample string // of the text
	read   bool   // the text could be read without a viewer
}

// pdfcpuOpinion validates in pdfcpu's relaxed mode. Its own recover raises
// again whatever is not its type, so ours stands around it.
func pdfcpuOpinion(data []byte, o order) (first firstOpinion, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("pdfcpu broke down")
		}
	}()
	l := o.Limits
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationRelaxed
	conf.Cmd = model.VALIDATE
	conf.Offline = true
	conf.Optimize = false
	conf.Limits.MaxStreamBytes = l.Size
	conf.Limits.MaxDecodeBytes = l.Stream
	conf.Limits.MaxObjectCount = 4 * l.Objects
	conf.Limits.MaxXRefEntries = 4 * l.Objects
	conf.Limits.MaxRecursionDepth = l.Depth
	ctx, err := api.ReadContext(bytes.NewReader(data), conf)
	if err != nil {
		return first, err
	}
	if ctx.E != nil || ctx.Encrypt != nil {
		return first, errEncrypted
	}
	if err := api.ValidateContext(ctx); err != nil {
		return first, err
	}
	if err := ctx.EnsurePageCount(); err != nil {
		return first, err
	}
	first.pages = ctx.PageCount
	if o.Text {
		first.sample, first.read = quickText(ctx)
	}
	return first, nil
}

// quickText reads the first pages' text without a viewer, where it can be. What
// breaks there breaks nothing: the viewer is asked.
func quickText(ctx *model.Context) (sample string, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			sample, ok = "", false
		}
	}()
	sample, ok = pagetext.Read(ctx, samplePages, sampleBytes)
	return clip(sample, sampleBytes), ok
}

// quiet keeps pdfcpu from writing a configuration directory and from logging
// what it reads.
func quiet() {
	api.DisableConfigDir()
	log.SetOutput(io.Discard)
}
