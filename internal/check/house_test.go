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

// house is a real server over TCP, which keeps its address when it is restarted.
type house struct {
	t       testing.TB
	url     string
	options snug.Options

	mu     sync.Mutex
	server *snug.Server // nil while it is down
}

// build starts a server without limits; journal is memory: or sqlite:.
func build(t testing.TB, journal string, changes ...func(*snug.Options)) *house {
	t.Helper()
	h := &house{t: t, options: snug.Defaults()}
	h.options.Journal, h.options.NoLimits = journal, true
	if journal == "sqlite:" {
		h.options.Journal += filepath.Join(t.TempDir(), "log.snug")
	}
	h.options.Log = slog.New(slog.DiscardHandler)
	for _, change := range changes {
		change(&h.options)
	}
	front := httptest.NewServer(h)
	h.url = front.URL
	h.start()
	t.Cleanup(func() {
		h.stop()
		front.Close()
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
	h.mu.Lock()
	s := h.server
	h.server = nil
	h.mu.Unlock()
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
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

// busy are the options of a check that is over soon.
func busy(url string) Options {
	o := Defaults()
	o.Server, o.Duration, o.Rate, o.CutEvery = url, 700*time.Millisecond, 40, 200*time.Millisecond
	o.Late = 30 * time.Second // this machine's load is no finding
	return o
}

// judge runs a check that must come to a verdict.
func judge(t *testing.T, o Options) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	report, err := Run(ctx, o)
	if err != nil {
		t.Fatalf("no verdict: %v", err)
	}
	if report.Confirmed == 0 || report.Delivered < report.Confirmed {
		t.Errorf("hardly anything was said: %+v", report)
	}
	return report
}

// finds checks how often each kind was found.
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
