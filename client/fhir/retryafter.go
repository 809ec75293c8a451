package fhir

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter bounds Error.RetryAfter: a server, or something in its place,
// that asks for more is asked again after this.
const MaxRetryAfter = time.Hour

// ParseRetryAfter reads the header Retry-After: whole seconds, or a date (RFC
// 9110, 10.2.3). 0 means that there is nothing to wait for, or that it cannot
// be read.
func ParseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 32)
		if err != nil { // more than anybody waits
			return MaxRetryAfter
		}
		return min(time.Duration(seconds)*time.Second, MaxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), MaxRetryAfter)
}

// FormatRetryAfter writes a wait as the header Retry-After: whole seconds, one
// at least.
func FormatRetryAfter(wait time.Duration) string {
	wait = min(max(wait, time.Second), MaxRetryAfter)
	return strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)
}
