package room

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A member may have devices that are told of messages while no page of its is seen. They are in
// the room's state, so they are told without opening the room: see internal/push.

// PushKey returns the key pair by which push services know the server; nil without push.
func (g *Registry) PushKey() *ecdh.PrivateKey { return g.pushKey }

// publicPushKey is what browsers make their push subscriptions for; empty without push.
func (g *Registry) publicPushKey() string {
	if g.pushKey == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(g.pushKey.PublicKey().Bytes())
}

// Push makes a device of the member as a push command says, or removes it. It waits for the
// journal. The error is a [*protocol.Error], ErrClosed or ctx's.
func (p *Participant) Push(ctx context.Context, cmd *protocol.Command) error {
	you := p.You()
	switch {
	case p.room.registry.pushKey == nil:
		return protocol.Errorf(protocol.UnknownType, "this server tells no devices of messages: its operator has turned that off")
	case you.Guest || you.Member == "" || p.hook != nil:
		return protocol.Errorf(protocol.Forbidden, "nothing is stored for who has no seat in the room: join it")
	}
	return p.changeState(ctx, func(r *Room) (journal.Draft, bool, error) {
		if cmd.Level == protocol.PushNone {
			d, ok := r.policy.Unregister(string(r.code), you.Member, cmd.Endpoint)
			return d, ok, nil
		}
		seats := p.seats
		if p.byToken {
			seats = r.policy.SeatGeneration(you.Member)
		}
		device := policy.Device{
			Member: you.Member, Endpoint: cmd.Endpoint, P256DH: cmd.P256DH, Auth: cmd.AuthSecret,
			Level: cmd.Level, Quiet: cmd.Quiet, Nick: p.You().Nick,
		}
		return r.policy.Register(string(r.code), device, seats, time.Now())
	})
}

// SetVisible notes whether what the connection shows is seen by the member. For a visitor, it is
// about all connections that the member has on this node.
func (p *Participant) SetVisible(ctx context.Context, visible bool) {
	_ = p.room.call(ctx, func() { // fails only if nobody is told of messages any more
		p.visible = visible
		if !p.visits || p.member == nil {
			return
		}
		for _, c := range p.member.conns {
			c.visible = visible
		}
	})
}

// Visible returns those of some members of a room who see it now on this node. It opens no room.
// If ctx ends before, nobody does.
func (g *Registry) Visible(ctx context.Context, code Code, members []string) []string {
	g.mu.Lock()
	r := g.rooms[code]
	g.mu.Unlock()
	if r == nil {
		return nil
	}
	visible, err := ask(ctx, r, func() (visible []string) {
		for _, id := range members {
			if m := r.roster.byID[id]; m != nil && m.visible() {
				visible = append(visible, id)
			}
		}
		return visible
	})
	if err != nil {
		return nil
	}
	return visible
}

// visible reports whether a page of the member's on this node is seen.
func (m *member) visible() bool {
	for _, p := range m.conns {
		if p.visible {
			return true
		}
	}
	return false
}
