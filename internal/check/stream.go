package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"mime"
	"net/http"

	"github.com/coder/websocket"
	"github.com/tmaxmax/go-sse"

	"snug/internal/endpoint"
	"snug/protocol"
)

// stream is a connection over HTTP: the response to a join, which brings the events, and a
// request for each command.
type stream struct {
	commands *dialer // of the node that gets the commands, which may be another one
	body     io.Closer
	pull     func() (sse.Event, error, bool)
	stop     func()
	last     any // the last event
	seat     string
	token    string
}

// openStream joins, and returns when the server has accepted the join. When ctx ends, so
// does the stream. heard is called when anything was received.
func (d *dialer) openStream(ctx context.Context, commands *dialer, join protocol.Command, heard func()) (connection, error) {
	resp, err := d.post(ctx, "events", join, nil)
	if err != nil {
		return nil, endpoint.Unreachable(d.server, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		refusal, err := d.readRefusal(resp)
		if err == nil {
			err = refusedJoin(refusal)
		}
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/event-stream" {
		_ = resp.Body.Close() // it is of no use
		return nil, &refused{text: fmt.Sprintf("%s doesn't answer a join with a stream of events: is it a Snug server, and a recent one?", d.server), final: true}
	}
	s := &stream{commands: commands, body: resp.Body, token: join.Token}
	s.pull, s.stop = iter.Pull2(sse.Read(&listener{resp.Body, heard}, &sse.ReadConfig{MaxEventSize: maxFrameBytes}))
	return s, nil
}

// listener calls heard when anything was received, also the comments of a quiet stream.
type listener struct {
	io.Reader
	heard func()
}

func (l *listener) Read(b []byte) (int, error) {
	n, err := l.Reader.Read(b)
	if n > 0 {
		l.heard()
	}
	return n, err
}

func (s *stream) read(context.Context) (any, error) {
	e, err, more := s.pull()
	if err != nil || !more {
		return nil, s.endedBy(err)
	}
	s.last, err = decode([]byte(e.Data))
	if w, ok := s.last.(*protocol.Welcome); ok {
		s.seat = w.You.Seat
	}
	return s.last, err
}

// endedBy returns why the stream has ended, which its last event says.
func (s *stream) endedBy(err error) error {
	switch last := s.last.(type) {
	case *protocol.Error:
		return refusedJoin(last)
	case *protocol.Goodbye:
		switch last.Code {
		case protocol.GoodbyeDraining:
			return websocket.CloseError{Code: websocket.StatusCode(protocol.CloseDraining)}
		case protocol.GoodbyeClosed:
			return roomClosed()
		default:
			return &refused{text: "the server ended the stream for good: " + last.Code, final: true}
		}
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *stream) write(ctx context.Context, c protocol.Command) (any, error) {
	header := http.Header{"Snug-Seat": {s.seat}}
	if s.token != "" {
		header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := s.commands.post(ctx, "commands", c, header)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		refusal, err := s.commands.readRefusal(resp)
		if err != nil {
			return nil, err
		}
		refusal.ID, refusal.Ref = c.ID, c.Ref
		return refusal, nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxFrameBytes))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	return decode(data)
}

func (s *stream) close() {
	_ = s.body.Close() // the server must cope with that
	s.stop()
}

// post posts a command to a part of the room.
func (d *dialer) post(ctx context.Context, part string, c protocol.Command, header http.Header) (*http.Response, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.RoomAPI(d.code, part).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	return d.http.Do(req)
}

// readRefusal returns an answer that refuses a command as the event that a WebSocket would
// bring; or an error, if it isn't from a Snug server or is about the request.
func (d *dialer) readRefusal(resp *http.Response) (*protocol.Error, error) {
	const most = 64 << 10
	problem, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(problem))
	r := endpoint.ReadRefusal(resp)
	e := new(protocol.Error)
	if r.Detail == "" || json.Unmarshal(problem, e) != nil || e.Code == "" {
		return nil, d.refusal(r)
	}
	e.Message, e.RetryAfter = r.Detail, max(e.RetryAfter, r.RetryAfter)
	return e, nil
}

var errNoWelcome = errors.New("no welcome within 20 s")
