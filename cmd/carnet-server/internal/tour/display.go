package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// display is a virtual screen with a window manager and a French keyboard.
// Without a window manager closing a window is not possible, and without
// -noreset the keyboard layout is lost when the first client leaves.
type display struct {
	name   string // ":61"
	config string // where programs keep their choices: a folder of the tour, not the person's
	xvfb   *exec.Cmd
	wm     *exec.Cmd
}

// openDisplay starts a screen on a free display number.
func openDisplay(ctx context.Context, config string) (*display, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	d := &display{config: config}
	d.xvfb = exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-noreset")
	d.xvfb.ExtraFiles = []*os.File{w}
	if err := d.xvfb.Start(); err != nil {
		return nil, fmt.Errorf("the virtual display did not start (is xvfb installed?): %w", err)
	}
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the virtual display gave no number: %w", err)
	}
	d.name = ":" + strings.TrimSpace(line)
	if out, err := d.command(ctx, "setxkbmap", "fr", "oss").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("setxkbmap: %w: %s", err, out)
	}
	d.wm = d.command(ctx, "openbox", "--sm-disable")
	if err := d.wm.Start(); err != nil {
		return nil, fmt.Errorf("the window manager did not start (is openbox installed?): %w", err)
	}
	return d, nil
}

// command is a program on this display.
func (d *display) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "DISPLAY="+d.name, "WAYLAND_DISPLAY=", "LIBGL_ALWAYS_SOFTWARE=1", "XDG_CONFIG_HOME="+d.config)
	return c
}

// focus waits for the window and gives it the keyboard. The search is tried anew when it
// failed: one window that goes away meanwhile, of whomever, ends it.
func (d *display) focus(ctx context.Context, title string) error {
	var id string
	err := until(ctx, patience, func() error {
		out, err := d.command(ctx, "xdotool", "search", "--onlyvisible", "--name", "^"+title+"$").Output()
		ids := strings.Fields(string(out))
		if len(ids) == 0 {
			return fmt.Errorf("no window %q appeared: %w", title, errors.Join(err, ctx.Err()))
		}
		id = ids[len(ids)-1]
		if err := d.command(ctx, "xdotool", "windowactivate", "--sync", id).Run(); err != nil {
			return fmt.Errorf("the window would not take the keyboard: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.command(ctx, "xdotool", "windowsize", "--sync", id, "1340", "830", "windowmove", "--sync", id, "30", "30").Run()
}

// keys presses chords, one after the other: "ctrl+k", "Return".
func (d *display) keys(ctx context.Context, chords ...string) error {
	return d.command(ctx, "xdotool", append([]string{"key", "--delay", "20"}, chords...)...).Run()
}

// write types text as a person would, a key every 12 ms.
func (d *display) write(ctx context.Context, text string) error {
	return d.command(ctx, "xdotool", "type", "--delay", "12", "--", text).Run()
}

// picture leaves a screenshot of the whole screen.
func (d *display) picture(ctx context.Context, file string) error {
	return d.command(ctx, "import", "-window", "root", file).Run()
}

// close ends the screen and what runs on it.
func (d *display) close() {
	if d == nil {
		return
	}
	for _, c := range []*exec.Cmd{d.wm, d.xvfb} {
		if c != nil && c.Process != nil {
			_ = c.Process.Signal(os.Interrupt)
			done := make(chan struct{})
			go func() { _ = c.Wait(); close(done) }()
			select {
			case <-done:
			case <-time.After(3 * time.Second):
				_ = c.Process.Kill()
			}
		}
	}
}
