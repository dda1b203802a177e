//go:build unix

package chat

import (
	"errors"
	"syscall"
)

// raw is a socket as the system has it: it can be read into a buffer that is only
// there once there is something to read, and tried to be written to.
type raw struct {
	conn syscall.RawConn

	// Of the read, and of the write, under way: a closure for each would have to be
	// allocated.
	in      *inbox
	got     int
	failed  error
	reading func(fd uintptr) bool

	out     []byte
	written int
	writing func(fd uintptr) bool
}

// newRaw returns nil if the system can't be reached.
func newRaw(c syscall.Conn) *raw {
	conn, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	r := &raw{conn: conn}
	r.reading, r.writing = r.readNow, r.writeNow
	return r
}

// read reads into in. It waits until there is something.
func (r *raw) read(in *inbox) (n int, err error) {
	r.in, r.got, r.failed = in, 0, nil
	if err := r.conn.Read(r.reading); err != nil {
		return 0, err
	}
	return r.got, r.failed
}

// readNow reports false for there being nothing yet.
func (r *raw) readNow(fd uintptr) bool {
	n, err := syscall.Read(int(fd), r.in.space())
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Read(int(fd), r.in.space())
	}
	r.in.came(max(n, 0))
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		r.failed = err
	case n == 0:
		r.failed = errGone
	}
	r.got = max(n, 0)
	return true
}

// write writes what there is room for, without waiting.
func (r *raw) write(b []byte) (n int) {
	r.out, r.written = b, 0
	if r.conn.Write(r.writing) != nil {
		return 0
	}
	r.out = nil
	return r.written
}

// writeNow never waits for more room.
func (r *raw) writeNow(fd uintptr) bool {
	n, err := syscall.Write(int(fd), r.out)
	if err == nil {
		r.written = n
	}
	return true
}
