//go:build unix

package chat

import (
	"io"
	"syscall"
)

// raw is a socket as the system has it. One that waits to be read has no buffer, and
// one can try to write to it without waiting.
type raw struct {
	conn     syscall.RawConn
	in, out  attempt
	readOnce func(fd uintptr) bool // the method, as a value: to make one allocates
	tryOnce  func(fd uintptr) bool
}

// attempt is a read or a write under way.
type attempt struct {
	box  *inbox // of a read
	buf  []byte
	n    int
	err  error
	wait bool // of a read: for something to come
}

func newRaw(conn syscall.RawConn) *raw {
	r := &raw{conn: conn}
	r.readOnce, r.tryOnce = r.in.read, r.out.write
	return r
}

// read reads what has come into in. If that is nothing it returns without an error: at
// once, or, if it is to wait, when there is something, for there to be a buffer again.
func (r *raw) read(in *inbox, wait bool) (n int, err error) {
	r.in = attempt{box: in, buf: in.space(), wait: wait}
	if err := r.conn.Read(r.readOnce); err != nil {
		in.came(0)
		return 0, err
	}
	return r.in.n, r.in.err
}

// read is called with the socket ready for it, or not: then it returns false, and is
// called again when it is.
func (a *attempt) read(fd uintptr) bool {
	if a.buf == nil {
		return true // it has waited
	}
	a.n, a.err = again(syscall.Read, fd, a.buf)
	a.buf = nil
	a.box.came(a.n)
	switch {
	case a.err == syscall.EAGAIN: //nolint:errorlint // it is no other's
		a.n, a.err = 0, nil
		return !a.wait
	case a.n == 0 && a.err == nil:
		a.err = io.ErrUnexpectedEOF
	}
	return true
}

// try writes as much of b as there is room for.
func (r *raw) try(b []byte) (n int) {
	r.out = attempt{buf: b}
	_ = r.conn.Write(r.tryOnce) // fails only on a closed connection
	r.out.buf = nil
	return r.out.n
}

// write returns true: it is not called again.
func (a *attempt) write(fd uintptr) bool {
	a.n, a.err = again(syscall.Write, fd, a.buf)
	return true
}

// again calls a system call until no signal comes between.
func again(call func(int, []byte) (int, error), fd uintptr, b []byte) (n int, err error) {
	for {
		n, err = call(int(fd), b)
		if err != syscall.EINTR { //nolint:errorlint // likewise
			return max(n, 0), err
		}
	}
}
