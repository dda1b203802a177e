package chat

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tellEvery is of how many such system calls Go's scheduler is told of one. To be told is for
// those that may wait; these don't. But the first one after all was at rest also wakes the
// scheduler's monitor, which then looks every 20 µs whether somebody has run for too long:
// of what a message to a room of twenty costs, that was a sixth. With this it comes as
// soon as there is so much to do that it has something to look for.
const tellEvery = 256

// systemCall reads from or writes to a socket that doesn't wait. It is recv(2) or send(2),
// which find their way to the socket sooner than read(2) and write(2).
type systemCall uintptr

const (
	readCall  systemCall = unix.SYS_RECVFROM
	writeCall systemCall = unix.SYS_SENDTO
)

func (c systemCall) do(fd uintptr, b []byte, tell bool) (n int, err error) {
	const flags = unix.MSG_NOSIGNAL // an error is enough
	var done uintptr
	var errno syscall.Errno
	if tell {
		done, _, errno = unix.Syscall6(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0) //nolint:gosec // it is how a system call gets bytes
	} else {
		done, _, errno = unix.RawSyscall6(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0) //nolint:gosec // it is how a system call gets bytes
	}
	if errno != 0 {
		return 0, errno
	}
	return int(done), nil
}
