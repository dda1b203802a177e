package socket

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"testing"
)

// overTCP returns the two ends of a connection. The near one is a server's.
func overTCP(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close() })
	return near, far
}

// overTLS returns the two ends of a connection over TLS. The near one is a server's, with a small buffer.
func overTLS(t *testing.T) (near *Conn, far *tls.Conn) {
	t.Helper()
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	config := own.TLS.Clone()
	own.Close()
	config.NextProtos = nil
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan error, 1)
	near = new(Conn)
	go func() {
		nc, err := tls.NewListener(Listen(l), config).Accept()
		if err == nil {
			t.Cleanup(func() { _ = nc.Close() })
			err = errors.Join(nc.(*tls.Conn).Handshake(), nc.(*tls.Conn).NetConn().(*carrier).Conn.(*net.TCPConn).SetWriteBuffer(32<<10))
			near.Open(nc, 0)
		}
		accepted <- err
	}()
	far, err = tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
	return near, far
}

// fill writes numbers with TryWrite until the socket is full, and returns them.
func fill(t *testing.T, c *Conn) (written []byte) {
	t.Helper()
	for i := uint64(0); ; {
		var b []byte
		for range 1000 {
			b = binary.BigEndian.AppendUint64(b, i)
			i++
		}
		n := c.TryWrite(b)
		written = append(written, b[:n]...)
		if n == 0 {
			return written
		}
		if len(written) > 64<<20 {
			t.Fatal("the socket takes more than any socket's buffer")
		}
	}
}

func TestTryWriteOverTLSDoesNotWaitAndKeepsTheOrder(t *testing.T) {
	near, far := overTLS(t)
	want := fill(t, near) // without anybody who reads
	if !near.Kept() {
		t.Error("nothing is kept, and nothing can be written")
	}
	if near.Sent() != uint64(len(want)) {
		t.Errorf("%d bytes are counted, and %d were written", near.Sent(), len(want))
	}
	more := bytes.Repeat([]byte("more"), 100_000)
	wrote := make(chan error, 1)
	go func() { wrote <- errors.Join(near.Flush(), near.Write(more), near.CloseWrite()) }()
	got, err := io.ReadAll(far)
	if err != nil {
		t.Error(err)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got, append(want, more...)) {
		t.Errorf("%d bytes were written, and %d others arrived", len(want)+len(more), len(got))
	}
	if near.Kept() {
		t.Error("something is kept after Flush")
	}
}

// What TLS itself answers to a client that reads nothing needs bounded memory, and holds up nobody.
func TestAnswersOfTLSDoNotWaitAndAreBounded(t *testing.T) {
	near, _ := overTLS(t)
	fill(t, near)
	answer := make([]byte, 27) // as long as that to a KeyUpdate (RFC 8446, section 4.6.3)
	for range maxRest {
		if _, err := near.carrier.Write(answer); err != nil {
			if !errors.Is(err, errTooMuchKept) {
				t.Error(err)
			}
			if len(near.carrier.rest) > maxRest {
				t.Errorf("%d bytes are kept", len(near.carrier.rest))
			}
			return
		}
	}
	t.Error("there is no bound")
}

// Before a connection is opened, and so while requests are answered, writing waits for the peer.
func TestACarrierThatDoesNotHoldIsTheConnection(t *testing.T) {
	near, far := net.Pipe()
	c := &carrier{Conn: near}
	go func() {
		_, _ = c.Write([]byte("all"))
		_ = c.Close()
	}()
	if got, err := io.ReadAll(far); string(got) != "all" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
