package archive

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"snug/protocol"
)

// An archive for people shows messages as they are now, but what has become of a message
// comes later in the log, perhaps much later. So the log is read twice: first its changes of
// messages are collected, and then its messages are written. The changes of a whole log may
// be too many for the memory. Then only those of the first messages are collected, as many
// as fit; these messages are written, and the rest follows in the same way. Most logs need
// one round. No order of reading gets by without either memory or a second look, as a log
// can't be asked for the changes of one message.

// changesBytes is about how much memory the collected changes may have.
const changesBytes = 8 << 20

// maxReactions bounds the reactions to one message that are shown.
const maxReactions = 1000

// changes are what has become of the messages from some seq on, up to until, which isn't
// included.
type changes struct {
	of    map[uint64]*change
	until uint64
	limit int // in bytes
	bytes int
}

// change is what has become of one message.
type change struct {
	edited    bool
	content   string
	reactions []reaction // in their order
	bytes     int
}

// reaction is an emoji of a member.
type reaction struct{ emoji, member, nick string }

const (
	changeBytes   = 120
	reactionBytes = 60
)

// collect returns the changes of the messages after a seq, as many as fit.
func collect(ctx context.Context, log Log, after, last uint64, limit int, paged func() error) (*changes, error) {
	c := &changes{of: make(map[uint64]*change), until: last + 1, limit: limit}
	err := walk(ctx, log, after, last, func(e *protocol.Event) {
		if e.Target > after && e.Target < c.until {
			c.add(e)
		}
	}, func(protocol.Gap) {}, paged)
	return c, err
}

// add adds a change.
func (c *changes) add(e *protocol.Event) {
	if e.Type != protocol.EventEdited && e.Type != protocol.EventReacted {
		return
	}
	m := c.of[e.Target]
	if m == nil {
		m = &change{bytes: changeBytes}
		c.of[e.Target] = m
		c.bytes += m.bytes
	}
	before := m.bytes
	switch e.Type {
	case protocol.EventEdited:
		if body, err := e.Edited(); err == nil {
			m.bytes += len(body.Content) - len(m.content)
			m.edited, m.content = true, body.Content
		}
	case protocol.EventReacted:
		if body, err := e.Reacted(); err == nil {
			m.react(reaction{body.Emoji, e.From.Member, e.From.Nick}, body.Remove)
		}
	}
	c.bytes += m.bytes - before
	for c.bytes > c.limit && len(c.of) > 1 {
		c.shrink()
	}
}

func (m *change) react(r reaction, remove bool) {
	i := slices.IndexFunc(m.reactions, func(other reaction) bool { return other.emoji == r.emoji && other.member == r.member })
	size := reactionBytes + len(r.emoji) + len(r.member) + len(r.nick)
	switch {
	case remove && i >= 0:
		m.reactions = slices.Delete(m.reactions, i, i+1)
		m.bytes -= size
	case !remove && i < 0 && len(m.reactions) < maxReactions:
		m.reactions = append(m.reactions, r)
		m.bytes += size
	}
}

// shrink drops the changes of the later half of the messages, which get another round.
func (c *changes) shrink() {
	seqs := slices.Sorted(maps.Keys(c.of))
	c.until = seqs[len(seqs)/2]
	for _, seq := range seqs[len(seqs)/2:] {
		c.bytes -= c.of[seq].bytes
		delete(c.of, seq)
	}
}

// tally is who has reacted with one emoji.
type tally struct {
	emoji string
	nicks []string
}

// tallies returns the reactions to the message by emoji, in the order of the first ones.
func (m *change) tallies() []tally {
	if m == nil {
		return nil
	}
	var all []tally
	for _, r := range m.reactions {
		i := slices.IndexFunc(all, func(t tally) bool { return t.emoji == r.emoji })
		if i < 0 {
			i, all = len(all), append(all, tally{emoji: r.emoji})
		}
		all[i].nicks = append(all[i].nicks, cmp.Or(r.nick, r.member))
	}
	return all
}
