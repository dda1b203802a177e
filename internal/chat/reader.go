package chat

import (
	"errors"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"snug/protocol"
)

// dialect is what a connection does in the language of its client.
type dialect interface {
	// begin is called before the first frame is read.
	begin() error
	// command carries out what one text frame asks. It may keep nothing of it.
	// A *protocol.Error refuses the frame; any other error ends the connection.
	command(frame []byte) error
	// refused is e as a frame.
	refused(e *protocol.Error) []byte
}

var dialects = [protocol.Dialects]func(*conn) dialect{
	protocol.Plain: func(c *conn) dialect { return &plain{conn: c} },
	protocol.V1:    func(c *conn) dialect { return &v1{conn: c} },
}

// arrive reads until the client has joined; an error is why it won't.
func (c *conn) arrive() error {
	err := c.talk.begin()
	for err == nil && c.me == nil {
		err = c.readOne()
	}
	return err
}

// read is the reader's loop. It returns why it ended, never nil.
func (c *conn) read() error {
	for {
		if err := c.readOne(); err != nil {
			return err
		}
	}
}

// readOne takes what the client has sent, one frame, or waits for it.
func (c *conn) readOne() error {
	if err := c.ready(); err != nil {
		return err
	}
	f, ok, err := c.in.next()
	switch {
	case err != nil:
		return err
	case !ok:
		return c.sock.fill(&c.in)
	}
	return c.take(f)
}

// take carries out what a frame asks. The error ends the connection.
func (c *conn) take(f frame) error {
	if f.op == protocol.OpPong {
		return nil
	}
	c.sock.waits = true
	var err error
	switch {
	case f.op == protocol.OpPing:
		c.out.put(protocol.AppendFrame(nil, protocol.OpPong, f.payload))
		return c.strike()
	case f.op != protocol.OpText:
		err = protocol.Errorf(protocol.BadFrame, "a binary frame: send text")
	case !utf8.Valid(f.payload): // RFC 6455, section 8.1
		return errNotUTF8
	default:
		err = c.talk.command(f.payload)
	}
	if err == nil {
		return nil
	}
	var refused *protocol.Error
	if errors.As(err, &refused) {
		return c.refuse(refused)
	}
	return err
}

// refusal is e as a frame, which is going to be sent.
func (c *conn) refusal(e *protocol.Error) []byte {
	c.server.refusals.WithLabelValues(string(e.Code)).Inc()
	return c.talk.refused(e)
}

// refuse answers a frame. It returns an error when there have been too many.
func (c *conn) refuse(e *protocol.Error) error {
	c.out.put(c.refusal(e))
	return c.strike()
}

// strike counts a frame that costs and brings nothing: one that is refused, a
// ping, or a typing that nobody is told of. It returns an error when there have been too many.
func (c *conn) strike() error {
	most := c.server.options.BadFrames
	if !c.server.options.Strangers || most == 0 {
		return nil
	}
	if c.strikes == nil {
		c.strikes = rate.NewLimiter(rate.Limit(most)/10, most)
	}
	if !c.strikes.Allow() {
		return errFlood
	}
	return nil
}

// leaf waits until the client may have another page of history or list of bans: one
// costs the server more than asking for it costs the client.
func (c *conn) leaf() error {
	const aSecond, atOnce = 20, 100
	if !c.server.options.Strangers {
		return nil
	}
	if c.pages == nil {
		c.pages = rate.NewLimiter(aSecond, atOnce)
	}
	return c.sock.pause(c.pages.Reserve().Delay())
}

// ready waits until another command may be taken: until the client has read
// enough of the answers it has been given, and the journal has taken enough of
// its messages. Meanwhile the client's own sends wait in its TCP.
func (c *conn) ready() error {
	if c.out.ready() {
		return nil
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !c.out.ready() {
		select {
		case <-c.out.freed:
		case <-c.ended:
			return errInterrupted
		case <-look.C:
			if err := c.sock.look(); err != nil {
				return err
			}
		}
	}
	return nil
}

// allow takes one message from the client's rate.
func (c *conn) allow() error {
	if c.rate.Allow() {
		return nil
	}
	turn := c.rate.Reserve()
	wait := turn.Delay()
	if wait == 0 {
		return nil
	}
	turn.Cancel()
	e := protocol.Errorf(protocol.RateLimited, "too fast: at most %g messages a second", float64(c.rate.Limit()))
	e.RetryAfter = wait.Round(time.Millisecond) + time.Millisecond
	return e
}
