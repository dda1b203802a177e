package client

import (
	"context"
	"fmt"
	"time"

	"snug/protocol"
)

// Transfer returns a code with which another device becomes this member, see Transfer in
// [Options]. The code and the URL are secrets. The code works once, within two minutes,
// and until another one is asked for. Transfer blocks until the server answers, even if
// connections are lost, or until ctx ends.
func (r *Room) Transfer(ctx context.Context) (protocol.Transfer, error) {
	c := newQuery(protocol.Command{Type: protocol.CommandTransfer})
	err := r.do(ctx, c)
	return c.transfer, err
}

// Seen returns up to where this member has seen the log, on any of its devices; 0 if that
// isn't known.
func (r *Room) Seen() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// SetSeen tells this member's other connections that it has seen the log up to seq. A lower
// seq than the last one changes nothing. It doesn't block: the server is told later, and of
// several calls within two seconds only the last counts. The error says that ctx has ended or
// the room is closed.
func (r *Room) SetSeen(ctx context.Context, seq uint64) error {
	if ctx.Err() != nil {
		return fmt.Errorf("seen: %w", context.Cause(ctx))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil || r.closing {
		return fmt.Errorf("seen: %w", r.endedBy())
	}
	if seq > r.seen {
		r.seen, r.outgoing.seen.seq = seq, seq
		signal(r.write)
	}
	return nil
}

// welcomeSeen takes what the server knows of this member. What it was told just before a
// connection broke may be lost. The caller holds mu.
func (r *Room) welcomeSeen(w *protocol.Welcome) {
	if w.Resumed && r.seen > w.Seen {
		r.outgoing.seen.seq = r.seen
		return
	}
	r.seen, r.outgoing.seen.seq = w.Seen, 0
}

// seen is what the server is to be told about what this member has seen.
type seen struct {
	seq uint64    // 0 if it is told
	due time.Time // when it may be told again
}

// seenEvery is the least time between two.
const seenEvery = 2 * time.Second

// nextSeen returns the command that tells it, or nil and how long to wait.
func (o *outgoing) nextSeen(now time.Time) (*command, time.Duration) {
	switch {
	case o.seen.seq == 0:
		return nil, idle
	case now.Before(o.seen.due):
		return nil, o.seen.due.Sub(now)
	}
	frame := newFrame(protocol.Command{Type: protocol.CommandSeen, Seq: o.seen.seq})
	o.seen = seen{due: now.Add(seenEvery)}
	return frame, 0
}

// seenTold notes that the server knows of seq.
func (o *outgoing) seenTold(seq uint64) {
	if o.seen.seq <= seq {
		o.seen.seq = 0
	}
}
