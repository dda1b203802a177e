//go:build !linux

package socket

import "time"

// Poller exists only on Linux. Elsewhere, no connection is parked.
type Poller struct{}

type parking struct{ owner Waker }

func (*Poller) available() bool { return false }

// Park reports whether the connection's owner will be woken.
func (*Poller) Park(*Conn, time.Time) bool { return false }

// Forget ends the parking of a connection.
func (*Poller) Forget(*Conn) {}

// Close ends the Poller.
func (*Poller) Close() {}
