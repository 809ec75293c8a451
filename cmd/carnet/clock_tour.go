//go:build tour

package main

import (
	"os"
	"strings"
	"time"

	"carnet/ui/task"
)

// clock is the time of the screens in builds that are toured: the system's, ahead
// by the duration in the file that CARNET_TOUR_AHEAD names, so that the end of an
// hour can be seen in a real window without waiting for it. No other build has
// it.
func clock() task.Clock { return ahead(os.Getenv("CARNET_TOUR_AHEAD")) }

type ahead string

func (a ahead) Now() time.Time {
	data, err := os.ReadFile(string(a))
	if err != nil {
		return time.Now()
	}
	by, err := time.ParseDuration(strings.TrimSpace(string(data)))
	if err != nil {
		return time.Now()
	}
	return time.Now().Add(by)
}

func (ahead) AfterFunc(d time.Duration, f func()) task.Timer { return time.AfterFunc(d, f) }
