package socket

import (
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"testing"
	"time"
)

// TCP tells what the peer has received, also below TLS.
func TestAckedBytesAreSeenUnderTLS(t *testing.T) {
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	config := own.TLS
	own.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	read := make(chan error, 1)
	go func() {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			defer conn.Close()
			_, err = io.Copy(io.Discard, tls.Client(conn, &tls.Config{InsecureSkipVerify: true})) // the way is what is tested
		}
		read <- err
	}()
	bare, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Server(bare, config)
	const n = 1 << 20
	if _, err := conn.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(time.Minute)
	var c Conn
	c.Open(conn, 0)
	for got, _ := c.Acked(); got < n; got, _ = c.Acked() {
		if time.Now().After(end) {
			t.Fatalf("%d of %d bytes are seen to have arrived", got, n)
		}
		time.Sleep(time.Millisecond)
	}
	_ = conn.Close()
	if err := <-read; err != nil {
		t.Error(err)
	}
}
