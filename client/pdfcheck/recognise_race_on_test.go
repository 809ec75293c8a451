//go:build race

package pdfcheck

// share is what part of a long measure is run: the race detector makes it ten
// times slower, and finds nothing in pure functions.
const share = 10
