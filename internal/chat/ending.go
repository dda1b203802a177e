package chat

import (
	"errors"
	"io"
	"time"

	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// ending is how a connection ends: what its client is told last, and the close frame. As an
// error, it ends the reader.
type ending struct {
	code    protocol.CloseCode // 0: the client is gone, and nobody can be told
	reason  string             // in the close frame
	why     string             // for the log
	refusal *protocol.Error    // what the client is told before the close frame; nil for frames
	frames  []byte             // the last ones before the close frame
	flush   bool               // the client first gets what waits for it in the room
	echo    bool               // the client has closed, and this is the answer
}

func (e *ending) Error() string { return e.why }

var (
	errInternal = errors.New("an internal error of the server")
	errNotUTF8  = errors.New("a text frame that is not UTF-8")
	errFlood    = errors.New("too many refused frames")
)

// endingOf says how to end a connection whose reader has ended with err.
func (c *conn) endingOf(err error) *ending {
	var end *ending
	var closed websocket.CloseError
	var violation websocket.ProtocolError
	switch {
	case errors.Is(err, errInterrupted):
		return c.cause.Load()
	case errors.As(err, &end):
		return end
	case errors.Is(err, errInternal):
		return &ending{code: protocol.CloseFault, reason: err.Error(), why: err.Error()}
	case errors.Is(err, errNotUTF8):
		return &ending{code: protocol.CloseNotUTF8, reason: "text must be UTF-8", why: err.Error()}
	case errors.Is(err, errFlood):
		return &ending{code: protocol.ClosePolicy, reason: err.Error(), why: err.Error()}
	case errors.Is(err, errNotJoined) && c.knocker != nil:
		return c.notAdmitted()
	case errors.Is(err, errNotJoined):
		return &ending{code: protocol.ClosePolicy, reason: "the first command must be a join, within 10 s", why: err.Error()}
	case errors.Is(err, room.ErrClosed):
		return c.unavailable("the room has closed")
	case errors.Is(err, websocket.ErrTooLarge):
		e := protocol.Errorf(protocol.BadFrame, "the frame is too large: at most %d bytes", c.server.limits.FrameBytes)
		return &ending{code: protocol.CloseTooBig, reason: "the frame is too large", why: "a frame beyond the limit", refusal: e}
	case errors.As(err, &closed):
		return &ending{code: protocol.CloseCode(closed), why: err.Error(), echo: true}
	case errors.As(err, &violation):
		return &ending{code: protocol.CloseProtocol, reason: err.Error(), why: err.Error()}
	}
	return &ending{why: err.Error()} // the client is gone
}

// unavailable is the ending of a connection whose room can't be read. The client may come
// back with since.
func (c *conn) unavailable(what string) *ending {
	e := protocol.Errorf(protocol.Unavailable, "%s: come back in a while", what)
	e.RetryAfter = room.RetryAfter
	return &ending{code: protocol.CloseFault, reason: what, why: what, refusal: e}
}

const (
	// lastWrites bounds the time to write the last frames.
	lastWrites = 5 * time.Second
	// lingerTime and lingerBytes bound what is read after the close frame, until the
	// client closes too. Closing a connection on which the client still sends discards
	// what was written and hasn't reached it, so some of it is read, in any case the rest of
	// a frame that is a little too large; but a client that goes on sending must not keep
	// the server reading. From there on, only the time is a bound.
	lingerTime  = time.Second
	lingerBytes = 256 << 10
)

// finish ends the connection and waits for its writer.
func (c *conn) finish(e *ending) {
	defer c.sock.Close()
	if e.code == 0 {
		c.sock.Close() // frees a writer that waits for a client that is gone
	}
	deadline := time.Now().Add(lastWrites)
	_ = c.sock.SetWriteDeadline(deadline) // fails only on a closed connection
	if e.refusal != nil {
		e.frames = c.refusal(e.refusal)
	}
	c.out.end(e)
	c.stopKnocking()
	<-c.written.wait()
	if c.me != nil {
		c.me.Leave()
	}
	if e.code == 0 || e.echo || c.handshake.dialect.Streamed() { // the client of a stream sends nothing that would have to be read
		return
	}
	_ = c.sock.CloseWrite() // a client that waits for this closes at once
	deadline = deadline.Add(lingerTime)
	_ = c.sock.SetReadDeadline(deadline)
	if _, err := io.CopyN(io.Discard, c.sock.Conn, int64(lingerBytes+c.server.limits.FrameBytes)); err == nil {
		c.waitDelivered(deadline) // the client goes on sending
	}
}

// waitDelivered waits, until the deadline, for what was written to reach the client. The
// connection is not read meanwhile.
func (c *conn) waitDelivered(deadline time.Time) {
	const every = 10 * time.Millisecond
	poll := time.NewTicker(every)
	defer poll.Stop()
	for !c.sock.Delivered() && time.Now().Before(deadline) {
		<-poll.C
	}
}
