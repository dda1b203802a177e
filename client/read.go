package client

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// conn is one connection.
type conn struct {
	ws       *websocket.Conn
	ctx      context.Context
	cancel   context.CancelCauseFunc // cuts it
	quiet    *time.Timer             // nothing has come for a while
	goodbye  time.Duration           // how long the server asked to wait; the reader's
	expelled *EndedError             // the server has put this member out; the reader's
	replayTo uint64                  // what was sent before waits until this is read; under Room.mu
	welcomed uint64                  // the last log event that the welcome had taken in
	asked    atomic.Bool             // nothing came since the server was asked
	token    chan time.Duration      // one slot: how long the token is good for
	ping     bool                    // a ping is to be written; under Room.mu
}

var (
	errSilent = errors.New("nothing came from the server for 60 s")
	errFaulty = errors.New("the server sent what it must not")
)

func newConn(r *Room) *conn {
	c := &conn{token: make(chan time.Duration, 1)}
	c.ctx, c.cancel = context.WithCancelCause(r.ctx)
	c.quiet = time.AfterFunc(protocol.DeadAfter/2, func() { r.ask(c) })
	c.quiet.Stop()
	return c
}

// ask asks a server that is silent whether it is there, and cuts the connection
// if it doesn't answer.
func (r *Room) ask(c *conn) {
	if c.asked.Swap(true) {
		c.cancel(errSilent)
		return
	}
	r.mu.Lock()
	c.ping = true
	r.mu.Unlock()
	c.quiet.Reset(protocol.DeadAfter / 2)
	signal(r.write)
}

// alive is called when anything came.
func (c *conn) alive() {
	c.asked.Store(false)
	c.quiet.Reset(protocol.DeadAfter / 2)
}

// next reads the next event; nil is one to pass over.
func (c *conn) next() (any, error) {
	_, frame, err := c.ws.Read(c.ctx)
	if err != nil {
		return nil, err
	}
	c.alive()
	e, err := protocol.DecodeEvent(frame)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFaulty, err)
	}
	return e, nil
}

// read is the reader's loop. It returns why it ended, never nil.
func (r *Room) read(c *conn) error {
	for {
		e, err := c.next()
		if err == nil {
			err = r.take(c, e)
		}
		if err != nil {
			return err
		}
	}
}

// take takes what came. It never waits.
func (r *Room) take(c *conn, e any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case *protocol.Event:
		return r.takeLogged(c, e)
	case *protocol.Gap:
		r.received = r.received.at(e.Last)
		r.outgoing.missed(e.Last)
		r.replayed(c)
		r.push(e)
	case *protocol.Ack:
		r.outgoing.settle(r.outgoing.byID[e.ID], e.Seq, nil)
	case *protocol.Error:
		r.takeError(e)
	case *protocol.History:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.history, cmd.log = *e, r.received.log
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Bans:
		if cmd := r.outgoing.byRef[e.Ref]; cmd != nil {
			cmd.bans = e.Bans
			r.outgoing.settle(cmd, 0, nil)
		}
	case *protocol.Auth:
		c.lasts(e.TokenMS)
	case *protocol.Goodbye:
		if e.Code == protocol.GoodbyeKicked || e.Code == protocol.GoodbyeBanned {
			c.expelled = &EndedError{protocol.CloseBanned, e.Code}
		}
		c.goodbye = min(time.Duration(e.ReconnectAfterMS)*time.Millisecond, 10*time.Minute)
	default:
		r.takeBeside(e)
	}
	signal(r.write) // what is settled makes room for what waits
	return nil
}

func (r *Room) takeLogged(c *conn, e *protocol.Event) error {
	if r.received.known && e.Seq != r.received.Seq+1 {
		return fmt.Errorf("%w: event %d after %d", errFaulty, e.Seq, r.received.Seq)
	}
	r.received = r.received.at(e.Seq)
	if e.From.Member == r.you.Member.Member {
		r.outgoing.settle(r.outgoing.byID[e.ID], e.Seq, nil)
	}
	if e.Type == protocol.EventModerated && e.Seq > c.welcomed {
		r.moderated(e)
	}
	r.replayed(c)
	r.push(e)
	signal(r.write)
	return nil
}

// replayed notes how far the replay has come.
func (r *Room) replayed(c *conn) {
	if r.received.Seq >= c.replayTo {
		c.replayTo = 0
	}
}

// takeError passes over what is about no command of ours: it was a frame that
// couldn't be read, or what a close is about to say.
func (r *Room) takeError(e *protocol.Error) {
	cmd := r.outgoing.byID[e.ID]
	if cmd == nil {
		cmd = r.outgoing.byRef[e.Ref]
	}
	if cmd == nil {
		r.log.Debug("an error of the server's", "code", e.Code)
		return
	}
	r.outgoing.refused(cmd, e, r.retryAfter())
}

// takeBeside takes events beside the log, and passes over others.
func (r *Room) takeBeside(e any) {
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
		for _, m := range e.Members { // in place of a renamed that was missed
			if m.Member == r.you.Member.Member && m.Nick != r.you.Nick {
				r.renamed(m.Nick)
			}
		}
	case *protocol.Crowd:
		r.roster.replace(nil, e.Count)
	case *protocol.Typing:
	default:
		return
	}
	r.push(e)
}

// renamed takes one's own new nick.
func (r *Room) renamed(nick string) {
	r.you.Nick = nick
	r.outgoing.settle(r.outgoing.firstNick(), 0, nil)
}
