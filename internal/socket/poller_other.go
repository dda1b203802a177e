//go:build !linux

package socket

// Poller exists only on Linux. Elsewhere, no connection is parked.
type Poller struct{}

type parking struct{}

func (*Poller) available() bool { return false }

// Park reports whether wake will be called.
func (*Poller) Park(*Conn, func()) bool { return false }

// Forget ends the parking of a connection.
func (*Poller) Forget(*Conn) {}

// Close ends the Poller.
func (*Poller) Close() {}
