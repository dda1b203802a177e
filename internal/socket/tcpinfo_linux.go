package socket

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func acked(c syscall.RawConn) (bytes uint64, ago time.Duration) {
	tcpInfo(c, func(info *unix.TCPInfo) {
		bytes, ago = info.Bytes_acked, time.Duration(info.Last_ack_recv)*time.Millisecond
	})
	return bytes, ago
}

func unsent(c syscall.RawConn) (bytes uint64) {
	tcpInfo(c, func(info *unix.TCPInfo) { bytes = uint64(info.Notsent_bytes) })
	return bytes
}

func delivered(c syscall.RawConn) (all bool) {
	all = true
	tcpInfo(c, func(info *unix.TCPInfo) { all = info.Notsent_bytes == 0 && info.Unacked == 0 })
	return all
}

// tcpInfo calls use with what the system knows about a connection (tcp(7), TCP_INFO),
// if it is one of TCP. It doesn't block.
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
