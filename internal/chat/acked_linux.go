package chat

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bytesAcked returns how many bytes the other side's system has acknowledged, and
// how long ago it last did: the only sign that a client which says nothing is
// still being served. A write that succeeded says no more than that there was
// room in a buffer here.
func bytesAcked(c syscall.RawConn) (acked uint64, ago time.Duration) {
	tcpInfo(c, func(info *unix.TCPInfo) {
		acked, ago = info.Bytes_acked, time.Duration(info.Last_ack_recv)*time.Millisecond
	})
	return acked, ago
}

// bytesUnsent returns how many bytes were written and wait in the system until the
// other side has room for them.
func bytesUnsent(c syscall.RawConn) (unsent uint64) {
	tcpInfo(c, func(info *unix.TCPInfo) { unsent = uint64(info.Notsent_bytes) })
	return unsent
}

// tcpInfo calls use with what the system knows of a connection, if it does. It waits
// for nobody.
func tcpInfo(c syscall.RawConn, use func(*unix.TCPInfo)) {
	if c == nil {
		return
	}
	_ = c.Control(func(fd uintptr) { // fails only on a closed connection
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			use(info)
		}
	})
}
