//go:build !unix

package bench

import "net"

const canReadRaw = false

func (m *member) receiveRaw(*net.TCPConn) error { return m.receiveBuffered() }
