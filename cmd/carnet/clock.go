//go:build !tour

package main

import "carnet/ui/task"

// clock is the time of the screens: the system's.
func clock() task.Clock { return nil }
