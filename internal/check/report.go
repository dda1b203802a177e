package check

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind is a kind of finding. The package comment defines each.
type Kind int

// The kinds of findings.
const (
	Lost Kind = iota
	Doubled
	Reordered
	Damaged
	Late
	kinds
)

var kindNames = [kinds]string{"lost", "doubled", "reordered", "damaged", "late"}

func (k Kind) String() string { return kindNames[k] }

// MarshalText implements [encoding.TextMarshaler].
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Finding is something that is wrong, once or several times.
type Finding struct {
	Kind   Kind
	Count  uint64        // how often
	Client int           // which client received it, from 1; 0 for the log itself
	Seq    uint64        // where in the log
	At     time.Duration // since the start of the check
	Text   string        // what happened and what was expected
}

// MarshalJSON encodes At in seconds.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind    Kind    `json:"kind"`
		Count   uint64  `json:"count"`
		Client  int     `json:"client,omitempty"`
		Seq     uint64  `json:"seq"`
		Seconds float64 `json:"at_seconds"`
		Text    string  `json:"text"`
	}{f.Kind, f.Count, f.Client, f.Seq, seconds(f.At), f.Text})
}

// FindingsKept is how many findings of each kind a Report describes. It counts all of
// them.
const FindingsKept = 10

// Report is the result of a check.
type Report struct {
	Room    string
	Clients int
	Took    time.Duration

	Sent      uint64        // messages, each counted once
	Confirmed uint64        // of those, the ones whose sender has received their seq
	Refused   uint64        // of those, the ones that the server refused
	Unsettled uint64        // of those, the ones without an answer
	Unkept    uint64        // confirmed messages that the server had pruned before the log was read
	Repeats   uint64        // repeats that the server recognized
	Delivered uint64        // events that clients received
	Cuts      uint64        // connections that the clients cut
	Drops     uint64        // connections that ended for another reason
	Epochs    uint64        // how often the log was begun anew
	Slowest   time.Duration // the longest time that a live event took

	Counts   [kinds]uint64 // by Kind
	Findings []Finding     // the first of each Kind, in the order in which they were found
}

// Faults returns how many promises were broken: all findings except those of kind Late.
func (r *Report) Faults() uint64 {
	return r.Counts[Lost] + r.Counts[Doubled] + r.Counts[Reordered] + r.Counts[Damaged]
}

// Hidden returns how many findings of a kind the Report doesn't describe.
func (r *Report) Hidden(k Kind) uint64 {
	hidden := r.Counts[k]
	for i := range r.Findings {
		if r.Findings[i].Kind == k {
			hidden -= r.Findings[i].Count
		}
	}
	return hidden
}

// add adds a finding that stands for count of them.
func (r *Report) add(count uint64, k Kind, client int, seq uint64, at time.Duration, format string, args ...any) {
	r.Counts[k] += count
	kept := 0
	for i := range r.Findings {
		if r.Findings[i].Kind == k {
			kept++
		}
	}
	if kept < FindingsKept {
		r.Findings = append(r.Findings, Finding{k, count, client, seq, at, fmt.Sprintf(format, args...)})
	}
}

// MarshalJSON encodes the report as the command prints it.
func (r Report) MarshalJSON() ([]byte, error) {
	findings := r.Findings
	if findings == nil {
		findings = []Finding{}
	}
	return json.Marshal(struct {
		Room      string    `json:"room"`
		Clients   int       `json:"clients"`
		Seconds   float64   `json:"seconds"`
		Lost      uint64    `json:"lost"`
		Doubled   uint64    `json:"doubled"`
		Reordered uint64    `json:"reordered"`
		Damaged   uint64    `json:"damaged"`
		Late      uint64    `json:"late"`
		Slowest   float64   `json:"slowest_seconds"`
		Sent      uint64    `json:"sent"`
		Confirmed uint64    `json:"confirmed"`
		Refused   uint64    `json:"refused"`
		Unsettled uint64    `json:"unsettled"`
		Unkept    uint64    `json:"unkept"`
		Repeats   uint64    `json:"repeats"`
		Delivered uint64    `json:"delivered"`
		Cuts      uint64    `json:"cuts"`
		Drops     uint64    `json:"drops"`
		Epochs    uint64    `json:"new_logs"`
		Findings  []Finding `json:"findings"`
	}{
		r.Room, r.Clients, seconds(r.Took),
		r.Counts[Lost], r.Counts[Doubled], r.Counts[Reordered], r.Counts[Damaged], r.Counts[Late], seconds(r.Slowest),
		r.Sent, r.Confirmed, r.Refused, r.Unsettled, r.Unkept, r.Repeats, r.Delivered, r.Cuts, r.Drops, r.Epochs,
		findings,
	})
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
