package choose

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
)

// CleanPath takes a path as people paste it: with quotes, spaces around it, or as a
// file:// address.
func CleanPath(text string) string {
	text = strings.Trim(strings.TrimSpace(text), `"'`)
	if !strings.HasPrefix(text, "file:") {
		return text
	}
	if u, err := url.Parse(text); err == nil && u.Path != "" {
		return u.Path
	}
	return text
}

// The size of the toolkit's dialogs, in points.
const (
	browserWidth  = 860
	browserHeight = 560
)

// Browser is the toolkit's dialog of files in front of a sheet, when there is one. The
// zero value is ready.
type Browser struct {
	dialog *dialog.FileDialog // open, or nil
}

// Show opens a dialog.
func (b *Browser) Show(d *dialog.FileDialog) {
	b.dialog = d
	d.SetOnClosed(func() { b.dialog = nil })
	d.Show()
	d.Resize(fyne.NewSize(browserWidth, browserHeight)) // not before: it has no size of its own until then
}

// Key takes a key of the sheet while the dialog is open, which has no keys of its own:
// Escape closes it. It reports whether one is open.
func (b *Browser) Key(ev *fyne.KeyEvent) bool {
	if b.dialog == nil {
		return false
	}
	if ev.Name == fyne.KeyEscape {
		b.dialog.Hide()
	}
	return true
}
