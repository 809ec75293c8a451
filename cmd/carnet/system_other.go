//go:build !unix

package main

// forbidCoreDumps does nothing where the system writes none by itself.
func forbidCoreDumps() {}

// onDumpSignal does nothing where there is no such signal.
func onDumpSignal(func()) (stop func()) { return func() {} }
