package ui

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// Page is one page. Its methods are called on the UI goroutine.
type Page interface {
	// Title names the page in the history and for whoever looks at the window;
	// it holds no patient's name.
	Title() string
	// Content gives what is shown, always the same object.
	Content() fyne.CanvasObject
	// Shown is called each time that the page comes on the screen.
	Shown()
	// Hidden is called each time that it leaves it.
	Hidden()
	// Shortcuts gives what keys do here, now; the list may change with the
	// page's state.
	Shortcuts() []widget.Shortcut
}

// Dropper is a page that accepts files dropped on the window.
type Dropper interface {
	// Dropped tells whether it took them.
	Dropped(files []fyne.URI) bool
}

// KeyHandler is a page that wants the keys without modifier that no focused
// control used.
type KeyHandler interface {
	// TypedKey tells whether it used the key.
	TypedKey(*fyne.KeyEvent) bool
}

// Closer is a page that holds something to be given back when it leaves the
// history: an access session, a sandbox.
type Closer interface{ Close() }

// Focuser is a page that knows where the hands should be when it is shown.
type Focuser interface {
	// InitialFocus gives the control, nil for none.
	InitialFocus() fyne.Focusable
}
