package bench

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for an event that must happen, on a busy machine.
const patience = 5 * time.Minute

// serve starts a Snug server without limits, and returns its URL.
func serve(t *testing.T, changes ...func(*snug.Options)) string {
	t.Helper()
	o := snug.Defaults()
	o.Journal, o.Limits.Off, o.Log = "memory:", true, slog.New(slog.DiscardHandler)
	for _, change := range changes {
		change(&o)
	}
	s, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(s)
	t.Cleanup(func() {
		front.Close()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return front.URL
}

// options returns the options of a short run.
func options(server string) Options {
	return Options{
		Server: server, Nick: "bench", Rooms: 2, Members: 5, Senders: 2, Window: 4, Size: 64,
		Duration: 200 * time.Millisecond, ConnectRate: 1e6, Dialect: protocol.V1,
	}
}

func measure(t *testing.T, o Options) *Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// proxy forwards connections to a server, and can hold back what the server sends.
type proxy struct {
	url     string
	running sync.WaitGroup

	mu    sync.RWMutex // held for writing while nothing goes through
	conns []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{url: "http://" + l.Addr().String()}
	p.running.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				t.Errorf("dial the server: %v", err)
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, near, far)
			p.mu.Unlock()
			p.running.Go(func() { _, _ = io.Copy(far, near); far.Close() })
			p.running.Go(func() { _, _ = io.Copy(gatedWriter{near, p}, far); near.Close() })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.running.Wait()
	})
	return p
}

// gatedWriter writes while its proxy holds nothing back.
type gatedWriter struct {
	io.Writer
	*proxy
}

func (g gatedWriter) Write(data []byte) (int, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.Writer.Write(data)
}
