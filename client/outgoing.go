package client

import (
	"slices"
	"time"

	"snug/protocol"
)

// command is a call that waits for the server's answer. Its fields are under
// Room.mu until settled is closed, and don't change from then on.
type command struct {
	typ     protocol.CommandType
	id, ref string
	frame   []byte
	due     time.Time // when to write it, or to write it again; zero for at once
	written bool      // on this connection, and not refused since
	tried   time.Time // when it was first written; zero if never
	after   uint64    // the last log event read by then

	settled chan struct{}
	seq     uint64
	history protocol.History
	log     int // that history is of, see place
	bans    []protocol.Ban
	err     error
}

// paced reports whether the command counts for message_rate.
func (c *command) paced() bool {
	return c.typ.Logged() || c.typ == protocol.CommandNick
}

// slowed reports whether the command counts in slow mode.
func (c *command) slowed() bool { return c.typ == protocol.CommandSend }

// outgoing is what waits to be written or to be settled, and the pace at which it
// is written.
type outgoing struct {
	commands []*command // in the order in which they were begun
	byID     map[string]*command
	byRef    map[string]*command
	typing   bool   // tell once that this member types
	token    string // a fresh one to tell; empty for none
	pace     pace   // of all that is paced
	turns    pace   // of what is slowed, where the room is in slow mode
}

func newOutgoing() outgoing {
	return outgoing{pace: pace{atOnce: atOnce}, byID: make(map[string]*command), byRef: make(map[string]*command)}
}

func (o *outgoing) add(c *command) {
	c.settled = make(chan struct{})
	o.commands = append(o.commands, c)
	if c.id != "" {
		o.byID[c.id] = c
	}
	if c.ref != "" {
		o.byRef[c.ref] = c
	}
}

// settle ends a command; nil is none.
func (o *outgoing) settle(c *command, seq uint64, err error) {
	if c == nil {
		return
	}
	c.seq, c.err = seq, err
	o.remove(c)
}

// remove takes a command out, so that nobody settles it any more.
func (o *outgoing) remove(c *command) {
	i := slices.Index(o.commands, c)
	if i < 0 {
		return
	}
	o.commands = slices.Delete(o.commands, i, i+1)
	delete(o.byID, c.id)
	delete(o.byRef, c.ref)
	close(c.settled)
}

// refused settles a command with an error, unless it is one that asks to send it
// again.
func (o *outgoing) refused(c *command, e *protocol.Error, retry time.Duration) {
	now := time.Now()
	switch e.Code {
	case protocol.Unavailable:
		c.due = now.Add(retry)
	case protocol.RateLimited, protocol.SlowMode:
		wait := e.RetryAfter
		if wait <= 0 {
			wait = retry
		}
		c.written, c.due = false, now.Add(wait)
		if e.Code == protocol.SlowMode {
			o.turns.refused(c.due)
		} else {
			o.pace.refused(c.due)
		}
	default:
		o.settle(c, 0, e)
	}
}

// slowModeChanged makes what waits for its turn be written again, for the server
// to say how long to wait now.
func (o *outgoing) slowModeChanged() {
	o.turns = pace{}
	for _, c := range o.commands {
		if c.slowed() && !c.written {
			c.due = time.Time{}
		}
	}
}

// reconnected makes everything be written again.
func (o *outgoing) reconnected() {
	for _, c := range o.commands {
		c.written, c.due = false, time.Time{}
	}
	o.typing, o.token = false, ""
	o.pace, o.turns = pace{atOnce: atOnce}, pace{}
}

// fail settles everything with err.
func (o *outgoing) fail(err error) {
	o.failIf(err, func(*command) bool { return true })
}

// failTried settles the commands with an id with err that may have arrived.
func (o *outgoing) failTried(err error) {
	o.failIf(err, func(c *command) bool { return c.id != "" && !c.tried.IsZero() })
}

// missed settles the commands with ErrTooOld that may have arrived, if so many
// events up to seq can't be read any more that the server may have forgotten
// their ids.
func (o *outgoing) missed(seq uint64) {
	o.failIf(ErrTooOld, func(c *command) bool {
		return c.id != "" && !c.tried.IsZero() && seq > c.after+protocol.DuplicateSeqs
	})
}

func (o *outgoing) failIf(err error, which func(*command) bool) {
	for _, c := range slices.Clone(o.commands) {
		if which(c) {
			o.settle(c, 0, c.gaveUp(err))
		}
	}
}

// gaveUp is what the caller is told when err ends the wait for an answer.
func (c *command) gaveUp(err error) error {
	if c.id == "" || c.tried.IsZero() {
		return err
	}
	return &UnknownError{ID: c.id, Err: err}
}

// firstNick is the change of nick that the server answers next, if any.
func (o *outgoing) firstNick() *command {
	for _, c := range o.commands {
		if c.typ == protocol.CommandNick && c.written {
			return c
		}
	}
	return nil
}
