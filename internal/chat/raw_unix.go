//go:build unix

package chat

import (
	"io"
	"sync"
	"syscall"
)

// canTry says that a socket can be read and written without waiting.
const canTry = true

// attempt is a read or a write under way. All connections use the same few in turn, which
// so stay in the processor's caches; only a reader that waits for more holds on to one.
type attempt struct {
	box   *inbox // of a read
	buf   []byte
	n     int
	err   error
	wait  bool // of a read: for something to come
	calls uint // of the system, so far

	readOnce func(fd uintptr) bool // the methods, as values: to make one allocates
	tryOnce  func(fd uintptr)
}

var attempts = sync.Pool{New: func() any {
	a := new(attempt)
	a.readOnce, a.tryOnce = a.read, a.write
	return a
}}

// done lets others have the attempt.
func (a *attempt) done() {
	a.box, a.buf = nil, nil
	attempts.Put(a)
}

// tryRead reads what has come into in. If that is nothing it returns without an error: at
// once, or, if it is to wait, when there is something, for there to be a buffer again.
func tryRead(conn syscall.RawConn, in *inbox, wait bool) (n int, err error) {
	a := attempts.Get().(*attempt)
	defer a.done()
	a.box, a.buf, a.wait = in, in.space(), wait
	if err := conn.Read(a.readOnce); err != nil {
		in.came(0)
		return 0, err
	}
	return a.n, a.err
}

// read is called with the socket ready for it, or not: then it returns false, and is
// called again when it is.
func (a *attempt) read(fd uintptr) bool {
	if a.buf == nil {
		return true // it has waited
	}
	a.system(readCall, fd)
	a.buf = nil
	a.box.came(a.n)
	switch {
	case a.err == syscall.EAGAIN: //nolint:errorlint // it is no other's
		a.err = nil
		return !a.wait
	case a.n == 0 && a.err == nil:
		a.err = io.ErrUnexpectedEOF
	}
	return true
}

// tryWrite writes as much of b as there is room for. It doesn't wait, and tells of no
// error.
func tryWrite(conn syscall.RawConn, b []byte) (n int) {
	a := attempts.Get().(*attempt)
	defer a.done()
	a.n, a.buf = 0, b
	_ = conn.Control(a.tryOnce) // fails only on a closed connection
	return a.n
}

func (a *attempt) write(fd uintptr) { a.system(writeCall, fd) }

// system makes one of the system's calls, until no signal comes between.
func (a *attempt) system(call systemCall, fd uintptr) {
	for {
		a.calls++
		a.n, a.err = call.do(fd, a.buf, a.calls%tellEvery == 0)
		if a.err != syscall.EINTR { //nolint:errorlint // likewise
			return
		}
	}
}
