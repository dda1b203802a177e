package peers

import "slices"

// The methods in this file belong to run.

// request asks a node for the members that it has in the rooms of links.
func (n *Network) request(id string, links []*link) {
	for part := range slices.Chunk(links, maxPacketRooms) {
		p := packet{Requests: make([]request, len(part))}
		for i, l := range part {
			p.Requests[i] = l.request(id)
		}
		n.send(nodeSubject(id), &p)
	}
}

// requestMissing asks a node for the members of those rooms of which this node has an
// older version.
func (n *Network) requestMissing(id string, rooms []roomVersion) {
	var missing []*link
	for _, r := range rooms {
		if l := n.link(r.Room); l != nil && l.behind(id, r.Version) {
			missing = append(missing, l)
		}
	}
	n.request(id, missing)
}

// answer answers a node's requests.
func (n *Network) answer(p *packet) {
	var reply packet
	members := 0
	flush := func() {
		if len(reply.Lists) > 0 {
			n.send(nodeSubject(p.Node), &reply)
		}
		reply.Lists, members = nil, 0
	}
	add := func(l list) {
		if members+len(l.Here) > maxPacketMembers || len(reply.Lists) >= maxPacketRooms {
			flush()
		}
		reply.Lists = append(reply.Lists, l)
		members += len(l.Here)
	}
	for _, r := range p.Requests {
		l := n.link(r.Room)
		if l == nil {
			add(list{Room: r.Room})
			continue
		}
		for _, part := range l.lists(r) {
			add(part)
		}
	}
	flush()
}
