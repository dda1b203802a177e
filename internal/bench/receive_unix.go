//go:build unix

package bench

import (
	"errors"
	"net"
	"syscall"
)

const canReadRaw = true

// receiveRaw reads into the buffer of a desk, which it takes only when there is
// something to read: a connection that waits has a goroutine and nothing else.
func (m *member) receiveRaw(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	for {
		var now int64
		var failed error
		if err := raw.Read(func(fd uintptr) bool {
			for {
				var more bool
				more, now, failed = m.read(int(fd))
				if failed != nil || m.hasToAnswer() {
					return true
				}
				if !more {
					return false // wait for more
				}
			}
		}); err != nil {
			return err
		}
		if !m.answer(now) || failed != nil {
			return failed
		}
	}
}

func (m *member) hasToAnswer() bool {
	s := &m.scanner
	return s.called || s.own > 0 || s.refused != nil || s.pings != nil || s.closed != nil
}

// read reads once, without waiting, and says whether there may be more.
func (m *member) read(fd int) (more bool, now int64, err error) {
	d := m.run.desks.take()
	defer d.mu.Unlock()
	if need := len(m.rest) + readBytes/2; need > len(d.buf) {
		d.buf = make([]byte, 2*need)
	}
	kept := copy(d.buf, m.rest)
	n, err := syscall.Read(fd, d.buf[kept:])
	switch {
	case errors.Is(err, syscall.EINTR):
		return true, 0, nil
	case errors.Is(err, syscall.EAGAIN):
		return false, 0, nil
	case err != nil:
		return false, 0, err
	case n == 0:
		return false, 0, errCut
	}
	now = m.run.clock.now()
	d.bytes += int64(n)
	used, _, err := m.scanner.scan(d.buf[:kept+n], now, d)
	m.rest = append(m.rest[:0], d.buf[used:kept+n]...)
	return true, now, err
}
