package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"snug/protocol"
)

// conn is one connection.
type conn struct {
	link    link
	ctx     context.Context
	cancel  context.CancelCauseFunc // ends the connection
	silence *time.Timer             // fires when nothing was received for a while
	pinged  atomic.Bool             // nothing was received since the server was pinged
	token   chan time.Duration      // one slot: how long the token is valid
	former  *conn                   // the one that this one replaces; nil for none

	// The reader's.
	goodbye  time.Duration // how long the server asked to wait
	expelled *EndedError   // the server has removed this member
	welcomed uint64        // the last log event that the welcome includes

	// Guarded by Room.mu.
	next     *conn         // has replaced this one; nil for none
	revoking chan struct{} // closed when the answer to this member's own revoke is there; nil for none
	reseated bool          // this member has revoked its seats, and has a new one
	replayTo uint64        // commands aren't repeated before this event is read
	ping     bool          // a ping is to be written
}

var (
	errSilent = errors.New("the server sent nothing for 60 s")
	errFaulty = errors.New("the server broke the protocol")
	errNewer  = errors.New("another connection has taken the place of this one")
	errReseat = errors.New("this member has revoked its seats, and comes back with the new one")
)

func newConn(r *Room) *conn {
	c := &conn{token: make(chan time.Duration, 1)}
	c.ctx, c.cancel = context.WithCancelCause(r.ctx)
	c.silence = time.AfterFunc(protocol.DeadAfter/2, func() { r.checkAlive(c) })
	c.silence.Stop()
	return c
}

// checkAlive pings a server that has sent nothing for a while, and ends the
// connection if the server hasn't answered the last ping.
func (r *Room) checkAlive(c *conn) {
	if c.pinged.Swap(true) {
		c.cancel(errSilent)
		return
	}
	r.mu.Lock()
	c.ping = true
	r.mu.Unlock()
	c.silence.Reset(protocol.DeadAfter / 2)
	signal(r.write)
}

// markAlive is called when anything was received.
func (c *conn) markAlive() {
	c.pinged.Store(false)
	c.silence.Reset(protocol.DeadAfter / 2)
}

// read is the reader's loop. It returns why it ended, which is never nil.
func (r *Room) read(c *conn) error {
	for {
		e, err := c.link.next(c.ctx)
		if err == nil {
			err = r.handle(c, e)
		}
		if err != nil {
			return err
		}
	}
}

// handle handles an event from the server. It never blocks.
func (r *Room) handle(c *conn, e any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.next != nil { // which brings it, too
		return errNewer
	}
	switch e := e.(type) {
	case *protocol.Event:
		return r.handleLogEvent(c, e)
	case *protocol.Gap:
		if c.former != nil && e.Last <= r.received.Seq { // it lies before what the former connection has brought
			break
		}
		r.received = r.received.at(e.Last)
		r.outgoing.skipped(e.Last)
		r.outgoing.failForgotten(e.Last)
		r.replayed(c)
		r.push(e)
	case *protocol.Ack:
		r.outgoing.settle(r.outgoing.byID[e.ID], e.Seq, nil)
	case *protocol.Error:
		r.handleError(e)
	case *protocol.History:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.history, cmd.log = *e, r.received.log
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Search:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.found = *e
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Bans:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.bans = e.Bans
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Hooks:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.hooks = e.Hooks
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Invites:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.invites = e.Invites
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Transfer:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.transfer = *e
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Invite:
		if _, waited := r.made[e.ID]; waited {
			r.made[e.ID] = *e
		}
	case *protocol.Auth:
		c.setTokenLifetime(e.TokenMS)
	case *protocol.Seat:
		r.you.Seat = e.Seat
		r.seatChanged()
	case *protocol.Goodbye:
		switch e.Code {
		case protocol.GoodbyeClosed:
			c.expelled = &EndedError{protocol.CloseRoomGone, e.Code}
		case protocol.GoodbyeKicked, protocol.GoodbyeBanned, protocol.GoodbyeRevoked:
			c.expelled = &EndedError{protocol.CloseBanned, e.Code}
		}
		c.goodbye = min(time.Duration(e.ReconnectAfterMS)*time.Millisecond, 10*time.Minute)
	case *protocol.Pruned:
		r.pins = slices.DeleteFunc(r.pins, func(seq uint64) bool { return seq < e.First })
		r.push(e)
	case *protocol.Knock:
		r.knocked(e)
		r.push(e)
	case *protocol.Seen:
		if r.seen = max(r.seen, e.Seq); r.seen == e.Seq {
			r.outgoing.seenTold(e.Seq)
			r.push(e)
		}
	default:
		r.handlePresence(e)
	}
	signal(r.write) // a settled command makes room in the window
	return nil
}

func (r *Room) handleLogEvent(c *conn, e *protocol.Event) error {
	if c.former != nil && e.Seq <= r.received.Seq { // the former connection has brought it
		r.replayed(c)
		return nil
	}
	if r.received.known && e.Seq != r.received.Seq+1 {
		return fmt.Errorf("%w: event %d after %d", errFaulty, e.Seq, r.received.Seq)
	}
	r.received = r.received.at(e.Seq)
	if e.From.Member == r.you.Member.Member {
		r.outgoing.settle(r.outgoing.byID[e.ID], e.Seq, nil)
	}
	switch {
	case e.Seq <= c.welcomed: // the welcome includes it
	case e.Type == protocol.EventModerated:
		r.moderated(e)
	case e.Type == protocol.EventDeleted:
		r.pins = without(r.pins, e.Target)
	}
	r.replayed(c)
	r.push(e)
	signal(r.write)
	return nil
}

// replayed records how far the replay has got.
func (r *Room) replayed(c *conn) {
	if r.received.Seq >= c.replayTo {
		c.replayTo = 0
	}
}

// handleError handles an error that names one of our commands. It ignores others:
// those about frames that the server couldn't read, or that a close follows.
func (r *Room) handleError(e *protocol.Error) {
	cmd := r.outgoing.byID[e.ID]
	if cmd == nil {
		cmd = r.outgoing.byRef[e.Ref]
	}
	if cmd == nil {
		r.log.Debug("error from the server", "code", e.Code)
		return
	}
	r.outgoing.refused(cmd, e, r.retryAfter())
}

// handlePresence handles presence events, and ignores events of other types.
func (r *Room) handlePresence(e any) {
	switch e := e.(type) {
	case *protocol.Joined:
		r.roster.join(e.Member, e.Count)
	case *protocol.Left:
		r.roster.leave(e.Member.Member, e.Count)
	case *protocol.Renamed:
		r.roster.rename(e.Member, e.Nick)
		if e.Member == r.you.Member.Member {
			r.renamed(e.Nick)
		}
	case *protocol.Members:
		r.roster.replace(e.Members, e.Count)
		r.roster.readers = e.Readers
		for _, m := range e.Members { // it may replace a renamed event
			if m.Member == r.you.Member.Member && m.Nick != r.you.Nick {
				r.renamed(m.Nick)
			}
		}
	case *protocol.Crowd:
		r.roster.replace(nil, e.Count)
	case *protocol.Readers:
		r.roster.readers = e.Count
	case *protocol.Typing:
	default:
		return
	}
	r.push(e)
}

// renamed sets this member's own new nick.
func (r *Room) renamed(nick string) {
	r.you.Nick = nick
	if r.conn.link.duplex() {
		r.outgoing.settle(r.outgoing.firstNick(), 0, nil)
	}
}
