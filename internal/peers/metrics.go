package peers

import "github.com/prometheus/client_golang/prometheus"

// Metrics returns the metrics of the other nodes.
func (n *Network) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_other_nodes",
			Help: "Other nodes whose heartbeats this node receives.",
		}, func() float64 {
			n.mu.Lock()
			defer n.mu.Unlock()
			return float64(len(n.nodes))
		}),
	}
}
