package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks is the unit of times in /proc, a constant of Linux (USER_HZ).
const ticks = 100

// processStart gives when the kernel started this process, to 10 ms: before the
// loader and the packages' own start, which a person waits for too.
func processStart() time.Time {
	now := time.Now()
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return now
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return now
	}
	// the name, in brackets, may hold spaces; field 22 of all is the 20th after it
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	up := strings.Fields(string(uptime))
	if len(fields) < 20 || len(up) == 0 {
		return now
	}
	started, err1 := strconv.ParseFloat(fields[19], 64)
	seconds, err2 := strconv.ParseFloat(up[0], 64)
	if err1 != nil || err2 != nil {
		return now
	}
	return now.Add(-time.Duration((seconds - started/ticks) * float64(time.Second)))
}
