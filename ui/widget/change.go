package widget

import "fyne.io/fyne/v2"

// Visible shows or hides an object, and draws nothing anew when it is so already.
func Visible(o fyne.CanvasObject, on bool) {
	switch {
	case on == o.Visible():
	case on:
		o.Show()
	default:
		o.Hide()
	}
}

// Enable enables or disables a button, and draws nothing anew when it is so
// already.
func Enable(b *Button, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}
