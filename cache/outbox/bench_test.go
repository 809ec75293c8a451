package outbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
)

// fill puts n consents, from 16 goroutines.
func fill(b testing.TB, o *Outbox, n int) {
	b.Helper()
	failed := make(chan error, 16)
	for range 16 {
		go func() {
			var err error
			for i := 0; i < n/16 && err == nil; i++ {
				_, err = o.Put(context.Background(), consent(clienttest.PatientStranger), nil)
			}
			failed <- err
		}()
	}
	for range 16 {
		ok(b, "put", <-failed)
	}
}

// BenchmarkOpen10000 opens an outbox with 10,000 items.
func BenchmarkOpen10000(b *testing.B) {
	p := newPlace(b)
	o, err := Open(p.config())
	ok(b, "open", err)
	fill(b, o, 10_000)
	ok(b, "close", o.Close())
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		o, err := Open(p.config())
		ok(b, "open", err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if n := len(o.items); n != 10_000 {
			b.Fatalf("%d items", n)
		}
		ok(b, "close", o.Close())
	}
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "MB-held")
}

// BenchmarkPut puts consents one after the other into an outbox of 10,000.
func BenchmarkPut(b *testing.B) { benchmarkPut(b, nil) }

// BenchmarkPutPDF puts filings of 200 KiB.
func BenchmarkPutPDF(b *testing.B) { benchmarkPut(b, make([]byte, 200<<10)) }

func benchmarkPut(b *testing.B, pdf []byte) {
	p := newPlace(b)
	o := p.open()
	fill(b, o, 10_000)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		var err error
		if pdf == nil {
			_, err = o.Put(context.Background(), consent(clienttest.PatientStranger), nil)
		} else {
			_, err = o.Put(context.Background(), filing("A"), bytes.NewReader(pdf))
		}
		ok(b, "put", err)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkPutTogether puts from 16 goroutines, which share fsyncs.
func BenchmarkPutTogether(b *testing.B) {
	o := newPlace(b).open()
	start := time.Now()
	n := 0
	for b.Loop() {
		fill(b, o, 1600)
		n += 1600
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "items/s")
}

// BenchmarkPutAll queues 800 files of 200 KiB, 64 at a time.
func BenchmarkPutAll(b *testing.B) {
	p := newPlace(b)
	o := p.open()
	data := make([]byte, 200<<10)
	for b.Loop() {
		var all []client.OutboxPut
		for i := range 800 {
			it := inLot(fmt.Sprint(i), clienttest.PatientLea)
			all = append(all, client.OutboxPut{Item: it, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
		}
		for _, r := range o.PutAll(b.Context(), all) {
			ok(b, "put", r.Err)
		}
	}
}

// BenchmarkPick takes the next lot of 10,000 items and gives it back.
func BenchmarkPick(b *testing.B) {
	items, q, busy := map[string]*stored{}, newQueue(), map[string]bool{}
	for i := range 10_000 {
		it := &stored{OutboxItem: inLot("r", fmt.Sprint(i%700)), Seq: uint64(i + 1)}
		it.State = client.OutboxQueued
		items[it.ID] = it
		q.set(items, nil, it)
	}
	now := time.Now()
	for b.Loop() {
		it, _ := q.next(busy, now)
		for _, one := range q.lot(it, busy, nil) {
			q.set(items, one, one)
		}
	}
}
