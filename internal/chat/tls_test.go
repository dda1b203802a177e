package chat_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

// openTLS starts a server that serves TLS.
func openTLS(t testing.TB, changes ...func(*setup)) *testServer {
	t.Helper()
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	cert := own.TLS.Certificates[0]
	own.Close()
	return open(t, append(changes, func(s *setup) { s.cert = &cert })...)
}

// tlsConn is a client's connection over TLS that also offers the settings of its TCP connection.
type tlsConn struct {
	*tls.Conn
	*net.TCPConn
}

func (s tlsConn) Read(b []byte) (int, error)         { return s.Conn.Read(b) }
func (s tlsConn) Write(b []byte) (int, error)        { return s.Conn.Write(b) }
func (s tlsConn) Close() error                       { return s.Conn.Close() }
func (s tlsConn) CloseWrite() error                  { return s.Conn.CloseWrite() }
func (s tlsConn) LocalAddr() net.Addr                { return s.Conn.LocalAddr() }
func (s tlsConn) RemoteAddr() net.Addr               { return s.Conn.RemoteAddr() }
func (s tlsConn) SetDeadline(at time.Time) error     { return s.Conn.SetDeadline(at) }
func (s tlsConn) SetReadDeadline(at time.Time) error { return s.Conn.SetReadDeadline(at) }
func (s tlsConn) SetWriteDeadline(at time.Time) error {
	return s.Conn.SetWriteDeadline(at)
}

func startTLS(t testing.TB, conn net.Conn) net.Conn {
	t.Helper()
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // the way is what is tested
	if err := c.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		return tlsConn{c, tcp}
	}
	return c
}

func TestSlowReaderOverTLSHoldsUpNoOneAndLosesNothing(t *testing.T) {
	const n = 5000
	slowReader(t, openTLS(t, func(s *setup) { s.keep, s.buffers = n+1, smallBuffer }), n, 200)
}

// A client that is told goodbye over TLS reads everything, and then the end.
func TestDrainOverTLS(t *testing.T) {
	h := openTLS(t)
	for _, c := range []*rawClient{h.connectRaw(t, "room1", ""), h.joinRaw(t, "room1", "ann")} {
		go func() {
			_ = h.Drain(context.Background()) // once is enough
		}()
		if code := c.closed(); code != 1001 {
			t.Errorf("closed with %d", code)
		}
	}
}

// The writer of a stalled client waits in TLS's lock, and the end of the connection frees it.
func TestStalledClientOverTLSCostsOnlyItself(t *testing.T) {
	h := openTLS(t, func(s *setup) { s.buffers = smallBuffer })
	stalled, other := h.joinRaw(t, "room1", "stalled"), h.joinRaw(t, "room1", "other")
	stalled.buffer(smallBuffer)
	for range 4000 {
		other.say(`{"type":"send","id":"` + strings.Repeat("1", 8) + `","content":"` + strings.Repeat("x", 1000) + `"}`)
		if _, payload := other.read(); hasType(payload, "error") {
			t.Fatalf("%s", payload)
		}
	}
	if h.Connections() != 2 {
		t.Error("who doesn't read was let go")
	}
	_ = stalled.Close()
	waitUntil(t, "the stalled one is gone", func() bool { return h.Connections() == 1 })
}

// A client that reads, however slowly, stays connected without sending anything; one that has stopped is
// disconnected. Over TLS, the TCP connection below tells one from the other.
func TestSlowIsKeptAndStalledLetGoOverTLSSoak(t *testing.T) {
	if !soak() {
		t.Skip("long: SNUG_SOAK=1 runs it")
	}
	h := openTLS(t, func(s *setup) { s.keep, s.buffers = 100_000, smallBuffer })
	slow, stalled, other := h.joinRaw(t, "room1", "slow"), h.joinRaw(t, "room1", "stalled"), h.joinRaw(t, "room1", "other")
	slow.buffer(smallBuffer)
	stalled.buffer(smallBuffer)
	for i := range 3000 {
		other.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%s"}`, i, strings.Repeat("x", 1000)))
		other.until(text)
	}
	begun := time.Now()
	for some := make([]byte, 8<<10); h.Connections() == 3; time.Sleep(300 * time.Millisecond) {
		other.setPatience()
		other.raw(masked(final|pong, nil))
		slow.setPatience()
		if _, err := slow.Read(some); err != nil {
			t.Fatalf("the slow one was let go after %v: %v", time.Since(begun), err)
		}
		if time.Since(begun) > 2*protocol.DeadAfter {
			t.Fatal("the stalled one is still there")
		}
	}
	if d := time.Since(begun); d < protocol.DeadAfter/2 {
		t.Errorf("somebody was let go after %v", d)
	}
	for range 100 { // it is the slow one that has stayed
		if _, err := slow.Read(make([]byte, 8<<10)); err != nil {
			t.Fatal(err)
		}
	}
}

// With a fake clock over TLS: a read that times out doesn't end the connection, and silence
// does.
func TestTimeOverTLS(t *testing.T) {
	t.Run("who is silent is let go", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := tlsPipe(t)
			c.say(joinAnn)
			c.until(text)
			begun := time.Now()
			c.until(ping)
			about(t, begun, 20*time.Second)
			for {
				if _, _, err := readFrame(c.in); err != nil {
					break
				}
			}
			about(t, begun, protocol.DeadAfter)
		})
	})
	t.Run("who answers stays", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := tlsPipe(t)
			c.say(joinAnn)
			c.until(text)
			for begun := time.Now(); time.Since(begun) < time.Hour; {
				c.raw(masked(final|pong, c.until(ping)))
			}
		})
	})
	t.Run("who never joins is told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := tlsPipe(t)
			begun := time.Now()
			if payload := c.until(closes); !strings.HasPrefix(string(payload), "\x03\xf0") { // 1008
				t.Errorf("closed with %x", payload)
			}
			about(t, begun, protocol.JoinWithin)
		})
	})
}

// tlsPipe returns a pipe with TLS.
func tlsPipe(t *testing.T) *rawClient {
	t.Helper()
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	cert := own.TLS.Certificates[0]
	own.Close()
	return pipeOver(t, func(near, far net.Conn) (net.Conn, net.Conn) {
		there := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{cert}})
		done := make(chan error, 1)
		go func() { done <- there.HandshakeContext(t.Context()) }()
		here := startTLS(t, near)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		return here, there
	}, protocol.Subprotocol, nil, "")
}
