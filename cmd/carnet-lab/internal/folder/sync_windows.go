package folder

import (
	"errors"
	"syscall"
)

// syncDir has nothing to do: NTFS keeps its folders in order.
func syncDir(string) error { return nil }

// crossDevice knows ERROR_NOT_SAME_DEVICE.
func crossDevice(err error) bool { return errors.Is(err, syscall.Errno(17)) }
