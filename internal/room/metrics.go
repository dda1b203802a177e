package room

import "github.com/prometheus/client_golang/prometheus"

// Messages returns how many messages the rooms of this server have delivered.
func (g *Registry) Messages() uint64 { return g.messages.Load() }

// Metrics returns the metrics of the rooms.
func (g *Registry) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_rooms",
			Help: "Open rooms. Each has a goroutine.",
		}, func() float64 { return float64(g.Open()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "snug_messages_total",
			Help: "Messages that rooms have delivered.",
		}, func() float64 { return float64(g.messages.Load()) }),
	}
}
