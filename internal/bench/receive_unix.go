//go:build unix

package bench

import (
	"errors"
	"net"
	"syscall"
)

const canReadRaw = true

// receiveRaw reads into the buffer of a counter shard. It locks one only when there is
// something to read, so a waiting connection has a goroutine and no buffer.
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
	return s.probed || s.own > 0 || s.refused != nil || s.pings != nil || s.closed != nil
}

// read reads once without blocking, and reports whether there may be more to read.
func (m *member) read(fd int) (more bool, now int64, err error) {
	shard := m.run.shards.lock()
	defer shard.mu.Unlock()
	if need := len(m.rest) + readBytes/2; need > len(shard.buf) {
		shard.buf = make([]byte, 2*need)
	}
	kept := copy(shard.buf, m.rest)
	n, err := syscall.Read(fd, shard.buf[kept:])
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
	shard.bytes += int64(n)
	used, _, err := m.scanner.scan(shard.buf[:kept+n], now, shard)
	m.rest = append(m.rest[:0], shard.buf[used:kept+n]...)
	return true, now, err
}
