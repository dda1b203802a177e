package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"snug/protocol"
)

// Join joins the room with the given code, and returns after the server's welcome.
// server is the address of the server: a URL with the scheme http, https, ws or
// wss, with a path if the server is below one, or host:port. ctx limits only the
// time to join. The Room stays connected until [Room.Close], which the caller must
// call.
//
// While the server refuses the join as [protocol.Unavailable], Join tries again, at growing
// intervals, until ctx ends: a cluster, for example, lets nobody in for some seconds after one
// of its servers was lost. See Waiting in Options. After other failures it doesn't. A server that
// doesn't answer within 30 s is one of them.
//
// The error says what to do. It is a [*RefusedError] if the server refuses the
// connection, a [*protocol.Error] if it refuses the join, and otherwise wraps the
// cause; if ctx ended between two attempts, both ctx's error and the refusal.
// With [protocol.BadPassword], the room has another password than Options. With
// [protocol.Locked] and [protocol.Banned], somebody in the room has to let this client in; see
// Knock in Options. With [protocol.NotFound], the Transfer in Options is wrong or no longer
// valid. With [protocol.RoomFull] and [protocol.TooMany], try again later. [IsRoomClosed] tells
// whether the room was closed.
func Join(ctx context.Context, server, code string, o Options) (*Room, error) {
	r, err := enter(ctx, server, code, o, false)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", code, err)
	}
	return r, nil
}

// enter opens a Room: of a member, or of somebody who only reads.
func enter(ctx context.Context, server, code string, o Options, reads bool) (*Room, error) {
	d, err := newDialer(server, code, o)
	if err != nil {
		return nil, err
	}
	d.reads = reads
	r := &Room{
		dialer:   d,
		log:      o.Log,
		waiting:  o.Waiting,
		done:     make(chan struct{}),
		write:    make(chan struct{}, 1),
		more:     make(chan struct{}, 1),
		you:      protocol.You{Seat: o.Seat},
		newSeat:  make(chan struct{}),
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
	c, err := r.join(ctx)
	if o.Knock && lockedOut(err) && d.transport != HTTP {
		c, err = r.knock(ctx, o.Note)
	}
	if err != nil {
		r.cancel(err)
		d.close()
		if why := final(err); why != nil {
			err = why
		}
		return nil, err
	}
	go r.run(c)
	return r, nil
}

// join is connect, again and again while the server is unavailable.
func (r *Room) join(ctx context.Context) (*conn, error) {
	for failures := 0; ; failures++ {
		c, err := r.connect(ctx)
		if !isUnavailable(err) {
			return c, err
		}
		if ended := r.pause(ctx, err, failures); ended != nil {
			return nil, ended
		}
	}
}

// isUnavailable reports whether a join was refused for a reason that passes by itself.
func isUnavailable(err error) bool {
	var refused *protocol.Error
	return errors.As(err, &refused) && refused.Code == protocol.Unavailable
}

// pause waits before another attempt to join, after one that failed with err. If ctx ends
// meanwhile, it returns why.
func (r *Room) pause(ctx context.Context, err error, failures int) error {
	wait := retryDelay(err, 0, failures)
	r.log.Info("not joined yet", "err", err, "retry", wait)
	if r.waiting != nil {
		r.waiting(err, wait)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w; before that: %w", context.Cause(ctx), err)
	}
}

// connect opens a connection and joins, and gives up when ctx ends.
func (r *Room) connect(ctx context.Context) (*conn, error) {
	token, err := r.dialer.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	return r.connectWith(ctx, token, nil)
}

// connectWith is connect with a token, within [connectWithin]. The connection may be to replace
// another one.
func (r *Room) connectWith(ctx context.Context, token string, former *conn) (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectWithin, errNoWelcome)
	defer cancel()
	return r.open(ctx, former, func(c *conn) (err error) {
		if c.link, err = r.dial(c, token); err != nil {
			return err
		}
		return r.awaitWelcome(c)
	})
}

