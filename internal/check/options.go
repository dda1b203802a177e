package check

import (
	"crypto/rand"
	"fmt"
	"math"
	"strings"
	"time"
)

// Options are how a check is done. Begin with [Defaults].
type Options struct {
	Server   string        // the base URL
	Nodes    []string      // those of the cluster's other nodes: connections go to all of them by turns
	Room     string        // its code; empty for a new one that nobody can guess
	Nick     string        // which the clients go by, each with its number
	Token    string        // shown to a server that asks for one
	Clients  int           // 1 to 1,000
	Duration time.Duration // how long they talk; the verdict comes after that
	// Rate is how many messages a second each client sends. 0 is as many as do no
	// harm: 5, or what is well within the server's limit.
	Rate float64
	// CutEvery is how long a connection lives before its client cuts it, give or
	// take half of it. 0 is for as long as it likes.
	CutEvery time.Duration
	Late     time.Duration // what takes longer is late
	Patience time.Duration // how long the server may be away
	// Progress, if it isn't nil, is called a few times a second with what is so
	// far, by the goroutine that called Run.
	Progress func(Report)
}

// Defaults are the options of a check that a live server hardly notices.
func Defaults() Options {
	return Options{
		Server:   "http://localhost:8080",
		Nick:     "check",
		Clients:  5,
		Duration: 30 * time.Second,
		CutEvery: 5 * time.Second,
		Late:     time.Second,
		Patience: time.Minute,
	}
}

const (
	mostClients = 1000
	politeRate  = 5.0  // messages a second of a client that wasn't told otherwise
	politePart  = 0.75 // of the server's limit
)

func (o *Options) check() error {
	switch {
	case o.Clients < 1 || o.Clients > mostClients:
		return fmt.Errorf("clients is %d: a number from 1 to %d", o.Clients, mostClients)
	case math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0) || o.Rate < 0:
		return fmt.Errorf("rate is %g: messages a second, or 0 for as many as the server's limit allows", o.Rate)
	case o.Duration <= 0:
		return fmt.Errorf("duration is %v: a time above 0", o.Duration)
	case o.CutEvery < 0:
		return fmt.Errorf("cut-every is %v: a time, or 0 to cut nothing", o.CutEvery)
	case o.Late <= 0:
		return fmt.Errorf("late is %v: a time above 0", o.Late)
	case o.Patience <= 0:
		return fmt.Errorf("patience is %v: a time above 0", o.Patience)
	}
	return nil
}

// newRoom makes a code that nobody can guess.
func newRoom() string { return "check-" + strings.ToLower(rand.Text()) }
