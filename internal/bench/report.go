package bench

import (
	"maps"
	"runtime"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"snug/protocol"
)

// Report is what a run came to. As JSON it is what --json prints: names are
// snake_case, times are in the unit that their names end in.
type Report struct {
	Options     Asked       `json:"options"`
	Environment Environment `json:"environment"`
	Started     time.Time   `json:"started"` // when measuring began
	Seconds     float64     `json:"seconds"` // how long it lasted
	Interrupted bool        `json:"interrupted"`
	Connections Connections `json:"connections"`
	Messages    Messages    `json:"messages"`
	Deliveries  Deliveries  `json:"deliveries"`
	// Latency is of every delivery of a message that was due in the measured time,
	// also of one that came after it.
	Latency Latency `json:"latency_us"`
	// SendLag is how late messages were sent by this program's own doing; it is
	// part of Latency.
	SendLag Latency          `json:"send_lag_us"`
	CPU     CPU              `json:"cpu"`
	Faults  map[string]int64 `json:"faults"` // what went wrong, by kind
	// Timeline is the measured time in spans of equal length, by when deliveries came.
	Timeline     []Moment   `json:"timeline"`
	Distribution []Quantile `json:"distribution"`
	// Remarks say what the figures don't: whose limit was measured, and what is
	// missing. None is as it should be.
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

// Environment is where the run took place.
type Environment struct {
	Version    string `json:"version"`
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPUs       int    `json:"cpus"` // that this process may use
	GOMAXPROCS int    `json:"gomaxprocs"`
}

// Connections are those that were asked for and those that there were.
type Connections struct {
	Wanted  int     `json:"wanted"`
	Open    int     `json:"open"`
	Seconds float64 `json:"seconds"` // that opening them took
	// MessageRate is how many messages a second the server said it takes of each;
	// 0 for no limit, or if it didn't say.
	MessageRate float64 `json:"message_rate"`
}

// Messages are what was sent, in the whole run with its warm-up.
type Messages struct {
	Sent    int64 `json:"sent"`
	Refused int64 `json:"refused"` // of those, by the server
	Unsent  int64 `json:"unsent"`  // due, but the server didn't read
	// PerSecond is in the measured time: deliveries by the members of a room.
	PerSecond float64 `json:"per_second"`
}

// Deliveries are messages that came to a member.
type Deliveries struct {
	Measured       int64   `json:"measured"` // in the measured time
	PerSecond      float64 `json:"per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"` // of all that came
	Expected       int64   `json:"expected"`         // in the whole run, of what was sent and not refused
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

// CPU is what this program used.
type CPU struct {
	Cores float64 `json:"cores"` // busy on average; 0 if it isn't known
	Of    int     `json:"of"`    // that it may use at once
}

// Moment is a span of the measured time, which ends after Seconds.
type Moment struct {
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"deliveries_per_second"`
	P50       int64   `json:"p50_us"`
	P99       int64   `json:"p99_us"`
	Max       int64   `json:"max_us"`
}

// Quantile is a point of the curve of latencies: Percent of them are at most US.
type Quantile struct {
	Percent float64 `json:"percent"`
	US      int64   `json:"us"`
}

func newReport(o *Options) *Report {
	return &Report{
		Options: Asked{
			Server:          o.Server,
			Nodes:           o.Nodes,
			Dialect:         dialectName(o.Dialect),
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

// fill fills the report when all is over.
func (c *collector) fill() {
	r, report := c.run, c.report
	t := r.tally()
	report.Connections.Open = len(r.members)
	report.Connections.MessageRate = r.members[0].messageRate
	perSecond := float64(c.measured) / report.Seconds
	hearers := float64(len(r.members))/float64(r.options.Rooms) - float64(r.options.Stalled)
	report.Messages = Messages{t.sent, t.refused, t.unsent, perSecond / hearers}
	report.Deliveries = Deliveries{c.measured, perSecond, float64(c.bytes) / report.Seconds, t.expected, c.arrived}
	report.Latency, report.SendLag = newLatency(c.sum.latency), newLatency(c.sum.lag)
	maps.Copy(report.Faults, r.faults.all())
	report.Distribution = curve(c.sum.latency)
	report.Remarks = append(report.Remarks, report.remarks()...)
}

// dialectName is as --dialect has it.
func dialectName(d protocol.Dialect) string {
	if d == protocol.V1 {
		return "v1"
	}
	return "plain"
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

func newMoment(n *notes, end, lasted int64) Moment {
	return Moment{
		Seconds:   seconds(end),
		PerSecond: float64(n.deliveries) / seconds(lasted),
		P50:       n.latency.ValueAtQuantile(50),
		P99:       n.latency.ValueAtQuantile(99),
		Max:       n.latency.Max(),
	}
}

// curve is the distribution to the point where one delivery is left above: ever
// finer towards its end, which is where it matters.
func curve(h *hdr.Histogram) (points []Quantile) {
	const steps = 8 // for each halving of what is left
	for _, b := range h.CumulativeDistributionWithTicks(steps) {
		points = append(points, Quantile{b.Quantile, b.ValueAt})
	}
	return points
}
