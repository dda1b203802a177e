package chat

import (
	"context"

	"snug/internal/journal"
	"snug/internal/room"
	"snug/internal/tracing"
	"snug/protocol"
)

// A command that becomes a log event goes this way: the dialect decodes it; c.allow
// takes it from the client's rate; the room checks it and makes a draft of it; c.append
// hands the draft to the journal; c.reply tells the client the outcome.

// sendMessage sends a message of the client's to the room.
func (c *conn) sendMessage(m room.Message) error {
	if err := c.allow(); err != nil {
		return err
	}
	ctx, span := c.server.options.Tracer.StartCommand(c.ctx(), protocol.CommandSend)
	d, err := c.me.Send(ctx, m)
	if err != nil {
		span.End(err)
		return err
	}
	return c.append(ctx, span, m.ID, d)
}

// append hands the draft of the command id, whose span it ends, to the journal. It waits while the journal
// can't keep up. The error is a *protocol.Error, or errInterrupted if the client was removed from the room.
func (c *conn) append(ctx context.Context, span tracing.Span, id string, d room.Draft) error {
	if e := c.cause.Load(); e != nil && e.code == protocol.CloseBanned { // while a filter took its time
		span.End(errInterrupted)
		return errInterrupted
	}
	c.out.beginDraft()
	pending := d.Pending
	err := c.me.Append(ctx, d, func(o journal.Outcome, err error) {
		refusal := pending.Settle(o, err)
		c.reply(id, o, refusal, &pending)
		span.EndRefused(refusal)
		c.out.endDraft()
	})
	if err != nil {
		span.End(err)
		c.out.endDraft()
	}
	return err
}

// reply tells the client what became of the command id, unless that is the event which
// everyone in the room gets. command has what only its sender is told, if there is anything. It
// doesn't block: a goroutine of the journal calls it.
func (c *conn) reply(id string, o journal.Outcome, refusal *protocol.Error, command *room.Pending) {
	switch {
	case refusal != nil:
		e := *refusal
		e.ID = id
		c.out.put(c.refusal(&e))
	case o.Duplicate:
		c.out.put(c.talk.event(protocol.EventAck, protocol.Ack{ID: id, Seq: o.Seq, Duplicate: true}))
	case command.Hook != nil:
		c.out.put(c.talk.event(protocol.EventHook, command.Hook))
	case command.Invite != nil:
		c.out.put(c.talk.event(protocol.EventInvite, command.Invite))
	}
}
