package pdfcheck

import (
	"testing"
	"time"
)

// A request is late when it has worked too long, not when others have; a
// request that does nothing for very long is late too.
func TestLate(t *testing.T) {
	began := time.Unix(1_000_000, 0)
	s := stint{began: began, used: 5 * time.Second}
	for name, c := range map[string]struct {
		wall, total time.Duration
		late        bool
	}{
		"early":                     {9 * time.Second, 14 * time.Second, false},
		"worked all the time":       {11 * time.Second, 15*time.Second + time.Millisecond, true},
		"a crowded machine":         {50 * time.Second, 8 * time.Second, false},
		"a hang that does nothing":  {61 * time.Second, 5 * time.Second, true},
		"nobody can tell, late":     {11 * time.Second, 0, true},
		"nobody can tell, in time":  {10 * time.Second, 0, false},
		"crowded, then worked long": {40 * time.Second, 16 * time.Second, true},
	} {
		if got := s.late(began.Add(c.wall), 10*time.Second, func() time.Duration { return c.total }); got != c.late {
			t.Errorf("%s: %v", name, got)
		}
	}
}
