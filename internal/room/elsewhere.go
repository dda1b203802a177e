package room

import (
	"context"
	"slices"
	"time"

	"snug/protocol"
)

// What is here is Run's part of the other nodes: who is in the room there, and
// what they are told of who is here. Without other nodes it does nothing.

// heard yields a value when another node may have told something.
func (r *Room) heard() <-chan struct{} {
	if r.link == nil {
		return nil
	}
	return r.link.Wake()
}

// unheard returns what to wait for until the other nodes have told who is there;
// nil if they have.
func (r *Room) unheard() <-chan struct{} {
	if r.link == nil {
		return nil
	}
	select {
	case <-r.link.Ready():
		return nil
	default:
		return r.link.Ready()
	}
}

// catchUp makes the roster what the other nodes have told.
func (r *Room) catchUp() {
	if r.link == nil {
		return
	}
	for _, n := range r.link.Take() {
		if n.All {
			r.depart(n.Node, r.roster.missing(n.Node, n.Here))
		}
		for _, p := range n.Here {
			r.meet(n.Node, p)
		}
		r.depart(n.Node, n.Gone)
		for _, id := range n.Typing {
			if r.roster.byID[id] != nil {
				r.tell(protocol.EventTyping, protocol.Typing{Member: id})
			}
		}
		if m := r.roster.byID[n.Lost]; m != nil && len(m.conns) > 0 && m.nick.key == n.LostKey && !m.rescued {
			m.rescued = true
			id, lost := n.Lost, m.nick
			r.registry.running.Go(func() { r.registry.rescue(r, m, id, lost) })
		}
	}
}

// meet notes a member as it is on another node.
func (r *Room) meet(node string, p Present) {
	m, first, renamed := r.roster.meet(node, p, r.policy.role(p.Member))
	if first {
		r.changed(protocol.EventJoined, m)
	}
	if renamed {
		r.renamed(m)
	}
	if len(m.conns) > 0 {
		r.share(m) // a nick that it has taken there it has here, too
	}
}

// depart notes that members are no longer on another node.
func (r *Room) depart(node string, members []string) {
	crowd := r.roster.crowd
	gone, renamed := r.roster.depart(node, members)
	for _, m := range renamed {
		r.renamed(m)
	}
	if crowd && len(gone) > 0 {
		r.changed(protocol.EventLeft, gone[0]) // one word for all of them
		return
	}
	for i, m := range gone {
		r.tell(protocol.EventLeft, protocol.Presence{Member: m.Member, Count: r.roster.count() + len(gone) - 1 - i})
	}
}

// share tells the other nodes what m is here.
func (r *Room) share(m *member) {
	switch {
	case r.link == nil:
	case len(m.conns) == 0:
		r.link.Hide(m.Member.Member)
	default:
		p := Present{Member: m.Member.Member, Nick: m.nick, Stamp: m.stamp, Guest: m.Guest, Addresses: slices.Clip(m.addresses)}
		for _, c := range m.conns {
			p.Role = higher(p.Role, c.granted)
		}
		r.link.Show(p)
	}
}

// typing tells that a member types.
func (r *Room) typing(m *member) {
	r.tell(protocol.EventTyping, protocol.Typing{Member: m.Member.Member})
	if r.link != nil && !r.roster.crowd {
		r.link.Typing(m.Member.Member)
	}
}

// unclaimed returns the nick that one who joins needs a claim for first; the zero
// Nick if it needs none.
func (r *Room) unclaimed(j *join) Nick {
	if r.link == nil {
		return Nick{}
	}
	m := r.roster.byID[j.who.Member]
	switch {
	case m == nil && j.held == Nick{}:
		return r.roster.free(j.nick, j.taken...)
	case m == nil, len(m.conns) > 0, m.nick == j.held:
		return Nick{}
	case slices.Contains(j.taken, m.nick.key):
		return Nick{} // the node where it is hasn't found out yet, and will give it another
	}
	return m.nick
}

// claimNick is Link.Claim; without other nodes the roster decides. The error is a
// [*protocol.Error] or ctx's.
func (r *Room) claimNick(ctx context.Context, nick Nick, member string) (drop func(), granted bool, err error) {
	if r.link == nil {
		return func() {}, true, nil
	}
	drop, granted, err = r.link.Claim(ctx, nick, member)
	switch {
	case err == nil:
		return drop, granted, nil
	case ctx.Err() != nil:
		return func() {}, false, ctx.Err()
	}
	r.log().Warn("the nodes can't agree on a nick", "err", err)
	e := protocol.Errorf(protocol.Unavailable, "nicks can't be given now, since too few servers can be reached: try again in a while")
	e.RetryAfter = RetryAfter
	return func() {}, false, e
}

// rescue gives m, the member id, which has lost its nick to another node's member, that
// nick with a suffix. It waits for the nodes to agree, until the room or the registry ends.
func (g *Registry) rescue(r *Room, m *member, id string, lost Nick) {
	taken := []string{lost.key}
	for {
		nick := suffixed(lost, func(key string) bool { return slices.Contains(taken, key) })
		drop, granted, err := r.link.Claim(g.ctx, nick, id)
		switch {
		case err != nil:
			select {
			case <-time.After(RetryAfter):
				continue
			case <-r.done:
			case <-g.ctx.Done():
			}
			return
		case granted:
			_, _ = ask(g.ctx, r, func() bool { return r.rescued(m, lost, nick) }) // it fails only with the room
			drop()
			return
		}
		drop()
		taken = append(taken, nick.key)
	}
}

// rescued is Run's part of rescue, and reports whether m goes by nick now.
func (r *Room) rescued(m *member, lost, nick Nick) bool {
	m.rescued = false
	if m.nick.key != lost.key || len(m.conns) == 0 {
		return false // nobody wants it any more
	}
	return r.rename(m, nick)
}
