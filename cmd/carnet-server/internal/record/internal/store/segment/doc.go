// Package segment keeps runs of sealed bytes in files beside a database.
//
// A run is what belongs to one document. It is appended to the last file,
// contents/000001.seg and on, each of about a gigabyte, by whoever has the bytes,
// before the row that names it (file, start) is written. Nothing in a file says
// where a run begins: that is the row's to know, and a run that no row names is
// a gap that means nothing. So a crash needs no repair. The order that makes
// this safe is the caller's: Write, then Flush, then commit the row.
//
// What was written is never written over, but where Discard gave it back.
// What Erase gave back is a hole for ever.
package segment

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// Dir is the name of the files' directory within the data directory.
const Dir = "contents"

// fileSize is when the next file is begun. A run is never cut in two.
const fileSize = 1 << 30

// ErrLost says that bytes are not there which a row names: their file is
// missing or too short.
var ErrLost = errors.New("contents are missing from the data directory")

// Name gives the name of a file within the data directory.
func Name(n int64) string { return filepath.Join(Dir, fmt.Sprintf("%06d.seg", n)) }

// Disk is what the files lie on. Tests put faults in its place.
type Disk interface {
	// Open opens a file, making it (mode 0600) when create is set; a file that is
	// there already is then an error.
	Open(path string, create bool) (File, error)
}

// File is one file of a Disk.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Size gives the length in bytes.
	Size() (int64, error)
	// Datasync makes durable what was written, and the length.
	Datasync() error
	// Free gives the room of a range back where the system can.
	Free(at, length int64)
	Close() error
}
