package cli

import (
	"errors"
	"log/slog"
	"net"
	"sync"

	"github.com/pires/go-proxyproto"

	"snug"
	"snug/internal/forwarded"
)

// listen returns the function that listens for users. With --proxy-protocol, connections of trusted proxies
// must begin with a header of the PROXY protocol, which says where the client is. Others have no such header:
// if they send one, it is no HTTP, and they are refused.
func (f *flags) listen(sockets passedSockets, log *slog.Logger) (func(flag, addr string) (net.Listener, error), error) {
	if !f.ProxyProtocol {
		return sockets.listen, nil
	}
	proxies, bad, ok := forwarded.ParseProxies(f.TrustedProxies)
	switch {
	case !ok:
		return nil, &snug.OptionError{Option: "Web.TrustedProxies", Value: bad, Want: forwarded.ProxyLikes}
	case len(proxies) == 0:
		return nil, errors.New("--proxy-protocol is for the proxies that --trusted-proxies names: set it, too")
	}
	return func(flag, addr string) (net.Listener, error) {
		l, err := sockets.listen(flag, addr)
		if err != nil {
			return nil, err
		}
		return &proxyListener{l, proxies, log}, nil
	}, nil
}

// proxyListener expects headers on the connections of proxies.
type proxyListener struct {
	net.Listener
	proxies forwarded.Proxies
	log     *slog.Logger
}

func (l *proxyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if _, trusted := l.proxies.Peer(conn.RemoteAddr().String()); !trusted {
		return conn, nil
	}
	counting := &countingConn{Conn: conn}
	return &proxyConn{Conn: proxyproto.NewConn(counting, proxyproto.WithPolicy(proxyproto.REQUIRE)), received: counting, log: l.log}, nil
}

// proxyConn is a proxy's connection. It logs why it can't be read if that is because of its header, but not
// if it ends before it has sent anything, as those of health checks do.
type proxyConn struct {
	*proxyproto.Conn
	received *countingConn
	log      *slog.Logger
	first    sync.Once
}

func (c *proxyConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.first.Do(func() {
		if err != nil && c.ProxyHeader() == nil && c.received.bytes > 0 {
			c.log.Warn("a trusted proxy was refused: its connection doesn't begin with a header of the PROXY protocol", "proxy", c.received.RemoteAddr().String(), "err", err)
		}
	})
	return n, err
}

// countingConn counts the bytes that are read.
type countingConn struct {
	net.Conn
	bytes int
}

func (c *countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes += n
	return n, err
}
