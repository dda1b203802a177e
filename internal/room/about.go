package room

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// Edit replaces what the member's own message seq says, as Send says something
// new. It reads the journal.
func (p *Participant) Edit(ctx context.Context, id string, seq uint64, content string, done journal.Done) error {
	if err := p.fits(content); err != nil {
		return err
	}
	d := p.draft(protocol.EventEdited, id, protocol.EditedBody{Content: content}.Encode())
	d.Event.Target = seq
	mine, refusal := p.mine(ctx, seq)
	if refusal == nil && !mine {
		refusal = protocol.Errorf(protocol.Forbidden, "message %d is not yours: only its sender can edit it", seq)
	}
	if refusal != nil {
		return p.refuse(ctx, d, refusal, done)
	}
	return p.append(ctx, d, done)
}

// Delete erases a message: one's own, or as a moderator anyone's. It reads the
// journal.
func (p *Participant) Delete(ctx context.Context, id string, seq uint64, done journal.Done) error {
	me := p.you.Load() // before the draft: who loses a role meanwhile is found out
	d := p.draft(protocol.EventDeleted, id, nil)
	d.Event.Target = seq
	mine, refusal := p.mine(ctx, seq)
	if refusal == nil && !mine {
		if rank(d.Event.From.Role) < rank(protocol.RoleModerator) {
			refusal = protocol.Errorf(protocol.Forbidden, "message %d is not yours: its sender, a moderator or the owner can erase it", seq)
		}
		d.If = []journal.Condition{journal.Condition(role(me.Member.Member, me.kept))}
	}
	if refusal != nil {
		return p.refuse(ctx, d, refusal, done)
	}
	return p.append(ctx, d, done)
}

// React adds an emoji to message seq, or takes it back.
func (p *Participant) React(ctx context.Context, id string, seq uint64, emoji string, remove bool, done journal.Done) error {
	d := p.draft(protocol.EventReacted, id, protocol.ReactedBody{Emoji: emoji, Remove: remove}.Encode())
	d.Event.Target = seq
	return p.append(ctx, d, done)
}

// mine reports whether message seq is the member's own. One that is erased still
// is; whether it stands is for the journal to say.
func (p *Participant) mine(ctx context.Context, seq uint64) (bool, *protocol.Error) {
	page, err := p.room.journal.ReadAfter(ctx, string(p.room.code), seq-1, 1)
	if err != nil {
		p.room.log().Error("a message can't be looked at", "err", err)
		return false, Refusal(err)
	}
	if len(page) == 0 || page[0].Seq != seq || page[0].Type != protocol.EventMessage {
		return false, protocol.Errorf(protocol.NotFound, "there is no message %d, or it is no longer kept", seq)
	}
	return page[0].From.Member == p.You().Member, nil
}

// Erase erases all messages of a member, present or not, in the name of whoever
// runs the server, and returns how many there were. It reads the whole log of the
// room, and waits for the journal.
func (g *Registry) Erase(ctx context.Context, code Code, member string) (erased int, err error) {
	for after := uint64(0); ; {
		page, err := g.options.Journal.ReadAfter(ctx, string(code), after, pageEntries)
		if err != nil {
			return erased, fmt.Errorf("erase messages in room %q: %w", code, err)
		}
		if len(page) == 0 {
			return erased, nil
		}
		var seqs []uint64
		for i := range page {
			e := &page[i]
			after = e.Seq
			if e.From.Member == member && journal.IsMessage(e.Type, e.Body) {
				seqs = append(seqs, e.Seq)
			}
		}
		n, err := g.erase(ctx, code, seqs)
		if erased += n; err != nil {
			return erased, fmt.Errorf("erase messages in room %q: %w", code, err)
		}
	}
}

// erase erases messages, all with one wait. One that somebody else has just erased
// doesn't count.
func (g *Registry) erase(ctx context.Context, code Code, seqs []uint64) (erased int, err error) {
	told := make(chan error, len(seqs))
	for _, seq := range seqs {
		d := journal.Draft{Room: string(code), Event: protocol.Event{
			Type: protocol.EventDeleted, ID: "erase", Target: seq,
			From: protocol.Member{Member: operator, Nick: operator, Role: protocol.RoleOwner},
		}}
		if err := g.options.Journal.Append(ctx, d, func(_ journal.Outcome, err error) { told <- err }); err != nil {
			told <- err
		}
	}
	for range seqs {
		select {
		case e := <-told:
			switch {
			case e == nil:
				erased++
			case !errors.Is(e, journal.ErrGone):
				err = e
			}
		case <-ctx.Done():
			return erased, ctx.Err()
		}
	}
	return erased, err
}

// operator is the member that whoever runs the server is in a log. No seat is
// ever given for it.
const operator = "operator"
