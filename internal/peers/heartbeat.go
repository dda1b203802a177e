package peers

import (
	"log/slog"
	"time"
)

// maxEnded bounds the nodes that are remembered to have said goodbye.
const maxEnded = 1000

// The methods in this file belong to run, except alive and mayBeAlive.

// sendHeartbeat tells the other nodes that this node is alive, and the versions of the
// rooms that have changed. With bye it tells them that this node ends.
func (n *Network) sendHeartbeat(bye bool) {
	rooms := make([]roomVersion, 0, len(n.changed))
	for code, version := range n.changed {
		rooms = append(rooms, roomVersion{code, version})
	}
	clear(n.changed)
	for {
		count := min(len(rooms), maxPacketRooms)
		n.heartbeats++
		n.send(heartbeatSubject, &packet{Heartbeat: n.heartbeats, Bye: bye, Rooms: rooms[:count]})
		if rooms = rooms[count:]; len(rooms) == 0 {
			return
		}
	}
}

// alive reports whether a node is alive as far as this node knows.
func (n *Network) alive(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nodes[id] != nil
}

// mayBeAlive reports whether a node could be alive. A node that said goodbye or was
// started again is not. Silence is proof only if this node belongs to a majority:
// otherwise a partition may have cut off this node, and not the other.
func (n *Network) mayBeAlive(id string) bool {
	majority, name := n.quorum.established(), nameOf(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.nodes[id] != nil:
		return true
	case n.ended[id], name == n.name && id < n.self:
		return false
	}
	for _, other := range n.nodes {
		if other.name == name && other.id > id {
			return false
		}
	}
	return !n.settled || !majority
}

// receiveHeartbeat handles another node's heartbeat.
func (n *Network) receiveHeartbeat(p *packet) {
	if p.Bye {
		n.mu.Lock()
		if len(n.ended) >= maxEnded {
			clear(n.ended)
		}
		n.ended[p.Node] = true
		n.mu.Unlock()
		n.removeNode(p.Node, slog.LevelInfo, "it said goodbye")
		return
	}
	name := nameOf(p.Node)
	if name == n.name {
		n.log.Error("another node has this node's name: give each node its own name", "other", p.Node)
		return
	}
	for _, other := range n.others() {
		switch {
		case other.name != name || other.id == p.Node:
		case other.id > p.Node:
			return // a late message of an earlier process of that node
		default:
			n.removeNode(other.id, slog.LevelWarn, "it was started again")
		}
	}
	n.mu.Lock()
	from := n.nodes[p.Node]
	first := from == nil
	if first {
		from = &node{id: p.Node, name: name, heartbeats: p.Heartbeat}
		n.nodes[p.Node] = from
	}
	missed := p.Heartbeat > from.heartbeats+1
	from.heartbeats, from.heard = max(from.heartbeats, p.Heartbeat), time.Now()
	n.mu.Unlock()
	switch {
	case first:
		n.log.Info("another node is up", "other", p.Node)
		n.sendHeartbeat(false) // so that it hears of this node at once
		// It may have given away nicks of this node, or its NATS server may have
		// been one of the stream's and have lost its memory.
		n.nicks.checkAll()
		if p.Heartbeat > 1 { // otherwise it has just started, and has no members
			n.request(p.Node, n.allLinks())
		}
	case missed:
		n.request(p.Node, n.allLinks())
	default:
		n.requestMissing(p.Node, p.Rooms)
	}
}

func (n *Network) others() []*node {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]*node, 0, len(n.nodes))
	for _, other := range n.nodes {
		all = append(all, other)
	}
	return all
}

// check removes the nodes that have been silent for too long, and requests lists again
// that an overflow lost or that nobody has answered.
func (n *Network) check() {
	now := time.Now()
	// If run itself was late, heartbeats may be waiting in messages.
	late := max(now.Sub(n.checked)-2*checkEvery, 0)
	n.checked = now
	for _, other := range n.others() {
		if other.heard = other.heard.Add(late); now.Sub(other.heard) > goneAfter {
			n.removeNode(other.id, slog.LevelWarn, "it is silent")
			n.doubtQuorum()
		}
	}
	for _, l := range n.allLinks() {
		if l.drained() {
			for _, other := range n.others() {
				n.request(other.id, []*link{l})
			}
		}
	}
	overdue := make(map[string][]*link) // by node
	for l := range n.asking {
		late, waiting := l.overdue(now)
		for _, id := range late {
			overdue[id] = append(overdue[id], l)
		}
		if len(late) == 0 && !waiting {
			delete(n.asking, l)
		}
	}
	for id, links := range overdue {
		n.request(id, links)
	}
}

// removeNode forgets a node and all members on it.
func (n *Network) removeNode(id string, level slog.Level, why string) {
	n.mu.Lock()
	removed := n.nodes[id]
	delete(n.nodes, id)
	n.mu.Unlock()
	if removed == nil {
		return
	}
	n.log.Log(n.ctx, level, "another node is gone", "other", id, "why", why)
	for _, l := range n.allLinks() {
		l.removeNode(id)
	}
}
