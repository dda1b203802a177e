package client

import (
	"bytes"
	"cmp"
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

// stream is a link over HTTP: the response to the join brings the events, as server-sent
// events, and each command is a request.
type stream struct {
	room  *Room
	token string // proves who sends a command, as the room's seat does
	body  io.Closer
	pull  func() (sse.Event, error, bool)
	stop  func()
	ended error // by the server's last event
}

const (
	jsonType   = "application/json"
	streamType = "text/event-stream"
	// answerWithin bounds the time for a command, and until an export begins. The server answers
	// within seconds, also if it can't carry the command out.
	answerWithin = protocol.DeadAfter / 2
)

var errNoCode = errors.New("the room's code is empty")

// openStream joins, and returns when the server has accepted the join. It gives up when
// ctx ends, and so does the stream. alive is called when anything was received.
func (r *Room) openStream(ctx context.Context, join *command, alive func()) (link, error) {
	if r.dialer.code == "" {
		return nil, errNoCode
	}
	req, err := r.dialer.request(ctx, "events", join)
	if err != nil {
		return nil, err
	}
	s, err := r.stream(ctx, req, alive)
	if err != nil {
		return nil, err
	}
	s.token = join.token
	return s, nil
}

// stream sends a request, and returns the stream that answers it.
func (r *Room) stream(ctx context.Context, req *http.Request, alive func()) (*stream, error) {
	d := r.dialer
	req.Header.Set("Accept", streamType)
	resp, err := d.client.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("connect to %s: %w", d.server, context.Cause(ctx))
	case err != nil:
		return nil, endpoint.Unreachable(d.server, err)
	case resp.StatusCode != http.StatusOK:
		defer resp.Body.Close()
		return nil, readRefusal(resp)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != streamType {
		_ = resp.Body.Close() // it is of no use
		return nil, fmt.Errorf("%s doesn't answer with a stream of events: is it a Snug server, and a recent one?", d.server)
	}
	s := &stream{room: r, body: resp.Body}
	s.pull, s.stop = iter.Pull2(sse.Read(&aliveReader{resp.Body, alive}, &sse.ReadConfig{MaxEventSize: maxReadLimit}))
	return s, nil
}

// aliveReader calls alive when anything was received, also the comments that keep a quiet
// stream alive.
type aliveReader struct {
	io.Reader
	alive func()
}

func (r *aliveReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if n > 0 {
		r.alive()
	}
	return n, err
}

// next returns the events in the data of the stream. Their IDs and types are there, too.
func (s *stream) next(context.Context) (any, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	data, err, more := s.pull()
	switch {
	case err != nil:
		return nil, err
	case !more:
		return nil, io.ErrUnexpectedEOF
	}
	e, err := decode([]byte(data.Data))
	switch e := e.(type) { // what the close code of a WebSocket would say
	case *protocol.Error:
		s.ended = endedBy(e)
	case *protocol.Goodbye:
		s.ended = closed(closeCodes[e.Code], e.Code)
	}
	return e, err
}

// closeCodes are the codes with which WebSockets are closed after a goodbye.
var closeCodes = map[string]protocol.CloseCode{
	protocol.GoodbyeKicked:   protocol.CloseBanned,
	protocol.GoodbyeBanned:   protocol.CloseBanned,
	protocol.GoodbyeRevoked:  protocol.CloseBanned,
	protocol.GoodbyeExpired:  protocol.CloseBadToken,
	protocol.GoodbyeDraining: protocol.CloseDraining,
	protocol.GoodbyeClosed:   protocol.CloseRoomGone,
}

func closed(code protocol.CloseCode, reason string) error {
	return websocket.CloseError{Code: websocket.StatusCode(cmp.Or(code, protocol.CloseNormal)), Reason: reason}
}

// endedBy returns why the link has ended, if the server says so with an error.
func endedBy(e *protocol.Error) error {
	if e.Code == protocol.BadToken { // there may be a fresh one
		return closed(protocol.CloseBadToken, e.Message)
	}
	return e
}

// write sends a command, and returns its answer. A request that fails ends the link: the
// next one reads in its replay whether the command was carried out.
func (s *stream) write(ctx context.Context, c *command) (any, error) {
	if c.typ == protocol.CommandPing { // only what the stream brings tells that it is alive
		return nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, errNoAnswer)
	defer cancel()
	d := s.room.dialer
	req, err := d.request(ctx, "commands", c)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Snug-Seat", s.room.Seat())
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	req.Header["Idempotency-Key"] = nil // net/http may repeat it on a new connection: its ID makes that safe
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refusedBy(readRefusal(resp))
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReadLimit))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if seat := resp.Header.Get("Snug-Seat"); seat != "" { // the command has revoked the one that was shown
		s.room.changeSeat(seat)
	}
	return decode(data)
}

// refusedBy returns the answer of a server that refuses a command. The error is about the
// link rather than the command.
func (c *command) refusedBy(err error) (any, error) {
	var refused *protocol.Error
	switch {
	case !errors.As(err, &refused):
		return nil, err
	case refused.Code == protocol.BadToken:
		return nil, endedBy(refused)
	}
	if refused.Code == protocol.TooMany && refused.ID == "" && refused.Ref == "" {
		refused.Code = protocol.RateLimited // too many requests, whatever is in them
	}
	refused.ID, refused.Ref = c.id, c.ref
	return refused, nil
}

func (s *stream) duplex() bool { return false }

// setLimits needs to do nothing: the events are read with the limit for all servers.
func (s *stream) setLimits(protocol.Limits) {}

// leave does nothing: the server knows when hangUp has closed the connection.
func (s *stream) leave() {}

func (s *stream) hangUp() {
	_ = s.body.Close() // it may have ended already
	s.stop()
}

// request returns a request that posts a command.
func (d *dialer) request(ctx context.Context, to string, c *command) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.RoomAPI(d.code, to).String(), bytes.NewReader(c.frame))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, d.header)
	req.Header.Set("Content-Type", jsonType)
	return req, nil
}

// maxRefusal bounds what is read of a refusal, in bytes.
const maxRefusal = 64 << 10

// readRefusal returns the error of an answer that refuses a request: a *protocol.Error if
// it has a code, and otherwise a *RefusedError.
func readRefusal(resp *http.Response) error {
	problem, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // what is missing shows when it is decoded
	resp.Body = io.NopCloser(bytes.NewReader(problem))
	r := endpoint.ReadRefusal(resp)
	var e protocol.Error
	if r.Detail == "" || json.Unmarshal(problem, &e) != nil || e.Code == "" {
		return refusedError(r)
	}
	e.Message = r.Detail
	if e.RetryAfter == 0 {
		e.RetryAfter = min(r.RetryAfter, longestWait)
	}
	return &e
}

func refusedError(r endpoint.Refusal) *RefusedError {
	return &RefusedError{r.Status, r.Detail, min(r.RetryAfter, longestWait), r.Location}
}

var errNoAnswer = fmt.Errorf("the server didn't answer within %v", answerWithin)
