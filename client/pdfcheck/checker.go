package pdfcheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"carnet/client/fhir"
)

// Options configure a Checker; the zero value serves a server.
type Options struct {
	Workers  int           // child processes at most; 0 means one a processor, up to 4
	Time     time.Duration // of the processor for one file; 0 means 9 s. By the clock on the wall six times as much, for busy machines
	Memory   int64         // resident bytes of one worker; 0 means 256 MiB
	Limits   Limits
	Strict   bool   // a missing PDF/A-1 claim refuses instead of being remarked
	Text     bool   // read the text of the first pages (Report.TextSample): costs some 10 ms a file
	CacheDir string // where PDFium's compiled form is kept (see pdfium.Options.CacheDir); "" does without the second opinion
}

// Checker judges files in worker processes. It is safe for concurrent use;
// more calls than workers wait for their turn.
type Checker struct {
	opts  Options
	order []byte
	slots chan *child // nil stands for a worker that is not started

	life context.Context // ends with Close
	shut context.CancelFunc
	once sync.Once

	warming chan struct{} // one token: who has it compiles the second reader
	warmed  bool          // guarded by warming
}

// New gives a Checker. It starts no process before the first check, and none
// outlives Close.
func New(o Options) *Checker {
	if o.Workers <= 0 {
		o.Workers = min(runtime.NumCPU(), 4)
	}
	if o.Time <= 0 {
		o.Time = 9 * time.Second
	}
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	o.Limits = o.Limits.or()
	c := &Checker{opts: o, slots: make(chan *child, o.Workers), warming: make(chan struct{}, 1)}
	c.life, c.shut = context.WithCancel(context.Background())
	for range o.Workers {
		c.slots <- nil
	}
	// The order is plain data that always marshals.
	c.order, _ = json.Marshal(order{Limits: o.Limits, Strict: o.Strict, Text: o.Text})
	return c
}

// Check judges a file that is in memory. A refused file is no error: the
// report says so. Errors: Canceled when ctx ended, Unavailable when no worker
// could be started. It blocks for the file's turn and then for at most
// Options.Time; data is not kept.
func (c *Checker) Check(ctx context.Context, data []byte) (Report, error) {
	return c.CheckReader(ctx, bytes.NewReader(data), int64(len(data)))
}

// CheckReader judges a file of size bytes behind r as Check does, and holds no
// more of it than a piece: r is read while a worker takes it in, again from the
// start when that worker is lost. Reading errors come back as Unavailable.
func (c *Checker) CheckReader(ctx context.Context, r io.ReaderAt, size int64) (Report, error) {
	if size <= 0 {
		return refusal(CodeEmpty), nil
	}
	if size > c.opts.Limits.Size {
		return refusal(CodeTooLarge), nil
	}
	j := c.job(source{r, size})
	out, err := c.send(ctx, j)
	if err == nil && out.Cold {
		if err = c.warmOnce(ctx); err == nil {
			out, err = c.send(ctx, j)
		}
	}
	switch {
	case errors.Is(err, errWorkerLost):
		return refusal(CodeCostly), nil
	case errors.Is(err, errSource):
		return Report{}, &fhir.Error{Code: fhir.Unavailable, Message: "Le fichier n’a pas pu être lu\u00a0: vérifiez qu’il est accessible et réessayez.", Err: err}
	}
	return out.Report, err
}

// warmOnce compiles the second reader when a check wanted it; the checks that
// want it meanwhile wait for the one compilation.
func (c *Checker) warmOnce(ctx context.Context) error {
	select {
	case c.warming <- struct{}{}:
	case <-ctx.Done():
		return fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	defer func() { <-c.warming }()
	if c.warmed {
		return nil
	}
	err := c.Warm(ctx)
	if fhir.CodeOf(err) == fhir.Canceled {
		return err
	}
	c.warmed = true // also when it failed: checks then do without
	return nil
}

// send has one worker do one thing, and a new worker once more when the first
// was lost without having overrun: a worker can die while idle, and that must
// not be held against a file. errWorkerLost means that the file did it.
func (c *Checker) send(ctx context.Context, j job) (answered, error) {
	for try := 0; ; try++ {
		w, err := c.take(ctx)
		if err != nil {
			return answered{}, err
		}
		stop := context.AfterFunc(c.life, w.kill)
		r, err := w.ask(ctx, j)
		stop()
		if err == nil && !j.last {
			c.give(w)
			return r, nil
		}
		w.close()
		c.give(nil)
		if err == nil {
			return r, nil
		}
		switch {
		case ctx.Err() != nil:
			return answered{}, fhir.Wrap(fhir.Canceled, ctx.Err())
		case c.life.Err() != nil:
			return answered{}, errStopping()
		case try > 0 || w.overran.Load() || errors.Is(err, errSource):
			return answered{}, err
		}
	}
}

func errStopping() error {
	return fhir.E(fhir.Unavailable, "La vérification des documents s’arrête\u00a0: réessayez dans un instant.")
}

// Warm prepares the second reader, whose very first start on a machine
// compiles for some seconds; later starts find the result in CacheDir. Call it
// in the background at start: a check never waits for it. Errors: Unavailable,
// Canceled.
func (c *Checker) Warm(ctx context.Context) error {
	head := append(binary.BigEndian.AppendUint32(nil, 1), opWarm)
	// Compiling takes more memory than a check may, and the worker would keep it.
	_, err := c.send(ctx, job{head: head, patience: warmPatience, last: true})
	if errors.Is(err, errWorkerLost) {
		return fhir.Wrap(fhir.Unavailable, err)
	}
	return err
}

// Close ends the workers and waits until they are gone; checks that run are
// cut short, later ones fail with Unavailable. Closing twice is no error.
func (c *Checker) Close() error {
	c.once.Do(func() {
		c.shut()
		for range cap(c.slots) {
			if w := <-c.slots; w != nil {
				w.close()
			}
		}
	})
	return nil
}

// take waits for a worker's turn and starts the process if need be.
func (c *Checker) take(ctx context.Context) (*child, error) {
	var w *child
	select {
	case w = <-c.slots:
	case <-ctx.Done():
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	case <-c.life.Done():
		return nil, errStopping()
	}
	if c.life.Err() != nil || ctx.Err() != nil {
		c.give(w)
		if ctx.Err() != nil {
			return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
		}
		return nil, errStopping()
	}
	if w != nil {
		return w, nil
	}
	w, err := startChild(c.opts.CacheDir)
	if err != nil {
		c.give(nil)
		return nil, &fhir.Error{Code: fhir.Unavailable, Message: "La vérification des documents n’a pas pu démarrer\u00a0: réessayez dans un instant.", Err: err}
	}
	return w, nil
}

// give puts a worker back for the next turn; nil means that one must be
// started.
func (c *Checker) give(w *child) { c.slots <- w }

// job lays out a check without reading the file.
func (c *Checker) job(file source) job {
	order := c.order
	head := binary.BigEndian.AppendUint32(make([]byte, 0, 9+len(order)), uint32(int64(1+4+len(order))+file.size))
	head = append(head, opCheck)
	head = binary.BigEndian.AppendUint32(head, uint32(len(order)))
	head = append(head, order...)
	return job{head: head, file: file, patience: c.opts.Time, memory: c.opts.Memory}
}
