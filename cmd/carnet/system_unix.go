//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// forbidCoreDumps keeps the memory of a crashed program, with what was on the
// screen, off the disk.
func forbidCoreDumps() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// onDumpSignal calls f at each SIGUSR1 until stop is called.
func onDumpSignal(f func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-signals:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
