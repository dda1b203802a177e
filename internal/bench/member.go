package bench

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"snug/protocol"
)

// member is one connection. Once it is open, its receiver owns what follows conn.
type member struct {
	run         *run
	door        *door      // of its node
	from        netip.Addr // zero for whichever
	code, nick  string
	sender      *sender  // nil for who only listens
	stalled     bool     // it doesn't even listen
	conn        net.Conn // nil until it is open
	scanner     scanner
	rest        []byte      // of a frame whose end hasn't come yet
	messageRate float64     // as the welcome said
	gathered    atomic.Bool // it was called, or has gone: see run.gather
}

// control is a masking key for what is sent rarely.
var control = [4]byte{0x73, 0x6e, 0x75, 0x67}

// answer does what a scan has found for the connection itself. It may wait for the
// server. It reports whether the connection goes on.
func (m *member) answer(now int64) bool {
	s := &m.scanner
	if s.called {
		m.gathered.Store(true)
		s.called = false
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
		if _, err := m.conn.Write(maskedFrame(protocol.OpPong, control, ping)); err != nil {
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

// lost counts the end of a connection that isn't the run's own doing.
func (m *member) lost(err error) {
	if !m.run.isEnding() {
		m.run.faults.add(kindOf(err))
	}
}

// hangUp says goodbye until then, and closes.
func (m *member) hangUp(until time.Time) {
	_ = m.conn.SetWriteDeadline(until)
	_, _ = m.conn.Write(maskedFrame(protocol.OpClose, control, []byte{0x03, 0xE8})) // 1000: it is over
	_ = m.conn.Close()
}
