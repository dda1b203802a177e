package search

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the operator sees of an index.
type metrics struct {
	behind   prometheus.Gauge
	indexed  prometheus.Counter
	failures prometheus.Counter
	rebuilt  prometheus.Counter
	searches *prometheus.HistogramVec
	bytes    prometheus.GaugeFunc
}

func newMetrics(x *Index) metrics {
	m := metrics{
		behind: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "snug_search_behind_events", Help: "Events of all rooms that the search index doesn't have yet.",
		}),
		indexed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "snug_search_indexed_events_total", Help: "Events that were read for the search index.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "snug_search_failures_total", Help: "Failures to write the search index; the log says why.",
		}),
		rebuilt: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "snug_search_rebuilds_total", Help: "How often the search index was begun anew.",
		}),
		searches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "snug_search_seconds", Help: "How long searches took, by how they ended.", Buckets: []float64{.001, .003, .01, .03, .1, .3, 1, 5},
		}, []string{"result"}),
		bytes: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_search_index_bytes", Help: "Size of the search index, which --max-journal doesn't count.",
		}, func() float64 {
			x.mu.RLock()
			defer x.mu.RUnlock()
			if x.store == nil {
				return 0
			}
			return float64(x.store.size())
		}),
	}
	for _, result := range []string{"ok", "busy", "failed"} { // all are there from the start, as 0
		m.searches.WithLabelValues(result)
	}
	return m
}

func (m *metrics) searched(took time.Duration, err error) {
	result := "ok"
	switch {
	case errors.Is(err, ErrBusy):
		result = "busy"
	case err != nil:
		result = "failed"
	}
	m.searches.WithLabelValues(result).Observe(took.Seconds())
}

// Metrics returns the metrics of the index.
func (x *Index) Metrics() []prometheus.Collector {
	m := &x.metrics
	if x.options.Path == "" {
		return []prometheus.Collector{m.searches}
	}
	return []prometheus.Collector{m.behind, m.indexed, m.failures, m.rebuilt, m.searches, m.bytes}
}
