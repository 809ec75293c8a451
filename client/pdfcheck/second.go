package pdfcheck

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"carnet/client/pdfium"
)

const (
	samplePages = 3        // pages whose text is read
	sampleBytes = 32 << 10 // bytes of text kept

	// drawTime bounds the drawing of one file's pages; the first is always drawn.
	drawTime   = 4 * time.Second
	drawnScale = 0.1 // pixels a point: what breaks, breaks at any size
)

// second is PDFium as the second opinion, started at its first use.
type second struct {
	cache  string // directory of the compiled form; "" means there is no second opinion
	engine *pdfium.Engine
	cold   bool // it was asked for and is not compiled yet
}

func newSecond(cache string) *second {
	if !pdfium.Private(cache) {
		cache = "" // compiling in each worker would cost more than a check may
	}
	return &second{cache: cache}
}

// warm compiles PDFium into the cache and leaves a mark there. Compiling takes
// more time and memory than a check may, so that checks never do it.
func (s *second) warm() {
	if s.cache == "" || s.start().Prepare() != nil {
		return // checks do without a second opinion
	}
	_ = os.WriteFile(s.mark(), nil, 0o600)
}

// mark is the file that says that this very PDFium is compiled.
func (s *second) mark() string {
	version := runtime.Version() + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if strings.HasSuffix(m.Path, "/go-pdfium") || strings.HasSuffix(m.Path, "/wazero") {
				version += m.Path + m.Version
			}
		}
	}
	return filepath.Join(s.cache, fmt.Sprintf("ready-%x", sha256.Sum256([]byte(version)))[:30])
}

func (s *second) start() *pdfium.Engine {
	if s.engine == nil {
		s.engine = pdfium.New(pdfium.Options{CacheDir: s.cache, Documents: 1, MaxPixels: 1_000_000})
	}
	return s.engine
}

// read opens the file, draws its pages as a proof that they can be, and reads
// the text of the first, as w asks.
func (s *second) read(ctx context.Context, data []byte, w look) (sight, error) {
	if !s.prepared() {
		return sight{}, errNoReader
	}
	doc, err := s.engine.Open(ctx, data)
	if err != nil {
		return sight{}, err
	}
	defer doc.Close()
	seen := sight{pages: doc.Pages()}
	if w.draw {
		if seen, err = s.draw(ctx, doc, w); err != nil {
			return seen, err
		}
	}
	if w.text {
		seen.sample = s.text(ctx, doc, seen.pages)
	}
	return seen, nil
}

// prepared tells whether PDFium is there.
func (s *second) prepared() bool {
	if s.cache == "" {
		return false
	}
	if s.engine == nil {
		if _, err := os.Stat(s.mark()); err != nil {
			s.cold = true
			return false
		}
	}
	return s.start().Prepare() == nil
}

// text reads the first pages; a page whose text cannot be read has none.
func (s *second) text(ctx context.Context, doc *pdfium.Document, pages int) string {
	var sample strings.Builder
	for p := range min(pages, samplePages) {
		if t, err := doc.Text(ctx, p); err == nil {
			sample.WriteString(t + "\n")
		}
	}
	return clip(sample.String(), sampleBytes)
}

// draw draws every page while there is time. A page tree that promises more
// pages than there are ends where they end. With an error, pages is the one that
// cannot be drawn.
func (s *second) draw(ctx context.Context, doc *pdfium.Document, w look) (sight, error) {
	begin := time.Now()
	for p := range doc.Pages() {
		if _, err := doc.Render(ctx, p, drawnScale, 0); err != nil {
			if p > 0 && p >= w.pages {
				return sight{pages: p}, nil
			}
			return sight{pages: p + 1}, err
		}
		if p+1 < doc.Pages() && time.Since(begin) > drawTime {
			return sight{pages: doc.Pages(), partial: true}, nil
		}
	}
	return sight{pages: doc.Pages()}, nil
}

// clip cuts text at a rune's start.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
