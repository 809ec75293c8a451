package ui

import "fyne.io/fyne/v2"

// The window's size is kept between starts; its place is the window manager's
// matter (the toolkit cannot set it). Preferences hold nothing of a patient.
const (
	prefWidth  = "window-width"
	prefHeight = "window-height"
)

// usualSize shows a record and a document beside each other on a laptop.
var usualSize = fyne.NewSize(1280, 800)

// leastSize is what the window is never opened smaller than.
var leastSize = fyne.NewSize(900, 600)

func (s *Shell) savedSize() fyne.Size {
	p := s.cfg.App.Preferences()
	size := fyne.NewSize(
		float32(p.FloatWithFallback(prefWidth, float64(usualSize.Width))),
		float32(p.FloatWithFallback(prefHeight, float64(usualSize.Height))))
	return size.Max(leastSize)
}

func (s *Shell) saveSize() {
	size := s.win.Canvas().Size()
	p := s.cfg.App.Preferences()
	p.SetFloat(prefWidth, float64(size.Width))
	p.SetFloat(prefHeight, float64(size.Height))
}
