package listener

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// tcp listens on a TCP address. Accepted connections have the keep-alive that package net gives them by default,
// but from the listener, whose options they begin with (tcp(7)): otherwise each needs four system calls for it.
var tcp = net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		for _, o := range keepAlive {
			if failed = unix.SetsockoptInt(int(fd), o.level, o.name, o.value); failed != nil {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}}

// keepAlive are the options of package net's keep-alive, see [net.KeepAliveConfig].
var keepAlive = []struct{ level, name, value int }{
	{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
	{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15},
	{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15},
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 9},
}
