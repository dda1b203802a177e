package peers

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of the other nodes.
func (m *Network) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_other_nodes",
			Help: "Other nodes that are there, as far as this one hears them.",
		}, func() float64 {
			m.mu.Lock()
			defer m.mu.Unlock()
			return float64(len(m.nodes))
		}),
	}
}
