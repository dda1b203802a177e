package files

import "github.com/prometheus/client_golang/prometheus"

// Metric returns the metric of the directory.
func (d *Directory) Metric() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "snug_files_bytes",
		Help: "Bytes of the files that people have sent, or are uploading, on this node.",
	}, func() float64 { return float64(d.Used()) })
}
