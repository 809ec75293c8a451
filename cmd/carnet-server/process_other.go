//go:build !unix

package main

import "io/fs"

// protectProcess has nothing to do: no core dumps and no umask here.
func protectProcess() {}

// readableByOthers cannot be told from the mode bits on this system.
func readableByOthers(fs.FileInfo) bool { return false }

// onReload does nothing: there is no SIGHUP here; certificates are read again
// when their files change.
func onReload(func()) (stop func()) { return func() {} }
