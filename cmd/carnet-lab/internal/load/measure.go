package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"carnet/client"
)

// server is the server under load.
type server struct {
	cmd  *exec.Cmd
	base string
}

// start starts the server on the store.
func (p *parts) start(ctx context.Context) (*server, error) {
	cmd := exec.CommandContext(ctx, p.server, "-demo", "-addr", "127.0.0.1:0", "-data", p.data, "-log-level", "warn")
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ Addr string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		return nil, errors.New("the server did not become ready")
	}
	return &server{cmd, "http://" + ready.Addr}, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// token is an access token that somebody else gave.
type token string

// Token gives it.
func (t token) Token(context.Context) (string, error) { return string(t), nil }

// patients lists those of the demonstration's general practitioner.
func patients(ctx context.Context, base string, most int) ([]client.Patient, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/demo/token", strings.NewReader(url.Values{"account": {"gp"}}.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var tok struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&tok); err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{BaseURL: base + "/fhir", Tokens: token(tok.AccessToken)})
	if err != nil {
		return nil, err
	}
	var out []client.Patient
	for page := ""; len(out) < most; {
		p, err := c.MyPatients(ctx, client.PatientQuery{Limit: 100, Page: page})
		if err != nil {
			return nil, err
		}
		for _, one := range p.Patients {
			if one.INS.Value != "" && one.Active { // to others nothing can be filed
				out = append(out, one)
			}
		}
		if page = p.Next; page == "" {
			break
		}
	}
	return out[:min(most, len(out))], nil
}

// figures are what one run of carnet-lab took.
type figures struct {
	took           time.Duration
	total, checks  time.Duration // of the processor: all of both programs, and of it the check of PDFs
	lab, srv       time.Duration // the programs themselves, without their workers
	labRSS, srvRSS int           // MiB, the most that was seen of each program without its workers
	workerRSS      int           // MiB, of one worker
	counts         map[string]int
	exit           int
}

// send runs carnet-lab once and watches what it and the server use.
func (p *parts) send(ctx context.Context, srv *server, in string) (f figures, err error) {
	cmd := exec.CommandContext(ctx, p.lab, "send", in, "-data", p.work, "-server", srv.base, "-client", "labo", "-org", p.labOrg,
		"-org-name", "Laboratoire du Port", "-rpps", p.labOwner, "-responsible", "Dr Bruno KLEIN", "-ins-test", "-json", "-workers", strconv.Itoa(p.o.workers))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return f, err
	}
	before := newWatch(srv.cmd.Process.Pid)
	before.look()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return f, err
	}
	w := newWatch(srv.cmd.Process.Pid, cmd.Process.Pid)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			w.look()
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	var a struct{ Counts map[string]int }
	derr := json.NewDecoder(out).Decode(&a)
	f.took = time.Since(began)
	close(stop)
	<-done
	_ = cmd.Wait() // its exit code says what became of the files
	f.counts, f.exit = a.Counts, cmd.ProcessState.ExitCode()
	f.total, f.checks = w.spent(before)
	f.lab, f.srv = w.own[cmd.Process.Pid], w.own[srv.cmd.Process.Pid]-before.own[srv.cmd.Process.Pid]
	f.srvRSS, f.labRSS, f.workerRSS = w.rss[srv.cmd.Process.Pid], w.rss[cmd.Process.Pid], w.rss[0]
	return f, derr
}

// print prints the figures of a run.
func (f figures) print(what string, files int) {
	rate := float64(files) / f.took.Seconds()
	fmt.Printf("\n%s: %v, exit %d\n", what, f.counts, f.exit)
	fmt.Printf("  %.1f s, %.1f files/s, %.1f times France (13.3 documents/s)\n", f.took.Seconds(), rate, rate/france)
	fmt.Printf("  processor: %.1f s in all (%.1f ms a file): carnet-lab %.1f s, server %.1f s, the check of PDFs on both sides %.1f s (%.0f %%)\n", f.total.Seconds(), f.total.Seconds()*1000/float64(files),
		f.lab.Seconds(), f.srv.Seconds(), f.checks.Seconds(), 100*f.checks.Seconds()/max(f.total.Seconds(), 0.01))
	fmt.Printf("  memory at most: carnet-lab %d MiB, server %d MiB, a checking worker %d MiB\n", f.labRSS, f.srvRSS, f.workerRSS)
}

// watch adds up what programs and their children use.
type watch struct {
	pids map[int]bool
	own  map[int]time.Duration // of the programs
	kids map[int]time.Duration // of their workers
	rss  map[int]int           // MiB; under 0 of the largest worker
}

func newWatch(pids ...int) *watch {
	w := &watch{pids: map[int]bool{}, own: map[int]time.Duration{}, kids: map[int]time.Duration{}, rss: map[int]int{}}
	for _, pid := range pids {
		w.pids[pid] = true
	}
	return w
}

// spent gives what was used since before.
func (w *watch) spent(before *watch) (total, checks time.Duration) {
	for pid, t := range w.own {
		total += t - before.own[pid]
	}
	for pid, t := range w.kids {
		checks += t - before.kids[pid]
	}
	return total + checks, checks
}

// look reads /proc once.
func (w *watch) look() {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		// pid (name) state ppid … utime stime … rss: the name may hold spaces.
		fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		if len(fields) < 22 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		pages, _ := strconv.Atoi(fields[21])
		used, held := time.Duration(user+system)*time.Second/100, pages*os.Getpagesize()>>20 // USER_HZ
		switch {
		case w.pids[pid]:
			w.own[pid], w.rss[pid] = used, max(w.rss[pid], held)
		case w.pids[parent]:
			w.kids[pid], w.rss[0] = used, max(w.rss[0], held)
		}
	}
}
