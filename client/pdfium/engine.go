package pdfium

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	gopdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"

	"carnet/client/fhir"
)

// Options configure an Engine; the zero value works.
type Options struct {
	// CacheDir keeps PDFium's compiled form between starts. It holds no patient
	// data, but code that is run: a directory that others may write to, or that
	// another user owns, is not used. Empty: compile at every start.
	CacheDir string
	// Documents is how many documents may be open at once; 0 means 4. One more
	// waits in Open.
	Documents int
	// Patience is how long one call may last before its document is given up; 0
	// means 20 s.
	Patience time.Duration
	// MaxPixels bounds a picture; 0 means 16 million (64 MiB). Render lowers the
	// scale to stay below.
	MaxPixels int
}

// DefaultCacheDir is where the compiled form is kept for this user, made when
// it is missing; "" when there is no such place.
func DefaultCacheDir() string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(base, "carnet", "pdfium")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}

// Private tells whether a directory can hold code that this user runs: it is
// there, or can be made, it is this user's, and nobody else may write to it.
func Private(dir string) bool {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return false
	}
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && ours(info)
}

// memoryPages caps a sandbox at 128 MiB, in pages of 64 KiB: every file of a
// large public sample still renders, and a bomb stops there.
const memoryPages = 2048

// Engine makes sandboxes.
type Engine struct {
	opts  Options
	slots chan struct{} // one token for each document that may be open

	lost atomic.Bool // a sandbox hangs, and cannot be closed

	mu     sync.Mutex // guards what follows; held while compiling
	pool   gopdfium.Pool
	cache  wazero.CompilationCache
	closed bool
}

// New gives an Engine. It does no work yet.
func New(o Options) *Engine {
	if o.Documents <= 0 {
		o.Documents = 4
	}
	if o.Patience <= 0 {
		o.Patience = 20 * time.Second
	}
	if o.MaxPixels <= 0 {
		o.MaxPixels = 16_000_000
	}
	return &Engine{opts: o, slots: make(chan struct{}, o.Documents)}
}

// Prepare compiles PDFium, or loads its compiled form; Open does it too when it
// was not done. It cannot be interrupted. Errors: Unavailable.
func (e *Engine) Prepare() error {
	_, err := e.ready()
	return err
}

// closing is how long Close waits for documents that are being closed.
const closing = 2 * time.Second

// Close gives everything back. Close the documents first: it waits a little for
// those that still are. A sandbox that hangs, or a document that was not closed,
// keeps its memory until the program ends.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	if !e.idle() || e.pool == nil {
		return nil
	}
	err := e.pool.Close()
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(context.Background()))
	}
	return err
}

// idle takes every slot, so that no document is open any more.
func (e *Engine) idle() bool {
	patience := time.NewTimer(closing)
	defer patience.Stop()
	for range cap(e.slots) {
		select {
		case e.slots <- struct{}{}:
		case <-patience.C:
			return false
		}
	}
	return !e.lost.Load()
}

// ready gives the pool, made at the first call.
func (e *Engine) ready() (gopdfium.Pool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, fhir.E(fhir.Unavailable, "Le lecteur de documents s'arrête\u00a0: réessayez.")
	}
	if e.pool != nil {
		return e.pool, nil
	}
	dir := e.opts.CacheDir
	if !Private(dir) {
		dir = ""
	}
	err := e.compile(dir)
	if err != nil && dir != "" {
		// A damaged or unwritable cache must not cost the reader.
		err = e.compile("")
	}
	if err != nil {
		return nil, &fhir.Error{Code: fhir.Unavailable, Message: "Le lecteur de documents n'a pas pu démarrer\u00a0: enregistrez le document pour l'ouvrir autrement.", Err: err}
	}
	return e.pool, nil
}

// compile makes the pool. mu is held.
func (e *Engine) compile(dir string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errBroken
		}
	}()
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages)
	var cache wazero.CompilationCache
	if dir != "" {
		if cache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
			return err
		}
		config = config.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{
		MaxIdle:       1,
		MaxTotal:      1024, // slots bound it; a sandbox that hangs must not take a place
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: config,
		Stdout:        io.Discard, // PDFium prints what it reads
		Stderr:        io.Discard,
	})
	if err != nil {
		if cache != nil {
			_ = cache.Close(context.Background())
		}
		return err
	}
	e.pool, e.cache = pool, cache
	return nil
}

// sandbox gives a new instance of PDFium.
func (e *Engine) sandbox() (gopdfium.Pdfium, error) {
	pool, err := e.ready()
	if err != nil {
		return nil, err
	}
	inst, err := pool.GetInstance(time.Minute)
	if err != nil {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	return inst, nil
}
