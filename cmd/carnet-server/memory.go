package main

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
)

// byteSize is a flag's number of bytes: 512MiB, 2GiB.
type byteSize int64

const (
	mebibyte byteSize = 1 << 20
	gibibyte byteSize = 1 << 30

	defaultMemory = 768 * mebibyte
	leastMemory   = 128 * mebibyte
)

// String writes the number in MiB, as -help shows it.
func (b *byteSize) String() string { return strconv.FormatInt(int64(*b/mebibyte), 10) + "MiB" }

// Set reads a number with its unit.
func (b *byteSize) Set(s string) error {
	unit := mebibyte
	digits, ok := strings.CutSuffix(s, "MiB")
	if !ok {
		unit = gibibyte
		digits, ok = strings.CutSuffix(s, "GiB")
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if !ok || err != nil || n < 1 {
		return fmt.Errorf("%q is no size: write 512MiB or 2GiB", s)
	}
	*b = byteSize(n) * unit
	return nil
}

// lists is how much of the memory holds opened lists of documents.
func (b *byteSize) lists() int { return int(*b / 4) }

// collectSeldom is the growth of the heap, in percent, at which garbage is
// collected. What the server keeps is mostly lists, and each request leaves
// little: twice Go's usual growth halves what collecting costs.
const collectSeldom = 200

// limitMemory tells Go's collector how much the server aims to use. Go's own
// variables, where they are set, have the last word.
func limitMemory(aim byteSize, getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectSeldom)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(aim))
	}
}
