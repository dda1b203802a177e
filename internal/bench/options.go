package bench

import (
	"crypto/tls"
	"fmt"
	"math"
	"net/netip"
	"time"

	"snug/protocol"
)

// Options configure a run. All are required, except where the comment says otherwise.
type Options struct {
	// Server is the server's address, as package endpoint reads it.
	Server string
	// Nodes are the addresses of a cluster's other nodes. A room's first member connects
	// to Server, the next one to the first of Nodes, and so on in turn. Optional.
	Nodes []string
	// From are local addresses to connect from, in turn. Optional.
	From []netip.Addr
	// Nick is the beginning of the members' nicks.
	Nick string
	// Token is for a server that requires one, in v1. Optional.
	Token string
	// Each of the Rooms has so many Members, of which so many are Senders.
	Rooms, Members, Senders int
	// Stalled is how many members of each room read nothing. They don't send, and no
	// deliveries to them are expected. It may be 0.
	Stalled int
	// Rate is how many messages a second all senders send together, on a schedule that
	// doesn't wait for the server. With 0, each sender keeps Window messages in flight,
	// and the next one is due when one of them has come back.
	Rate   float64
	Window int
	// Warmup precedes Duration and is not measured. It may be 0.
	Warmup, Duration time.Duration
	// Size is the length of a message's content in bytes, which are ASCII.
	Size int
	// Dialect is Plain, V1 or Stream. With Stream, the members who send are on a WebSocket in
	// V1, and the others read server-sent events.
	Dialect protocol.Dialect
	// ConnectRate is how many connections are opened per second.
	ConnectRate float64
	// TLS is the configuration for https and wss; nil for the default.
	TLS *tls.Config
	// Version is that of the program, for the Report. Optional.
	Version string
	// Progress, if not nil, is called several times a second, by one goroutine at a
	// time. It must not block.
	Progress func(Progress)
}

// Dialects are the names that --dialect has for the dialects that members can speak.
var Dialects = map[protocol.Dialect]string{protocol.Plain: "plain", protocol.V1: "v1", protocol.Stream: "stream"}

// Bounds of Options.
const (
	maxConnections = 100_000
	maxSize        = 100_000
	maxWindow      = 10_000
	maxRate        = 1e7
	maxDuration    = 24 * time.Hour
)

// check returns an error that names the wrong option by its flag.
func (o *Options) check() error {
	rate := fmt.Sprintf("give a number per second, up to %.0f", maxRate)
	switch {
	case o.Rooms < 1 || o.Rooms > maxConnections:
		return fmt.Errorf("--rooms is %d: give a number from 1 to %d", o.Rooms, maxConnections)
	case o.Members < 1 || o.Members > maxConnections/o.Rooms:
		return fmt.Errorf("--members is %d: give at least 1 for each room, and at most %d in all rooms together", o.Members, maxConnections)
	case o.Senders < 1 || o.Senders > o.Members:
		return fmt.Errorf("--senders is %d: give a number from 1 to %d, the members of a room", o.Senders, o.Members)
	case o.Stalled < 0 || o.Stalled > o.Members-o.Senders:
		return fmt.Errorf("--stalled is %d: give a number from 0 to %d, the members of a room that don't send", o.Stalled, o.Members-o.Senders)
	case math.IsNaN(o.Rate) || o.Rate < 0 || o.Rate > maxRate:
		return fmt.Errorf("--rate is %g: %s, or 0 for as many as possible", o.Rate, rate)
	case o.Window < 1 || o.Window > maxWindow:
		return fmt.Errorf("--window is %d: give a number of messages from 1 to %d", o.Window, maxWindow)
	case o.Duration <= 0 || o.Duration > maxDuration:
		return fmt.Errorf("--duration is %v: give a time above 0 and up to %v", o.Duration, maxDuration)
	case o.Warmup < 0 || o.Warmup > maxDuration:
		return fmt.Errorf("--warmup is %v: give a time from 0 to %v", o.Warmup, maxDuration)
	case o.Size < stampSize || o.Size > maxSize:
		return fmt.Errorf("--size is %d: give a number of bytes from %d, which the time stamp needs, to %d", o.Size, stampSize, maxSize)
	case math.IsNaN(o.ConnectRate) || o.ConnectRate <= 0 || o.ConnectRate > maxRate:
		return fmt.Errorf("--connect-rate is %g: %s", o.ConnectRate, rate)
	}
	return nil
}
