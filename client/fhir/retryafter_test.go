package fhir

import (
	"testing"
	"time"
)

// Seconds and dates are read; what is absurd is bounded; what is no wait is
// none.
func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                               0,
		"7":                              7 * time.Second,
		" 7 ":                            7 * time.Second,
		"0":                              0,
		"-5":                             0,
		"1.5":                            0,
		"soon":                           0,
		"99999":                          MaxRetryAfter,
		"99999999999999999999":           MaxRetryAfter,
		"Sun, 22 Nov 2026 18:00:30 GMT":  30 * time.Second,
		"Sun, 22 Nov 2026 17:00:00 GMT":  0,
		"Fri, 22 Nov 2030 18:00:00 GMT":  MaxRetryAfter,
		"Sunday, 22-Nov-26 18:01:00 GMT": time.Minute,
	} {
		if got := ParseRetryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// What is written is read back, never shorter than it was meant.
func TestFormatRetryAfter(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "1", time.Millisecond: "1", time.Second: "1", 1500 * time.Millisecond: "2", 30 * time.Second: "30", 48 * time.Hour: "3600",
	} {
		if got := FormatRetryAfter(wait); got != want {
			t.Errorf("%v: %q, want %q", wait, got, want)
		}
	}
}
