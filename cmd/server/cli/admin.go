package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"snug/internal/listener"
)

// minSecret is the least number of characters of the operator's secret.
const minSecret = 16

// adminSecret reads the operator's secret; it is empty without a file.
func (f *flags) adminSecret() (string, error) {
	if f.AdminSecretFile == "" {
		return "", nil
	}
	file, err := os.Open(f.AdminSecretFile)
	if err != nil {
		return "", err
	}
	defer file.Close()
	const most = 4 << 10 // more than a secret needs, also if the file is endless
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return "", err
	}
	line, _, ended := strings.Cut(string(text), "\n")
	if len(text) == most && !ended {
		return "", fmt.Errorf("the first line of %s has %d bytes or more: is it the right file?", f.AdminSecretFile, most)
	}
	secret := strings.TrimSpace(line)
	if len(secret) < minSecret {
		return "", fmt.Errorf("the first line of %s has %d characters: at least %d, such as the output of openssl rand -hex 16", f.AdminSecretFile, len(secret), minSecret)
	}
	return secret, nil
}

// listenAdmin listens for the operator. addr may be a URL, so that $SNUG_ADMIN may be
// the same for the server and for the command snug.
func listenAdmin(addr, secret string) (net.Listener, error) {
	if u, err := url.Parse(addr); err == nil && u.Scheme == "http" && u.Host != "" && strings.Trim(u.Path, "/") == "" {
		addr = u.Host
	}
	l, err := listener.Listen("--admin", addr)
	if err != nil {
		return nil, err
	}
	if at, ok := l.Addr().(*net.TCPAddr); secret == "" && !(ok && at.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("--admin: %s can be reached from other machines: name a file with a secret in --admin-secret-file, or listen on 127.0.0.1", addr), l.Close())
	}
	return l, nil
}
