//go:build unix

package socket

import (
	"io"
	"sync"
	"syscall"
)

// canTry says that sockets can be read and written without blocking.
const canTry = true

// rawIO is a read or a write in progress. Connections share a few of them, which
// therefore stay in the processor's caches. Only a reader that waits holds one for long.
type rawIO struct {
	to    Buffer // of a read
	buf   []byte
	n     int
	err   error
	wait  bool // of a read: until something arrives
	calls uint // system calls so far

	readOnce  func(fd uintptr) bool // the methods, as values: creating them allocates
	writeOnce func(fd uintptr)
}

var rawIOs = sync.Pool{New: func() any {
	r := new(rawIO)
	r.readOnce, r.writeOnce = r.read, r.write
	return r
}}

func (r *rawIO) release() {
	r.to, r.buf = nil, nil
	rawIOs.Put(r)
}

// readReady reads what has arrived into to. If nothing has, it returns 0 and no error:
// immediately, or, with wait, as soon as there is something. While it waits, to
// holds no buffer.
func readReady(conn syscall.RawConn, to Buffer, wait bool) (n int, err error) {
	r := rawIOs.Get().(*rawIO)
	defer r.release()
	r.to, r.buf, r.wait = to, to.Space(), wait
	if err := conn.Read(r.readOnce); err != nil {
		to.Advance(0)
		return 0, err
	}
	return r.n, r.err
}

// read is the callback of [syscall.RawConn]. If it returns false, the runtime waits until the
// socket is readable and calls it again.
func (r *rawIO) read(fd uintptr) bool {
	if r.buf == nil {
		return true // it has waited
	}
	r.call(recv, fd)
	r.buf = nil
	r.to.Advance(r.n)
	switch {
	case r.err == syscall.EAGAIN: //nolint:errorlint // system calls return it unwrapped
		r.err = nil
		return !r.wait
	case r.n == 0 && r.err == nil:
		r.err = io.ErrUnexpectedEOF
	}
	return true
}

// writeReady writes as much of b as there is space for. It doesn't block, and reports no error.
func writeReady(conn syscall.RawConn, b []byte) (n int) {
	r := rawIOs.Get().(*rawIO)
	defer r.release()
	r.n, r.buf = 0, b
	_ = conn.Control(r.writeOnce) // fails only on a closed connection
	return r.n
}

func (r *rawIO) write(fd uintptr) { r.call(send, fd) }

// call makes a system call, again if a signal interrupts it.
func (r *rawIO) call(call systemCall, fd uintptr) {
	for {
		r.calls++
		r.n, r.err = call.do(fd, r.buf, r.calls%notifyEvery == 0)
		if r.err != syscall.EINTR { //nolint:errorlint // system calls return it unwrapped
			return
		}
	}
}
