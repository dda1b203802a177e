package terminal

import (
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"snug/client"
	"snug/protocol"
)

// outbox holds the messages that aren't in the transcript yet. It sends one at a time,
// so that they keep their order.
type outbox struct {
	messages []*unsent
	busy     bool // one is being sent
}

// unsent is a message that isn't confirmed yet.
type unsent struct {
	id      string
	content string
	replyTo uint64
	from    protocol.Member
	begun   time.Time
	entry   *entry

	sent    bool  // it is confirmed, and its event comes soon
	err     error // why sending it failed
	unknown bool  // it may be in the room, and sending it again may double it
}

func (u *unsent) message() client.Message {
	return client.Message{ID: u.id, Content: u.content, ReplyTo: u.replyTo}
}

// add adds a message to the outbox.
func (o *outbox) add(content string, replyTo uint64, from protocol.Member, begun time.Time) *unsent {
	u := &unsent{id: rand.Text(), content: content, replyTo: replyTo, from: from, begun: begun}
	u.entry = &entry{block: &waiting{u}, at: begun}
	o.messages = append(o.messages, u)
	return u
}

// next returns the message to send now, or nil if there is none or one is being sent.
func (o *outbox) next() *unsent {
	if o.busy {
		return nil
	}
	for _, u := range o.messages {
		if !u.sent && u.err == nil {
			o.busy = true
			return u
		}
	}
	return nil
}

// settled handles the outcome of sending u. head is the last event that is shown.
func (o *outbox) settled(u *unsent, seq, head uint64, err error) {
	o.busy = false
	switch {
	case err != nil:
		u.err, u.entry.drawn = err, 0
		u.unknown = errors.Is(err, client.ErrSeatLost) || errors.Is(err, client.ErrTooOld)
	case seq <= head:
		o.remove(u)
	default:
		u.sent = true
	}
}

// arrived removes the message with the given ID, which is in the log.
func (o *outbox) arrived(id string) {
	if i := slices.IndexFunc(o.messages, func(u *unsent) bool { return u.id == id }); i >= 0 {
		o.remove(o.messages[i])
	}
}

func (o *outbox) remove(u *unsent) {
	o.messages = slices.DeleteFunc(o.messages, func(v *unsent) bool { return u == v })
}

// retry schedules the failed messages again, before later ones. It reports whether there
// are any.
func (o *outbox) retry() bool {
	found := false
	for _, u := range o.messages {
		if u.err == nil {
			continue
		}
		if u.unknown {
			u.id = rand.Text() // the server can't recognize the old one any more
		}
		u.err, u.unknown, u.entry.drawn, found = nil, false, 0, true
	}
	return found
}

// drop discards the failed messages, and returns how many there were.
func (o *outbox) drop() int {
	before := len(o.messages)
	o.messages = slices.DeleteFunc(o.messages, func(u *unsent) bool { return u.err != nil })
	return before - len(o.messages)
}

// entries returns the messages as entries of the transcript.
func (o *outbox) entries() []*entry {
	all := make([]*entry, len(o.messages))
	for i, u := range o.messages {
		all[i] = u.entry
	}
	return all
}

// idle reports whether no message waits for its confirmation.
func (o *outbox) idle() bool {
	return !slices.ContainsFunc(o.messages, func(u *unsent) bool { return !u.sent && u.err == nil })
}

// unsettled returns the contents of the messages that aren't confirmed.
func (o *outbox) unsettled() []string {
	var all []string
	for _, u := range o.messages {
		if !u.sent {
			all = append(all, u.content)
		}
	}
	return all
}
