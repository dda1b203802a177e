package chat

import (
	"syscall"
	"unsafe"
)

// tellEvery is which of the system calls Go's scheduler is told of. To be told is for
// those that may wait; these don't. But the first one after all was at rest also wakes the
// scheduler's monitor, which then looks every 20 µs whether somebody has run for too long:
// of what a message to a room of twenty costs, that was a sixth. With this it comes as
// soon as there is so much to do that it has something to look for.
const tellEvery = 256

// systemCall reads from or writes to a descriptor that doesn't wait.
type systemCall uintptr

const (
	readCall  systemCall = syscall.SYS_READ
	writeCall systemCall = syscall.SYS_WRITE
)

func (c systemCall) do(fd uintptr, b []byte, tell bool) (n int, err error) {
	var done uintptr
	var errno syscall.Errno
	if tell {
		done, _, errno = syscall.Syscall(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	} else {
		done, _, errno = syscall.RawSyscall(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	}
	if errno != 0 {
		return 0, errno
	}
	return int(done), nil
}
