package bench

import (
	"io"
	"net"
)

// receive reads until the connection ends.
func (m *member) receive() {
	goesOn, err := m.receiveEarly()
	if tcp, ok := m.conn.(*net.TCPConn); goesOn && ok && canReadRaw {
		err = m.receiveRaw(tcp)
	} else if goesOn {
		err = m.receiveBuffered()
	}
	if err != nil {
		m.lost(err)
	}
	if m.sender != nil {
		m.sender.stop()
	}
	m.gathered.Store(true) // nobody waits for it
	_ = m.conn.Close()     // nothing more is read
}

// receiveEarly takes what came right behind the handshake or the welcome.
func (m *member) receiveEarly() (goesOn bool, err error) {
	now := m.run.clock.now()
	d := m.run.desks.take()
	used, _, err := m.scanner.scan(m.rest, now, d)
	d.mu.Unlock()
	m.rest = m.rest[used:]
	return m.answer(now) && err == nil, err
}

// receiveBuffered reads what isn't a plain socket, into a buffer of its own.
func (m *member) receiveBuffered() error {
	buf := make([]byte, max(16<<10, len(m.rest)))
	kept := copy(buf, m.rest)
	for {
		n, err := m.conn.Read(buf[kept:])
		if n > 0 {
			now := m.run.clock.now()
			d := m.run.desks.take()
			d.bytes += int64(n)
			used, next, err := m.scanner.scan(buf[:kept+n], now, d)
			d.mu.Unlock()
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

var errCut = io.ErrUnexpectedEOF // the server has closed without a word
