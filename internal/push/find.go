package push

import (
	"slices"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// urgency is how urgent a push is (RFC 8030, section 5.3). Of each, a device waits with the newest
// message alone.
type urgency int

const (
	high   urgency = iota // mentions and replies
	normal                // other messages
	urgencies
)

// why says why a device is told of a message.
type why string

const (
	whyMention why = "mention"
	whyReply   why = "reply"
	whyMessage why = "message"
)

func (w why) urgency() urgency {
	if w == whyMessage {
		return normal
	}
	return high
}

// item is a message that a device is told of.
type item struct {
	seq uint64 // 0 for none
	at  time.Time
	why why
}

// found is what one device is told of: the newest of each urgency.
type found struct {
	member string
	items  [urgencies]item
}

// findings are what devices are told of, by their keys in the room's state.
type findings map[string]*found

func (f findings) members() []string {
	var all []string
	for _, one := range f {
		all = append(all, one.member)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (f findings) add(key, member string, i item) {
	one := f[key]
	if one == nil {
		one = &found{member: member}
		f[key] = one
	}
	one.items[i.why.urgency()] = i
}

// find adds which devices are told of the messages of a page.
func (c *cursor) find(page []journal.Entry, now time.Time, to findings) error {
	type reader struct {
		policy.Device
		seen uint64
	}
	c.run.mu.Lock()
	devices, ttl := make(map[string]reader, len(c.devices)), c.ttl
	for key, d := range c.devices {
		devices[key] = reader{d.device, d.seen}
	}
	c.run.mu.Unlock()
	quiet := make(map[protocol.Quiet]bool) // many have the same, and to find a zone takes a while
	for key, d := range devices {
		if d.Quiet == nil {
			continue
		}
		is, known := quiet[*d.Quiet]
		if !known {
			is = d.Quiet.Contains(now)
			quiet[*d.Quiet] = is
		}
		if is {
			delete(devices, key)
		}
	}
	for i := range page {
		e := &page[i]
		if e.Type != protocol.EventMessage || now.Sub(e.At) > ttl {
			continue
		}
		body, err := e.Message()
		if err != nil || body.Deleted || body.SentAt != nil { // of a later version; erased; imported
			continue
		}
		repliesTo, err := c.senderOf(body.ReplyTo)
		if err != nil {
			return err
		}
		for key, d := range devices {
			if why, ok := reason(&d.Device, e, &body, repliesTo); ok && e.Seq > d.seen {
				to.add(key, d.Member, item{e.Seq, e.At, why})
			}
		}
	}
	return nil
}

// reason returns why a device is told of a message; ok is false if it isn't. repliesTo is the member
// to whose message it replies.
func reason(d *policy.Device, e *journal.Entry, body *protocol.MessageBody, repliesTo string) (w why, ok bool) {
	switch {
	case e.From.Member == d.Member:
		return "", false
	case slices.Contains(body.Mentions, d.Member):
		return whyMention, true
	case repliesTo == d.Member:
		return whyReply, true
	}
	return whyMessage, d.Level == protocol.PushAll
}

// senderOf returns the member who has sent message seq; empty if that isn't known.
func (c *cursor) senderOf(seq uint64) (string, error) {
	if seq == 0 {
		return "", nil
	}
	page, err := c.run.options.Journal.ReadAfter(c.run.ctx, c.room, seq-1, 1)
	if err != nil || len(page) == 0 || page[0].Seq != seq {
		return "", err
	}
	return page[0].From.Member, nil
}
