package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
	_ "unsafe" // for go:linkname

	"carnet/ui"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// There is no accessibility tree on Linux, so whoever drives the window from
// outside (the tour, a test) cannot ask what is shown. With -dump the program
// writes it at SIGUSR1: one line for the page, one for each text on the screen
// with its place, "*" in front of those that have the focus. On a demonstration
// server only: elsewhere the texts are patients'.

//go:linkname rendererOf fyne.io/fyne/v2/internal/cache.Renderer
func rendererOf(fyne.Widget) fyne.WidgetRenderer

// dumpOnSignal arms the signal; an empty file name means that nobody asks.
func dumpOnSignal(file string, shell *ui.Shell) (stop func()) {
	if file == "" {
		return func() {}
	}
	return onDumpSignal(func() {
		var text string
		fyne.DoAndWait(func() { text = dump(shell) })
		// whoever waits for the file sees it whole or not at all
		if os.WriteFile(file+".part", []byte(text), 0o600) == nil {
			_ = os.Rename(file+".part", file)
		}
	})
}

// dump gives the page's name and the texts, top to bottom.
func dump(shell *ui.Shell) string {
	var b strings.Builder
	fmt.Fprintf(&b, "page %s\n", shell.PageName())
	if !shell.Demo() {
		return b.String()
	}
	c := shell.Window().Canvas()
	w := walker{focused: c.Focused()}
	whole := area{size: c.Size()}
	w.walk(c.Content(), fyne.Position{}, whole, false)
	w.flush(&b, "")
	for _, overlay := range c.Overlays().List() {
		w.walk(overlay, fyne.Position{}, whole, false)
		w.flush(&b, "front ")
	}
	return b.String()
}

// area is a rectangle of the window.
type area struct {
	at   fyne.Position
	size fyne.Size
}

// cut gives what two areas share.
func (a area) cut(b area) area {
	left, top := max(a.at.X, b.at.X), max(a.at.Y, b.at.Y)
	right := min(a.at.X+a.size.Width, b.at.X+b.size.Width)
	bottom := min(a.at.Y+a.size.Height, b.at.Y+b.size.Height)
	return area{fyne.NewPos(left, top), fyne.NewSize(max(right-left, 0), max(bottom-top, 0))}
}

func (a area) empty() bool { return a.size.Width <= 0 || a.size.Height <= 0 }

// walker collects the visible texts of a tree of objects.
type walker struct {
	focused fyne.Focusable
	lines   []line
}

type line struct {
	x, y    int
	text    string
	focused bool
}

func (w *walker) walk(o fyne.CanvasObject, origin fyne.Position, clip area, focused bool) {
	if o == nil || !o.Visible() {
		return
	}
	at := origin.Add(o.Position())
	here := clip.cut(area{at, o.Size()})
	switch t := o.(type) {
	case *canvas.Text:
		if t.Text != "" && !clip.cut(area{at, t.MinSize()}).empty() {
			w.lines = append(w.lines, line{int(at.X), int(at.Y), t.Text, focused})
		}
	case *fyne.Container:
		for _, child := range t.Objects {
			w.walk(child, at, clip, focused)
		}
	case fyne.Widget:
		if f, ok := o.(fyne.Focusable); ok && f == w.focused {
			focused = true
		}
		if _, scrolls := o.(fyne.Scrollable); scrolls {
			clip = here
		}
		for _, child := range rendererOf(t).Objects() {
			w.walk(child, at, clip, focused)
		}
	}
}

// flush writes the lines in the order of reading and forgets them.
func (w *walker) flush(b *strings.Builder, prefix string) {
	sort.SliceStable(w.lines, func(i, j int) bool {
		if w.lines[i].y != w.lines[j].y {
			return w.lines[i].y < w.lines[j].y
		}
		return w.lines[i].x < w.lines[j].x
	})
	for _, l := range w.lines {
		mark := " "
		if l.focused {
			mark = "*"
		}
		fmt.Fprintf(b, "%s%s %4d %4d %s\n", prefix, mark, l.x, l.y, l.text)
	}
	w.lines = nil
}
