package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/coder/websocket"

	"snug/protocol"
)

// Join joins the room that code names on a server, and returns when it is
// welcomed. server is the URL that the server is reached at, http, https, ws or
// wss, with a path if it has one. ctx bounds the joining alone; the Room stays
// until [Room.Close], which the caller calls.
//
// The error says what to do. It is a [*RefusedError] where the server refused the
// connection, a [*protocol.Error] where it refused the join, and wraps what else
// went wrong; Join doesn't try twice. With [protocol.BadPassword] the room has a
// password, and it isn't that of Options; with [protocol.Locked] and
// [protocol.Banned] somebody inside has to let this client in; with
// [protocol.RoomFull] and [protocol.TooMany] it is for later.
func Join(ctx context.Context, server, code string, o Options) (*Room, error) {
	d, err := newDialer(server, code, o)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", code, err)
	}
	r := &Room{
		dialer:   d,
		log:      o.Log,
		done:     make(chan struct{}),
		write:    make(chan struct{}, 1),
		more:     make(chan struct{}, 1),
		you:      protocol.You{Seat: o.Seat},
		outgoing: newOutgoing(),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if o.Since != (protocol.Position{}) {
		r.received = place{Position: o.Since, known: true}
		r.at = r.received
	}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	c, err := r.connect(ctx)
	if err != nil {
		r.cancel(err)
		if why := final(err); why != nil {
			err = why
		}
		return nil, fmt.Errorf("join room %q: %w", code, err)
	}
	go r.run(c)
	return r, nil
}

// connect opens a connection and joins, until ctx ends.
func (r *Room) connect(ctx context.Context) (*conn, error) {
	token, err := r.dialer.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	c := newConn(r)
	ws, err := r.dialer.dial(ctx, c.alive)
	if err != nil {
		c.cancel(err)
		return nil, err
	}
	c.ws = ws
	stop := context.AfterFunc(ctx, func() { c.cancel(context.Cause(ctx)) })
	defer stop()
	if err := r.join(c, token); err != nil {
		if c.ctx.Err() != nil {
			err = context.Cause(c.ctx)
		}
		c.cancel(err)
		c.quiet.Stop()
		_ = ws.CloseNow() // what matters has gone wrong already
		return nil, err
	}
	return c, nil
}

// mostBefore is how long a frame may be before the server has said how long its
// frames are.
const mostBefore = 1 << 20

func (r *Room) join(c *conn, token string) error {
	c.ws.SetReadLimit(mostBefore)
	if err := c.ws.Write(c.ctx, websocket.MessageText, encode(r.joining(token))); err != nil {
		return fmt.Errorf("write the join: %w", err)
	}
	for {
		e, err := c.next()
		if err != nil {
			return fmt.Errorf("wait for the welcome: %w", err)
		}
		switch e := e.(type) {
		case *protocol.Error:
			return e
		case *protocol.Welcome:
			c.ws.SetReadLimit(max(mostBefore, int64(e.Limits.EventBytes)))
			return r.enter(c, e)
		}
	}
}

// joining is the join of a new connection.
func (r *Room) joining(token string) protocol.Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	cmd := protocol.Command{Type: protocol.CommandJoin, Nick: r.you.Nick, Seat: r.you.Seat, Token: token}
	if cmd.Nick == "" {
		cmd.Nick = r.dialer.nick
	}
	if r.received.known {
		since := r.received.Position
		cmd.Since = &since
	}
	if r.dialer.password != "" {
		cmd.Password = &r.dialer.password
	}
	if h := max(r.dialer.history, 0); r.dialer.history != 0 {
		cmd.History = &h
	}
	return cmd
}

var errLostPlace = errors.New("the server resumed where it wasn't asked to")

// enter takes what a welcome says. From here on the Room is connected.
func (r *Room) enter(c *conn, w *protocol.Welcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return ErrClosed
	}
	if w.Resumed && (!r.received.known || w.Epoch != r.received.Epoch) {
		return errLostPlace
	}
	connected := &Connected{Welcome: *w}
	if w.Resumed {
		c.replayTo = w.Head
		r.replayed(c)
	} else {
		r.received = place{Position: protocol.Position{Epoch: w.Epoch}, log: r.received.log + 1}
		if w.Head == 0 || w.First > w.Head || r.dialer.history < 0 { // there is no replay that would tell
			r.received = r.received.at(w.Head)
		}
		connected.from = r.received
		r.queue.clear()
	}
	if before := r.you.Member.Member; before != "" && before != w.You.Member.Member {
		r.outgoing.failTried(ErrSeatLost)
	}
	r.outgoing.reconnected()
	c.lasts(w.TokenMS)
	r.conn, r.limits, r.settings, r.you = c, w.Limits, w.Settings, w.You
	c.welcomed = w.Head
	r.roster.replace(w.Members, w.Count)
	r.push(connected)
	return nil
}
