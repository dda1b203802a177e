package room

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/internal/room/mention"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A member may have devices that are told of messages while no page of the member's is visible. They
// are in the room's state, so that they are told without opening the room: package push does that.

// PushKey returns the key pair by which push services know the server (RFC 8292); nil without push.
func (g *Registry) PushKey() *ecdh.PrivateKey { return g.pushKey }

// publicPushKey returns the key that browsers subscribe with, for the welcome; empty without push.
func (g *Registry) publicPushKey() string {
	if g.pushKey == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(g.pushKey.PublicKey().Bytes())
}

// Push makes a device of the member as a push command says, or removes it. base is the server's own
// URL, as the client knows it. It waits for the journal. The error is a [*protocol.Error], ErrClosed or ctx's.
func (p *Participant) Push(ctx context.Context, cmd *protocol.Command, base string) error {
	you := p.You()
	switch {
	case p.room.registry.pushKey == nil:
		return protocol.Errorf(protocol.UnknownType, "this server sends no push notifications: its operator has turned them off")
	case cmd.Level != protocol.PushNone && !p.room.registry.options.PushPrivate && !strings.HasPrefix(cmd.Endpoint, "https:"):
		return protocol.Errorf(protocol.BadField, `"endpoint" must be an https address`)
	case you.Guest || you.Member == "" || p.hook != nil:
		return protocol.Errorf(protocol.Forbidden, "nothing is stored for who has no seat in the room: join it")
	}
	err := p.changeState(ctx, func(r *Room) (journal.Draft, bool, error) {
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
			Level: cmd.Level, Quiet: cmd.Quiet, Nick: p.deviceNick(),
		}
		if strings.HasPrefix(base, "https:") {
			device.Site = base
		}
		return r.policy.Register(string(r.code), device, seats, r.Head(), time.Now())
	})
	if err != nil {
		return err
	}
	_, err = ask(ctx, p.room, func() (none struct{}) {
		p.room.applyChanges(p.room.feed.TakeChanges()) // from now on the member can be mentioned
		return none
	})
	return err
}

// deviceNick returns the nick that a device of the member is registered with: of a visitor who isn't
// present, that of another device, as a visitor's own may be made up. It runs on the room's goroutine.
func (p *Participant) deviceNick() string {
	you := p.You()
	if p.visits && !p.member.present() {
		for _, d := range p.room.policy.Devices(time.Now()) {
			if d.Member == you.Member {
				return d.Nick
			}
		}
	}
	return you.Nick
}

// updateDeviceNicks makes the nicks of devices known to those who mention members. It runs on the
// room's goroutine.
func (r *Room) updateDeviceNicks() {
	byNick := make(membersByNick)
	for _, d := range r.policy.RegisteredDevices() {
		folded := mention.Fold(d.Nick)
		if !slices.Contains(byNick[folded], d.Member) {
			byNick[folded] = append(byNick[folded], d.Member)
		}
	}
	r.mentionable.setDevices(byNick)
}

// SetVisible notes whether the page of the connection is visible to its user. A visitor says it of all
// connections that the member has on this node.
func (p *Participant) SetVisible(ctx context.Context, visible bool) {
	_ = p.room.call(ctx, func() { // fails only if the connection is ending
		p.visible = visible
		if !p.visits || p.member == nil {
			return
		}
		for _, c := range p.member.conns {
			c.visible = visible
		}
	})
}

// Visible returns those of some members of a room to whom a page of it is visible, over connections of
// this node. It opens no room, and waits for the room's goroutine. If ctx ends before, it returns none.
func (g *Registry) Visible(ctx context.Context, code Code, members []string) []string {
	g.mu.Lock()
	r := g.rooms[code]
	g.mu.Unlock()
	if r == nil {
		return nil
	}
	visible, err := ask(ctx, r, func() (visible []string) {
		for _, id := range members {
			if m := r.roster.byID[id]; m != nil && slices.ContainsFunc(m.conns, func(p *Participant) bool { return p.visible }) {
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
