package main

import (
	"context"

	"carnet/cache"
	"carnet/ui"
)

// unopened stands for copies that lie on the disk and could not be opened. Nobody reads
// them; they can be erased all the same.
type unopened struct {
	dir  string
	full bool // the disk is
}

var _ ui.Copies = (*unopened)(nil)

// Held implements ui.Copies.
func (u *unopened) Held() ui.CopiesHeld {
	if u.full {
		return ui.CopiesHeld{Trouble: ui.CopiesNoRoom}
	}
	return ui.CopiesHeld{Trouble: ui.CopiesClosed}
}

// Hurry implements ui.Copies: nothing is to be brought up to date.
func (u *unopened) Hurry() {}

// Clear implements ui.Copies.
func (u *unopened) Clear(context.Context) error { return cache.Erase(u.dir) }

// found tells that they could not be opened.
func (u *unopened) found() ui.CopiesFound {
	if u.full {
		return ui.FoundNoRoom
	}
	return ui.FoundClosed
}
