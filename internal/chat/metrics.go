package chat

import (
	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/room"
)

// Each connection counts its own traffic, so that messages touch nothing that is shared.
// Whoever wants sums adds them up.

// traffic is the traffic of connections.
type traffic struct {
	received, sent uint64 // bytes
	passed         uint64 // log events written
}

func (t *traffic) add(c *conn) {
	t.received += c.sock.Received()
	t.sent += c.sock.Sent()
	if p := c.out.joined(); p != nil {
		t.passed += p.Delivered()
	}
}

// snapshot returns the traffic of all connections since the start, and the open ones.
func (s *Server) snapshot() (traffic, []*conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total, conns := s.gone, make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		total.add(c)
		conns = append(conns, c)
	}
	return total, conns
}

// lag is how far a connection is behind its room, including the unsent bytes in the
// system's buffer, which accepts a lot for a client that reads nothing. These bytes are
// converted to events by the connection's mean.
func (c *conn) lag(p *room.Participant, unsent uint64) room.Lag {
	lag := p.Lag()
	if sent := c.sock.Sent(); sent > 0 {
		lag.Events += unsent * p.Delivered() / sent
	}
	return lag
}

func newRefusals() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_refusals_total",
		Help: "Errors sent to clients, by code.",
	}, []string{"code"})
}

func newRejected() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_handshake_refusals_total",
		Help: "Requests for a WebSocket that were refused before the upgrade, by HTTP status.",
	}, []string{"status"})
}

// The metrics that are computed for each scrape.
var (
	descConnections = prometheus.NewDesc("snug_connections", "Open connections.", nil, nil)
	descReceived    = prometheus.NewDesc("snug_received_bytes_total", "Bytes received from clients, after the handshake.", nil, nil)
	descSent        = prometheus.NewDesc("snug_sent_bytes_total", "Bytes sent to clients, after the handshake.", nil, nil)
	descDeliveries  = prometheus.NewDesc("snug_deliveries_total", "Log events written to clients; each counts once per client.", nil, nil)
	descLag         = prometheus.NewDesc("snug_lag_max_events", "Log events that the client furthest behind its room has yet to be sent.", nil, nil)
	descInLog       = prometheus.NewDesc("snug_catching_up_connections", "Connections so far behind that they read from the journal.", nil, nil)
)

// Metrics returns the metrics of connections.
func (s *Server) Metrics() []prometheus.Collector {
	return []prometheus.Collector{s.refusals, s.rejected, sums{s}}
}

// sums is the [prometheus.Collector] of computed metrics.
type sums struct{ server *Server }

// Describe implements [prometheus.Collector].
func (sums) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descConnections, descReceived, descSent, descDeliveries, descLag, descInLog} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (m sums) Collect(to chan<- prometheus.Metric) {
	total, conns := m.server.snapshot()
	var furthest uint64
	inLog := 0
	for _, c := range conns {
		if p := c.out.joined(); p != nil {
			lag := c.lag(p, c.sock.Unsent())
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
