package pdfcheck

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// errWorkerLost means that the worker ended before it answered.
var errWorkerLost = errors.New("the worker ended")

// job is one request to a worker.
type job struct {
	head     []byte
	file     source // behind head
	patience time.Duration
	memory   int64 // resident bytes allowed; 0 for no limit
	last     bool  // the worker ends after it
}

// child is one worker process, used by one check at a time.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	once    sync.Once
	overran atomic.Bool // watch stopped the process
}

// startChild starts the program again as a worker. Its environment holds
// nothing of ours, its standard error is thrown away: a broken library may
// print what it read.
func startChild(cache string) (*child, error) {
	if cache == "" {
		cache = "-"
	}
	cmd := exec.Command(selfPath())
	cmd.Env = append(workerEnv(), workerVar+"="+cache, "GOTRACEBACK=none", "GOMAXPROCS=1")
	theirs, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	widen(in)
	cmd.Stdin = theirs
	out, err := cmd.StdoutPipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		in.Close()
		return nil, err
	}
	return &child{cmd: cmd, in: in, out: bufio.NewReader(out)}, nil
}

// selfPath is this program: on Linux by the kernel's own link, which survives
// an upgrade that replaces the file.
func selfPath() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	p, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return p
}

// workerEnv is the little that a process needs on Windows; elsewhere nothing.
func workerEnv() []string {
	var env []string
	for _, k := range []string{"SYSTEMROOT", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(k); ok {
			env = append(env, k+"="+v)
		}
	}
	return env
}

// watch kills the worker when a check passes its time or memory, unless stop is
// called before.
func (c *child) watch(j job) (stop func()) {
	pid := c.cmd.Process.Pid
	since := stint{began: time.Now()}
	return every(lookPause, func() bool {
		if since.used == 0 {
			since.used = cpuTime(pid) // what the first moments took is not held against it
		}
		late := since.late(time.Now(), j.patience, func() time.Duration { return cpuTime(pid) })
		if late || j.memory > 0 && residentBytes(pid) > j.memory {
			c.overran.Store(true)
			c.kill()
			return false
		}
		return true
	})
}

// ask sends one request and waits for its answer. After an error the child is
// of no use any more; close it.
func (c *child) ask(ctx context.Context, j job) (answered, error) {
	defer c.watch(j)()
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	if _, err := c.in.Write(j.head); err != nil {
		return answered{}, errWorkerLost
	}
	if err := j.file.writeTo(c.in); err != nil {
		return answered{}, err
	}
	var head [4]byte
	if _, err := io.ReadFull(c.out, head[:]); err != nil {
		return answered{}, errWorkerLost
	}
	body := make([]byte, min(binary.BigEndian.Uint32(head[:]), 1<<20))
	if _, err := io.ReadFull(c.out, body); err != nil {
		return answered{}, errWorkerLost
	}
	var r answered
	if err := json.Unmarshal(body, &r); err != nil {
		return answered{}, errWorkerLost
	}
	return r, nil
}

// kill ends the process at once; the check that runs fails.
func (c *child) kill() { _ = c.cmd.Process.Kill() }

// close ends the process and waits until it is gone.
func (c *child) close() {
	c.once.Do(func() {
		_ = c.in.Close()
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}
