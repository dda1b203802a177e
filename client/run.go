package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

const (
	// The wait before a connection is a random part of firstWait, and of twice as
	// much each time, up to longestWait.
	firstWait   = time.Second
	longestWait = 30 * time.Second

	connectWithin = 30 * time.Second // for one attempt
)

// run is the Room's main loop: it keeps the Room connected until it is closed, or
// the server asks it not to come back.
func (r *Room) run(c *conn) {
	defer close(r.done)
	defer r.dialer.close()
	failures := 0
	for {
		err := r.serve(c)
		if c.next != nil {
			c = c.next
			continue
		}
		if c.wasUseful(err) {
			failures = 0
		}
		goodbye := c.goodbye
		for c = nil; c == nil; {
			if r.closeIfFinal(err) {
				return
			}
			wait := retryDelay(err, goodbye, failures)
			failures++
			goodbye = 0
			r.log.Info("disconnected", "err", err, "retry", wait)
			r.disconnected(err, wait)
			if !r.sleep(wait) {
				r.closeIfFinal(ErrClosed)
				return
			}
			c, err = r.reconnect()
		}
		r.log.Info("connected again")
	}
}

var errNoWelcome = errors.New("no welcome within 30 s")

func (r *Room) reconnect() (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(r.ctx, connectWithin, errNoWelcome) // also for the token
	defer cancel()
	return r.connect(ctx)
}

// serve reads and writes on a connection until it ends, and returns why it did.
func (r *Room) serve(c *conn) error {
	var others sync.WaitGroup
	others.Go(func() { r.writeAll(c) })
	if r.dialer.renews {
		others.Go(func() { r.renew(c) })
	}
	err := r.read(c)
	if c.ctx.Err() != nil {
		err = context.Cause(c.ctx)
	}
	err = explainLoss(err)
	switch {
	case c.expelled == nil:
	case c.expelled.Reason == protocol.GoodbyeRevoked && r.awaitNewSeat(c):
		err = errReseat
	default: // even if the close frame was lost
		err = c.expelled
	}
	c.cancel(err)
	c.silence.Stop()
	others.Wait()
	c.link.hangUp()
	r.mu.Lock()
	if r.conn == c {
		r.conn = nil
	}
	r.mu.Unlock()
	return err
}

// awaitNewSeat reports whether the goodbye of c follows from this member's own command.
// Over HTTP, its answer has the new seat.
func (r *Room) awaitNewSeat(c *conn) bool {
	r.mu.Lock()
	answer := c.revoking
	r.mu.Unlock()
	if answer != nil {
		<-answer
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return c.reseated
}

// retryDelay returns how long to wait before the next attempt. failures counts the
// attempts that have failed.
func retryDelay(err error, goodbye time.Duration, failures int) time.Duration {
	if goodbye > 0 {
		return goodbye
	}
	wait := rand.N(min(firstWait<<min(failures, 10), longestWait)) //nolint:gosec // jitter, no secret
	var refused *RefusedError
	var join *protocol.Error
	switch {
	case errors.As(err, &refused):
		wait += refused.Retry
	case errors.As(err, &join):
		wait += min(join.RetryAfter, longestWait)
	}
	return wait
}

// wasUseful reports whether the connection worked until it ended, so that the next
// attempt may come soon.
func (c *conn) wasUseful(err error) bool {
	switch protocol.CloseCode(websocket.CloseStatus(err)) {
	case protocol.CloseTooMany, protocol.ClosePolicy, protocol.CloseTooBig, protocol.CloseNotUTF8, protocol.CloseProtocol:
		return false
	}
	return !errors.Is(err, errFaulty) && !errors.As(err, new(*RefusedError))
}

func (r *Room) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// closeIfFinal ends the Room if Close was called, or if err is final. It reports
// whether it has.
func (r *Room) closeIfFinal(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	why := final(err)
	var closed *EndedError
	if r.dialer.renews && errors.As(why, &closed) && closed.Code == protocol.CloseBadToken {
		why = nil // the next connection starts with a fresh token
	}
	var refused *protocol.Error
	if r.dialer.reads && errors.As(err, &refused) && refused.Code == protocol.Forbidden {
		why = err
	}
	if r.closing {
		why = ErrClosed
	}
	if why == nil {
		return false
	}
	if !r.closing {
		if !IsRoomClosed(why) { // which needs no more words
			why = fmt.Errorf("the room is closed for good: %w", why)
		}
		r.log.Info("room closed for good", "err", err)
	}
	r.ended = why
	r.cancel(why)
	if IsRoomClosed(why) {
		r.outgoing.roomClosed(why)
	}
	r.outgoing.fail(why)
	signal(r.more)
	return true
}

func (r *Room) disconnected(err error, retry time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.push(&Disconnected{Err: err, Retry: retry})
}