// open opens a connection by begin, which sets its link, and gives up when ctx ends.
func (r *Room) open(ctx context.Context, former *conn, begin func(*conn) error) (*conn, error) {
	c := newConn(r)
	c.former = former
	stop := context.AfterFunc(ctx, func() { c.cancel(context.Cause(ctx)) })
	defer stop()
	err := begin(c)
	switch {
	case err == nil:
		return c, nil
	case c.link == nil: // it is explained
	case c.ctx.Err() != nil:
		err = context.Cause(c.ctx)
	case !errors.Is(err, errLostPlace) && !errors.Is(err, ErrClosed):
		err = explainLoss(err)
	}
	c.cancel(err)
	c.silence.Stop()
	if c.link != nil {
		c.link.hangUp()
	}
	return nil, err
}

// readLimitBeforeWelcome is how long a frame may be, in bytes, before the welcome
// says how long the server's frames are.
const readLimitBeforeWelcome = 1 << 20

// maxReadLimit is how long an event may be, whatever the server says.
const maxReadLimit = 64 << 20

func (r *Room) awaitWelcome(c *conn) error {
	for {
		e, err := c.link.next(c.ctx)
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case *protocol.Error:
			return e
		case *protocol.Welcome:
			c.link.setLimits(e.Limits)
			return r.handleWelcome(c, e)
		}
	}
}

// joinCommand returns the join command for a new connection.
func (r *Room) joinCommand(token string) protocol.Command {
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
	if r.dialer.noClaim {
		cmd.Claim = new(false)
	}
	if r.you.Member.Member == "" { // afterwards, the seat is enough
		cmd.Transfer = r.dialer.transfer
		if cmd.Invite = r.dialer.invite; cmd.Invite != "" {
			cmd.ID = r.dialer.inviteID
		}
	}
	return cmd
}

var errLostPlace = errors.New("the server resumed at another position than the client asked for")

// handleWelcome updates the Room from a welcome. Afterwards the Room is connected.
func (r *Room) handleWelcome(c *conn, w *protocol.Welcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return ErrClosed
	}
	if w.Resumed && (!r.received.known || w.Epoch != r.received.Epoch) || c.former != nil && (!w.Resumed || r.conn != c.former) {
		return errLostPlace
	}
	anew := w.Epoch != r.received.Epoch
	connected := &Connected{Welcome: *w}
	if w.Resumed {
		c.replayTo = w.Head
		r.replayed(c)
	} else {
		r.received = place{Position: protocol.Position{Epoch: w.Epoch}, log: r.received.log + 1}
		if w.Head == 0 || w.First > w.Head || r.dialer.history < 0 { // no replay will say it
			r.received = r.received.at(w.Head)
		}
		connected.from = r.received
		r.queue.clear()
		r.outgoing.skipped(math.MaxUint64)
	}
	if r.dialer.reads {
		w.You = r.you
	}
	if before := r.you.Member.Member; before != "" && before != w.You.Member.Member {
		r.outgoing.failSeatLost(anew)
	}
	r.outgoing.reconnected()
	c.setTokenLifetime(w.TokenMS)
	r.conn, r.code, r.limits, r.settings, r.you = c, w.Room, w.Limits, w.Settings, w.You
	r.pins, r.knocks = w.Pins, nil
	r.welcomeSeen(w)
	r.seatChanged()
	if c.former != nil {
		c.former.next = c
		c.former.cancel(errNewer)
	}
	c.welcomed = w.Head
	before := r.roster.snapshot()
	r.roster.replace(w.Members, w.Count)
	r.roster.readers = w.Readers
	switch {
	case c.former == nil:
		r.push(connected)
	case before.Count != w.Count || !slices.Equal(before.Members, r.roster.members):
		r.queue.missedMembers = true // the former connection may not have brought them yet
		signal(r.more)
	}
	return nil
}
