package chat

import (
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"testing"
	"time"
)

// What the other side has got is TCP's to say, also where TLS lies over it.
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
	for acked, _ := bytesAcked(systemOf(conn)); acked < n; acked, _ = bytesAcked(systemOf(conn)) {
		if time.Now().After(end) {
			t.Fatalf("of %d bytes %d are seen to have arrived", n, acked)
		}
		time.Sleep(time.Millisecond)
	}
	_ = conn.Close()
	if err := <-read; err != nil {
		t.Error(err)
	}
}
