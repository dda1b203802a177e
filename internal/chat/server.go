// Package chat is the server's connections. It upgrades requests to WebSockets, lets
// clients join their room, executes their commands and sends them events.
//
// A connection has a goroutine only while there is something to do for it. Its reader
// decodes frames and executes commands. When nothing arrives, the reader ends and the
// connection is parked, until the poller starts another reader. The room's goroutine
// writes events directly to the sockets of its members, as far as they have space. A
// writer goroutine does the rest: what has to wait for the client, and frames for
// this client alone. [Server.Drain] ends and waits for all of them.
package chat

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"snug/internal/auth"
	"snug/internal/forwarded"
	"snug/internal/journal"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/internal/search"
	"snug/internal/socket"
	"snug/internal/tracing"
	"snug/protocol"
)

// Options configure a Server. The zero value of a limit is no limit.
type Options struct {
	Rooms            *room.Registry
	Tokens           auth.Verifier // says who has a token; nil if tokens aren't needed
	Guests           bool          // whether clients may come without a token
	Log              *slog.Logger
	Origins          []string // foreign origins whose pages may connect, as scheme://host[:port]; * for all
	MaxConnections   int
	MaxChars         int               // in a message; must be above 0
	History          int               // messages replayed to a v1 client that doesn't say how many
	MessageRate      float64           // messages a second from one connection
	MessageBurst     int               // at least 1
	Outside          forwarded.Outside // how clients reach the server
	AddressLimits    ratelimit.Limits  // for each address
	BadFrames        int               // refused frames and pings of a connection at once, and a tenth of that a second
	MaxWaiting       int               // bytes of answers that may wait before the client's commands wait; above 0
	MaxFileSize      int64             // bytes of a file; 0 to take none
	UploadsPerMinute int               // files from one address
	Search           *search.Index     // nil to have no search
	Tracer           *tracing.Tracer   // nil to trace nothing
	Strangers        bool              // guard against abuse; off for trials and measurements
}

// Server accepts connections. It is the [http.Handler] for the WebSocket's path, and
// safe for concurrent use.
type Server struct {
	options     Options
	limits      protocol.Limits
	rate        rate.Limit // as MessageRate
	addresses   *ratelimit.Limiter
	requests    *ratelimit.ByAddress // without a connection
	sent        *ratelimit.ByKey     // messages of members without a connection
	guestSent   *ratelimit.ByAddress // messages of guests without a connection
	typed       *ratelimit.ByKey     // typing of members without a connection
	uploads     *ratelimit.ByAddress // files
	searched    *ratelimit.ByAddress // searches
	uploading   *transfers
	downloading *transfers
	ctx         context.Context // of all connections; it ends when the remaining ones are cut
	cancel      context.CancelFunc
	serving     context.Context // of files that come and go; it ends when Drain begins
	drain       context.CancelFunc
	poller      socket.Poller
	exports     chan struct{} // has a place for each archive that may be written at a time

	idleWriters chan *conn     // takes work for writers that have none
	writers     sync.WaitGroup // their goroutines
	readers     sync.WaitGroup // connections, parked ones too
	ids         atomic.Uint64

	mu       sync.Mutex
	count    int                // connections, including upgrades in progress
	conns    map[*conn]struct{} // upgraded connections
	draining bool
	gone     traffic // of connections that have ended

	refusals *prometheus.CounterVec // errors sent, by code
	rejected *prometheus.CounterVec // upgrades refused, by status
}

// NewServer returns a server. The caller ends it with Drain.
func NewServer(o Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	serving, drain := context.WithCancel(context.Background())
	limit := rate.Limit(o.MessageRate)
	if o.MessageRate == 0 {
		limit = rate.Inf
	}
	requests, searches := float64(requestsPerSecond), float64(searchesPerSecond)
	if !o.Strangers {
		requests, searches = 0, 0
	}
	return &Server{
		options: o, limits: limits(&o), rate: limit, addresses: ratelimit.New(o.AddressLimits),
		exports:  make(chan struct{}, maxExports),
		requests: ratelimit.NewByAddress(requests, requestBurst),
		sent:     ratelimit.NewByKey(o.MessageRate, o.MessageBurst), guestSent: ratelimit.NewByAddress(o.MessageRate, o.MessageBurst),
		typed:     ratelimit.NewByKey(float64(time.Second)/float64(typingInterval), 1),
		uploading: newTransfers(maxUploads, maxUploadsPerAddress), downloading: newTransfers(maxDownloads, maxDownloadsPerAddress),
		uploads: ratelimit.NewByAddress(float64(o.UploadsPerMinute)/60, o.UploadsPerMinute), searched: ratelimit.NewByAddress(searches, searchBurst),
		ctx: ctx, cancel: cancel, serving: serving, drain: drain, conns: make(map[*conn]struct{}), idleWriters: make(chan *conn),
		refusals: newRefusals(), rejected: newRejected(),
	}
}

// The requests without a connection that an address may send: what costs more than a
// message, such as a password or a new room, has limits of its own.
const requestsPerSecond, requestBurst = 100, 300

// limits returns the limits that clients are told.
func limits(o *Options) protocol.Limits {
	const ( // bytes, at most
		charReceived      = 12       // of a character that a client sends, as two \uXXXX
		charSent          = 6        // of a character that the server sends
		messageOverhead   = 4096     // of a frame with a message, without its content
		otherCommandBytes = 16 << 10 // of a frame without a message: a join with its token, a set with its topic
		eventOverhead     = 1024     // of a log event, without its content
		banBytes          = 2048     // of one ban in a list
		fileBytes         = 2048     // of a file's description in a message
	)
	files, queryChars := 0, 0
	if o.Search != nil {
		queryChars = protocol.MaxQueryChars
	}
	if o.MaxFileSize > 0 {
		files = protocol.MaxFiles
	}
	return protocol.Limits{
		ContentChars: o.MaxChars,
		FrameBytes:   max(charReceived*o.MaxChars+messageOverhead, otherCommandBytes),
		EventBytes:   max(journal.PageBytes+charSent*o.MaxChars+files*fileBytes+protocol.MaxPage*eventOverhead, protocol.MaxBans*banBytes),
		MessageRate:  o.MessageRate,
		RetryMS:      room.RetryAfter.Milliseconds(),
		FileBytes:    o.MaxFileSize,
		QueryChars:   queryChars,
	}
}

// admit counts a connection, unless the server is full or draining. Each admitted
// connection is unregistered at its end.
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

// register adds an upgraded connection, so that Drain ends it.
func (s *Server) register(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	if s.draining {
		c.interrupt(c.goodbye(reconnectFirst))
	}
}

// unregister removes a connection that was admitted.
func (s *Server) unregister(c *conn) {
	c.handshake.release()
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

// Connections returns the number of connections.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
