package room

import (
	"context"
	"time"
	"unicode/utf8"

	"snug/internal/journal"
	"snug/protocol"
)

// Message is what a member wants to say.
type Message struct {
	ID      string // the sender's own, which makes a retry safe; none for a hand on a keyboard
	Author  string // the nick it is said under; empty for the member's own
	Content string
	ReplyTo uint64
}

// Send checks m and hands it to the journal; it waits only when the journal or the
// room can't keep up. A message that is refused is answered by the error, a
// [*protocol.Error]; what became of the others comes to done.
func (p *Participant) Send(ctx context.Context, m Message, done journal.Done) error {
	if err := p.fits(m.Content); err != nil {
		return err
	}
	if head := p.room.Head(); m.ReplyTo > head {
		return protocol.Errorf(protocol.NotFound, "there is no message %d to reply to: the last one is %d", m.ReplyTo, head)
	}
	d := p.draft(protocol.EventMessage, m.ID, protocol.MessageBody{Content: m.Content, ReplyTo: m.ReplyTo}.Encode())
	if m.Author != "" {
		d.Event.From.Nick = m.Author
	}
	back, slow := p.slow(d.Event.From.Role)
	if slow != nil {
		return p.refuse(ctx, d, slow, done)
	}
	return p.append(ctx, d, func(o journal.Outcome, err error) {
		if err != nil || o.Duplicate {
			back()
		}
		done(o, err)
	})
}

// fits checks the length of a message.
func (p *Participant) fits(content string) error {
	most := p.room.registry.options.MaxChars
	switch n := utf8.RuneCountInString(content); {
	case n == 0:
		return protocol.Errorf(protocol.Empty, "the message is empty: it needs content")
	case most > 0 && n > most:
		return protocol.Errorf(protocol.TooLong, "the message has %d characters: at most %d", n, most)
	}
	return nil
}

// slow takes the member's turn where the room is in slow mode, and returns how to
// give it back. Its moderators and owners aren't slowed.
func (p *Participant) slow(r protocol.Role) (back func(), refusal *protocol.Error) {
	pause := time.Duration(p.room.slow.Load()) * time.Millisecond
	if pause == 0 || rank(r) >= rank(protocol.RoleModerator) {
		return func() {}, nil
	}
	for {
		now, last := time.Now(), p.member.spoke.Load()
		if last != nil {
			if rest := pause - now.Sub(*last); rest > 0 {
				e := protocol.Errorf(protocol.SlowMode, "the room is in slow mode: one message in %v from each", pause)
				e.RetryAfter = rest
				return nil, e
			}
		}
		if p.member.spoke.CompareAndSwap(last, &now) {
			return func() { p.member.spoke.CompareAndSwap(&now, last) }, nil
		}
	}
}
