// Package servertest runs a real server over TCP in the process of a test, which can
// stop and restart it. The server has one goroutine that accepts connections, and its
// own; all of them end with the test.
package servertest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"snug"
)

// Server is a server that keeps its address when it is restarted. Its methods are safe
// for concurrent use.
type Server struct {
	Addr string // host:port
	URL  string

	t       testing.TB
	options snug.Options

	mu     sync.Mutex
	server *snug.Server // nil while it is down
}

// Start starts a server without limits and logs. journal is memory: or sqlite:, whose
// file is the test's. The server ends with the test, after the clients whose end was
// registered since.
func Start(t testing.TB, journal string, changes ...func(*snug.Options)) *Server {
	t.Helper()
	s := &Server{t: t, options: snug.Defaults()}
	s.options.Journal, s.options.Limits.Off = journal, true
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
	s.Addr = l.Addr().String()
	s.URL = "http://" + s.Addr
	front := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = front.Serve(l) // ends with Close
	}()
	s.Start()
	t.Cleanup(func() {
		_ = front.Close()
		<-served
		s.Stop()
	})
	return s
}

// Start starts the server again.
func (s *Server) Start() {
	s.t.Helper()
	server, err := snug.New(context.Background(), s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
}

// Stop shuts the server down, and blocks until that is done.
func (s *Server) Stop() {
	s.t.Helper()
	s.ShutDown(s.TakeOffline())
}

// TakeOffline makes the server refuse new connections, and returns it; nil if it is down.
func (s *Server) TakeOffline() *snug.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	server := s.server
	s.server = nil
	return server
}

// ShutDown shuts a server down that was taken offline, and blocks until that is done.
func (s *Server) ShutDown(server *snug.Server) {
	s.t.Helper()
	if server == nil {
		return
	}
	if err := server.Shutdown(context.Background()); err != nil {
		s.t.Errorf("shut the server down: %v", err)
	}
}

// ServeHTTP drops requests while the server is down.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	if server == nil {
		panic(http.ErrAbortHandler)
	}
	server.ServeHTTP(w, r)
}
