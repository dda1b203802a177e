//go:build unix && !linux

package chat

import "syscall"

const tellEvery = 1

// systemCall reads from or writes to a socket that doesn't wait.
type systemCall func(fd int, b []byte) (n int, err error)

var (
	readCall  systemCall = syscall.Read
	writeCall systemCall = syscall.Write
)

func (c systemCall) do(fd uintptr, b []byte, _ bool) (n int, err error) {
	n, err = c(int(fd), b)
	return max(n, 0), err
}
