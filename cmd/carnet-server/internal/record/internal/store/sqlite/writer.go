package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

const (
	queueLength = 1024
	batchOps    = 256
	batchBytes  = 8 << 20
)

// job is an op on its way through the writer.
type job struct {
	op     store.Op
	done   chan error
	err    error         // what the op itself came to
	log    []store.Entry // its entries, once it succeeded
	commit []func()      // what memory is to learn once it is durable
}

// writer owns the only connection that writes. It takes what has arrived, does
// each op inside one transaction, appends their entries to the log, signs one
// head and commits; the more arrives, the more shares one fsync.
type writer struct {
	db    *DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // writer's goroutine only
	log   *logState

	// named are the files that the open transaction's rows name, and how much of
	// each; flushed is closed once what they name is durable or known not to be.
	named   map[int64]int64
	flushed chan struct{}

	queue chan *job
	over  chan struct{} // closed when the goroutine has ended

	mu     sync.RWMutex // guards closed against the closing of queue
	closed bool

	batches, ops, failed atomic.Int64
	broken               atomic.Bool // the last transaction failed
}

func startWriter(ctx context.Context, d *DB, o Options) (*writer, error) {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		db: d, conn: conn, stmts: map[string]*sql.Stmt{}, named: map[int64]int64{},
		queue: make(chan *job, queueLength), over: make(chan struct{}),
	}
	if w.log, err = newLogState(w, o); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go w.run()
	return w, nil
}

// Start hands an op to the writer.
func (d *DB) Start(ctx context.Context, op store.Op) <-chan error { return d.w.start(ctx, op) }

// Do hands an op to the writer and waits until it is durable. It waits to the
// end even when ctx ends: what was handed over may take effect, and the caller
// must not say that it did not.
func (d *DB) Do(ctx context.Context, op store.Op) error { return <-d.w.start(ctx, op) }

func (w *writer) start(ctx context.Context, op store.Op) <-chan error {
	j := &job{op: op, done: make(chan error, 1)}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		j.done <- store.ErrClosed
		return j.done
	}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		j.done <- ctx.Err()
	}
	return j.done
}

