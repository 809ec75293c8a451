package main

import (
	"net/url"

	"fyne.io/fyne/v2"
)

// openBrowser opens the system's browser. Where there is none the sign-in page
// shows the address to visit.
func openBrowser(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return fyne.CurrentApp().OpenURL(u)
}
