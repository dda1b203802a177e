package bench

import (
	"crypto/tls"
	"fmt"
	"math"
	"net/netip"
	"time"

	"snug/protocol"
)

// Options are what a run does. All are wanted, but for those that say otherwise.
type Options struct {
	// Server is its base URL, http, https, ws or wss. Rooms are at /ws below it.
	Server string
	// Nodes are those of a cluster's other nodes. A room's first member connects to
	// Server, the next one to the first of Nodes, and so on around. It may be empty.
	Nodes []string
	// From are addresses of this machine to connect from, in turn. It may be empty.
	From []netip.Addr
	// Nick is what the members' nicks begin with.
	Nick string
	// Token is shown to a server that asks for one; v1 alone.
	Token string
	// Rooms have Members each, of whom Senders send.
	Rooms, Members, Senders int
	// Stalled members of each room, of those that don't send, read nothing. They are
	// counted nowhere.
	Stalled int
	// Rate is how many messages a second all senders together send, on a schedule
	// that doesn't wait for the server. 0 is as fast as it goes: then each sender
	// has Window messages under way, and the next is due when one has come back.
	Rate   float64
	Window int
	// Warmup comes before Duration and is not measured. It may be 0.
	Warmup, Duration time.Duration
	// Size is the length of a message's content, in bytes, which are ASCII.
	Size    int
	Dialect protocol.Dialect
	// ConnectRate is how many connections are opened in a second.
	ConnectRate float64
	// TLS is used for https and wss; nil is the system's.
	TLS *tls.Config
	// Version is the program's, for the Report.
	Version string
	// Progress, if it isn't nil, is called a few times a second, by one goroutine at
	// a time.
	Progress func(Progress)
}

// Bounds of Options.
const (
	maxConnections = 100_000
	maxSize        = 100_000
	maxWindow      = 10_000
	maxRate        = 1e7
	maxDuration    = 24 * time.Hour
)

// check names an option by its flag.
func (o *Options) check() error {
	rate := fmt.Sprintf("a number of them a second, up to %.0f", maxRate)
	switch {
	case o.Rooms < 1 || o.Rooms > maxConnections:
		return fmt.Errorf("--rooms is %d: from 1 to %d are possible", o.Rooms, maxConnections)
	case o.Members < 1 || o.Members > maxConnections/o.Rooms:
		return fmt.Errorf("--members is %d: at least 1 in each room, and in all rooms up to %d", o.Members, maxConnections)
	case o.Senders < 1 || o.Senders > o.Members:
		return fmt.Errorf("--senders is %d: from 1 to the members of a room, %d", o.Senders, o.Members)
	case o.Stalled < 0 || o.Stalled > o.Members-o.Senders:
		return fmt.Errorf("--stalled is %d: from 0 to the members of a room that don't send, %d", o.Stalled, o.Members-o.Senders)
	case math.IsNaN(o.Rate) || o.Rate < 0 || o.Rate > maxRate:
		return fmt.Errorf("--rate is %g: %s, or 0 for as fast as it goes", o.Rate, rate)
	case o.Window < 1 || o.Window > maxWindow:
		return fmt.Errorf("--window is %d: from 1 to %d messages", o.Window, maxWindow)
	case o.Duration <= 0 || o.Duration > maxDuration:
		return fmt.Errorf("--duration is %v: a time above 0, up to %v", o.Duration, maxDuration)
	case o.Warmup < 0 || o.Warmup > maxDuration:
		return fmt.Errorf("--warmup is %v: a time from 0 to %v", o.Warmup, maxDuration)
	case o.Size < stampSize || o.Size > maxSize:
		return fmt.Errorf("--size is %d: from %d bytes, which a message's time takes, to %d", o.Size, stampSize, maxSize)
	case math.IsNaN(o.ConnectRate) || o.ConnectRate <= 0 || o.ConnectRate > maxRate:
		return fmt.Errorf("--connect-rate is %g: %s", o.ConnectRate, rate)
	}
	return nil
}
