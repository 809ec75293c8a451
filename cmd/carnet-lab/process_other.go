//go:build !unix

package main

// protectProcess has nothing to do: the user's profile is private here.
func protectProcess() {}
