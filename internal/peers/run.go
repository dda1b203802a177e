package peers

import (
	"errors"
	"time"

	"github.com/nats-io/nats.go"
)

// run talks to the other nodes until Close.
func (m *Network) run() {
	status := m.nc.StatusChanged(nats.CONNECTED)
	defer m.nc.RemoveStatusListener(status)
	beat, check := time.NewTicker(beatEvery), time.NewTicker(checkEvery)
	defer beat.Stop()
	defer check.Stop()
	settle := time.After(settleIn)
	m.beat(false)
	for {
		select {
		case msg := <-m.messages:
			m.receive(msg)
		case <-m.kick:
			m.tell()
		case <-beat.C:
			m.beat(false)
		case <-check.C:
			m.check()
		case <-settle:
			m.settle()
		case <-status: // what was missed shows by the number of the next beats
			m.nicks.unsure()
			m.nicks.recheck()
		case <-m.ctx.Done():
			m.tell()
			m.beat(true)
			_ = m.nc.FlushTimeout(time.Second) // a goodbye that is lost is noticed 3 s later
			return
		}
	}
}

// settle lets the rooms go by the nodes that are known from now on.
func (m *Network) settle() {
	m.mu.Lock()
	m.settled = true
	m.mu.Unlock()
	for _, l := range m.all() {
		l.answered("")
	}
}

// publish sends a packet. It is run's. What can't be sent is missed by the others,
// who notice.
func (m *Network) publish(subject string, p *packet) {
	p.Node = m.self
	data := p.encode()
	if err := m.nc.Publish(subject, data); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrReconnectBufExceeded) {
		m.log.Warn("the other nodes can't be told", "bytes", len(data), "err", err)
	}
}

// receive takes what another node has said.
func (m *Network) receive(msg *nats.Msg) {
	if fromSelf(msg.Data, m.self) {
		return
	}
	p, err := decode(msg.Data)
	if err != nil {
		m.odd.Do(func() {
			m.log.Warn("a message between nodes can't be read, and is passed over, as further ones will be", "subject", msg.Subject, "err", err)
		})
		return
	}
	switch {
	case p.Beat > 0:
		m.heard(&p)
	case !m.alive(p.Node): // it is asked for all of it once it is
	case len(p.Wants) > 0:
		m.answer(&p)
	default:
		for i := range p.Lists {
			if l := m.link(p.Lists[i].Room); l != nil {
				l.listed(p.Node, &p.Lists[i])
			}
		}
		if p.Delta != nil {
			if l := m.link(p.Delta.Room); l != nil {
				l.changed(p.Node, p.Delta)
			}
		}
	}
}
