//go:build !unix

package main

import (
	"os"
	"testing"
)

// odd puts a link, where there are no pipes.
func odd(t *testing.T, path string) {
	t.Helper()
	ok(t, "link", os.Symlink("nowhere", path))
}

// smallDisk is told on unix alone.
func smallDisk(string) {}
