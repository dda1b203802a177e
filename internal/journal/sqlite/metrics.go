package sqlite

import "github.com/prometheus/client_golang/prometheus"

// newCommits counts transactions by how long they took, most of it the disk's fsync.
func newCommits() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "snug_journal_commit_duration_seconds",
		Help:    "How long a commit of messages, of all rooms that had some, took to be on disk.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5},
	})
}

// Metrics are those of the journal.
func (j *Journal) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		j.commits,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_journal_waiting_drafts",
			Help: "Messages that wait to be committed; where it stays high, the disk is too slow.",
		}, func() float64 { return float64(len(j.queue)) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "snug_journal_pruned_entries_total",
			Help: "Entries that were removed because they were no longer to be kept.",
		}, func() float64 { return float64(j.pruned.Load()) }),
	}
}
