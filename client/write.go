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

// idle is how long the writer waits for a signal if it has nothing to write.
const idle = time.Hour

// nextFrame returns the frame to write now, or nil and how long to wait.
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
	if c.replayTo > 0 { // the replay may settle commands
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
	if reason := r.rejectReason(next, now); reason != nil {
		o.settle(next, 0, reason)
		return nil, 0 // try the next one
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
	return next.frame, 0
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
