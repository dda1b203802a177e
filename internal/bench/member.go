package bench

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"snug/internal/websocket"
	"snug/protocol"
)

// member is one connection. Once it is open, the fields after conn belong to its
// receiver.
type member struct {
	run         *run
	dialer      *dialer    // of its node
	from        netip.Addr // the local address; zero for the system's choice
	code, nick  string
	sender      *sender  // nil for a member that only receives
	stalled     bool     // it doesn't receive either
	conn        net.Conn // nil until it is open
	scanner     scanner
	rest        []byte      // the beginning of a frame that isn't complete yet
	messageRate float64     // from the welcome
	present     atomic.Bool // it has received a probe, or has ended: see run.awaitPresence
}

// controlMask is the masking key of all frames that aren't chat messages.
var controlMask = [4]byte{0x73, 0x6e, 0x75, 0x67}

// answer handles what a scan has found for the connection itself, such as pings. It may
// block while it writes. It reports whether the connection continues.
func (m *member) answer(now int64) bool {
	s := &m.scanner
	if s.probed {
		m.present.Store(true)
		s.probed = false
	}
	if s.own > 0 {
		m.sender.returned(s.own, now)
		s.own = 0
	}
	for _, e := range s.refused {
		m.run.faults.add(refusedKind(e))
		if m.sender != nil {
			m.sender.refused(e, now)
		}
	}
	s.refused = nil
	for _, ping := range s.pings {
		if _, err := m.conn.Write(websocket.AppendMasked(nil, websocket.OpPong, controlMask, ping)); err != nil {
			m.lost(err)
			return false
		}
	}
	s.pings = nil
	if s.closed != nil && !m.run.isEnding() {
		m.run.faults.add(s.closed.kind())
	}
	return s.closed == nil
}

// lost counts the end of a connection, unless the run itself has closed it.
func (m *member) lost(err error) {
	if !m.run.isEnding() {
		m.run.faults.add(faultKind(err))
	}
}

// hangUp writes a close frame, for no longer than until, and closes the connection.
func (m *member) hangUp(until time.Time) {
	_ = m.conn.SetWriteDeadline(until)
	if m.scanner.dialect != protocol.Stream {
		_, _ = m.conn.Write(websocket.AppendMasked(nil, websocket.OpClose, controlMask, []byte{0x03, 0xE8})) // 1000, normal closure
	}
	_ = m.conn.Close()
}
