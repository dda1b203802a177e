package chat

import (
	"errors"
	"io"
	"time"

	"snug/internal/room"
	"snug/protocol"
)

// ending is how a connection ends: what its client is told last, and the close
// frame. As an error it ends the reader.
type ending struct {
	code   protocol.CloseCode // 0: the client is gone, there is nobody to tell
	reason string
	why    string // for the log
	frames []byte // the last ones before the close frame
	flush  bool   // the client first gets what waits for it in the room
	echo   bool   // the client has closed, and this answers it
}

func (e *ending) Error() string { return e.why }

var (
	errFault   = errors.New("a fault of the server's")
	errNotUTF8 = errors.New("a text frame that is not UTF-8")
	errFlood   = errors.New("a flood of frames that had to be refused")
)

// endingOf says how to end a connection whose reader has ended with err.
func (c *conn) endingOf(err error) *ending {
	var told *ending
	var closed closedError
	var broken brokenError
	switch {
	case errors.Is(err, errInterrupted):
		return c.stop.Load()
	case errors.As(err, &told):
		return told
	case errors.Is(err, errFault):
		return &ending{code: protocol.CloseFault, reason: "a fault of the server's", why: err.Error()}
	case errors.Is(err, errNotUTF8):
		return &ending{code: protocol.CloseNotUTF8, reason: "text is UTF-8", why: err.Error()}
	case errors.Is(err, errFlood):
		return &ending{code: protocol.ClosePolicy, reason: "too many frames that had to be refused", why: err.Error()}
	case errors.Is(err, errNotJoined):
		return &ending{code: protocol.ClosePolicy, reason: "the first command is a join, within 10 s", why: err.Error()}
	case errors.Is(err, room.ErrClosed):
		return c.unavailable("the room has closed")
	case errors.Is(err, errTooBig):
		e := protocol.Errorf(protocol.BadFrame, "the frame is too large: at most %d bytes", c.server.limits.FrameBytes)
		return &ending{code: protocol.CloseTooBig, reason: "the frame is too large", why: "a frame beyond the limit", frames: c.refusal(e)}
	case errors.As(err, &closed):
		return &ending{code: protocol.CloseCode(closed), why: err.Error(), echo: true}
	case errors.As(err, &broken):
		return &ending{code: protocol.CloseProtocol, reason: err.Error(), why: err.Error()}
	}
	return &ending{why: err.Error()} // gone
}

// unavailable ends a connection whose room can't be read; the client may come
// back with since.
func (c *conn) unavailable(what string) *ending {
	e := protocol.Errorf(protocol.Unavailable, "%s: come back in a while", what)
	e.RetryAfter = room.RetryAfter
	return &ending{code: protocol.CloseFault, reason: what, why: what, frames: c.refusal(e)}
}

const (
	// lastWrites bounds how long the last frames may take to be written.
	lastWrites = 5 * time.Second
	// linger is added to that for the client's own close: a connection that is
	// closed while the client still sends takes back what was written and hasn't
	// reached it.
	linger = time.Second
)

// finish ends the connection and waits for its writer.
func (c *conn) finish(e *ending) {
	defer c.sock.Close()
	if e.code == 0 {
		c.sock.Close() // frees a writer that waits for a client that is gone
	}
	end := time.Now().Add(lastWrites)
	_ = c.sock.Conn.SetWriteDeadline(end) // fails only on a closed connection
	c.out.end(e)
	<-c.written
	if c.me != nil {
		c.me.Leave()
	}
	if e.code == 0 || e.echo {
		return
	}
	if half, ok := c.sock.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // so that a client which waits for our end closes at once
	}
	_ = c.sock.Conn.SetReadDeadline(end.Add(linger))
	_, _ = io.Copy(io.Discard, c.sock.Conn) // until it closes, or for as long
}
