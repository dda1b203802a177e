//go:build !linux

package chat

// poller is there on Linux alone. Elsewhere each connection's reader waits for it.
type poller struct{}

type spot struct{}

func (*poller) there() bool      { return false }
func (*poller) await(*conn) bool { panic("there is none") }
func (*poller) forget(*conn)     { panic("there is none") }
func (*poller) close()           {}
