package sqlite

import "github.com/prometheus/client_golang/prometheus"

// newCommitDurations returns the histogram of how long transactions took. Most of that
// is the disk's fsync.
func newCommitDurations() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "snug_journal_commit_duration_seconds",
		Help:    "How long a commit of messages, of all rooms that had some, took to be on disk.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5},
	})
}

// Metrics returns the metrics of commits, and of the entries that p has pruned.
func (c *Committer) Metrics(p *Pruner) []prometheus.Collector {
	return []prometheus.Collector{
		c.durations,
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "snug_journal_pruned_entries_total",
			Help: "Entries that were removed because they were no longer to be kept.",
		}, func() float64 { return float64(p.pruned.Load()) }),
	}
}
