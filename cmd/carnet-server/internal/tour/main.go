// Program tour plays the main job of Carnet as a person would: a demo server
// and the desktop run as their own processes, the desktop in a real window on
// a virtual display, and everything that happens is a key pressed from outside.
//
// Each step says what must be seen, in the window (the desktop writes the text
// it shows to a file when asked by a signal) or in the server's log of accesses
// (asked over HTTP, apart from the desktop). A step that does not see its
// result within its time ends the tour with exit code 1. Each step leaves a
// screenshot and the time from its first key to its result.
//
//	tour -bin .build -out .tour
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	bin := flag.String("bin", ".build", "folder of the built programs")
	out := flag.String("out", ".tour", "folder for the screenshots and logs")
	keep := flag.Bool("keep", false, "keep the scratch folder (the server's data)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	if err := run(ctx, *bin, *out, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "\nThe tour did not reach its end:", err)
		cancel()
		os.Exit(1)
	}
}

// run sets the stage, plays every step of the main job and leaves the stage.
func run(ctx context.Context, bin, out string, keep bool) error {
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	d, leave, err := stage(ctx, scene{bin: bin, out: out, pictures: true, say: say})
	if err != nil {
		return err
	}
	defer leave(keep)
	t := newTour(d)
	if err := t.play(ctx, t.mainJob()); err != nil {
		return err
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		abs = out
	}
	fmt.Printf("\nEvery step was seen. Screenshots, logs and timing marks: %s\n", abs)
	return nil
}

// scene is what a play needs beside its steps.
type scene struct {
	bin      string // folder of the built programs
	out      string // folder for pictures and logs; it is emptied first
	people   string // a server's data folder to begin with; empty: the server makes its people
	pictures bool   // of every step; otherwise of the one that fails
	say      func(format string, args ...any)
}

// stage opens a display and starts a demo server on a folder of its own. leave
// ends all of it.
func stage(ctx context.Context, sc scene) (d *desk, leave func(keep bool), err error) {
	if err := os.RemoveAll(sc.out); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(sc.out, 0o700); err != nil {
		return nil, nil, err
	}
	d = &desk{scene: sc}
	leave = func(keep bool) {
		d.app.stop()
		d.server.stop()
		d.display.close()
		if keep {
			sc.say("scratch folder: %s", d.dir)
		} else {
			_ = os.RemoveAll(d.dir)
		}
	}
	if d.dir, err = os.MkdirTemp("", "carnet-tour-"); err != nil {
		return nil, nil, err
	}
	began := time.Now()
	err = os.Mkdir(d.temp(), 0o700)
	if err == nil && sc.people != "" {
		err = exec.CommandContext(ctx, "cp", "-a", sc.people, d.data()).Run() // permissions as well: the server minds them
	}
	if err == nil {
		d.display, err = openDisplay(ctx, filepath.Join(d.dir, "config"))
	}
	if err == nil {
		err = d.startServer(ctx, "127.0.0.1:0")
	}
	if err != nil {
		leave(false)
		return nil, nil, err
	}
	sc.say("%-66s %6d ms", "the server starts with its fictional people", time.Since(began).Milliseconds())
	return d, leave, nil
}

// settle is how long the window may take to paint what it says it shows, before
// its picture is taken; it counts in no step's time.
const settle = 350 * time.Millisecond

// play runs steps in order, up to the first that does not see its result. Its error
// tells all that there is to tell: which step, what was awaited, what was seen.
func (t *tour) play(ctx context.Context, steps []step) error {
	d := t.desk
	for i, s := range steps {
		started := time.Now()
		err := s.do(ctx)
		took := time.Since(started)
		name := fmt.Sprintf("%02d-%s.png", i+1, s.slug)
		if d.pictures || err != nil {
			pause(ctx, settle)
			if shot := d.display.picture(ctx, filepath.Join(d.out, name)); err == nil && shot != nil && !s.gone {
				err = shot
			}
		}
		if err == nil && !s.gone {
			err = d.rest(ctx)
		}
		if err != nil {
			_ = os.WriteFile(filepath.Join(d.out, "shown.txt"), []byte(d.shown), 0o600)
			return fmt.Errorf("step %d of %d (%s) failed after %s: %w\nthe window showed: %s", i+1, len(steps), s.title, took.Round(time.Millisecond), err, inShort(d.shown))
		}
		d.say("%-66s %6d ms   %s", s.title, took.Milliseconds(), name)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
