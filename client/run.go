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
	firstWait    = time.Second      // before coming back: a random part of it…
	longestWait  = 30 * time.Second // …and of twice as much each time, up to this
	attemptBound = 30 * time.Second // for an attempt to connect again
)

// run keeps the room connected until it is closed or the server says not to come
// back.
func (r *Room) run(c *conn) {
	defer close(r.done)
	failures := 0
	for {
		err := r.serve(c)
		if c.settledIn(err) {
			failures = 0
		}
		goodbye := c.goodbye
		for c = nil; c == nil; {
			if r.over(err) {
				return
			}
			wait := pause(err, goodbye, failures)
			failures++
			goodbye = 0
			r.log.Info("disconnected", "err", err, "retry", wait)
			r.disconnected(err, wait)
			if !r.sleep(wait) {
				r.over(ErrClosed)
				return
			}
			c, err = r.reconnect()
		}
		r.log.Info("connected again")
	}
}

func (r *Room) reconnect() (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(r.ctx, attemptBound, errors.New("no welcome within 30 s"))
	defer cancel()
	return r.connect(ctx)
}

// serve reads and writes on a connection until it ends, and returns why.
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
	if c.expelled != nil { // also if the close that follows was lost
		err = c.expelled
	}
	c.cancel(err)
	c.quiet.Stop()
	others.Wait()
	_ = c.ws.CloseNow() // it has ended, one way or the other
	r.mu.Lock()
	r.conn = nil
	r.mu.Unlock()
	return err
}

// pause is how long to wait before the next attempt, after so many that failed.
func pause(err error, goodbye time.Duration, failures int) time.Duration {
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

// settledIn reports whether the connection was a good one, so that the next
// attempt need not wait for as long as those before.
func (c *conn) settledIn(err error) bool {
	switch protocol.CloseCode(websocket.CloseStatus(err)) {
	case protocol.CloseTooMany, protocol.ClosePolicy, protocol.CloseTooBig, protocol.CloseNotUTF8, protocol.CloseProtocol:
		return false
	}
	return !errors.Is(err, errFaulty)
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

// over ends the room if err, or that it was closed, is a reason to.
func (r *Room) over(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	why := final(err)
	var closed *EndedError
	if r.dialer.renews && errors.As(why, &closed) && closed.Code == protocol.CloseBadToken {
		why = nil // there is a fresh one to be had
	}
	if r.closing {
		why = ErrClosed
	}
	if why == nil {
		return false
	}
	if !r.closing {
		why = fmt.Errorf("the room is closed for good: %w", why)
		r.log.Info("closed for good", "err", err)
	}
	r.ended = why
	r.cancel(why)
	r.outgoing.fail(why)
	signal(r.more)
	return true
}

func (r *Room) disconnected(err error, retry time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.push(&Disconnected{Err: err, Retry: retry})
}
