package local

import "github.com/prometheus/client_golang/prometheus"

// Metrics returns the metrics of the journal.
func (j *Journal) Metrics() []prometheus.Collector {
	return append(j.committer.Metrics(j.pruner), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "snug_journal_waiting_drafts",
		Help: "Messages that wait to be committed; where it stays high, the disk is too slow.",
	}, func() float64 { return float64(len(j.queue.C)) }), j.store.Directory.Metric())
}
