package batch

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync/atomic"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/pdfcheck"
)

const (
	manyFiles  = 2_000
	largeFiles = 400 // of these: 2 GiB
	largeSize  = 5 << 20
	// mostHeld is what the engine may hold of them: some 3 KiB a row, a piece of
	// each file at hand, what is kept of texts, and as much garbage again.
	mostHeld = 64 << 20
)

// held notes the most that is on the heap, garbage included.
type held struct{ most atomic.Uint64 }

func (h *held) look() {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	now := s[0].Value.Uint64()
	for was := h.most.Load(); now > was && !h.most.CompareAndSwap(was, now); was = h.most.Load() {
	}
}

// lookingChecker looks at what is held while a file is checked.
type lookingChecker struct {
	Checker
	held *held
}

func (c lookingChecker) CheckReader(ctx context.Context, r io.ReaderAt, size int64) (pdfcheck.Report, error) {
	c.held.look()
	head := make([]byte, 4<<10)
	n, err := r.ReadAt(head, 0)
	if n == 0 {
		return pdfcheck.Report{}, err
	}
	return pdfcheck.Report{Verdict: pdfcheck.Good, TextSample: string(head[:n])}, nil
}

// sink is an outbox that reads what it is given and keeps nothing.
type sink struct {
	client.Outbox
	held  *held
	bytes atomic.Int64
}

func (s *sink) PutAll(_ context.Context, all []client.OutboxPut) []client.OutboxPutResult {
	out := make([]client.OutboxPutResult, len(all))
	for i, p := range all {
		content, err := p.Open()
		if err == nil {
			n, cerr := io.Copy(io.Discard, content)
			s.bytes.Add(n)
			err = cerr
			_ = content.Close()
		}
		s.held.look()
		out[i] = client.OutboxPutResult{Item: p.Item, Err: err}
		out[i].Item.State = client.OutboxQueued
	}
	return out
}

// Two thousand files, many of them of 5 MiB, are read, recognised and handed over,
// and never more than pieces of them are held.
func TestLargeFilesNeedLittleMemory(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	want := int64(0)
	for i := range manyFiles {
		name := filepath.Join(p.dir, "r"+strconv.Itoa(i)+".pdf")
		ok(t, "write", os.WriteFile(name, pdf(report(lea, fmt.Sprint(i))), 0o600))
		size := int64(8 << 10)
		if i%(manyFiles/largeFiles) == 0 {
			size = largeSize
		}
		want += size
		ok(t, "grow", os.Truncate(name, size)) // zeros that take no room
	}
	h := &held{}
	box := &sink{Outbox: p.box, held: h}
	e := p.engine(func(c *Config) {
		c.Checker, c.Outbox = lookingChecker{p.check, h}, box
	})
	runtime.GC()
	h.look()
	before := h.most.Load()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	moved := make(chan struct{}, 1)
	defer e.Follow(func(Event) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})()
	for c := e.Counts(); c.By[Ready] < manyFiles; c = e.Counts() {
		select {
		case <-moved:
		case <-t.Context().Done():
			t.Fatalf("never read: %+v", c)
		}
	}
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	if n != manyFiles || box.bytes.Load() != want {
		t.Errorf("%d of %d files were handed over, %d bytes", n, manyFiles, box.bytes.Load())
	}
	if most := h.most.Load() - before; most > mostHeld {
		t.Errorf("%d MiB were held", most>>20)
	} else {
		t.Logf("%.1f MiB were held at most", float64(most)/(1<<20))
	}
}
