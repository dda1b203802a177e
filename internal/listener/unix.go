package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// unixPrefix begins the address of a unix socket.
const unixPrefix = "unix:"

// unixMode lets the server's user and group connect.
const unixMode = 0o660

// listenUnix listens on a unix socket. It replaces the socket of a server that has crashed: one on which
// nobody listens.
func listenUnix(file string) (net.Listener, error) {
	if file == "" {
		return nil, errors.New("write unix:FILE, such as unix:/run/snug/snug.sock")
	}
	if err := removeStale(file); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", file)
	switch {
	case errors.Is(err, syscall.EINVAL):
		return nil, fmt.Errorf("%w: the path of a socket has at most some 100 bytes: name a shorter one", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: the directory of the socket isn't there: create it", err)
	case err != nil:
		return nil, err
	}
	if err := os.Chmod(file, unixMode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return Local(l), nil
}

// removeStale removes a unix socket on which nobody listens. It is an error if the file is anything else.
func removeStale(file string) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s exists and is no socket: name another file", file)
	}
	conn, err := new(net.Dialer).DialContext(context.Background(), "unix", file)
	if err == nil {
		return errors.Join(fmt.Errorf("another program, perhaps another Snug, listens on %s: stop it, or name another file", file), conn.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("whether anybody listens on %s can't be found out: %w", file, err)
	}
	return os.Remove(file)
}

// Local returns l. If it is a unix socket, its clients have the address 127.0.0.1: they are on this machine.
// So limits for addresses count them, and they are a trusted proxy if 127.0.0.1 is one.
func Local(l net.Listener) net.Listener {
	if u, ok := l.(*net.UnixListener); ok {
		return localListener{u}
	}
	return l
}

type localListener struct{ *net.UnixListener }

func (l localListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptUnix()
	if err != nil {
		return nil, err
	}
	return localConn{conn}, nil
}

type localConn struct{ *net.UnixConn }

func (localConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
