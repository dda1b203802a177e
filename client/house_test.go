package client_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come, on a busy machine.
const patience = 30 * time.Second

// house is a server over TCP, at an address that it keeps when it is restarted.
type house struct {
	t       testing.TB
	addr    string
	options snug.Options

	mu     sync.Mutex
	server *snug.Server // nil while it is down
}

// owned makes the first member of a room its owner, by the first event of its log.
func owned(o *snug.Options) { o.NoOwners = false }

// open starts a server without limits and owners; journal is memory: or sqlite:. It ends
// with the test, after the rooms that were joined since.
func open(t testing.TB, journal string, changes ...func(*snug.Options)) *house {
	t.Helper()
	h := &house{t: t, options: snug.Defaults()}
	h.options.Journal, h.options.NoLimits, h.options.NoOwners = journal, true, true
	if journal == "sqlite:" {
		h.options.Journal += filepath.Join(t.TempDir(), "log.snug")
	}
	h.options.Log = slog.New(slog.DiscardHandler)
	for _, change := range changes {
		change(&h.options)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	front := &http.Server{Handler: h, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = front.Serve(l) // ends with Close
	}()
	h.start()
	t.Cleanup(func() {
		_ = front.Close()
		<-served
		h.stop()
	})
	return h
}

func (h *house) start() {
	h.t.Helper()
	s, err := snug.New(context.Background(), h.options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server = s
}

func (h *house) stop() {
	h.t.Helper()
	h.shutdown(h.shut())
}

// shut lets nobody in any more.
func (h *house) shut() *snug.Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.server
	h.server = nil
	return s
}

func (h *house) shutdown(s *snug.Server) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s == nil {
		return
	}
	if err := s.Shutdown(ctx); err != nil {
		h.t.Errorf("shut the server down: %v", err)
	}
}

// ServeHTTP drops what comes while the server is down.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	s := h.server
	h.mu.Unlock()
	if s == nil {
		panic(http.ErrAbortHandler)
	}
	s.ServeHTTP(w, r)
}

// within bounds a wait of a test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// join joins the room "lobby" by way of addr. The room is closed with the test.
func join(t testing.TB, addr string, o client.Options) *client.Room {
	t.Helper()
	if o.Nick == "" {
		o.Nick = "ann"
	}
	r, err := client.Join(within(t), "http://"+addr, "lobby", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // what its connection came to is of no interest here
	return r
}

// say sends a message that must be taken.
func say(t testing.TB, r *client.Room, content string) uint64 {
	t.Helper()
	seq, err := r.Send(within(t), client.Message{Content: content})
	if err != nil {
		t.Fatalf("send %q: %v", content, err)
	}
	return seq
}

// read reads the next event.
func read(t testing.TB, r *client.Room) client.Event {
	t.Helper()
	for e, err := range r.Events(within(t)) {
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		return e
	}
	t.Fatal("the events are over without an error")
	return nil
}

// until reads the next event of type E, and passes over others.
func until[E client.Event](t testing.TB, r *client.Room) E {
	t.Helper()
	for {
		if e, ok := read(t, r).(E); ok {
			return e
		}
	}
}

// contents reads n messages, which must follow each other, and nothing be
// missing.
func contents(t testing.TB, r *client.Room, n int) (all []string) {
	t.Helper()
	var last uint64
	for e, err := range r.Events(within(t)) {
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
