package main

import (
	"os"
	"runtime/debug"

	"github.com/sirupsen/logrus"
)

// containPanic ends the program after a panic without its value, which may hold
// what was on the screen; the stack, which holds code and addresses only, goes
// to standard error. It gives the exit code, 0 when there was no panic.
func containPanic(value any, log *logrus.Logger) int {
	if value == nil {
		return 0
	}
	logPanic(log, debug.Stack())
	return 2
}

// logPanic writes where a panic happened. The lines of arguments in a Go stack
// are numbers, never texts.
func logPanic(log *logrus.Logger, stack []byte) {
	log.Error("a fault of ours; the stack follows")
	_, _ = os.Stderr.Write(stack)
}
