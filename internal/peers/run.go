package peers

import (
	"errors"
	"time"

	"github.com/nats-io/nats.go"
)

// run talks to the other nodes until Close.
func (n *Network) run() {
	connected := n.nc.StatusChanged(nats.CONNECTED)
	defer n.nc.RemoveStatusListener(connected)
	heartbeat, check := time.NewTicker(heartbeatEvery), time.NewTicker(checkEvery)
	defer heartbeat.Stop()
	defer check.Stop()
	settle := time.After(settleAfter)
	n.sendHeartbeat(false)
	for {
		select {
		case msg := <-n.messages:
			n.receive(msg)
		case <-n.kick:
			n.publishUnsent()
		case <-heartbeat.C:
			n.sendHeartbeat(false)
		case <-check.C:
			n.check()
		case <-settle:
			n.settle()
		case <-connected: // the numbers of the next heartbeats show what was missed
			n.doubtQuorum()
			n.nicks.checkAll()
		case <-n.ctx.Done():
			n.publishUnsent()
			n.sendHeartbeat(true)
			_ = n.nc.FlushTimeout(time.Second) // without a goodbye the others notice 3 s later
			return
		}
	}
}

// settle makes the links ready that wait for no known node.
func (n *Network) settle() {
	n.mu.Lock()
	n.settled = true
	n.mu.Unlock()
	for _, l := range n.allLinks() {
		l.answered("")
	}
}

// send publishes a packet. It is called by run alone. A packet that can't be sent is
// lost, and the other nodes notice.
func (n *Network) send(subject string, p *packet) {
	p.Node = n.self
	data := p.encode()
	if err := n.nc.Publish(subject, data); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrReconnectBufExceeded) {
		n.log.Warn("can't send to the other nodes", "bytes", len(data), "err", err)
	}
}

// receive handles a message of another node.
func (n *Network) receive(msg *nats.Msg) {
	if isFrom(msg.Data, n.self) {
		return
	}
	p, err := decode(msg.Data)
	if err != nil {
		n.logOnce.Do(func() {
			n.log.Warn("ignored a message between nodes that can't be decoded; further ones are ignored without a log line", "subject", msg.Subject, "err", err)
		})
		return
	}
	switch {
	case p.Heartbeat > 0:
		n.receiveHeartbeat(&p)
	case !n.alive(p.Node): // its first heartbeat makes this node ask for everything
	case len(p.Requests) > 0:
		n.answer(&p)
	default:
		for i := range p.Lists {
			if l := n.link(p.Lists[i].Room); l != nil {
				l.receiveList(p.Node, &p.Lists[i])
			}
		}
		if p.Change != nil {
			if l := n.link(p.Change.Room); l != nil {
				l.receiveChange(p.Node, p.Change)
			}
		}
	}
}
