package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestAJoinThatIsRefusedSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	full := startServer(t, "memory:", func(o *snug.Options) { o.Limits.Off, o.Limits.MaxConnections = false, 1 })
	join(t, full.Addr, client.Options{})
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	older := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := websocket.Accept(w, r, nil); err == nil {
			_ = ws.CloseNow()
		}
	}))
	t.Cleanup(older.Close)
	gone := startFake(t, func(f *fakeConn) { _ = f.ws.Close(4404, "forgotten") })
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	_ = l.Close()

	for _, c := range []struct {
		name, server, code, nick string
		says                     string
		is                       func(error) bool
	}{
		{"no server", "", "lobby", "ann", "http://localhost:8080", nil},
		{"no host", ":", "lobby", "ann", "no host", nil},
		{"another scheme", "ftp://" + s.Addr, "lobby", "ann", "http, https, ws or wss", nil},
		{"nobody there", nobody, "lobby", "ann", "does it run", nil},
		{"another server", elsewhere.URL, "lobby", "ann", "is the address right", status(404)},
		{"another dialect", older.URL, "lobby", "ann", "snug.v1", nil},
		{"the wrong path", "http://" + s.Addr + "/chat", "lobby", "ann", "(HTTP status 404)", status(404)},
		{"no room code", "http://" + s.Addr, "", "ann", "roomCode", status(400)},
		{"a bad room code", "http://" + s.Addr, "a b", "ann", "room code", status(400)},
		{"a full server", "http://" + full.Addr, "lobby", "bob", "as many connections", status(503)},
		{"no nick", "http://" + s.Addr, "lobby", "", "nick", code(protocol.BadField)},
		{"too long a nick", "http://" + s.Addr, "lobby", strings.Repeat("x", 33), "nick", code(protocol.TooLong)},
		{"a room that is gone", "http://" + gone, "lobby", "ann", "forgotten", func(err error) bool {
			var ended *client.EndedError
			return errors.As(err, &ended) && ended.Code == protocol.CloseRoomGone
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := client.Join(t.Context(), c.server, c.code, client.Options{Nick: c.nick})
			if err == nil {
				t.Fatal("joined", r.Close())
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("says %q, want one line with %q", err, c.says)
			}
			if c.is != nil && !c.is(err) {
				t.Errorf("%v is of another kind", err)
			}
		})
	}
}

func status(want int) func(error) bool {
	return func(err error) bool {
		var refused *client.RefusedError
		return errors.As(err, &refused) && refused.Status == want
	}
}

func code(want protocol.ErrorCode) func(error) bool {
	return func(err error) bool {
		var refused *protocol.Error
		return errors.As(err, &refused) && refused.Code == want
	}
}

func TestAJoinEndsWithItsContextAndTheRoomDoesNot(t *testing.T) {
	t.Parallel()
	silent := startFake(t, func(f *fakeConn) { f.drain() })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := client.Join(ctx, "ws://"+silent, "lobby", client.Options{Nick: "ann"})
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}

	s := startServer(t, "memory:")
	ctx, cancel = context.WithCancel(t.Context())
	r, err := client.Join(ctx, "ws://"+s.Addr, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	say(t, r, "still here")
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestThePathAndTheHeadersAreKept(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	mux := http.NewServeMux()
	mux.Handle("/chat/", http.StripPrefix("/chat", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Pass") != "please" {
			t.Errorf("headers are %v", r.Header)
		}
		s.ServeHTTP(w, r)
	})))
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	for _, path := range []string{"/chat", "/chat/"} {
		r, err := client.Join(t.Context(), front.URL+path, "Lobby", client.Options{Nick: "ann", Transport: transport(t), Header: http.Header{"X-Pass": {"please"}}})
		if err != nil {
			t.Fatal(err)
		}
		if c := until[*client.Connected](t, r); c.Room != "lobby" || r.Limits().ContentChars != 4000 || r.Seat() == "" {
			t.Errorf("joined %+v", c)
		}
		_ = r.Close()
	}
}

func TestCloseEndsEverythingThatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	for _, state := range []string{"connected", "held up", "cut off"} {
		t.Run(state, func(t *testing.T) {
			p := newProxy(t, s.Addr, 0, 0)
			r := join(t, p.addr, client.Options{})
			ended := make(chan error)
			calls := []func() error{
				func() error { // a reader
					var last error
					for _, last = range r.Events(t.Context()) {
					}
					return last
				},
			}
			if state != "connected" {
				calls = append(calls,
					func() error { _, err := r.Send(t.Context(), client.Message{Content: "x"}); return err },
					func() error { return r.Rename(t.Context(), "zoe") },
					func() error { _, err := r.History(t.Context(), client.Page{}); return err },
				)
				p.hold()
			}
			if state == "cut off" {
				_ = p.listener.Close()
				p.cut()
			}
			for _, call := range calls {
				go func() { ended <- call() }()
			}
			if state != "held up" { // where the handshake has to be waited for in vain
				if err := r.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			} else {
				go p.cut()
				_ = r.Close()
			}
			for range calls {
				if err := <-ended; !errors.Is(err, client.ErrClosed) {
					t.Errorf("a call ended with %v", err)
				}
			}
			if err := r.Close(); err != nil {
				t.Errorf("again: %v", err)
			}
			for what, err := range map[string]error{"send": sendOn(r), "typing": r.Typing(t.Context()), "rename": r.Rename(t.Context(), "x")} {
				if !errors.Is(err, client.ErrClosed) {
					t.Errorf("%s afterwards: %v", what, err)
				}
			}
		})
	}
	for last := join(t, s.Addr, client.Options{}); last.Members().Count > 1; { // all others have closed
		until[*protocol.Left](t, last)
	}
}

func sendOn(r *client.Room) error {
	_, err := r.Send(context.Background(), client.Message{Content: "x"})
	return err
}
