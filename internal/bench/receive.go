package bench

import (
	"io"
	"net"
)

// receive is the receiver's loop. It ends with the connection.
func (m *member) receive() {
	ok, err := m.receiveEarly()
	if tcp, isTCP := m.conn.(*net.TCPConn); ok && isTCP && canReadRaw {
		err = m.receiveRaw(tcp)
	} else if ok {
		err = m.receiveBuffered()
	}
	if err != nil {
		m.lost(err)
	}
	if m.sender != nil {
		m.sender.stop()
	}
	m.present.Store(true) // awaitPresence doesn't wait for it
	_ = m.conn.Close()    // nothing more is read
}

// receiveEarly scans what came directly after the handshake or the welcome. It reports
// whether the connection continues.
func (m *member) receiveEarly() (ok bool, err error) {
	now := m.run.clock.now()
	shard := m.run.shards.lock()
	used, _, err := m.scanner.scan(m.rest, now, shard)
	shard.mu.Unlock()
	m.rest = m.rest[used:]
	return m.answer(now) && err == nil, err
}

// receiveBuffered reads a connection that isn't a plain socket, into its own buffer.
func (m *member) receiveBuffered() error {
	buf := make([]byte, max(16<<10, len(m.rest)))
	kept := copy(buf, m.rest)
	for {
		n, err := m.conn.Read(buf[kept:])
		if n > 0 {
			now := m.run.clock.now()
			shard := m.run.shards.lock()
			shard.bytes += int64(n)
			used, next, err := m.scanner.scan(buf[:kept+n], now, shard)
			shard.mu.Unlock()
			if !m.answer(now) || err != nil {
				return err
			}
			rest := buf[used : kept+n]
			if next > len(buf) {
				buf = make([]byte, next)
			}
			kept = copy(buf, rest)
		}
		if err != nil {
			return err
		}
	}
}

// errCut is the error of a connection that the server has closed without a close frame.
var errCut = io.ErrUnexpectedEOF
