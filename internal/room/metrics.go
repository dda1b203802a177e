package room

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of the rooms.
func (g *Registry) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_rooms",
			Help: "Rooms that are open: a goroutine each.",
		}, func() float64 { return float64(g.Open()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "snug_messages_total",
			Help: "Messages that rooms have shown.",
		}, func() float64 { return float64(g.messages.Load()) }),
	}
}
