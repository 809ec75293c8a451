//go:build !unix

package batch

import "io/fs"

// inode is 0 where there is none: size and time tell.
func inode(fs.FileInfo) uint64 { return 0 }
