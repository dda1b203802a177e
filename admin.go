package snug

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"snug/internal/chat"
	"snug/internal/httpapi"
	"snug/internal/journal"
	"snug/internal/room"
)

// Admin returns the operator's side of the server, as docs/operations.md describes
// it: metrics, health, profiles, backup, erasing, pruning, and at / a page that
// shows the process live. It must not be served on the users' port. With a secret,
// requests must have it as Authorization: Bearer SECRET; without one, only requests to
// localhost or a loopback address are answered, and anyone who can reach the handler may
// do everything. It may be called more than once.
func (s *Server) Admin(secret string) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), s.up())
	registry.MustRegister(s.chat.Metrics()...)
	registry.MustRegister(s.rooms.Metrics()...)
	registry.MustRegister(s.hooks.Metrics()...)
	if j, ok := s.journal.(interface{ Metrics() []prometheus.Collector }); ok {
		registry.MustRegister(j.Metrics()...)
	}
	if s.search != nil {
		registry.MustRegister(s.search.Metrics()...)
	}
	if s.push != nil {
		registry.MustRegister(s.push.Metrics()...)
	}
	if s.outgoing != nil {
		registry.MustRegister(s.outgoing.Metrics()...)
	}
	if s.peers != nil {
		registry.MustRegister(s.peers.Metrics()...)
	}
	window := chat.NewWindow(s.chat)
	admin := &httpapi.Admin{
		Log:         s.log,
		Metrics:     registry,
		Ready:       s.ready,
		Inside:      func() any { return s.inside(window) },
		Backup:      s.Backup,
		Erase:       s.erase,
		GiveOwner:   s.GiveOwner,
		RevokeSeats: s.RevokeSeats,
		Prune:       s.prune,
		Rooms:       s.rooms,
	}
	return s.tracer.Handler(admin.Handler(secret), func(*http.Request) bool { return false })
}

// up is the metric that says whether the journal accepts messages.
func (s *Server) up() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "snug_journal_up",
		Help: "1 while the journal accepts messages, as far as it knows; 0 while it doesn't.",
	}, func() float64 {
		if s.probe() != nil {
			return 0
		}
		return 1
	})
}

// probe returns why the journal accepts no messages; nil if it accepts them.
func (s *Server) probe() error {
	if p, ok := s.journal.(journal.Prober); ok {
		return p.Probe()
	}
	return nil
}

// Alive returns an error if only a restart can help: the journal is closed. It takes the locks of rooms and
// connections, so it doesn't return if the server hangs. A journal that refuses messages for a while, because its
// disk is full or the cluster has no majority, is alive: members can read, and a restart would not help.
func (s *Server) Alive() error {
	chat.NewWindow(s.chat).Look()
	if err := s.probe(); errors.Is(err, journal.ErrClosed) {
		return err
	}
	return nil
}

// ready returns why the server should get no new clients.
func (s *Server) ready() error {
	if s.chat.Draining() {
		return errors.New("the server is shutting down")
	}
	if s.peers != nil {
		if err := s.peers.Ready(); err != nil {
			return err
		}
	}
	return s.probe()
}

// insideNow is what the live page shows.
type insideNow struct {
	chat.Inside
	Ready      string  `json:"ready"` // why it isn't, or nothing
	Goroutines int     `json:"goroutines"`
	Heap       uint64  `json:"heap_bytes"`
	Uptime     float64 `json:"uptime_seconds"`
}

// heap returns the bytes of live and not yet swept objects. It stops nothing.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func (s *Server) inside(w *chat.Window) insideNow {
	in := insideNow{Inside: w.Look(), Goroutines: runtime.NumGoroutine(), Heap: heap(), Uptime: time.Since(s.began).Seconds()}
	if err := s.ready(); err != nil {
		in.Ready = err.Error()
	}
	return in
}

// Backup returns a copy of the journal at one moment during the call, and its size in bytes. The copy
// is a journal's file: a server that is started with it continues from there, with new epochs. The
// caller reads and closes it before making another. A journal in memory has no copy.
func (s *Server) Backup(ctx context.Context) (backup io.ReadCloser, size int64, err error) {
	c, ok := s.journal.(journal.Copier)
	if !ok {
		return nil, 0, &httpapi.RefusedError{Status: http.StatusConflict, Why: "the journal is in memory: there is nothing to back up"}
	}
	backup, size, err = c.Copy(ctx)
	if errors.Is(err, journal.ErrCopying) {
		return nil, 0, &httpapi.RefusedError{Status: http.StatusConflict, Why: err.Error()}
	}
	return backup, size, err
}

func (s *Server) erase(ctx context.Context, roomCode, member string) (int, error) {
	code, err := room.ParseCode(roomCode)
	if err != nil {
		return 0, err
	}
	n, err := s.rooms.Erase(ctx, code, member)
	if n > 0 || err != nil {
		return n, err
	}
	p, _, err := s.rooms.Inspect(ctx, code) // nobody said anything, or there is no such room
	if err != nil {
		return 0, err
	}
	p.Leave()
	return 0, nil
}

// prune prunes immediately by keep, or by the server's own rule if keep is empty. A keep that keeps
// very little must be confirmed.
func (s *Server) prune(ctx context.Context, keep string, confirmed bool) (int, error) {
	k, err := ParseKeep(keep)
	switch {
	case err != nil:
		return 0, &httpapi.RefusedError{Status: http.StatusBadRequest, Why: err.Error()}
	case k == (Keep{}) && s.retention == nil:
		return 0, &httpapi.RefusedError{Status: http.StatusConflict, Why: "the server keeps everything: say what to keep, or start it with --keep"}
	case k.risky() && !confirmed:
		return 0, &httpapi.RefusedError{Status: http.StatusBadRequest, Why: fmt.Sprintf(
			"keep=%s would remove nearly everything: an age under an hour, or fewer than 100 events, needs confirm=yes (snug admin prune --confirm)", keep)}
	}
	var n int
	if k == (Keep{}) {
		n, err = s.retention.Now(ctx)
	} else {
		n, err = prune(ctx, s.journal, k)
	}
	if err != nil {
		return n, fmt.Errorf("prune: %w", err)
	}
	return n, nil
}
