package outgoing

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"snug/internal/charset"
	"snug/internal/journal"
	"snug/internal/room"
	"snug/protocol"
)

// contentOf returns the message in an answer: the content or text of a JSON object. Any
// other answer has none, such as one that isn't text.
func contentOf(answer []byte) string {
	var said struct{ Content, Text string }
	decoded, ok := charset.Decode(answer)
	if !ok || json.Unmarshal(decoded, &said) != nil {
		return ""
	}
	if said.Content != "" {
		return said.Content
	}
	return said.Text
}

// reply posts an answer as the hook's message, and returns why it should be tried again
// with the whole delivery; empty if it shouldn't. If e is delivered again, the reply isn't
// posted again.
func (c *cursor) reply(ctx context.Context, e *journal.Entry, content string) (failed string) {
	m := room.Message{ID: c.deliveryID(e), Content: shorten(content, c.run.options.MaxChars)}
	switch e.Type {
	case protocol.EventMessage:
		m.ReplyTo = e.Seq
	case protocol.EventEdited, protocol.EventReacted:
		m.ReplyTo = e.Target
	}
	return c.unlessRefused(c.as(ctx, func(ctx context.Context, p *room.Participant) (room.Draft, error) { return p.Send(ctx, m) }))
}

// as does something as the hook: it commits the draft that act makes.
func (c *cursor) as(ctx context.Context, act func(context.Context, *room.Participant) (room.Draft, error)) error {
	ctx, cancel := context.WithTimeout(ctx, c.run.options.Timeout)
	defer cancel()
	p, err := c.run.options.Rooms.VisitHook(ctx, room.Code(c.room), c.member)
	if err != nil {
		return err
	}
	defer p.Leave()
	d, err := act(ctx, p)
	if err != nil {
		return err
	}
	_, err = p.Commit(ctx, d)
	return err
}

// unlessRefused returns why something failed that may work later; empty for what didn't
// fail, and for what the room refuses for good, such as the reply of a hook that was
// removed.
func (c *cursor) unlessRefused(err error) string {
	var refusal *protocol.Error
	if err == nil {
		return ""
	}
	if errors.As(err, &refusal) && refusal.Code != protocol.Unavailable {
		if refusal.Code != protocol.IDConflict { // the answer to an earlier delivery counts
			c.log().Debug("the room refuses what an outgoing hook's receiver answered", "code", refusal.Code)
		}
		return ""
	}
	return "its answer can't be posted now"
}

// pause says in the room that nothing more is delivered, and stops.
func (c *cursor) pause(e *journal.Entry, why string) time.Duration {
	c.log().Info("an outgoing hook is paused: its receiver has accepted nothing for too long", "since", c.at.Failing, "reason", why)
	m := room.Message{ID: "paused:" + strconv.FormatUint(e.Seq, 10), Content: pausedText}
	if failed := c.unlessRefused(c.as(c.run.ctx, func(ctx context.Context, p *room.Participant) (room.Draft, error) { return p.Send(ctx, m) })); failed != "" {
		return c.run.options.MaxBackoff
	}
	c.at.Paused, c.dirty = true, true
	c.store()
	return 0
}

// pausedText is in the room's log, so it is for everyone there and says nothing of the URL.
const pausedText = "The program that gets this room's events hasn't accepted any for a day, so the server has stopped trying. " +
	"To begin again, remove this app and connect it anew."

// leave removes the hook, because its receiver wants no more.
func (c *cursor) leave(e *journal.Entry) time.Duration {
	m := room.Moderation{ID: "gone:" + strconv.FormatUint(e.Seq, 10), Action: protocol.ActionUnhook, Member: c.member}
	err := c.as(c.run.ctx, func(ctx context.Context, p *room.Participant) (room.Draft, error) { return p.Moderate(ctx, m) })
	if failed := c.unlessRefused(err); failed != "" {
		return c.run.options.MaxBackoff
	}
	c.log().Info("an outgoing hook was removed: its receiver answered 410")
	c.hook.To = ""
	return 0
}

// shorten cuts a text to a number of characters, and shows that.
func shorten(s string, most int) string {
	if most <= 0 || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
