package room

import (
	"context"
	"slices"
	"time"

	"snug/internal/room/policy"
	"snug/protocol"
)

// This file syncs a room's roster with the same room on other nodes. Without other nodes it
// does nothing. The methods of Room run on the room's goroutine, except claimNick.

// peerNews yields a value when the other nodes may have news.
func (r *Room) peerNews() <-chan struct{} {
	if r.link == nil {
		return nil
	}
	return r.link.Wake()
}

// peersReady reports whether the other nodes have told who is in the room there.
func (r *Room) peersReady() bool {
	if r.link == nil {
		return true
	}
	select {
	case <-r.link.Ready():
		return true
	default:
		return false
	}
}

// applyPeerNews updates the roster by the news of the other nodes.
func (r *Room) applyPeerNews() {
	if r.link == nil {
		return
	}
	for _, n := range r.link.Take() {
		if n.All {
			r.removeRemote(n.Node, r.roster.missing(n.Node, n.Here))
		}
		for _, p := range n.Here {
			r.upsertRemote(n.Node, p)
		}
		r.removeRemote(n.Node, n.Gone)
		for _, id := range n.Typing {
			if r.roster.byID[id] != nil {
				r.broadcast(protocol.EventTyping, protocol.Typing{Member: id})
			}
		}
		if m := r.roster.byID[n.Lost]; m != nil && len(m.conns) > 0 && m.nick.key == n.LostKey && !m.renaming {
			m.renaming = true
			id, lost := n.Lost, m.nick
			r.registry.running.Go(func() { r.registry.renameLost(r, m, id, lost) })
		}
	}
}

// upsertRemote notes that a member is on another node.
func (r *Room) upsertRemote(node string, p Present) {
	m, first, renamed := r.roster.upsertRemote(node, p, r.policy.Role(p.Member))
	if first {
		r.announce(protocol.EventJoined, m)
	}
	if renamed {
		r.announceNick(m)
	}
	if len(m.conns) > 0 {
		r.share(m) // a nick that it took there it has here, too
	}
}

// removeRemote notes that members are no longer on another node.
func (r *Room) removeRemote(node string, members []string) {
	crowd := r.roster.crowd
	left, renamed := r.roster.removeRemote(node, members)
	for _, m := range renamed {
		r.announceNick(m)
	}
	if crowd && len(left) > 0 {
		r.announce(protocol.EventLeft, left[0]) // once for all of them
		return
	}
	for i, m := range left {
		r.broadcast(protocol.EventLeft, protocol.Presence{Member: m.Member, Count: r.roster.count() + len(left) - 1 - i})
	}
}

// share publishes m's state on this node to the other nodes.
func (r *Room) share(m *member) {
	switch {
	case r.link == nil:
	case len(m.conns) == 0:
		r.link.Hide(m.Member.Member)
	default:
		p := Present{Member: m.Member.Member, Nick: m.nick, Stamp: m.stamp, Guest: m.Guest, Addresses: slices.Clip(m.addresses)}
		for _, c := range m.conns {
			p.Role = policy.Higher(p.Role, c.granted)
		}
		r.link.Show(p)
	}
}

// typing tells everyone that a member is typing.
func (r *Room) typing(m *member) {
	r.broadcast(protocol.EventTyping, protocol.Typing{Member: m.Member.Member})
	if r.link != nil && !r.roster.crowd {
		r.link.Typing(m.Member.Member)
	}
}

// nickToClaim returns the nick that the other nodes have to grant before a join can go
// on; the zero Nick if there is none.
func (r *Room) nickToClaim(j *joining) Nick {
	if r.link == nil {
		return Nick{}
	}
	m := r.roster.byID[j.member.Member]
	switch {
	case m == nil && (j.granted == Nick{} || r.roster.hooks[j.granted.key] != ""):
		return r.roster.free(j.Nick, j.notGranted...)
	case m == nil, len(m.conns) > 0, m.nick == j.granted:
		return Nick{}
	case slices.Contains(j.notGranted, m.nick.key):
		return Nick{} // the node that the member is on hasn't noticed yet, and will give it another
	}
	return m.nick
}

// claimNick is [Link.Claim]. Without other nodes the roster decides alone. The error is
// a [*protocol.Error] or ctx's. It runs on the caller's goroutine.
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

// renameLost gives m a nick with a suffix, because a member on another node owns the old
// one. id is m's member ID. It waits for the nodes to agree, until the room or the
// registry ends. It has a goroutine of its own.
func (g *Registry) renameLost(r *Room, m *member, id string, lost Nick) {
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
			_, _ = ask(g.ctx, r, func() bool { return r.replaceLost(m, lost, nick) }) // fails only with the room
			drop()
			return
		}
		drop()
		taken = append(taken, nick.key)
	}
}

// replaceLost ends renameLost on the room's goroutine. It reports whether m goes by nick
// now.
func (r *Room) replaceLost(m *member, lost, nick Nick) bool {
	m.renaming = false
	if m.nick.key != lost.key || len(m.conns) == 0 {
		return false // it has another nick already, or is gone
	}
	return r.rename(m, nick)
}
