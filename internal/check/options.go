package check

import (
	"crypto/rand"
	"fmt"
	"math"
	"strings"
	"time"
)

// Options configure a check. Start with [Defaults].
type Options struct {
	Server   string        // the server's address, as package endpoint reads it
	Nodes    []string      // the addresses of a cluster's other nodes, which are used in turn
	Room     string        // the room's code; empty for a new random one
	Nick     string        // the beginning of the clients' nicks, before their numbers
	Password string        // the room's, if it has one
	Token    string        // for a server that requires one
	HTTP     bool          // the clients use streams of events and requests, instead of WebSockets
	Clients  int           // 1 to 1,000
	Duration time.Duration // how long the clients send; reading the log comes after that
	// Rate is how many messages a second each client sends, whatever the server's limit.
	// 0 is 5, or less if the server's limit requires it.
	Rate float64
	// CutEvery is after how long a client cuts its connection, plus or minus half of it
	// at random. 0 is never.
	CutEvery time.Duration
	Late     time.Duration // events that take longer are late
	Patience time.Duration // how long the server may be down
	// Progress, if not nil, is called several times a second with the report so far, by
	// the goroutine that called Run. It must not block.
	Progress func(Report)
}

// Defaults returns the options of a check that hardly loads a server.
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
	maxClients  = 1000
	defaultRate = 5.0  // messages a second of each client
	limitShare  = 0.75 // of the server's limit that the default rate may use
)

// check returns an error that names the flag of an option that is wrong.
func (o *Options) check() error {
	switch {
	case o.Clients < 1 || o.Clients > maxClients:
		return fmt.Errorf("--clients is %d: give a number from 1 to %d", o.Clients, maxClients)
	case math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0) || o.Rate < 0:
		return fmt.Errorf("--rate is %g: give messages a second, or 0 for as many as the server's limit allows", o.Rate)
	case o.Duration <= 0:
		return fmt.Errorf("--duration is %v: give a time above 0", o.Duration)
	case o.CutEvery < 0:
		return fmt.Errorf("--cut-every is %v: give a time, or 0 to cut nothing", o.CutEvery)
	case o.Late <= 0:
		return fmt.Errorf("--late is %v: give a time above 0", o.Late)
	case o.Patience <= 0:
		return fmt.Errorf("--patience is %v: give a time above 0", o.Patience)
	}
	return nil
}

// newRoom returns a random room code.
func newRoom() string { return "check-" + strings.ToLower(rand.Text()) }
