package client_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testServer is a real server over TCP. It keeps its address when it is restarted.
type testServer struct {
	t       testing.TB
	addr    string
	options snug.Options

	mu     sync.Mutex
	server *snug.Server // nil while it is down
}

// owned makes the first member of a room its owner, with the first event of the log.
func owned(o *snug.Options) { o.NoOwners = false }

// startServer starts a server without limits and owners. journal is memory: or
// sqlite:. The server ends with the test, after the rooms that were joined since.
func startServer(t testing.TB, journal string, changes ...func(*snug.Options)) *testServer {
	t.Helper()
	s := &testServer{t: t, options: snug.Defaults()}
	s.options.Journal, s.options.NoLimits, s.options.NoOwners = journal, true, true
	if journal == "sqlite:" {
		s.options.Journal += filepath.Join(t.TempDir(), "log.snug")
	}
	s.options.Log = slog.New(slog.DiscardHandler)
	for _, change := range changes {
		change(&s.options)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	front := &http.Server{Handler: s, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = front.Serve(l) // ends with Close
	}()
	s.start()
	t.Cleanup(func() {
		_ = front.Close()
		<-served
		s.stop()
	})
	return s
}

func (s *testServer) start() {
	s.t.Helper()
	server, err := snug.New(context.Background(), s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
}

func (s *testServer) stop() {
	s.t.Helper()
	s.shutDown(s.takeOffline())
}

// takeOffline makes the server refuse new connections, and returns it.
func (s *testServer) takeOffline() *snug.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	server := s.server
	s.server = nil
	return server
}

func (s *testServer) shutDown(server *snug.Server) {
	s.t.Helper()
	if server == nil {
		return
	}
	if err := server.Shutdown(context.Background()); err != nil {
		s.t.Errorf("shut the server down: %v", err)
	}
}

// ServeHTTP drops requests while the server is down.
func (s *testServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	if server == nil {
		panic(http.ErrAbortHandler)
	}
	server.ServeHTTP(w, r)
}

// join joins the room "lobby" of the server at addr. The room is closed with the test.
func join(t testing.TB, addr string, o client.Options) *client.Room {
	t.Helper()
	if o.Nick == "" {
		o.Nick = "ann"
	}
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // an error is of no interest here
	return r
}

// say sends a message, which must be confirmed.
func say(t testing.TB, r *client.Room, content string) uint64 {
	t.Helper()
	seq, err := r.Send(t.Context(), client.Message{Content: content})
	if err != nil {
		t.Fatalf("send %q: %v", content, err)
	}
	return seq
}

// read reads the next event.
func read(t testing.TB, r *client.Room) client.Event {
	t.Helper()
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		return e
	}
	t.Fatal("the events ended without an error")
	return nil
}

// until reads up to the next event of type E.
func until[E client.Event](t testing.TB, r *client.Room) E {
	t.Helper()
	for {
		if e, ok := read(t, r).(E); ok {
			return e
		}
	}
}

// contents reads n messages, whose seqs must follow each other.
func contents(t testing.TB, r *client.Room, n int) (all []string) {
	t.Helper()
	var last uint64
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(all), n, err)
		}
		switch e := e.(type) {
		case *protocol.Event:
			if last != 0 && e.Seq != last+1 {
				t.Fatalf("event %d after %d", e.Seq, last)
			}
			last = e.Seq
			m, err := e.Message()
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, m.Content); len(all) == n {
				return all
			}
		case *protocol.Gap:
			t.Fatalf("%d to %d are missing", e.First, e.Last)
		}
	}
	return all
}
