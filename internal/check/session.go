package check

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"snug/protocol"
)

// session is a connection that has joined.
type session struct {
	protocol.Welcome
	connection
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
	late := time.AfterFunc(joinWithin, func() { s.end(errNoWelcome) })
	defer late.Stop()
	heard := func() { s.heard.Store(int64(r.now())) }
	var err error
	if s.connection, err = r.dial(s.ctx, r.joinCommand(client, nick, seat), heard); err == nil {
		if err = s.awaitWelcome(); err == nil {
			s.welcomed = r.now()
			s.live = s.welcomed
			heard()
			r.ledger.joined(client, s.Epoch, s.Head, s.welcomed)
			return s, nil
		}
	}
	if s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	s.end(err)
	if s.connection != nil {
		s.close()
	}
	return nil, err
}

// dial opens a connection and sends the join. Nodes are used in turn. Over HTTP, commands may
// go to another node than the one whose events the client reads: all pairs are used in turn.
func (r *run) dial(ctx context.Context, join protocol.Command, heard func()) (connection, error) {
	turn, all := r.turn.Add(1), uint64(len(r.dialers))
	d := r.dialers[turn%all]
	if r.options.HTTP {
		return d.openStream(ctx, r.dialers[(turn+turn/all)%all], join, heard)
	}
	ws, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxFrameBytes)
	if _, err := (webSocket{ws}).write(ctx, join); err != nil {
		_ = ws.CloseNow() // the error to return is err
		return nil, closeReason(err)
	}
	return webSocket{ws}, nil
}

// joinCommand returns the client's join. It resumes, or for the first time asks for no
// history.
func (r *run) joinCommand(client int, nick, seat string) protocol.Command {
	none := 0
	c := protocol.Command{Type: protocol.CommandJoin, Nick: nick, Seat: seat, Token: r.options.Token, History: &none}
	if r.options.Password != "" {
		c.Password = &r.options.Password
	}
	if epoch, seq, joined := r.ledger.position(client); joined && client != auditor {
		c.Since = &protocol.Position{Epoch: epoch, Seq: seq}
	}
	return c
}

func (r *run) nick(client int) string { return fmt.Sprintf("%s %d", r.options.Nick, client) }

// leave ends a session without a reader.
func (s *session) leave(why error) {
	s.end(why)
	s.close()
}

func (s *session) awaitWelcome() error {
	for {
		e, err := s.read(s.ctx)
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
