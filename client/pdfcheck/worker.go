package pdfcheck

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// workerVar is the environment variable that makes the program a worker; its
// value is the directory of the viewer's compile cache, or "-".
const workerVar = "CARNET_PDFCHECK_WORKER"

// answered is what a worker sends back.
type answered struct {
	Report Report
	Cold   bool // the second reader was wanted and is not compiled yet: warm, then ask again
}

// A request is 4 bytes of length (big endian), one operation byte, for a check
// 4 bytes of length and the order in JSON, then the file. An answer is 4 bytes
// of length and an answered in JSON.
const (
	opCheck = 'C' // check the file that follows
	opWarm  = 'W' // prepare the second reader, whose first start compiles it
)

// exitLimit is the worker's exit code when it ends itself.
const exitLimit = 86

// What a worker allows itself before it ends itself. The parent watches too;
// this second watch is for the platforms where the parent cannot see a child's
// memory, and for a parent that was killed while its worker ran in circles.
const (
	workerMemory   = 256 << 20 // bytes held by the Go runtime
	workerSoft     = 160 << 20 // where the collector begins to press
	workerPatience = 11 * time.Second
	warmPatience   = 2 * time.Minute
)

// RunWorkerIfAsked turns this process into a checking worker when it was
// started as one, and then never returns. Every program that uses this package
// calls it as the first thing in main, every test binary in TestMain: a Checker
// starts the program itself again as its worker.
func RunWorkerIfAsked() {
	runImageWorkerIfAsked()
	cache, ok := os.LookupEnv(workerVar)
	if !ok {
		return
	}
	if cache == "-" {
		cache = ""
	}
	harden()
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(workerSoft)
	quiet()
	w := &workerLoop{in: bufio.NewReaderSize(os.Stdin, 64<<10), out: os.Stdout, second: newSecond(cache)}
	if err := w.serve(); err != nil && !errors.Is(err, io.EOF) {
		os.Exit(1)
	}
	os.Exit(0)
}

// workerLoop answers requests one after the other.
type workerLoop struct {
	in     *bufio.Reader
	out    io.Writer
	second *second
	buf    []byte
}

func (w *workerLoop) serve() error {
	for {
		op, o, data, err := w.request()
		if err != nil {
			return err
		}
		stop := watchOver(op == opWarm)
		var r answered
		w.second.cold = false
		if op == opWarm {
			w.second.warm()
		} else {
			r.Report = judge(context.Background(), data, o, w.second)
			r.Cold = w.second.cold
		}
		stop()
		if err := w.answer(r); err != nil {
			return err
		}
		w.tidy(len(data))
	}
}

// request reads one request into the buffer that is kept between requests.
func (w *workerLoop) request() (op byte, o order, data []byte, err error) {
	var head [4]byte
	if _, err = io.ReadFull(w.in, head[:]); err != nil {
		return 0, o, nil, err
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	if n < 1 {
		return 0, o, nil, io.ErrUnexpectedEOF
	}
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	body := w.buf[:n]
	if _, err = io.ReadFull(w.in, body); err != nil {
		return 0, o, nil, err
	}
	op, body = body[0], body[1:]
	if op != opCheck {
		return op, o, nil, nil
	}
	if len(body) < 4 {
		return 0, o, nil, io.ErrUnexpectedEOF
	}
	m := int(binary.BigEndian.Uint32(body))
	if m > len(body)-4 {
		return 0, o, nil, io.ErrUnexpectedEOF
	}
	if err = json.Unmarshal(body[4:4+m], &o); err != nil {
		return 0, o, nil, err
	}
	return op, o, body[4+m:], nil
}

func (w *workerLoop) answer(r answered) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	msg := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	_, err = w.out.Write(append(msg, body...))
	return err
}

// tidy gives a large file's memory back before the next request.
func (w *workerLoop) tidy(n int) {
	if n > 4<<20 {
		w.buf = nil
		debug.FreeOSMemory()
	}
}

// watchOver ends the process when a request takes too long or too much, unless
// stop is called before. Most requests are over before the first look. One that
// compiles may take long and much.
func watchOver(compiles bool) (stop func()) {
	since := stint{time.Now(), ownTime()}
	patience := workerPatience
	if compiles {
		patience = warmPatience
	}
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	return every(lookPause, func() bool {
		if since.late(time.Now(), patience, ownTime) {
			os.Exit(exitLimit)
		}
		metrics.Read(sample)
		if held := sample[0].Value.Uint64() - sample[1].Value.Uint64(); held > workerMemory && !compiles {
			os.Exit(exitLimit)
		}
		return true
	})
}