func (w *writer) close() error {
	w.mu.Lock()
	already := w.closed
	if !already {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.over
	if already {
		return nil
	}
	return w.conn.Close()
}

func (w *writer) ready() error {
	if w.broken.Load() {
		return errors.New("sqlite: the last transaction failed")
	}
	return nil
}

// Stats tells how the writer is doing.
func (d *DB) Stats() store.Stats {
	w := d.w
	return store.Stats{Queue: len(w.queue), Batches: w.batches.Load(), Ops: w.ops.Load(), Failed: w.failed.Load()}
}

func (w *writer) run() {
	defer close(w.over)
	batch := make([]*job, 0, batchOps)
	for first := range w.queue {
		batch = w.collect(append(batch[:0], first))
		w.commit(batch)
	}
}

// collect adds what is already waiting; it waits for nobody.
func (w *writer) collect(batch []*job) []*job {
	size := batch[0].op.Size
	for len(batch) < batchOps && size < batchBytes {
		select {
		case j, open := <-w.queue:
			if !open {
				return batch
			}
			batch = append(batch, j)
			size += j.op.Size
		default:
			return batch
		}
	}
	return batch
}

// commit does a batch in one transaction and tells each op its result. When
// the transaction fails, it failed for all: nothing of it took effect.
func (w *writer) commit(batch []*job) {
	err := w.transaction(batch)
	w.broken.Store(err != nil)
	if err != nil {
		w.failed.Add(1)
	} else {
		w.batches.Add(1)
		w.ops.Add(int64(len(batch)))
	}
	for _, j := range batch {
		switch {
		case err != nil:
			j.done <- fmt.Errorf("sqlite: nothing was written: %w", err)
		case j.err != nil:
			j.done <- j.err
		default:
			for _, f := range j.commit {
				f()
			}
			j.done <- nil
		}
	}
}

func (w *writer) transaction(batch []*job) (err error) {
	if _, err = w.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	clear(w.named)
	defer func() {
		if err != nil {
			_, back := w.exec(`ROLLBACK`)
			if back != nil && !w.idle() {
				err = errors.Join(err, back)
			}
		}
	}()
	for _, j := range batch {
		if err = w.do(j); err != nil {
			return err
		}
	}
	if err = w.log.append(batch); err != nil {
		return err
	}
	if err = w.settle(); err != nil {
		return err
	}
	if err = w.db.keys.Flush(); err != nil { // before the rows that need them
		return err
	}
	if _, err = w.exec(`COMMIT`); err == nil {
		w.log.committed()
	}
	return err
}

// names notes that a row of the open transaction names bytes in the files. With
// the first, what was written there begins to become durable, while the
// transaction goes on: all its ops had their bytes written before it began.
func (w *writer) names(s store.Stored) {
	if len(w.named) == 0 {
		flushed := make(chan struct{})
		w.flushed = flushed
		go func() {
			defer close(flushed)
			w.db.files.Flush()
		}()
	}
	w.named[s.Segment] = max(w.named[s.Segment], s.Start+runLength(s))
}

// settle makes sure, before the commit, that the bytes which its rows name are
// durable.
func (w *writer) settle() error {
	if len(w.named) == 0 {
		return nil
	}
	<-w.flushed
	for n, length := range w.named {
		if err := w.db.files.Durable(n); err != nil {
			return err
		}
		if _, err := w.exec(`INSERT INTO segment VALUES (?1,?2) ON CONFLICT (n) DO UPDATE SET length = max(length, ?2)`, n, length); err != nil {
			return err
		}
	}
	return nil
}

// idle tells that SQLite already rolled back by itself (disk full, I/O error).
func (w *writer) idle() bool {
	_, err := w.exec(`BEGIN IMMEDIATE`)
	if err == nil {
		_, err = w.exec(`ROLLBACK`)
	}
	return err == nil
}

// do runs one op. Its own failure is undone by a savepoint and kept in j.err;
// an error of do is one of the whole transaction.
func (w *writer) do(j *job) error {
	for _, s := range j.op.Still {
		var epoch, docs int64
		if err := w.row(`SELECT epoch, docs FROM record WHERE patient = ?1`, []any{&epoch, &docs}, s.Record); err != nil {
			return err
		}
		if epoch != s.Epoch || s.Docs != 0 && docs != s.Docs {
			j.err = store.ErrStale
			return nil
		}
	}
	j.log = j.op.Log
	if j.op.Do == nil {
		return nil
	}
	if _, err := w.exec(`SAVEPOINT op`); err != nil {
		return err
	}
	if j.err = j.run(&tx{w: w, job: j}); j.err == nil {
		_, err := w.exec(`RELEASE op`)
		return err
	}
	j.log, j.commit = nil, nil
	if _, err := w.exec(`ROLLBACK TO op`); err != nil {
		return errors.Join(err, j.err)
	}
	_, err := w.exec(`RELEASE op`)
	return err
}

// run runs the op itself. A panic is its failure alone: one bad op must not
// stop the server for everybody.
func (j *job) run(t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("sqlite: an op panicked: %v", r)
		}
	}()
	if err := j.op.Do(t); err != nil {
		return err
	}
	return t.settle()
}

// prepared gives a statement on the writer's connection.
func (w *writer) prepared(text string) (*sql.Stmt, error) {
	if s, ok := w.stmts[text]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), text)
	if err == nil {
		w.stmts[text] = s
	}
	return s, err
}

func (w *writer) exec(text string, args ...any) (sql.Result, error) {
	s, err := w.prepared(text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

func (w *writer) rows(text string, args ...any) (*sql.Rows, error) {
	s, err := w.prepared(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

// row reads one row; store.ErrNotFound when there is none.
func (w *writer) row(text string, dest []any, args ...any) error {
	return one(w.queries(), text, dest, args...)
}
