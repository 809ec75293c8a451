//go:build unix

package main

import "syscall"

// protectProcess keeps what is in memory to ourselves: no core dumps. What is ours
// on disk is made for its owner alone, file by file; the folders in the watched
// one are made like it, so that its group may look into them.
func protectProcess() {
	syscall.Umask(0o007)
	// Refused only where the limit is already stricter.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
