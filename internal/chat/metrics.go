package chat

import (
	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/room"
)

// Each connection counts for itself what passes through it, so that nothing is
// shared on the way of a message; whoever wants the sums adds them up.

// traffic is what has passed through connections.
type traffic struct {
	received, sent uint64 // bytes
	passed         uint64 // log events that were written
}

func (t *traffic) add(c *conn) {
	t.received += c.sock.received.Load()
	t.sent += c.sock.sent.Load()
	if p := c.out.seated(); p != nil {
		t.passed += p.Delivered()
	}
}

// look returns what has passed through all connections since the start, and those
// that there are.
func (s *Server) look() (traffic, []*conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total, conns := s.gone, make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		total.add(c)
		conns = append(conns, c)
	}
	return total, conns
}

// lag is how far a connection is behind its room, with what the system still has of
// it: a client that reads nothing is written to for long before a write has to wait.
// Those events are told from their bytes by the mean of the connection's.
func (c *conn) lag(p *room.Participant, unsent uint64) room.Lag {
	lag := p.Lag()
	if sent := c.sock.sent.Load(); sent > 0 {
		lag.Events += unsent * p.Delivered() / sent
	}
	return lag
}

func newRefusals() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_refusals_total",
		Help: "Errors that clients were sent, by code.",
	}, []string{"code"})
}

func newTurned() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_handshake_refusals_total",
		Help: "Requests for a WebSocket that were refused before they became one, by HTTP status.",
	}, []string{"status"})
}

// What is worked out for each scrape.
var (
	descConnections = prometheus.NewDesc("snug_connections", "Connections that are open.", nil, nil)
	descReceived    = prometheus.NewDesc("snug_received_bytes_total", "Bytes that clients sent, after the handshake.", nil, nil)
	descSent        = prometheus.NewDesc("snug_sent_bytes_total", "Bytes that clients were sent, after the handshake.", nil, nil)
	descDeliveries  = prometheus.NewDesc("snug_deliveries_total", "Log events that were written to clients: each counts once for each of them.", nil, nil)
	descLag         = prometheus.NewDesc("snug_lag_max_events", "Log events that the client which is furthest behind its room has still to be sent.", nil, nil)
	descInLog       = prometheus.NewDesc("snug_catching_up_connections", "Connections so far behind that they read from the journal.", nil, nil)
)

// Metrics are those of the connections.
func (s *Server) Metrics() []prometheus.Collector {
	return []prometheus.Collector{s.refusals, s.turned, sums{s}}
}

// sums is the [prometheus.Collector] of what is worked out.
type sums struct{ server *Server }

// Describe implements [prometheus.Collector].
func (sums) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descConnections, descReceived, descSent, descDeliveries, descLag, descInLog} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (m sums) Collect(to chan<- prometheus.Metric) {
	total, conns := m.server.look()
	var furthest uint64
	inLog := 0
	for _, c := range conns {
		if p := c.out.seated(); p != nil {
			lag := c.lag(p, bytesUnsent(c.sock.system))
			furthest = max(furthest, lag.Events)
			if lag.InLog {
				inLog++
			}
		}
	}
	gauge := func(d *prometheus.Desc, n float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n) }
	counter := func(d *prometheus.Desc, n uint64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	gauge(descConnections, float64(len(conns)))
	counter(descReceived, total.received)
	counter(descSent, total.sent)
	counter(descDeliveries, total.passed)
	gauge(descLag, float64(furthest))
	gauge(descInLog, float64(inLog))
}
