package bench

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"snug/internal/websocket"
	"snug/protocol"
)

// serveRaw starts a server that calls talk for each connection after the handshake, and
// closes the connection when talk returns.
func serveRaw(t *testing.T, talk func(net.Conn)) Options {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Accept: "+acceptKey(r.Header.Get("Sec-WebSocket-Key"))+"\r\n\r\n")
		talk(conn)
	}))
	t.Cleanup(s.Close)
	o := options(s.URL)
	o.Rooms, o.Members, o.Senders, o.Dialect = 1, 1, 1, protocol.Plain
	return o
}

// measureUndrained measures, and doesn't wait for messages that never arrive.
func measureUndrained(t *testing.T, o Options) *Report {
	t.Helper()
	ctx, interrupt := context.WithTimeout(t.Context(), patience)
	defer interrupt()
	o.Progress = func(p Progress) {
		if p.Phase == Draining {
			interrupt()
		}
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAServerThatDoesntReadIsGivenUp(t *testing.T) {
	over := make(chan struct{})
	o := serveRaw(t, func(net.Conn) { <-over })
	defer close(over)
	o.Size, o.Rate = maxSize, 1000
	r := measureUndrained(t, o)
	if words := strings.Join(r.Remarks, "\n"); r.Messages.Unsent == 0 || !strings.Contains(words, "The server fell behind") || r.Messages.Sent+r.Messages.Unsent != 200 {
		t.Errorf("%+v, remarks %q", r.Messages, words)
	}
}

func TestAPingIsAnswered(t *testing.T) {
	answered := make(chan []byte, 2)
	o := serveRaw(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		ping := websocket.AppendFrame(nil, websocket.OpPing, []byte("hi"))
		_, _ = conn.Write(join(text("{}"), ping[:2])) // cut in two
		_, _ = conn.Write(ping[2:])
		answered <- pong(in)
		_, _ = conn.Write(join(ping, text("{}")))
		answered <- pong(in)
		_, _ = conn.Write(websocket.AppendClose(nil, uint16(protocol.ClosePolicy), "enough"))
		_, _ = io.Copy(io.Discard, in)
	})
	o.Rate = 1
	r := measureUndrained(t, o)
	want := websocket.AppendMasked(nil, websocket.OpPong, controlMask, []byte("hi"))
	for range 2 {
		if got := <-answered; !bytes.Equal(got, want) {
			t.Errorf("answered with % x, want % x", got, want)
		}
	}
	if r.Faults["closed by the server with 1008: enough"] != 1 {
		t.Errorf("faults %v", r.Faults)
	}
}

// pong reads a client's frames, all short, until one that is a pong.
func pong(in *bufio.Reader) []byte {
	for {
		head, err := in.Peek(2)
		if err != nil {
			return nil
		}
		frame := make([]byte, 2+4+int(head[1]&0x7F))
		if _, err := io.ReadFull(in, frame); err != nil || frame[0] == 0x80|byte(websocket.OpPong) {
			return frame
		}
	}
}

func TestWhatIsCutIsToldFromWhatIsClosed(t *testing.T) {
	for kind, talk := range map[string]func(net.Conn){
		"cut by the server": func(net.Conn) {},
		"closed by the server": func(c net.Conn) {
			_, _ = c.Write(websocket.AppendFrame(nil, websocket.OpClose, nil))
			_, _ = io.Copy(io.Discard, c)
		},
		"a server must not mask its frames": func(c net.Conn) { _, _ = c.Write([]byte{0x81, 0x80, 0, 0, 0, 0}); _, _ = io.Copy(io.Discard, c) },
	} {
		o := serveRaw(t, talk)
		o.Rate, o.Duration = 1, 100*time.Millisecond
		r := measureUndrained(t, o)
		found := false
		for got := range r.Faults {
			found = found || strings.HasPrefix(got, kind)
		}
		if !found || len(r.Faults) != 1 {
			t.Errorf("%s: faults %v", kind, r.Faults)
		}
	}
}
