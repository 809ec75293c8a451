package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// program is a running program of Carnet.
type program struct {
	cmd  *exec.Cmd
	done chan error
	log  *os.File
}

// start runs a program with its output in a log file.
func start(cmd *exec.Cmd, logFile string) (*program, error) {
	f, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Start(); err != nil {
		f.Close()
		return nil, err
	}
	p := &program{cmd: cmd, done: make(chan error, 1), log: f}
	go func() { p.done <- cmd.Wait(); f.Close() }()
	return p, nil
}

// wait gives the exit of the program, or an error when it takes too long.
func (p *program) wait(limit time.Duration) error {
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(limit):
		return errors.New("still running")
	}
}

// stop asks the program to end, then insists.
func (p *program) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if p.wait(10*time.Second) != nil {
		_ = p.cmd.Process.Kill()
	}
}

// memory gives the resident set in MiB.
func (p *program) memory() int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(data), "\n") {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}

// desk is the desktop on its display, with the server behind it.
type desk struct {
	scene
	display *display
	server  *program
	app     *program
	base    string // http://127.0.0.1:PORT
	dir     string // scratch: data, dump, logs
	shown   string // the last dump
}

// startServer starts the demo server on a data folder; addr "127.0.0.1:0" takes any port.
func (d *desk) startServer(ctx context.Context, addr string) error {
	ready := filepath.Join(d.dir, "ready")
	_ = os.Remove(ready)
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, "carnet-server"),
		"-demo", "-addr", addr, "-data", d.data(), "-ready-file", ready)
	var err error
	if d.server, err = start(cmd, filepath.Join(d.out, "server.log")); err != nil {
		return err
	}
	return until(ctx, 120*time.Second, func() error {
		select {
		case err := <-d.server.done:
			return fatal{fmt.Errorf("the server ended: %w; see %s", err, d.server.log.Name())}
		default:
		}
		data, err := os.ReadFile(ready)
		if err != nil || len(strings.TrimSpace(string(data))) == 0 {
			return errors.New("the server is not ready")
		}
		d.base = strings.TrimSpace(string(data))
		return nil
	})
}

// startApp opens the desktop.
func (d *desk) startApp(ctx context.Context, args ...string) error {
	args = append([]string{
		"-server", d.base, "-lang", "fr", "-theme", "light",
		"-dump", d.dumpFile(), "-marks", d.marksFile(),
	}, args...)
	cmd := d.display.command(ctx, filepath.Join(d.bin, "carnet"), args...)
	cmd.Env = append(cmd.Env, "CARNET_TOUR_AHEAD="+d.aheadFile(), "TMPDIR="+d.temp())
	var err error
	if d.app, err = start(cmd, filepath.Join(d.out, "desktop.log")); err != nil {
		return err
	}
	return d.display.focus(ctx, "Carnet")
}

// aheadFile moves the clock of a desktop that was built for it (tag tour).
func (d *desk) aheadFile() string { return filepath.Join(d.dir, "ahead") }
func (d *desk) data() string      { return filepath.Join(d.dir, "data") }
func (d *desk) temp() string      { return filepath.Join(d.dir, "temp") } // of the desktop
func (d *desk) dumpFile() string  { return filepath.Join(d.dir, "dump") }
func (d *desk) marksFile() string { return filepath.Join(d.out, "marks.jsonl") }

// look asks the desktop for the text that it shows.
func (d *desk) look(ctx context.Context) (string, error) {
	_ = os.Remove(d.dumpFile())
	if err := d.app.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return "", fatal{fmt.Errorf("the desktop is gone: %w", err)}
	}
	err := until(ctx, patience, func() error {
		data, err := os.ReadFile(d.dumpFile())
		if err != nil {
			return errors.New("the desktop does not tell what it shows")
		}
		d.shown = string(data)
		return nil
	})
	return d.shown, err
}

// patience is how long a result may take before a step has failed: long, for a machine
// that does many other things. What took how long is written beside each step.
const patience = 60 * time.Second

// sees waits until every text is on the screen.
func (d *desk) sees(ctx context.Context, texts ...string) error {
	return until(ctx, patience, func() error {
		shown, err := d.look(ctx)
		if err != nil {
			return err
		}
		for _, t := range texts {
			if !strings.Contains(plain(shown), plain(t)) {
				return fmt.Errorf("the window does not show %q", t)
			}
		}
		return nil
	})
}

// calm is the longest that a window which goes on changing by itself (a countdown) is
// waited for between two steps.
const calm = time.Second

// rest waits until the window shows the same twice: a person looks before the next
// key, too.
func (d *desk) rest(ctx context.Context) error {
	if d.app == nil {
		return nil
	}
	before, err := d.look(ctx)
	for end := time.Now().Add(calm); err == nil && time.Now().Before(end); {
		pause(ctx, glance)
		now := ""
		if now, err = d.look(ctx); now == before {
			return err
		}
		before = now
	}
	return err
}

// glance lies between two looks at the window.
const glance = 60 * time.Millisecond

// textLine is a line of a dump: in front or not, with the keyboard or not, where, what.
var textLine = regexp.MustCompile(`^(front )?([ *]) +-?\d+ +-?\d+ (.*)$`)

// inShort gives the texts of a dump in one line, without their places, what is in front
// first: for a log that is read from its end.
func inShort(shown string) string {
	const most = 1500
	var front, behind []string
	for line := range strings.Lines(shown) {
		switch m := textLine.FindStringSubmatch(strings.TrimRight(line, "\n")); {
		case m == nil:
			behind = append(behind, strings.TrimSpace(line))
		case m[1] != "":
			front = append(front, strings.TrimSpace(m[2]+m[3]))
		default:
			behind = append(behind, strings.TrimSpace(m[2]+m[3]))
		}
	}
	all := []rune(strings.Join(append(front, behind...), " | "))
	return string(all[:min(len(all), most)])
}

// plain folds the spaces that French typography puts before signs.
func plain(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)
}

// fatal is an error that waiting does not mend.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// until tries until it holds, ends for good, or time is over.
func until(ctx context.Context, limit time.Duration, try func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		var end fatal
		if err == nil || errors.As(err, &end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return fmt.Errorf("after %s: %w", limit, err)
		case <-tick.C:
		}
	}
}
