package chat

import (
	"errors"
	"math"
	"os"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"snug/internal/socket"
	"snug/internal/websocket"
	"snug/protocol"
)

// errInterrupted ends the reader of a connection that was interrupted.
var errInterrupted = socket.ErrInterrupted

// dialect carries out what a connection's client asks, in its language.
type dialect interface {
	// command executes what one text frame asks. It must not keep the frame. A
	// *protocol.Error refuses the frame; any other error ends the connection.
	command(frame []byte) error
	// refused encodes e as a frame.
	refused(e *protocol.Error) []byte
	// event encodes an event that is not in the log as a frame; a dialect without such
	// events returns nothing.
	event(typ protocol.EventType, fields any) []byte
	// ping returns a frame whose only purpose is to be received.
	ping() []byte
	// closing returns the last bytes that the client gets.
	closing(e *ending) []byte
}

// webSocket is what the dialects over a WebSocket have in common.
type webSocket struct{}

func (webSocket) ping() []byte { return websocket.AppendFrame(nil, websocket.OpPing, nil) }

func (webSocket) closing(e *ending) []byte {
	return websocket.AppendClose(e.frames, uint16(e.code), e.reason)
}

var dialects = [protocol.Dialects]func(*conn) dialect{
	protocol.Plain:   func(c *conn) dialect { return &plain{conn: c} },
	protocol.V1:      func(c *conn) dialect { return &v1{conn: c} },
	protocol.Stream:  func(*conn) dialect { return stream{} },
	protocol.Reading: func(*conn) dialect { return stream{} },
}

// readUntilJoined reads until the client has joined. An error says why it won't.
func (c *conn) readUntilJoined() error {
	for c.me == nil {
		if err := c.readOne(); err != nil {
			return err
		}
	}
	return nil
}

// read is the reader's loop. It returns why it has ended, never nil.
func (c *conn) read() error {
	for {
		if err := c.readOne(); err != nil {
			return err
		}
	}
}

// readOne handles the next message, or waits for more bytes.
func (c *conn) readOne() error {
	if err := c.waitReady(); err != nil {
		return err
	}
	if c.handshake.dialect.Streamed() {
		return c.discard()
	}
	m, ok, err := c.in.Next()
	switch {
	case err != nil:
		return err
	case !ok:
		return c.fill(&c.in)
	}
	return c.handleMessage(m)
}

// discard reads what the client of a stream sends, which has no meaning.
func (c *conn) discard() error {
	if err := c.fill(new(waste)); err != nil {
		return err
	}
	return c.countViolation()
}

// waste is a buffer of which nothing is used.
type waste [512]byte

func (w *waste) Space() []byte { return w[:] }

func (*waste) Advance(int) {}

// fill reads more bytes into to. If the client sends more than a client at its full rate would, it
// waits until such a client would have sent them.
func (c *conn) fill(to socket.Buffer) error {
	n, err := c.sock.Read(to)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return c.checkLiveness()
	}
	if err != nil {
		return err
	}
	c.alive.lastRead = time.Now()
	o := &c.server.options
	if !o.Strangers || o.MessageRate == 0 {
		return nil
	}
	if c.pace == nil {
		bytes := c.server.limits.FrameBytes
		c.pace = rate.NewLimiter(c.server.rate*rate.Limit(bytes), min(o.MessageBurst, math.MaxInt/bytes)*bytes)
	}
	return c.pause(min(c.pace.ReserveN(c.alive.lastRead, n).DelayFrom(c.alive.lastRead), livenessEvery))
}

// handleMessage handles a message or a control frame. An error ends the connection.
func (c *conn) handleMessage(m websocket.Message) error {
	if m.Opcode == websocket.OpPong {
		return nil
	}
	c.sock.KeepAwake()
	var err error
	switch {
	case m.Opcode == websocket.OpPing:
		c.out.put(websocket.AppendFrame(nil, websocket.OpPong, m.Payload))
		return c.countViolation()
	case m.Opcode != websocket.OpText:
		err = protocol.Errorf(protocol.BadFrame, "a binary frame: send text")
	case !utf8.Valid(m.Payload): // RFC 6455, section 8.1
		return errNotUTF8
	default:
		err = c.talk.command(m.Payload)
	}
	if err == nil {
		return nil
	}
	var refusal *protocol.Error
	if errors.As(err, &refusal) {
		return c.refuse(refusal)
	}
	return err
}

// refusal encodes e as a frame that is going to be sent.
func (c *conn) refusal(e *protocol.Error) []byte {
	c.server.refusals.WithLabelValues(string(e.Code)).Inc()
	return c.talk.refused(e)
}

// refuse answers a frame with e. It returns an error when there have been too many.
func (c *conn) refuse(e *protocol.Error) error {
	c.out.put(c.refusal(e))
	return c.countViolation()
}

// countViolation counts a frame that costs the server something and has no use: a
// refused one, a ping, or a typing that nobody is told about. It returns an error when there
// have been too many.
func (c *conn) countViolation() error {
	limit := c.server.options.BadFrames
	if !c.server.options.Strangers || limit == 0 {
		return nil
	}
	if c.violations == nil {
		c.violations = rate.NewLimiter(rate.Limit(limit)/10, limit)
	}
	if !c.violations.Allow() {
		return errFlood
	}
	return nil
}

// waitPageQuota waits until the client may have another page of history or list of bans,
// which cost the server more than asking costs the client.
func (c *conn) waitPageQuota() error {
	const perSecond, burst = 20, 100
	if !c.server.options.Strangers {
		return nil
	}
	if c.pages == nil {
		c.pages = rate.NewLimiter(perSecond, burst)
	}
	return c.pause(c.pages.Reserve().Delay())
}

// waitReady waits until another command may be executed: until the client has read enough
// of its answers, and the journal has settled enough of its drafts. Meanwhile, what the
// client sends waits in its own TCP buffers.
func (c *conn) waitReady() error {
	if c.out.ready() {
		return nil
	}
	check := time.NewTicker(livenessEvery)
	defer check.Stop()
	for !c.out.ready() {
		select {
		case <-c.out.freed:
		case <-c.interrupted.wait():
			return errInterrupted
		case <-check.C:
			if err := c.checkLiveness(); err != nil {
				return err
			}
		}
	}
	return nil
}

// allow takes one message from the client's rate. The error is a *protocol.Error.
func (c *conn) allow() error {
	if c.rate == nil {
		c.rate = rate.NewLimiter(c.server.rate, c.server.options.MessageBurst)
	}
	if c.rate.Allow() {
		return nil
	}
	reservation := c.rate.Reserve()
	wait := reservation.Delay()
	if wait == 0 {
		return nil
	}
	reservation.Cancel()
	return tooFast(float64(c.rate.Limit()), "messages", wait)
}

// tooFast is the refusal of one of the messages or searches of which there may be so many a
// second. wait is after which time it may be sent again.
func tooFast(perSecond float64, of string, wait time.Duration) *protocol.Error {
	e := protocol.Errorf(protocol.RateLimited, "too fast: at most %g %s a second", perSecond, of)
	e.RetryAfter = wait.Round(time.Millisecond) + time.Millisecond
	return e
}
