package socket

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// notifyEvery says that one in so many system calls is announced to Go's scheduler. It
// wants to know about calls that may block, which these can't. But the first announced call
// of an idle process also wakes the scheduler's monitor thread, which then
// checks every 20 µs whether a goroutine runs for too long. At moderate rates that took a
// sixth of the CPU of a message to a room of twenty. With one call in 256, the monitor
// starts when there is enough work for it to look at. See
// docs/decisions/0017-system-calls-hidden-from-the-scheduler.md.
const notifyEvery = 256

// systemCall is recv(2) or send(2) on a socket that doesn't block. They find the
// socket faster than read(2) and write(2).
type systemCall uintptr

const (
	recv systemCall = unix.SYS_RECVFROM
	send systemCall = unix.SYS_SENDTO
)

func (c systemCall) do(fd uintptr, b []byte, notify bool) (n int, err error) {
	const flags = unix.MSG_NOSIGNAL // an error is enough
	var done uintptr
	var errno syscall.Errno
	if notify {
		done, _, errno = unix.Syscall6(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0) //nolint:gosec // this is how a system call gets bytes
	} else {
		done, _, errno = unix.RawSyscall6(uintptr(c), fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0) //nolint:gosec // this is how a system call gets bytes
	}
	if errno != 0 {
		return 0, errno
	}
	return int(done), nil
}
