package bench

import (
	"maps"
	"runtime"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Report is the result of a run. Its JSON is what --json prints: names are in snake_case,
// and those of times end in their unit.
type Report struct {
	Options     Asked       `json:"options"`
	Environment Environment `json:"environment"`
	Started     time.Time   `json:"started"` // when measuring began
	Seconds     float64     `json:"seconds"` // of measuring
	Interrupted bool        `json:"interrupted"`
	Connections Connections `json:"connections"`
	Messages    Messages    `json:"messages"`
	Deliveries  Deliveries  `json:"deliveries"`
	// Latency covers every delivery of a message that was due in the measured time,
	// including those that arrived later.
	Latency Latency `json:"latency_us"`
	// SendLag is how late this program itself sent messages. It is part of Latency.
	SendLag Latency          `json:"send_lag_us"`
	CPU     CPU              `json:"cpu"`
	Faults  map[string]int64 `json:"faults"` // what went wrong, by kind
	// Timeline divides the measured time into spans of equal length, by when deliveries
	// arrived.
	Timeline     []Moment   `json:"timeline"`
	Distribution []Quantile `json:"distribution"`
	// Remarks say what the figures don't: whose limit was measured, and what is missing.
	// A good run has none.
	Remarks []string `json:"remarks"`
}

// Asked are the options of the run.
type Asked struct {
	Server          string   `json:"server"`
	Nodes           []string `json:"nodes,omitempty"`
	Dialect         string   `json:"dialect"`
	Rooms           int      `json:"rooms"`
	Members         int      `json:"members"`
	Senders         int      `json:"senders"`
	Stalled         int      `json:"stalled"`
	Rate            float64  `json:"rate"`
	Window          int      `json:"window"`
	Size            int      `json:"size"`
	WarmupSeconds   float64  `json:"warmup_seconds"`
	DurationSeconds float64  `json:"duration_seconds"`
	ConnectRate     float64  `json:"connect_rate"`
}

// Environment describes the machine and the program.
type Environment struct {
	Version    string `json:"version"`
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPUs       int    `json:"cpus"` // available to this process
	GOMAXPROCS int    `json:"gomaxprocs"`
}

// Connections says how many connections were wanted, and how many were opened.
type Connections struct {
	Wanted  int     `json:"wanted"`
	Open    int     `json:"open"`
	Seconds float64 `json:"seconds"` // to open them all
	// MessageRate is how many messages a second the server accepts from each connection,
	// as it says; 0 if it has no limit, or says nothing.
	MessageRate float64 `json:"message_rate"`
}

// Messages counts what was sent in the whole run, including the warm-up.
type Messages struct {
	Sent    int64 `json:"sent"`
	Refused int64 `json:"refused"` // of those, by the server
	Unsent  int64 `json:"unsent"`  // due, but the server didn't read
	// PerSecond is the rate in the measured time: deliveries divided by the members of a
	// room.
	PerSecond float64 `json:"per_second"`
}

// Deliveries counts messages that arrived at a member.
type Deliveries struct {
	Measured       int64   `json:"measured"` // in the measured time
	PerSecond      float64 `json:"per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"` // of everything that was received
	Expected       int64   `json:"expected"`         // in the whole run, for messages sent and not refused
	Arrived        int64   `json:"arrived"`          // in the whole run
}

// Latency is a distribution of times in microseconds.
type Latency struct {
	Count int64   `json:"count"`
	Min   int64   `json:"min"`
	Mean  float64 `json:"mean"`
	P50   int64   `json:"p50"`
	P90   int64   `json:"p90"`
	P99   int64   `json:"p99"`
	P999  int64   `json:"p99_9"`
	Max   int64   `json:"max"`
}

// CPU is the CPU time that this program used.
type CPU struct {
	Cores float64 `json:"cores"` // busy on average; 0 if unknown
	Of    int     `json:"of"`    // cores that it may use at the same time
}

// Moment is a span of the measured time, which ends Seconds after its beginning.
type Moment struct {
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"deliveries_per_second"`
	P50       int64   `json:"p50_us"`
	P99       int64   `json:"p99_us"`
	Max       int64   `json:"max_us"`
}

// Quantile is a point of the distribution: Percent of the latencies are at most US.
type Quantile struct {
	Percent float64 `json:"percent"`
	US      int64   `json:"us"`
}

func newReport(o *Options) *Report {
	return &Report{
		Options: Asked{
			Server:          o.Server,
			Nodes:           o.Nodes,
			Dialect:         Dialects[o.Dialect],
			Rooms:           o.Rooms,
			Members:         o.Members,
			Senders:         o.Senders,
			Stalled:         o.Stalled,
			Rate:            o.Rate,
			Window:          o.Window,
			Size:            o.Size,
			WarmupSeconds:   o.Warmup.Seconds(),
			DurationSeconds: o.Duration.Seconds(),
			ConnectRate:     o.ConnectRate,
		},
		Environment: Environment{o.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0)},
		Connections: Connections{Wanted: o.Rooms * o.Members},
		CPU:         CPU{Of: runtime.GOMAXPROCS(0)},
		Faults:      make(map[string]int64),
		Remarks:     []string{},
	}
}

// fill fills the report in at the end of the run.
func (c *collector) fill() {
	r, report := c.run, c.report
	t := r.tally()
	report.Connections.Open = len(r.members)
	report.Connections.MessageRate = r.members[0].messageRate
	perSecond := float64(c.measured) / report.Seconds
	receivers := float64(len(r.members))/float64(r.options.Rooms) - float64(r.options.Stalled)
	report.Messages = Messages{t.sent, t.refused, t.unsent, perSecond / receivers}
	report.Deliveries = Deliveries{c.measured, perSecond, float64(c.bytes) / report.Seconds, t.expected, c.arrived}
	report.Latency, report.SendLag = newLatency(c.sum.latency), newLatency(c.sum.lag)
	maps.Copy(report.Faults, r.faults.all())
	report.Distribution = curve(c.sum.latency)
	report.Remarks = append(report.Remarks, report.remarks()...)
}

func newLatency(h *hdr.Histogram) Latency {
	return Latency{
		Count: h.TotalCount(),
		Min:   h.Min(),
		Mean:  h.Mean(),
		P50:   h.ValueAtQuantile(50),
		P90:   h.ValueAtQuantile(90),
		P99:   h.ValueAtQuantile(99),
		P999:  h.ValueAtQuantile(99.9),
		Max:   h.Max(),
	}
}

func newMoment(n *counters, end, lasted int64) Moment {
	return Moment{
		Seconds:   seconds(end),
		PerSecond: float64(n.deliveries) / seconds(lasted),
		P50:       n.latency.ValueAtQuantile(50),
		P99:       n.latency.ValueAtQuantile(99),
		Max:       n.latency.Max(),
	}
}

// curve returns the distribution, with more points towards its end, up to the point
// above which one delivery remains.
func curve(h *hdr.Histogram) (points []Quantile) {
	const steps = 8 // each time the rest is halved
	for _, b := range h.CumulativeDistributionWithTicks(steps) {
		points = append(points, Quantile{b.Quantile, b.ValueAt})
	}
	return points
}
