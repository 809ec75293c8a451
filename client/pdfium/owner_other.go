//go:build !unix

package pdfium

import "io/fs"

// ours: elsewhere a user's cache directory is protected by its place.
func ours(fs.FileInfo) bool { return true }
