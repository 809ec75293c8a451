package vault

import "os"

// SyncDir does nothing: NTFS keeps names in its own journal and folders cannot
// be synced from a program.
func SyncDir(string) error { return nil }

// private is always true: permissions are not in the mode on Windows, and the
// profile's folder is closed to others.
func private(os.FileMode, bool) bool { return true }
