package push

import "github.com/prometheus/client_golang/prometheus"

// counts are the pushes by what became of them.
type counts struct{ pushes *prometheus.CounterVec }

// names are the outcomes in metrics. A device that is gone is removed.
var names = [...]string{sent: "sent", failed: "failed", refused: "failed", unfit: "failed", gone: "removed"}

func newCounts() counts {
	c := counts{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "snug_pushes_total",
		Help: "Attempts to push a message to a device: sent, failed (it may be tried again), or removed, as the device is gone.",
	}, []string{"outcome"})}
	for _, name := range names { // all are there from the start, as 0
		c.pushes.WithLabelValues(name)
	}
	return c
}

func (c counts) add(o outcome) { c.pushes.WithLabelValues(names[o]).Inc() }

// Metrics returns the metrics of the pushes of this node.
func (s *Sender) Metrics() []prometheus.Collector {
	return []prometheus.Collector{s.counts.pushes}
}
