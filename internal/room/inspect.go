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
	var view Overview
	var refusal *protocol.Error
	err := r.find(ctx, func() bool {
		if refusal = r.closing.refusal(time.Now()); refusal == nil && r.Head() == 0 {
			refusal = noRoom(r.code)
		}
		if refusal != nil {
			return !mayBeLifted(refusal)
		}
		view = Overview{
			Epoch: r.epoch, First: r.feed.First(), Head: r.Head(), Settings: r.policy.Settings(),
			Present: r.roster.count(), Readers: len(r.readers), Bans: r.policy.Bans(time.Now()),
		}
		roles := r.policy.Roles()
		for _, member := range slices.Sorted(maps.Keys(roles)) {
			view.Roles = append(view.Roles, protocol.Member{Member: member, Nick: r.roster.about(member).Nick, Role: roles[member]})
		}
		return true
	})
	switch {
	case err != nil:
		return view, err
	case refusal != nil:
		return view, refusal
	}
	view.Hooks, err = p.listHooks(ctx)
	for i := range view.Hooks { // what is secret about a hook is its makers'
		h := &view.Hooks[i]
		h.URL, h.SigningSecret = "", ""
	}
	return view, err
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
