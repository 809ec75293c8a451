package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// workload makes requests of one kind. request appends the bytes of the n-th
// one to buf, ready to be sent, so that clients cost little beside the server.
type workload struct {
	name    string
	server  *process
	request func(buf []byte, n uint64) []byte
	status  int // that every answer must have
}

// figure is what came out at one number of connections.
type figure struct {
	conns    int
	perS     float64
	p50, p99 time.Duration
	bytes    int64         // of an answer's body, on average
	cpu      time.Duration // of the server with its workers, for one request
}

// errAnswer is an answer other than wanted.
var errAnswer = errors.New("unexpected answer")

// measure runs a workload over a number of kept-open connections, after a
// second of warming up.
func measure(ctx context.Context, w workload, conns int, d time.Duration) (figure, error) {
	spent := w.server.cpu()
	var next atomic.Uint64
	first := uint64(time.Now().UnixNano() / 1000) // distinct over runs on one store
	next.Store(first)
	warm := min(time.Second, d/4)
	begin := time.Now().Add(warm)
	end := begin.Add(d)
	type result struct {
		took  []time.Duration
		bytes int64
		err   error
	}
	results := make([]result, conns)
	var wg sync.WaitGroup
	for i := range conns {
		wg.Go(func() {
			r := &results[i]
			c, err := dial(ctx, w.server.addr)
			if err != nil {
				r.err = err
				return
			}
			defer func() { _ = c.conn.Close() }()
			for time.Now().Before(end) && ctx.Err() == nil {
				started := time.Now()
				n, err := c.do(w, next.Add(1))
				if err != nil {
					r.err = err
					return
				}
				if finished := time.Now(); started.After(begin) {
					r.took = append(r.took, finished.Sub(started))
					r.bytes += n
				}
			}
		})
	}
	wg.Wait()
	var all []time.Duration
	f := figure{conns: conns}
	for _, r := range results {
		if r.err != nil {
			return f, fmt.Errorf("%s at %d connections: %w", w.name, conns, r.err)
		}
		all = append(all, r.took...)
		f.bytes += r.bytes
	}
	if len(all) == 0 {
		return f, fmt.Errorf("%s at %d connections: nothing finished", w.name, conns)
	}
	slices.Sort(all)
	f.perS = float64(len(all)) / d.Seconds()
	f.p50, f.p99 = all[len(all)/2], all[len(all)*99/100]
	f.bytes /= int64(len(all))
	// The clock of the processor also ran while warming up.
	f.cpu = (w.server.cpu() - spent) / time.Duration(next.Load()-first)
	return f, ctx.Err()
}

// conn is a client: one connection, kept open.
type conn struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func dial(ctx context.Context, addr string) (*conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{conn: c, in: bufio.NewReaderSize(c, 64<<10)}, nil
}

// do sends one request and reads the whole answer; it gives the body's bytes.
func (c *conn) do(w workload, n uint64) (int64, error) {
	c.out = w.request(c.out[:0], n)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != w.status {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 2000))
		return 0, fmt.Errorf("%w: %s %s", errAnswer, res.Status, body)
	}
	size, err := io.Copy(io.Discard, res.Body)
	return size, errors.Join(err, res.Body.Close())
}
