package client

import (
	"slices"
	"time"

	"snug/protocol"
)

// command is a call that waits for the server's answer. Room.mu guards its fields
// until settled is closed; then they don't change any more.
type command struct {
	typ          protocol.CommandType
	id, ref      string
	frame        []byte
	token        string    // that it presents
	member       string    // that it is about
	due          time.Time // when to write it for the first time or again; zero for now
	written      bool      // on this connection, and not refused since
	writes       int       // how often it was written on this connection without an answer
	firstWritten time.Time // zero if it was never written
	seqBefore    uint64    // the last log event that was read before it was first written
	answered     bool      // over HTTP, the server has confirmed it as seq; the stream hasn't brought the event yet

	settled  chan struct{} // closed when the command has an outcome
	seq      uint64
	history  protocol.History
	log      int // the one that history is from, as in place
	bans     []protocol.Ban
	hooks    []protocol.HookInfo
	invites  []protocol.InviteInfo
	transfer protocol.Transfer
	found    protocol.Search
	err      error
}

// repeatAfter returns how long to wait for an answer before writing the command again:
// retry for the first time, and twice as long each time. A server that is only slow would
// otherwise get ever more to do.
func (c *command) repeatAfter(retry time.Duration) time.Duration {
	return min(retry<<min(c.writes, 10), max(retry, longestWait))
}

// countsForRate reports whether the command counts for message_rate.
func (c *command) countsForRate() bool {
	return c.typ.Logged() || c.typ == protocol.CommandNick
}

// countsInSlowMode reports whether the command counts in slow mode.
func (c *command) countsInSlowMode() bool { return c.typ == protocol.CommandSend }

// outgoing holds the commands without an outcome, and the pace at which they are
// written.
type outgoing struct {
	commands []*command // in the order of the calls
	byID     map[string]*command
	byRef    map[string]*command
	typing   bool   // typing is to be sent once
	token    string // a fresh token to send; empty for none
	seen     seen
	pace     pace // of commands that count for message_rate
	slowPace pace // of commands that count in slow mode
}

func newOutgoing() outgoing {
	return outgoing{pace: pace{burst: safeBurst}, byID: make(map[string]*command), byRef: make(map[string]*command)}
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

// settle gives a command its outcome. c may be nil.
func (o *outgoing) settle(c *command, seq uint64, err error) {
	if c == nil {
		return
	}
	c.seq, c.err = seq, err
	o.remove(c)
}

// answered notes that the server has confirmed a command as event seq, which the link hasn't
// brought yet. The command is settled when it has: what the Room says of itself then includes
// the event. c may be nil.
func (o *outgoing) answered(c *command, seq uint64) {
	if c != nil {
		c.seq, c.answered = seq, true
	}
}

// skipped settles the answered commands up to event seq, which the link won't bring.
func (o *outgoing) skipped(seq uint64) {
	for _, c := range slices.Clone(o.commands) {
		if c.answered && c.seq <= seq {
			o.settle(c, c.seq, nil)
		}
	}
}

// giveUp settles a command whose caller's wait is ended by err.
func (o *outgoing) giveUp(c *command, err error) {
	if c.answered {
		o.settle(c, c.seq, nil)
		return
	}
	o.settle(c, 0, c.giveUpError(err))
}

// remove removes a command, and wakes the caller who waits for it.
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

// refused handles an error for a command: it settles the command, or schedules it
// again if the error asks for that.
func (o *outgoing) refused(c *command, e *protocol.Error, retry time.Duration) {
	now := time.Now()
	c.writes = 0 // the server answers
	switch e.Code {
	case protocol.Unavailable:
		if c.typ == protocol.CommandSearch { // it took too long, and would again
			o.settle(c, 0, e)
			return
		}
		c.due = now.Add(retry)
	case protocol.RateLimited, protocol.SlowMode:
		wait := e.RetryAfter
		if wait <= 0 {
			wait = retry
		}
		c.written, c.due = false, now.Add(wait)
		switch {
		case e.Code == protocol.SlowMode:
			o.slowPace.refused(c.due)
		case c.countsForRate(): // a search has a rate of its own
			o.pace.refused(c.due)
		}
	case protocol.Closed:
		if c.typ == protocol.CommandClose { // by its first try, or somebody else
			o.settle(c, 0, nil)
			return
		}
		o.settle(c, 0, e)
	default:
		o.settle(c, 0, e)
	}
}

// slowModeChanged schedules commands that wait in slow mode for now. The server says
// how long they still have to wait.
func (o *outgoing) slowModeChanged() {
	o.slowPace = pace{}
	for _, c := range o.commands {
		if c.countsInSlowMode() && !c.written {
			c.due = time.Time{}
		}
	}
}

// reconnected schedules all commands to be written again.
func (o *outgoing) reconnected() {
	for _, c := range o.commands {
		c.written, c.writes, c.due = false, 0, time.Time{}
	}
	o.typing, o.token = false, ""
	o.pace, o.slowPace = pace{burst: safeBurst}, pace{}
}

// fail settles all commands with err.
func (o *outgoing) fail(err error) {
	o.failIf(err, func(*command) bool { return true })
}

// failSeatLost settles with ErrSeatLost the commands with an ID that may have reached
// the server. It settles all with an ID if the room has begun anew: it may be somebody
// else's.
func (o *outgoing) failSeatLost(anew bool) {
	o.failIf(ErrSeatLost, func(c *command) bool { return c.id != "" && (anew || !c.firstWritten.IsZero()) })
}

// failForgotten settles with ErrTooOld the commands that may have reached the server
// and whose IDs it may have forgotten, given that the events up to seq can't be read
// any more.
func (o *outgoing) failForgotten(seq uint64) {
	o.failIf(ErrTooOld, func(c *command) bool {
		return c.id != "" && !c.firstWritten.IsZero() && seq > c.seqBefore+protocol.DuplicateSeqs
	})
}

func (o *outgoing) failIf(err error, which func(*command) bool) {
	for _, c := range slices.Clone(o.commands) {
		if which(c) {
			o.giveUp(c, err)
		}
	}
}

// giveUpError returns the error for a caller whose wait is ended by err.
func (c *command) giveUpError(err error) error {
	if c.id == "" || c.firstWritten.IsZero() {
		return err
	}
	return &UnknownError{ID: c.id, Err: err}
}

// firstNick returns the change of nick that the server answers next, or nil.
func (o *outgoing) firstNick() *command {
	for _, c := range o.commands {
		if c.typ == protocol.CommandNick && c.written {
			return c
		}
	}
	return nil
}
