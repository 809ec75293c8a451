package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under measurement.
type process struct {
	cmd  *exec.Cmd
	addr string
	pid  int // of the server itself, also under strace
}

// startServer starts the server on the store that was built.
func startServer(ctx context.Context, o options, s store) (*process, error) {
	program := o.server
	if program == "" {
		program = filepath.Join(o.dir, "carnet-server")
		build := exec.CommandContext(ctx, "go", "build", "-o", program, "carnet/cmd/carnet-server")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("building the server: %w", err)
		}
	}
	// One account sends all there is to send.
	args := []string{program, "-demo", "-addr", "127.0.0.1:0", "-data", s.Dir, "-log-level", "warn", "-sender-rate", "1000000"}
	if o.profile != "" {
		args = append(args, "-cpu-profile", o.profile)
	}
	if o.slowFsync {
		args = append([]string{"strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,msync", "-e", "inject=fsync,fdatasync,msync:delay_exit=2000"}, args...)
	}
	return start(ctx, args, os.Stderr)
}

// startDoNothing starts this program as the yardstick.
func startDoNothing(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, []string{self, "do-nothing"}, os.Stderr)
}

// start runs a program that says on its first line where it answers.
func start(ctx context.Context, args []string, log io.Writer) (*process, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, pid: cmd.Process.Pid}
	var ready struct {
		Addr string `json:"addr"`
		PID  int    `json:"pid"`
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &ready) != nil {
		p.stop()
		return nil, fmt.Errorf("%s did not become ready", filepath.Base(args[0]))
	}
	p.addr = ready.Addr
	if child := childOf(p.pid); child != 0 && args[0] == "strace" {
		p.pid = child
	}
	return p, nil
}

// childOf finds the traced process under strace.
func childOf(pid int) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	var child int
	_, _ = fmt.Sscan(string(data), &child)
	return child
}

// stop asks the process to end and waits.
func (p *process) stop() {
	if proc, err := os.FindProcess(p.pid); err == nil {
		_ = proc.Signal(syscall.SIGTERM)
	}
	_ = p.cmd.Wait()
}

// memory reads a line of the process's status, in MiB.
func (p *process) memory(line string) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0
	}
	for _, l := range strings.Split(string(data), "\n") {
		var kib int
		if n, _ := fmt.Sscanf(l, line+": %d kB", &kib); n == 1 {
			return kib >> 10
		}
	}
	return 0
}

// workers counts the process's children and their memory, in MiB.
func (p *process) workers() (count, mib int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.pid))
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		for child := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(child); err == nil {
				count++
				mib += (&process{pid: pid}).memory("VmRSS")
			}
		}
	}
	return count, mib
}

// cpu is what the process and its children have used of the processor so far.
func (p *process) cpu() time.Duration {
	var ticks int64
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		// pid (name) state ppid … utime stime cutime cstime: the name may hold spaces.
		fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		if len(fields) < 15 || (e.Name() != strconv.Itoa(p.pid) && fields[1] != strconv.Itoa(p.pid)) {
			continue
		}
		for _, f := range fields[11:13] {
			n, _ := strconv.ParseInt(f, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ
}

// token signs a fictional account in.
func (p *process) token(ctx context.Context, account string) (string, error) {
	form := url.Values{"account": {account}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/demo/token", strings.NewReader(form))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", errors.New("no token")
	}
	return answer.AccessToken, nil
}

// doNothing is the yardstick: it reads what it is sent and answers as many
// bytes as the path says.
func doNothing() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	bytes := make([]byte, pdfSize)
	mux := http.NewServeMux()
	for path, n := range map[string]int{"/row": 20 << 10, "/list": 120 << 10, "/pdf": pdfSize, "/created": 3 << 10} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for left := n; left > 0; left -= pdfSize {
				_, _ = w.Write(bytes[:min(left, pdfSize)])
			}
		})
	}
	fmt.Printf("{\"addr\":%q}\n", l.Addr().String())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(l)
}
