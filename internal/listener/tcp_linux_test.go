package listener_test

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"snug/internal/listener"
)

// options returns the keep-alive of the connection that l accepts from a client.
func options(t *testing.T, l net.Listener) (options [4]int) {
	t.Helper()
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for i, o := range [4][2]int{
			{unix.SOL_SOCKET, unix.SO_KEEPALIVE}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
		} {
			if options[i], err = unix.GetsockoptInt(int(fd), o[0], o[1]); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return options
}

func TestConnectionsHaveTheKeepAliveOfPackageNet(t *testing.T) {
	ours, err := listener.Listen("--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := options(t, ours), options(t, nets); got != want || got[0] == 0 {
		t.Errorf("on, idle, interval, count = %d, want %d", got, want)
	}
}
