package jetstream

import "github.com/prometheus/client_golang/prometheus"

// newLatency counts drafts by how long they took from the publisher into the file.
func newLatency() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "snug_journal_append_duration_seconds",
		Help:    "How long a message of this node took through the stream and into its file.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5},
	})
}

// Metrics are those of the journal.
func (j *Journal) Metrics() []prometheus.Collector {
	return append(j.mender.Metrics(j.pruner),
		j.latency,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_journal_waiting_drafts",
			Help: "Messages that wait to be committed; where it stays high, the stream or the disk is too slow.",
		}, func() float64 { return float64(len(j.queue.C) + j.waiting.len()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_journal_behind_messages",
			Help: "Messages of the stream that this node's file doesn't have yet.",
		}, func() float64 { return float64(j.behind()) }))
}
