package peers

import (
	"log/slog"
	"slices"
	"time"

	"snug/internal/room"
)

// endedKept bounds the nodes that are remembered to have said goodbye.
const endedKept = 1000

// What is here is run's, about the nodes: who is there, and what is missing of whom.

// beat tells the others that this node is there, and how far it has come in the
// rooms that have changed; bye, that it was.
func (m *Network) beat(bye bool) {
	rooms := make([]stand, 0, len(m.changed))
	for code, version := range m.changed {
		rooms = append(rooms, stand{code, version})
	}
	clear(m.changed)
	for {
		n := min(len(rooms), roomsAtOnce)
		m.beats++
		m.publish(m.subject("beat"), &packet{Beat: m.beats, Bye: bye, Rooms: rooms[:n]})
		if rooms = rooms[n:]; len(rooms) == 0 {
			return
		}
	}
}

// alive reports whether a node is there.
func (m *Network) alive(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.nodes[id] != nil
}

// maybeAlive reports whether a node is there, as far as is known for sure: one that
// is only silent may be on the other side of a cut, and this node on the lesser.
func (m *Network) maybeAlive(id string) bool {
	sure, name := m.nicks.sure(), nameOf(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.nodes[id] != nil:
		return true
	case m.ended[id], name == m.name && id < m.self:
		return false
	}
	for _, n := range m.nodes {
		if n.name == name && n.id > id {
			return false
		}
	}
	return !m.settled || !sure
}

// heard takes another node's beat.
func (m *Network) heard(p *packet) {
	if p.Bye {
		m.mu.Lock()
		if len(m.ended) >= endedKept {
			clear(m.ended)
		}
		m.ended[p.Node] = true
		m.mu.Unlock()
		m.gone(p.Node, slog.LevelInfo, "it said goodbye")
		return
	}
	name := nameOf(p.Node)
	if name == m.name {
		m.log.Error("another node goes by this node's name: give each its own", "other", p.Node)
		return
	}
	for _, other := range m.others() {
		switch {
		case other.name != name || other.id == p.Node:
		case other.id > p.Node:
			return // what an earlier incarnation said arrives late
		default:
			m.gone(other.id, slog.LevelWarn, "it has started anew")
		}
	}
	m.mu.Lock()
	n := m.nodes[p.Node]
	first := n == nil
	if first {
		n = &node{id: p.Node, name: name, beats: p.Beat}
		m.nodes[p.Node] = n
	}
	missed := p.Beat > n.beats+1
	n.beats, n.heard = max(n.beats, p.Beat), time.Now()
	m.mu.Unlock()
	switch {
	case first:
		m.log.Info("a node is there", "other", p.Node)
		m.beat(false) // it needn't wait to hear of this one
		// It may have taken this node for gone; or its NATS was a part of the stream,
		// and has forgotten.
		m.nicks.recheck()
		if p.Beat > 1 { // otherwise it has just started, and has nobody
			m.want(p.Node, m.all())
		}
	case missed:
		m.want(p.Node, m.all())
	default:
		m.compare(p.Node, p.Rooms)
	}
}

func (m *Network) others() []*node {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*node, 0, len(m.nodes))
	for _, n := range m.nodes {
		all = append(all, n)
	}
	return all
}

// check takes the nodes that have been silent for gone, and asks for what an
// overflow has lost.
func (m *Network) check() {
	now := time.Now()
	// If it was this node that didn't get to it, the others may have spoken.
	late := max(now.Sub(m.checked)-2*checkEvery, 0)
	m.checked = now
	for _, n := range m.others() {
		if n.heard = n.heard.Add(late); now.Sub(n.heard) > goneAfter {
			m.gone(n.id, slog.LevelWarn, "it is silent")
			m.nicks.unsure()
		}
	}
	for _, l := range m.all() {
		if l.drained() {
			for _, n := range m.others() {
				m.want(n.id, []*link{l})
			}
		}
	}
	unanswered := make(map[string][]*link)
	for l := range m.asking {
		overdue, more := l.overdue(now)
		for _, id := range overdue {
			unanswered[id] = append(unanswered[id], l)
		}
		if len(overdue) == 0 && !more {
			delete(m.asking, l)
		}
	}
	for id, links := range unanswered {
		m.want(id, links)
	}
}

// gone takes a node for gone, and everyone on it.
func (m *Network) gone(id string, level slog.Level, why string) {
	m.mu.Lock()
	n := m.nodes[id]
	delete(m.nodes, id)
	m.mu.Unlock()
	if n == nil {
		return
	}
	m.log.Log(m.ctx, level, "a node is gone", "other", id, "why", why)
	for _, l := range m.all() {
		l.lost(id)
	}
}

// want asks a node for who is in rooms there.
func (m *Network) want(id string, links []*link) {
	for part := range slices.Chunk(links, roomsAtOnce) {
		p := packet{Wants: make([]want, len(part))}
		for i, l := range part {
			p.Wants[i] = l.want(id)
		}
		m.publish(m.subject("node."+id), &p)
	}
}

// compare asks a node for the rooms of which something is missing.
func (m *Network) compare(id string, rooms []stand) {
	var missing []*link
	for _, s := range rooms {
		if l := m.link(s.Room); l != nil && l.behind(id, s.Version) {
			missing = append(missing, l)
		}
	}
	m.want(id, missing)
}

// answer tells a node who is in the rooms that it wants to know of.
func (m *Network) answer(p *packet) {
	to := m.subject("node." + p.Node)
	var reply packet
	members := 0
	send := func() {
		if len(reply.Lists) > 0 {
			m.publish(to, &reply)
		}
		reply.Lists, members = nil, 0
	}
	add := func(l list) {
		if members+len(l.Here) > membersAtOnce || len(reply.Lists) >= roomsAtOnce {
			send()
		}
		reply.Lists = append(reply.Lists, l)
		members += len(l.Here)
	}
	for _, w := range p.Wants {
		l := m.link(w.Room)
		if l == nil {
			add(list{Room: w.Room})
			continue
		}
		for _, part := range l.lists(w) {
			add(part)
		}
	}
	send()
}

// subjectOf returns the subject of a room.
func (m *Network) subjectOf(code room.Code) string { return m.subject("room." + token(string(code))) }
