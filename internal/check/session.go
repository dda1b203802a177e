package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// session is a connection that has joined.
type session struct {
	protocol.Welcome
	ws       *websocket.Conn
	ctx      context.Context
	end      context.CancelCauseFunc // cuts the connection
	welcomed time.Duration
	live     time.Duration // since when it is up to date; the reader's
	asked    time.Duration // when the server was last pinged; the writer's
	heard    atomic.Int64  // when anything was last received, as a time.Duration
	comeBack time.Duration // how long the server asked to wait; the reader's
}

const (
	joinWithin    = 20 * time.Second // from dialing to the welcome
	maxFrameBytes = 4 << 20          // of a frame from the server
)

// errBroken says that the server has sent a frame that can't be decoded.
var errBroken = errors.New("a frame that can't be decoded")

// connect joins the room as a client, and resumes where its view of the log ends.
func (r *run) connect(ctx context.Context, client int, nick, seat string) (*session, error) {
	s := &session{}
	s.ctx, s.end = context.WithCancelCause(ctx)
	opening, opened := context.WithTimeoutCause(s.ctx, joinWithin, errors.New("no welcome within 20 s"))
	defer opened()
	ws, err := r.dialers[r.turn.Add(1)%uint64(len(r.dialers))].dial(opening)
	if err == nil {
		s.ws = ws
		ws.SetReadLimit(maxFrameBytes)
		err = s.join(opening, r.joinCommand(client, nick, seat))
	}
	if err != nil {
		if opening.Err() != nil {
			err = context.Cause(opening)
		}
		s.end(err)
		if s.ws != nil {
			_ = s.ws.CloseNow() // the error to return is err
		}
		return nil, err
	}
	s.welcomed = r.now()
	s.live = s.welcomed
	s.heard.Store(int64(s.welcomed))
	r.ledger.joined(client, s.Epoch, s.Head, s.welcomed)
	return s, nil
}

// joinCommand returns the client's join. It resumes, or for the first time asks for no
// history.
func (r *run) joinCommand(client int, nick, seat string) protocol.Command {
	none := 0
	c := protocol.Command{Type: protocol.CommandJoin, Nick: nick, Seat: seat, Token: r.options.Token, History: &none}
	if epoch, seq, joined := r.ledger.position(client); joined && client != auditor {
		c.Since = &protocol.Position{Epoch: epoch, Seq: seq}
	}
	return c
}

func (r *run) nick(client int) string { return fmt.Sprintf("%s %d", r.options.Nick, client) }

// leave ends a session without a reader.
func (s *session) leave(why error) {
	s.end(why)
	_ = s.ws.CloseNow() // an error is of no interest
}

func (s *session) join(ctx context.Context, c protocol.Command) error {
	if err := s.write(ctx, c); err != nil {
		return closeReason(err)
	}
	for {
		e, err := s.read(ctx)
		if err != nil {
			return closeReason(err)
		}
		switch e := e.(type) {
		case *protocol.Error:
			return refusedJoin(e)
		case *protocol.Welcome:
			s.Welcome = *e
			return nil
		}
	}
}

// read reads the next event. It returns nil for one of an unknown type.
func (s *session) read(ctx context.Context) (any, error) {
	_, frame, err := s.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	e, err := protocol.DecodeEvent(frame)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return e, nil
}

func (s *session) write(ctx context.Context, c protocol.Command) error {
	frame, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.ws.Write(ctx, websocket.MessageText, frame)
}
