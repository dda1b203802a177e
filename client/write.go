package client

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// writeAll is the writer's loop. It ends with the connection.
func (r *Room) writeAll(c *conn) {
	for c.ctx.Err() == nil {
		frame, wait := r.nextFrame(c, time.Now())
		if frame != nil {
			if err := c.ws.Write(c.ctx, websocket.MessageText, frame); err != nil {
				c.cancel(fmt.Errorf("write to the server: %w", err))
			}
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

// idle is a wait for whatever signals the writer.
const idle = time.Hour

// nextFrame is the frame to write now, or how long there is none.
func (r *Room) nextFrame(c *conn, now time.Time) ([]byte, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := &r.outgoing
	if c.ping {
		c.ping = false
		return encode(protocol.Command{Type: protocol.CommandPing}), 0
	}
	if token := o.token; token != "" {
		o.token = ""
		return encode(protocol.Command{Type: protocol.CommandAuth, Token: token}), 0
	}
	if c.replayTo > 0 { // it may settle what was sent before
		return nil, idle
	}
	if o.typing {
		o.typing = false
		return encode(protocol.Command{Type: protocol.CommandTyping}), 0
	}
	next, wait := o.next(now, r.limits.MessageRate > 0)
	if next == nil {
		return nil, wait
	}
	if reason := r.unfit(next, now); reason != nil {
		o.settle(next, 0, reason)
		return nil, 0 // look again
	}
	if next.tried.IsZero() {
		next.tried, next.after = now, r.received.Seq
	}
	next.written, next.due = true, now.Add(r.retryAfter())
	if next.paced() {
		o.pace.wrote(now, each(r.limits.MessageRate))
	}
	if next.slowed() {
		o.turns.wrote(now, time.Duration(r.settings.SlowMS)*time.Millisecond)
	}
	return next.frame, 0
}

// each is the time between two at a rate, in seconds; 0 for no limit.
func each(rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}

// unfit says why a command can't be written any more, or not to this server;
// nil if it can.
func (r *Room) unfit(c *command, now time.Time) error {
	if most := r.limits.FrameBytes; most > 0 && len(c.frame) > most {
		// The server would close the connection, and again each time.
		return protocol.Errorf(protocol.TooLong, "the message is of %d bytes where %d are taken, and %d characters", len(c.frame), most, r.limits.ContentChars)
	}
	if !c.tried.IsZero() && c.id != "" && now.Sub(c.tried) > protocol.DuplicateTime {
		return c.gaveUp(ErrTooOld)
	}
	return nil
}

// retryAfter is when to write again what nothing has settled.
func (r *Room) retryAfter() time.Duration {
	const unsaid = 2 * time.Second
	if r.limits.RetryMS <= 0 {
		return unsaid
	}
	return time.Duration(r.limits.RetryMS) * time.Millisecond
}

// encode writes a command. A Command has nothing that JSON can't say.
func encode(c protocol.Command) []byte {
	frame, err := json.Marshal(c)
	if err != nil {
		panic("client: a command can't be encoded: " + err.Error())
	}
	return frame
}
