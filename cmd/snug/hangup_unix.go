//go:build unix

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// waitHangUp blocks until nobody can read what is written to f, and reports whether that
// is so. It may block for ever: for a regular file there is no such moment.
func waitHangUp(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}} // POLLERR and POLLHUP are always reported
	for {
		n, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return false
		case n > 0:
			return fds[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
		}
	}
}
