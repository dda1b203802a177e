package outgoing

import "github.com/prometheus/client_golang/prometheus"

// counts are the deliveries by how they ended.
type counts struct{ deliveries *prometheus.CounterVec }

func newCounts() counts {
	c := counts{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_outgoing_deliveries_total",
		Help: "Attempts to deliver an event to an outgoing hook's receiver, by whether it was accepted.",
	}, []string{"accepted"})}
	for _, accepted := range []string{"yes", "no"} { // both are there from the start, as 0
		c.deliveries.WithLabelValues(accepted)
	}
	return c
}

func (c counts) add(r *result) {
	accepted := "yes"
	if r.failed != "" {
		accepted = "no"
	}
	c.deliveries.WithLabelValues(accepted).Inc()
}

// Metrics returns the metrics of the deliveries of this node.
func (d *Dispatcher) Metrics() []prometheus.Collector {
	return []prometheus.Collector{d.counts.deliveries}
}
