package chat_test

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/auth"
	"snug/internal/chat"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/protocol"
)

// pipe returns an in-memory connection to a server of its own, in a bubble with a fake clock.
func pipe(t *testing.T, subprotocol string) *rawClient { return pipeTo(t, subprotocol, nil, "") }

// pipeTo returns a pipe to a server that requires tokens, with one in the header.
func pipeTo(t *testing.T, subprotocol string, tokens auth.Verifier, token string) *rawClient {
	bare := func(near, far net.Conn) (net.Conn, net.Conn) { return near, far }
	return pipeOver(t, bare, subprotocol, tokens, token)
}

// pipeOver returns a pipe whose ends are wrapped.
func pipeOver(t *testing.T, over func(near, far net.Conn) (net.Conn, net.Conn), subprotocol string, tokens auth.Verifier, token string) *rawClient {
	near, far := over(net.Pipe())
	return connectPipe(t, pipeServer(t, tokens), near, far, subprotocol, token)
}

// pipeServer returns a server for pipes, which ends with the test.
func pipeServer(t *testing.T, tokens auth.Verifier) *chat.Server {
	said := &errorLog{}
	log := slog.New(said)
	j := memory.Open(memory.Options{})
	rooms := room.NewRegistry(room.Options{Journal: j, Log: log, Idle: time.Second, MaxChars: 100})
	server := chat.NewServer(chat.Options{Rooms: rooms, Tokens: tokens, Log: log, MaxChars: 100, MessageRate: 0, MaxWaiting: 64 << 10})
	t.Cleanup(func() {
		if err := server.Drain(context.Background()); err != nil {
			t.Error(err)
		}
		rooms.Close()
		_ = j.Close()
		for _, what := range said.all() {
			t.Errorf("the server logged: %s", what)
		}
	})
	return server
}

// connectPipe does the handshake over a pipe, whose far end is the server's.
func connectPipe(t *testing.T, server *chat.Server, near, far net.Conn, subprotocol, token string) *rawClient {
	t.Cleanup(func() { _ = near.Close() })
	r := httptest.NewRequest(http.MethodGet, "/ws?roomCode=room1", nil)
	for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
		r.Header.Set(k, v)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if subprotocol != "" {
		r.Header.Set("Sec-WebSocket-Protocol", subprotocol)
	}
	go server.ServeHTTP(hijackable{httptest.NewRecorder(), far}, r)
	c := &rawClient{Conn: near, t: t, in: bufio.NewReader(near)}
	resp, err := http.ReadResponse(c.in, r)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", resp, err)
	}
	return c
}

type hijackable struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// about checks how much time has passed since begun, to the second.
func about(t *testing.T, begun time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(begun).Round(time.Second); d != want {
		t.Errorf("it took %v, want %v", d, want)
	}
}

// closedPipe reads up to the close frame and answers it.
func (c *rawClient) closedPipe() int {
	c.t.Helper()
	payload := c.until(closes)
	_ = c.Close()
	if len(payload) < 2 {
		return 0
	}
	return int(payload[0])<<8 | int(payload[1])
}

func TestWhoNeverJoinsIsLetGoAfterTenSeconds(t *testing.T) {
	for what, keepBusy := range map[string]string{
		"in silence":     "",
		"with pongs":     frame(final|pong, ""),
		"with pings":     frame(final|ping, ""),
		"with commands":  frame(final|text, `{"type":"ping"}`),
		"with fragments": frame(text, "") + frame(more, "") + frame(final|more, "{}"),
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := pipe(t, protocol.Subprotocol)
				begun := time.Now()
				done := make(chan struct{})
				go func() {
					defer close(done)
					for keepBusy != "" {
						if _, err := c.Write([]byte(keepBusy)); err != nil {
							return
						}
						time.Sleep(700 * time.Millisecond) // of the bubble
					}
				}()
				if code := c.closedPipe(); code != 1008 {
					t.Errorf("the connection was closed with %d, want 1008", code)
				}
				about(t, begun, protocol.JoinWithin)
				<-done
			})
		})
	}
}

// lateConn is the server's end of a connection whose first read is late, as on a busy server: its
// deadline has passed, so it returns nothing of what has arrived.
type lateConn struct {
	net.Conn
	late sync.Once
}

func (c *lateConn) Read(b []byte) (n int, err error) {
	c.late.Do(func() {
		time.Sleep(protocol.JoinWithin + 5*time.Second) // of the bubble
		err = os.ErrDeadlineExceeded
	})
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func TestAJoinIsReadThatABusyServerHasNotReadInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(near, far net.Conn) (net.Conn, net.Conn) { return near, &lateConn{Conn: far} }
		c := pipeOver(t, late, protocol.Subprotocol, nil, "")
		c.say(joinAnn)
		c.until(text)
	})
}

// joinedPipe returns a client that has joined.
func joinedPipe(t *testing.T, subprotocol string) *rawClient {
	t.Helper()
	c := pipe(t, subprotocol)
	if subprotocol != "" {
		c.say(joinAnn)
		c.until(text)
	}
	return c
}

// Who knocks waits as long as it is alive, but not forever.
func TestWhoIsNotAdmittedIsLetGoAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := pipeServer(t, nil)
		dial := func() *rawClient {
			near, far := net.Pipe()
			return connectPipe(t, server, near, far, protocol.Subprotocol, "")
		}
		ann, zoe := dial(), dial()
		ann.say(joinAnn)
		ann.say(`{"type":"set","id":"s","locked":true}`)
		for !hasType(ann.until(text), "moderated") {
		}
		_ = ann.Close()
		zoe.say(`{"type":"knock","nick":"zoe"}`)
		last := zoe.until(text)
		if !hasType(last, "knock") {
			t.Fatalf("who knocks gets %s", last)
		}
		for begun := time.Now(); ; {
			switch op, payload := zoe.read(); op {
			case ping:
				zoe.raw(masked(final|pong, payload))
			case text:
				last = payload
			case closes:
				about(t, begun, protocol.KnockFor)
				if _ = zoe.Close(); !strings.Contains(string(last), `"locked"`) {
					t.Errorf("the last event is %s", last)
				}
				return
			}
		}
	})
}

func TestSilentClientIsAskedAndThenLetGo(t *testing.T) {
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		synctest.Test(t, func(t *testing.T) {
			c := joinedPipe(t, subprotocol)
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
	}
}

func TestClientThatAnswersPingsStays(t *testing.T) {
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		synctest.Test(t, func(t *testing.T) {
			c := joinedPipe(t, subprotocol)
			for begun := time.Now(); time.Since(begun) < time.Hour; {
				c.raw(masked(final|pong, c.until(ping)))
			}
		})
	}
}
