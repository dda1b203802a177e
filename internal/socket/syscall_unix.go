//go:build unix && !linux

package socket

import "syscall"

const notifyEvery = 1

// systemCall reads from or writes to a socket that doesn't block.
type systemCall func(fd int, b []byte) (n int, err error)

var (
	recv systemCall = syscall.Read
	send systemCall = syscall.Write
)

func (c systemCall) do(fd uintptr, b []byte, _ bool) (n int, err error) {
	n, err = c(int(fd), b)
	return max(n, 0), err
}
