package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"snug/internal/keyfile"
)

// minSecret is the least number of characters of the operator's secret.
const minSecret = 16

// adminSecret reads the operator's secret; it is empty without a file.
func (f *flags) adminSecret() (string, error) {
	if f.AdminSecretFile == "" {
		return "", nil
	}
	secret, err := keyfile.FirstLine(f.AdminSecretFile, minSecret)
	return string(secret), err
}

// listenAdmin listens for the operator. addr may be a URL, so that $SNUG_ADMIN may be
// the same for the server and for the command snug.
func listenAdmin(listen func(flag, addr string) (net.Listener, error), addr, secret string) (net.Listener, error) {
	if u, err := url.Parse(addr); err == nil && u.Scheme == "http" && u.Host != "" && strings.Trim(u.Path, "/") == "" {
		addr = u.Host
	}
	l, err := listen("--admin", addr)
	if err != nil {
		return nil, err
	}
	if at, ok := l.Addr().(*net.TCPAddr); secret == "" && !(ok && at.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("--admin: %s isn't a loopback address, so it needs a secret: name a file with one in --admin-secret-file, or listen on 127.0.0.1", addr), l.Close())
	}
	return l, nil
}
