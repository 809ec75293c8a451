package cache

import (
	"syscall"
	"unsafe"
)

// freeOn gives the bytes that this user may still write on a folder's disk.
func freeOn(dir string) (bytes int64, known bool, err error) {
	path, err := syscall.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false, err
	}
	var free uint64
	ask := syscall.NewLazyDLL("kernel32.dll").NewProc("GetDiskFreeSpaceExW")
	if ok, _, err := ask.Call(uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&free)), 0, 0); ok == 0 {
		return 0, false, err
	}
	return int64(min(free, 1<<62)), true, nil
}
