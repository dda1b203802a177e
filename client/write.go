package client

import (
	"encoding/json"
	"fmt"
	"time"

	"snug/protocol"
)

// writeAll is the writer's loop. It ends with the connection.
func (r *Room) writeAll(c *conn) {
	for c.ctx.Err() == nil {
		next, wait := r.nextCommand(c, time.Now())
		if next != nil {
			answer, err := c.link.write(c.ctx, next)
			if err != nil {
				c.cancel(fmt.Errorf("write to the server: %w", err))
			}
			r.handleAnswer(c, next, answer)
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-r.write:
		case <-c.ctx.Done():
		}
		t.Stop()
	}
}

// idle is how long the writer waits for a signal if it has nothing to write.
const idle = time.Hour

// nextCommand returns the command to write now, or nil and how long to wait.
func (r *Room) nextCommand(c *conn, now time.Time) (*command, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := &r.outgoing
	if c.ping {
		c.ping = false
		return newFrame(protocol.Command{Type: protocol.CommandPing}), 0
	}
	if token := o.token; token != "" {
		o.token = ""
		return newFrame(protocol.Command{Type: protocol.CommandAuth, Token: token}), 0
	}
	if c.replayTo > 0 { // the replay may settle commands
		return nil, idle
	}
	if o.typing {
		o.typing = false
		return newFrame(protocol.Command{Type: protocol.CommandTyping}), 0
	}
	next, wait := o.next(now, r.limits.MessageRate > 0)
	if next == nil {
		frame, rest := o.nextSeen(now)
		return frame, min(wait, rest)
	}
	if reason := r.rejectReason(next, now); reason != nil {
		o.settle(next, 0, reason)
		return nil, 0 // try the next one
	}
	if next.typ == protocol.CommandRevoke && next.member == r.you.Member.Member {
		c.revoking = make(chan struct{})
	}
	if next.firstWritten.IsZero() {
		next.firstWritten, next.seqBefore = now, r.received.Seq
	}
	next.written, next.due = true, now.Add(next.repeatAfter(r.retryAfter()))
	next.writes++
	if next.countsForRate() {
		o.pace.wrote(now, interval(r.limits.MessageRate))
	}
	if next.countsInSlowMode() {
		o.slowPace.wrote(now, time.Duration(r.settings.SlowMS)*time.Millisecond)
	}
	return next, 0
}

// handleAnswer handles the answer to a command that was written, if it isn't an event of
// the link. A log event is one as well, and only there it moves the position.
func (r *Room) handleAnswer(c *conn, written *command, answer any) {
	switch e := answer.(type) {
	case *protocol.Event:
		r.mu.Lock()
		changes := e.Type == protocol.EventModerated || e.Type == protocol.EventDeleted // Settings, Pins and others
		if cmd := r.outgoing.byID[written.id]; changes && e.Seq > r.received.Seq {
			r.outgoing.answered(cmd, e.Seq)
		} else {
			r.outgoing.settle(cmd, e.Seq, nil)
		}
		r.mu.Unlock()
	case *protocol.Renamed:
		r.mu.Lock()
		r.you.Nick = e.Nick
		r.outgoing.settle(r.outgoing.byRef[written.ref], 0, nil)
		r.mu.Unlock()
	case *protocol.Goodbye: // the answer to a close
		r.mu.Lock()
		r.outgoing.settle(r.outgoing.byID[written.id], 0, nil)
		r.mu.Unlock()
	case *protocol.Ack, *protocol.Error, *protocol.History, *protocol.Search, *protocol.Bans, *protocol.Hooks, *protocol.Invite, *protocol.Invites, *protocol.Transfer:
		_ = r.handle(c, e) // only log events can be at the wrong place
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.revoking != nil {
		close(c.revoking)
		c.revoking = nil
	}
}

// newFrame returns a command that nobody waits for.
func newFrame(c protocol.Command) *command {
	return &command{typ: c.Type, frame: encode(c), token: c.Token}
}

// interval returns the time between two messages at a rate per second; 0 for no
// limit.
func interval(rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}

// rejectReason returns why a command can't be written to this server, or not any
// more. It returns nil if it can.
func (r *Room) rejectReason(c *command, now time.Time) error {
	if most := r.limits.FrameBytes; most > 0 && len(c.frame) > most {
		// The server would close each connection on which it is written.
		return protocol.Errorf(protocol.TooLong, "the message has %d bytes: the server accepts %d bytes and %d characters", len(c.frame), most, r.limits.ContentChars)
	}
	if !c.firstWritten.IsZero() && c.id != "" && now.Sub(c.firstWritten) > protocol.DuplicateTime {
		return c.giveUpError(ErrTooOld)
	}
	return nil
}

// retryAfter returns how long to wait for an answer before repeating a command.
func (r *Room) retryAfter() time.Duration {
	const byDefault = 2 * time.Second
	if r.limits.RetryMS <= 0 {
		return byDefault
	}
	return time.Duration(min(r.limits.RetryMS, time.Hour.Milliseconds())) * time.Millisecond
}

// encode encodes a command. It can't fail: JSON can represent every Command.
func encode(c protocol.Command) []byte {
	frame, err := json.Marshal(c)
	if err != nil {
		panic("client: a command can't be encoded: " + err.Error())
	}
	return frame
}
