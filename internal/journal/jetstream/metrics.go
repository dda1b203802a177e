package jetstream

import "github.com/prometheus/client_golang/prometheus"

// newLatency returns the histogram of how long drafts took from the publisher to the file.
func newLatency() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "snug_journal_append_duration_seconds",
		Help:    "How long a message of this node took through the stream and into its file.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5},
	})
}

// Metrics returns the metrics of the journal.
func (j *Journal) Metrics() []prometheus.Collector {
	return append(j.projection.committer.Metrics(j.pruner),
		j.projector.latency,
		j.files.directory.Metric(),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_journal_waiting_drafts",
			Help: "Messages that wait to be committed; where it stays high, the stream or the disk is too slow.",
		}, func() float64 { return float64(len(j.publisher.queue.C) + j.publisher.pending.len()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "snug_journal_behind_messages",
			Help: "Messages of the stream that this node's file doesn't have yet.",
		}, func() float64 { return float64(j.keeper.behind()) }))
}
