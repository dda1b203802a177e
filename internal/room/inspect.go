package room

import (
	"context"
	"maps"
	"slices"
	"time"

	"snug/internal/room/policy"
	"snug/protocol"
)

// Overview is what the operator sees of a room.
type Overview struct {
	Epoch       string
	First, Head uint64 // the oldest event that is kept, and the newest
	Settings    protocol.Settings
	Roles       []protocol.Member // above member, ordered by member; the nick is empty if the member isn't present
	Present     int               // members
	Readers     int               // who read without joining, on this node
	Hooks       []protocol.HookInfo
	Bans        []protocol.Ban
}

// Inspect returns a participant by which the operator reads a room without being in it, and
// what the room is now. Nobody is told, and neither lock nor password keep the operator out.
// It waits for the journal, until ctx ends. The error may be a [*protocol.Error]: there is no
// room with the code, or it was closed. The caller calls [Participant.Leave] in the end.
func (g *Registry) Inspect(ctx context.Context, code Code) (*Participant, Overview, error) {
	r, err := g.acquireForOperator(code)
	if err != nil {
		return nil, Overview{}, err
	}
	p := &Participant{room: r, visits: true}
	p.you.Store(&memberInfo{Member: Operator()})
	view, err := p.inspect(ctx)
	if err != nil {
		p.Leave()
		return nil, Overview{}, err
	}
	return p, view, nil
}

func (p *Participant) inspect(ctx context.Context) (Overview, error) {
	r := p.room
	type answer struct {
		Overview
		refusal *protocol.Error
	}
	look := func() (a answer) {
		r.publish(r.feed.Take())
		if a.refusal = r.closing.refusal(time.Now()); a.refusal == nil && r.Head() == 0 {
			a.refusal = noRoom(r.code)
		}
		if a.refusal != nil {
			return a
		}
		a.Overview = Overview{
			Epoch: r.epoch, First: r.feed.First(), Head: r.Head(), Settings: r.policy.Settings(),
			Present: r.roster.count(), Readers: len(r.readers), Bans: r.policy.Bans(time.Now()),
		}
		roles := r.policy.Roles()
		for _, member := range slices.Sorted(maps.Keys(roles)) {
			a.Roles = append(a.Roles, protocol.Member{Member: member, Nick: r.roster.about(member).Nick, Role: roles[member]})
		}
		return a
	}
	var a answer
	err := find(ctx, r.journal, func() (bool, error) {
		var err error
		a, err = ask(ctx, r, look)
		return !mayBeLifted(a.refusal), err
	})
	switch {
	case err != nil:
		return a.Overview, err
	case a.refusal != nil:
		return a.Overview, a.refusal
	}
	a.Hooks, err = p.listHooks(ctx)
	for i := range a.Hooks { // what is secret about a hook is its makers'
		h := &a.Hooks[i]
		h.URL, h.SigningSecret = "", ""
	}
	return a.Overview, err
}

func noRoom(code Code) *protocol.Error {
	return protocol.Errorf(protocol.NotFound, "there is no room %q: nobody has ever said anything there", code)
}

// Name returns the room's name, which may be empty. The error is ErrClosed or ctx's.
func (p *Participant) Name(ctx context.Context) (string, error) {
	return ask(ctx, p.room, func() string { return p.room.policy.Settings().Name })
}

// MayExport returns why the participant may not have the whole log as a file; nil if it may. The log then
// has all that was confirmed before the call, on any node. The error is a [*protocol.Error].
func (p *Participant) MayExport(ctx context.Context) error {
	return p.checkModerator(ctx, policy.Forbidden("export it"))
}
