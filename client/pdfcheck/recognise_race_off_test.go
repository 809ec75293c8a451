//go:build !race

package pdfcheck

// share is what part of a long measure is run.
const share = 1
