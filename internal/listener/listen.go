package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// Listen listens on a TCP address, or on the unix socket FILE of an address unix:FILE. The error names the
// flag that the address comes from, and says what would be right.
func Listen(flag, addr string) (net.Listener, error) {
	addr = strings.TrimSpace(addr)
	if file, ok := strings.CutPrefix(addr, unixPrefix); ok {
		l, err := listenUnix(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		return l, nil
	}
	if _, port, err := net.SplitHostPort(addr); err == nil && port == "" { // mostly a script's variable, which isn't set
		return nil, fmt.Errorf("%s: %s has no port: add one, such as 8080, or 0 for any that is free", flag, addr)
	}
	l, err := tcp.Listen(context.Background(), "tcp", addr)
	if err == nil {
		return l, nil
	}
	err = fmt.Errorf("%s: %w", flag, err)
	var malformed *net.AddrError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w: another program, perhaps another Snug, has this port: stop it, or choose another with %s", err, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%w: this machine doesn't have the address: name one of its own, or only a port, such as :8080", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: ports below 1024 need a privilege, which the systemd unit grants: choose a higher one, or grant CAP_NET_BIND_SERVICE", err)
	case errors.As(err, &malformed), errors.As(err, new(*net.DNSError)):
		if near := nearAddress(addr); near != "" {
			return nil, fmt.Errorf("%w: did you mean %s?", err, near)
		}
		return nil, fmt.Errorf("%w: write HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080", err)
	}
	return nil, err
}

// nearAddress returns the address that a malformed one probably means; "" if that isn't clear.
func nearAddress(addr string) string {
	if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
		return ":" + addr
	}
	if port, ok := strings.CutPrefix(addr, "*:"); ok {
		return ":" + port
	}
	if strings.HasPrefix(addr, "/") || strings.HasPrefix(addr, "./") {
		return unixPrefix + addr
	}
	if u, err := url.Parse(addr); err == nil && u.Port() != "" && strings.Contains(addr, "://") {
		return u.Host
	}
	if i := strings.LastIndex(addr, ":"); i >= 0 && strings.Contains(addr[:i], ":") && net.ParseIP(addr[:i]) != nil { // an IPv6 address without its brackets
		near := net.JoinHostPort(addr[:i], addr[i+1:])
		if net.ParseIP(addr) != nil {
			near += ", or " + net.JoinHostPort(addr, "PORT")
		}
		return near
	}
	if inner, ok := strings.CutPrefix(addr, "["); ok && net.ParseIP(strings.TrimSuffix(inner, "]")) != nil {
		return addr + ":PORT"
	}
	if net.ParseIP(addr) != nil || addr != "" && !strings.ContainsAny(addr, ":/[] ") {
		return net.JoinHostPort(addr, "PORT")
	}
	return ""
}
