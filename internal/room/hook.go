package room

import (
	"context"
	"fmt"
	"slices"
	"time"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/room/mention"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A hook is a member that is never present: programs post as it over HTTP. Its name is
// nobody else's nick. Its URL ends with [HookPath] and a secret, which stands for the room
// and the hook.

// HookPath is the path of a hook's URL, below the server's own, without the secret.
const HookPath = "hooks/"

// hookPlace says which hook a member of the room is.
func (r *Room) hookPlace(member string) auth.HookPlace {
	return auth.HookPlace{Room: string(r.code), Member: member}
}

// madeHook returns what the member who has made a hook is told of it. The URL is relative
// to the server's own.
func (r *Room) madeHook(m *Moderation, member, name string) *protocol.Hook {
	place := r.hookPlace(member)
	made := &protocol.Hook{ID: m.ID, Member: member, Name: name, URL: HookPath + r.registry.hooks.Secret(place)}
	if m.To != "" {
		made.SigningSecret = r.registry.hooks.SigningSecret(place)
	}
	return made
}

// Hooks returns the hooks of the room, with how deliveries go and with URLs that are relative to the server's own.
// The error is a [*protocol.Error] or ErrClosed.
func (p *Participant) Hooks(ctx context.Context) ([]protocol.HookInfo, error) {
	if err := p.checkModerator(ctx, policy.Forbidden("see the connected apps")); err != nil {
		return nil, err
	}
	return p.listHooks(ctx)
}

// listHooks is Hooks by what this node knows, for whoever may know it.
func (p *Participant) listHooks(ctx context.Context) ([]protocol.HookInfo, error) {
	you := p.You()
	all, err := ask(ctx, p.room, func() []protocol.HookInfo {
		all := []protocol.HookInfo{}
		for _, h := range p.room.policy.Hooks() {
			all = append(all, p.room.hookInfo(&h, you))
		}
		return all
	})
	if err != nil || !slices.ContainsFunc(all, func(h protocol.HookInfo) bool { return h.To != "" }) {
		return all, err
	}
	return all, p.room.addDelivered(ctx, all)
}

// addDelivered adds how the deliveries of outgoing hooks go. It reads the journal.
func (r *Room) addDelivered(ctx context.Context, hooks []protocol.HookInfo) error {
	s, feed, err := r.journal.Follow(ctx, string(r.code))
	if err != nil {
		r.log().Error("the room's state can't be read", "err", err)
		return Refusal(err)
	}
	feed.Close()
	for i := range hooks {
		h := &hooks[i]
		if h.To == "" {
			continue
		}
		d, _, err := policy.ReadDelivered(s.State, h.Member)
		if err != nil {
			r.log().Error("how far a hook has come can't be read", "err", err)
			continue
		}
		if h.Paused = d.Paused; !d.Failing.IsZero() {
			h.Failing = &d.Failing
		}
	}
	return nil
}

// hookInfo returns what a member may know of a hook. It runs on the room's goroutine.
func (r *Room) hookInfo(h *policy.Hook, you protocol.Member) protocol.HookInfo {
	info := protocol.HookInfo{Member: h.Member, Name: h.Name, By: h.By, Events: h.Events}
	if used := r.policy.HookUsed(h.Member); !used.IsZero() {
		info.Used = &used
	}
	if you.Role != protocol.RoleOwner && you.Member != h.By.Member {
		return info
	}
	info.URL, info.To = HookPath+r.registry.hooks.Secret(r.hookPlace(h.Member)), h.To
	if h.To != "" {
		info.SigningSecret = r.registry.hooks.SigningSecret(r.hookPlace(h.Member))
	}
	return info
}

// OpenHook returns the room and the member that a secret of a hook's URL stands for; ok is
// false if it is none. Whether the hook is still there is for VisitHook to say.
func (g *Registry) OpenHook(secret string) (code Code, member string, ok bool) {
	place, ok := g.hooks.Open(secret)
	return Code(place.Room), place.Member, ok && place.Generation == 0
}

// HookSigningSecret returns what the deliveries of an outgoing hook are signed with.
func (g *Registry) HookSigningSecret(code Code, member string) string {
	return g.hooks.SigningSecret(auth.HookPlace{Room: string(code), Member: member})
}

// VisitHook returns a hook of a room, to send messages as it. Nobody is told that it is
// there, and neither lock nor password keeps it out. VisitHook waits for the journal and the
// other nodes, until ctx ends. The error is a [*protocol.Error] with code not-found if there is no such hook
// (any more), ErrTooMany, ErrClosed, ctx's or the journal's. The caller calls
// [Participant.Leave] in the end.
func (g *Registry) VisitHook(ctx context.Context, code Code, member string) (*Participant, error) {
	r, err := g.acquire(code)
	if err != nil {
		return nil, err
	}
	h, err := r.findHook(ctx, member)
	if err == nil && r.link != nil { // a hook can mention who is on the other nodes
		if err = r.waitForPeers(ctx); err == nil {
			_, err = ask(ctx, r, func() (none struct{}) { r.applyPeerNews(); return none })
		}
	}
	if err != nil {
		g.release(r)
		return nil, err
	}
	p := &Participant{room: r, client: noClient{}, quota: unlimited{}, visits: true, hook: &h}
	p.you.Store(&memberInfo{h.From(), protocol.RoleMember})
	return p, nil
}

// findHook returns a hook of the room. If this node may not know it yet, it catches up with
// the others.
func (r *Room) findHook(ctx context.Context, member string) (policy.Hook, error) {
	var closed *protocol.Error
	var h policy.Hook
	exists := false
	err := r.find(ctx, func() bool {
		closed = r.closing.refusal(time.Now())
		h, exists = r.policy.Hook(member)
		return exists
	})
	switch {
	case err != nil:
		return h, fmt.Errorf("room %q: %w", r.code, err)
	case closed != nil:
		return h, closed
	case !exists:
		return h, protocol.Errorf(protocol.NotFound, "the hook was removed: ask an owner of the room for another one")
	}
	return h, nil
}

// Hook returns the hook that p is; nil if it is none.
func (p *Participant) Hook() *policy.Hook { return p.hook }

// asHook completes a message's draft: it holds only as long as the hook is there.
func asHook(d *journal.Draft, h *policy.Hook) {
	d.If = append(d.If, h.Unchanged())
	d.State = append(d.State, h.UsedAt(time.Now()))
}

// madeBy reports whether a member has made the hook that another member is.
func (p *Participant) madeBy(ctx context.Context, hook string) bool {
	by, err := ask(ctx, p.room, func() string {
		h, _ := p.room.policy.Hook(hook)
		return h.By.Member
	})
	return err == nil && by == p.You().Member
}

// updateHookNicks makes the names of the room's hooks nobody's nicks. A member who has taken
// such a nick in the same moment gets another one. It runs on the room's goroutine.
func (r *Room) updateHookNicks() {
	r.roster.hooks = make(map[string]string)
	byNick := make(membersByNick)
	for _, h := range r.policy.Hooks() {
		folded := mention.Fold(h.Name)
		byNick[folded] = append(byNick[folded], h.Member)
		nick, err := AcceptedNick(h.Name)
		if err != nil {
			continue // of another version of Snug, so nobody can have it here
		}
		r.roster.hooks[nick.key] = h.Member
		if m := r.roster.byNick[nick.key]; m != nil {
			r.renameFor(m)
		}
	}
	r.mentionable.setHooks(byNick)
}

// renameFor gives m, whose nick is a hook's, another one. It runs on the room's goroutine.
func (r *Room) renameFor(m *member) {
	switch {
	case r.link == nil:
		r.rename(m, r.roster.free(m.nick))
	case len(m.conns) > 0 && !m.renaming:
		m.renaming = true
		id, lost := m.Member.Member, m.nick
		r.registry.running.Go(func() { r.registry.renameLost(r, m, id, lost) })
	}
}
