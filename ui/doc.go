// Package ui is the shell: the window around the pages. It owns the search box,
// the navigation, the history of pages, the keys, the words for errors, the
// state of the connection, the lock. It builds every page from the contract
// (client.Records, client.SignIn) and hands each what it needs; after New
// nothing is set any more.
//
// # What a page is
//
// A page implements Page without knowing this package, and any of the abilities
// Dropper, KeyHandler, Closer, Focuser. Its constructor takes a Config of its
// own with the narrow interfaces that it uses. Those of the window around it are
// methods of *Shell; a page declares the ones that it needs, with exactly these
// signatures:
//
//	Toast(widget.Toast)                // a line at the bottom, with a way back
//	OpenSheet(*widget.Sheet)           // one matter in front of the page
//	Explain(err error) widget.Problem  // any error in words, for a StatePanel
//	Present(err error, retry func())   // a failed action: the same words in front of the page; retry may be nil
//	Focus(fyne.Focusable)
//	Copy(text string)                  // to the clipboard
//	Mark(name string)                  // a moment to be measured, e.g. "search-first-result", "first-page-drawn"
//	Window() fyne.Window               // for the toolkit's file dialogs
//	Person() client.Person             // who is signed in
//	Back()                             // to the page before
//
// Each page gets a *task.Scope that the shell closes with the page. Going to
// another page is a function in the Config, e.g. Open func(client.Patient).
//
// # Keys
//
// A key that no focused control uses comes to the shell, which asks, in this
// order: the open sheet, the page (KeyHandler), the page's Shortcuts, the
// window's. F1 lists them all.
package ui
