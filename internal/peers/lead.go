package peers

import (
	"context"
	"errors"
	"time"
)

// Some work is for one node of the cluster at a time. The one that does it, the leader,
// writes a message to the stream of nicks every second, by compare-and-swap, which takes a
// majority of its servers. It stops when it couldn't for leadFor. Another node becomes the
// leader when it has seen the same message for takeOverAfter. Both measure by their own
// clocks from what they have seen, so the clocks needn't agree.
const (
	leadEvery     = time.Second
	leadFor       = 2500 * time.Millisecond
	takeOverAfter = 5 * time.Second
	// releaseTimeout bounds how long a leader that ends takes to say so.
	releaseTimeout = time.Second
)

// Lead calls work whenever this node becomes the leader of something, and cancels its
// context when it no longer is. It returns when ctx has ended and work has returned.
// Between two leaders there may be some seconds with none. A process that was suspended for
// that long may go on for a moment before it notices.
func (n *Network) Lead(ctx context.Context, what string, work func(context.Context)) {
	c := candidate{stream: n.stream, subject: leadSubject(what)}
	tick := time.NewTicker(leadEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if until, held, err := c.try(ctx); err == nil && held {
			c.lead(ctx, until, tick.C, work)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// leadSubject is no nick's subject: those have one token less.
func leadSubject(what string) string { return probeSubject + ".lead." + token(what) + ".0" }

// candidate is a node that leads or would. It belongs to one goroutine.
type candidate struct {
	stream  *nickStream
	subject string

	seen   uint64    // the number of another leader's message; 0 for none
	seenAt time.Time // when it was first seen; zero if nothing was
}

// try makes this node the leader, or keeps it the leader, if no other may be. Then it is
// that until a time. An error says that it isn't known.
func (c *candidate) try(ctx context.Context) (until time.Time, held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, leadFor-leadEvery)
	defer cancel()
	began := time.Now()
	stream, err := c.stream.wait(ctx)
	if err != nil {
		return until, false, err
	}
	leader, last, _, err := c.stream.read(ctx, stream, c.subject)
	if err != nil {
		return until, false, err
	}
	switch released := last != 0 && leader.Member == ""; {
	case released, leader.Member == c.stream.self:
	case c.seenAt.IsZero() || c.seen != last:
		c.seen, c.seenAt = last, time.Now()
		return until, false, nil
	case time.Since(c.seenAt) < takeOverAfter:
		return until, false, nil
	}
	err = c.stream.write(ctx, c.subject, &nickOwner{Member: c.stream.self}, last)
	if errors.Is(err, errConflict) {
		return until, false, nil
	}
	return began.Add(leadFor), err == nil, err
}

// lead works until this node isn't the leader any more, or ctx ends.
func (c *candidate) lead(ctx context.Context, until time.Time, tick <-chan time.Time, work func(context.Context)) {
	leading, stop := context.WithCancel(ctx)
	defer stop()
	expire := time.AfterFunc(time.Until(until), stop)
	defer expire.Stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		work(leading)
	}()
	for {
		select {
		case <-ended:
			c.release(ctx)
			return
		case <-tick:
		}
		if leading.Err() != nil {
			continue // until the work has ended
		}
		switch until, held, err := c.try(leading); {
		case err == nil && !held:
			stop()
		case err == nil:
			expire.Reset(time.Until(until))
		}
	}
}

// release lets another node lead at once, if this one still does.
func (c *candidate) release(ctx context.Context) {
	c.seenAt = time.Time{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	stream, err := c.stream.wait(ctx)
	if err != nil {
		return
	}
	if leader, last, _, err := c.stream.read(ctx, stream, c.subject); err == nil && leader.Member == c.stream.self {
		_ = c.stream.write(ctx, c.subject, &nickOwner{}, last) // otherwise another node waits for takeOverAfter
	}
}
