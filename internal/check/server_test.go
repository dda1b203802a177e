package check

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testServer is a real server over TCP. It keeps its address when it is restarted.
type testServer struct {
	t       testing.TB
	url     string
	options snug.Options

	mu     sync.Mutex
	server *snug.Server // nil while it is down
}

// startServer starts a server without limits. journal is memory: or sqlite:.
func startServer(t testing.TB, journal string, changes ...func(*snug.Options)) *testServer {
	t.Helper()
	s := &testServer{t: t, options: snug.Defaults()}
	s.options.Journal, s.options.NoLimits = journal, true
	if journal == "sqlite:" {
		s.options.Journal += filepath.Join(t.TempDir(), "log.snug")
	}
	s.options.Log = slog.New(slog.DiscardHandler)
	for _, change := range changes {
		change(&s.options)
	}
	front := httptest.NewServer(s)
	s.url = front.URL
	s.start()
	t.Cleanup(func() {
		s.stop()
		front.Close()
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
	s.mu.Lock()
	server := s.server
	s.server = nil
	s.mu.Unlock()
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

// busy returns the options of a short check.
func busy(url string) Options {
	o := Defaults()
	o.Server, o.Duration, o.Rate, o.CutEvery = url, 700*time.Millisecond, 40, 200*time.Millisecond
	o.Late = 30 * time.Second // a busy machine isn't a finding
	return o
}

// judge runs a check, which must come to a verdict.
func judge(t *testing.T, o Options) Report {
	t.Helper()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("no verdict: %v", err)
	}
	if report.Confirmed == 0 || report.Delivered < report.Confirmed {
		t.Errorf("hardly any message was sent: %+v", report)
	}
	return report
}

// finds checks how many findings of each kind there are.
func finds(t *testing.T, r Report, want counts) {
	t.Helper()
	for _, f := range r.Findings {
		t.Log(f.Kind, f.Text)
	}
	for kind := range kinds {
		if r.Counts[kind] != want[kind] {
			t.Errorf("%v: %d, want %d", kind, r.Counts[kind], want[kind])
		}
	}
}

type counts = [kinds]uint64
