//go:build unix

package record

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this process so far: on a machine that does
// other things as well it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
