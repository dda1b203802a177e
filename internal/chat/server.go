// Package chat is connections: it accepts a WebSocket, seats it in its room and
// carries commands in and events out. It is the one package that knows the
// WebSocket library.
//
// A connection has a goroutine only while there is something to do for it. The reader
// decodes frames and carries out what they ask; when nothing comes any more it ends, and
// the poller, which waits for all such connections at once, makes a new one. The room
// writes to the socket what is for all, as far as there is space; what has to wait for
// the client, and what is for this one alone, from the outbox, is a writer's.
package chat

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/protocol"
)

// Options are what a Server is made with. The zero value of a limit is no limit.
type Options struct {
	Rooms          *room.Registry
	Tokens         *auth.Tokens // who has one may come in, and nobody else; nil lets all
	Log            *slog.Logger
	Origins        []string // foreign pages that may connect, as scheme://host[:port]; * for all
	MaxConnections int
	MaxChars       int              // in a message; must be above 0
	History        int              // messages replayed to a v1 join that names no number
	MessageRate    float64          // messages a second, for a connection
	MessageBurst   int              // at least 1
	TrustedProxies []netip.Prefix   // whose X-Forwarded-For and X-Forwarded-Proto count
	AddressLimits  ratelimit.Limits // what one address may do
	BadFrames      int              // refused frames, and pings, of a connection at once, with a tenth of it a second
	MaxWaiting     int              // bytes of answers that wait for a client before its commands do; must be above 0
	Strangers      bool             // guard against floods; off for trials and measurements
}

// Server accepts connections. It is an [http.Handler] for the path of the
// WebSocket, safe for concurrent use.
type Server struct {
	options   Options
	limits    protocol.Limits
	rate      rate.Limit // as MessageRate
	addresses *ratelimit.Limiter
	ctx       context.Context // of all connections; it ends when they are cut short
	cancel    context.CancelFunc
	poller    poller
	writers   chan *conn     // for those that have nothing to write
	working   sync.WaitGroup // writers
	readers   sync.WaitGroup // and of who rests
	ids       atomic.Uint64

	mu       sync.Mutex
	count    int                // connections, and upgrades under way
	conns    map[*conn]struct{} // those that are upgraded
	draining bool
	gone     traffic // of those that have ended

	refusals *prometheus.CounterVec // by the code of their error
	turned   *prometheus.CounterVec // upgrades that were refused, by status
}

// NewServer returns a server without connections. Drain ends it.
func NewServer(o Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	limit := rate.Limit(o.MessageRate)
	if o.MessageRate == 0 {
		limit = rate.Inf
	}
	return &Server{
		options: o, limits: limits(&o), rate: limit, addresses: ratelimit.New(o.AddressLimits),
		ctx: ctx, cancel: cancel, conns: make(map[*conn]struct{}), writers: make(chan *conn),
		refusals: newRefusals(), turned: newTurned(),
	}
}

// limits are what clients are told.
func limits(o *Options) protocol.Limits {
	const ( // bytes, at most
		charReceived      = 12       // of a character that a client sends, as two \uXXXX
		charSent          = 6        // of a character that the server sends
		messageOverhead   = 4096     // of a frame with a message, besides its content
		otherCommandBytes = 16 << 10 // of a frame without a message: a join with its token, a set with its topic
		eventOverhead     = 1024     // of a log event, besides its content
		banBytes          = 2048     // of one ban in a list
	)
	return protocol.Limits{
		ContentChars: o.MaxChars,
		FrameBytes:   max(charReceived*o.MaxChars+messageOverhead, otherCommandBytes),
		EventBytes:   max(journal.PageBytes+charSent*o.MaxChars+protocol.MaxPage*eventOverhead, protocol.MaxBans*banBytes),
		MessageRate:  o.MessageRate,
		RetryMS:      room.RetryAfter.Milliseconds(),
	}
}

// admit counts a connection in, unless the server is full or draining; then it
// says so. Whoever is admitted is dismissed in the end.
func (s *Server) admit() (full, draining bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false, true
	}
	if s.options.MaxConnections > 0 && s.count >= s.options.MaxConnections {
		return true, false
	}
	s.count++
	s.readers.Add(1)
	return false, false
}

// enter puts an upgraded connection where Drain finds it.
func (s *Server) enter(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	if s.draining {
		c.interrupt(c.goodbye(comeBackFirst))
	}
}

func (s *Server) dismiss(c *conn) {
	c.door.leave()
	s.mu.Lock()
	s.count--
	delete(s.conns, c)
	s.gone.add(c)
	s.mu.Unlock()
	s.readers.Done()
}

// Draining reports whether Drain has begun.
func (s *Server) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// Connections returns how many there are.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
