package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"snug/protocol"
)

// Reader reads a room without being in it, from [Read] to Close: it is no member, nobody
// sees who it is, and a room that is only read begins to exist for nobody. Its methods are
// safe for concurrent use.
type Reader struct{ room *Room }

// Read reads the room with the given code, and returns after the server's welcome. server
// and ctx are as in [Join], and the Reader stays connected as a Room does, always over HTTP,
// until [Reader.Close], which the caller must call.
//
// Of the Options, Nick, NoClaim and Transport mean nothing. A room that only members may
// read, that is locked or has a password, needs a Seat, a token or the Password. A seat that
// the server doesn't know is refused, with [protocol.Forbidden]. The errors are those of
// Join. If a lost connection can't be opened again because of Forbidden, the Reader closes for
// good, too.
func Read(ctx context.Context, server, code string, o Options) (*Reader, error) {
	o.Transport = HTTP
	r, err := enter(ctx, server, code, o, true)
	if err != nil {
		return nil, fmt.Errorf("read room %q: %w", code, err)
	}
	return &Reader{r}, nil
}

// Events returns what happens in the room, as [Room.Events] does, with the same promises. Of
// events that aren't in the log there are only [*Connected], without You, Members and Pins,
// [*Disconnected] and [*protocol.Gap].
func (r *Reader) Events(ctx context.Context) iter.Seq2[Event, error] { return r.room.Events(ctx) }

// Position is as [Room.Position].
func (r *Reader) Position() protocol.Position { return r.room.Position() }

// Settings is as [Room.Settings].
func (r *Reader) Settings() protocol.Settings { return r.room.Settings() }

// Close ends the connection, as [Room.Close] does.
func (r *Reader) Close() error { return r.room.Close() }

// reading is a link of a Reader: a stream of the room's events. Its only commands are those
// for pages of the log.
type reading struct {
	*stream
}

// openReading is openStream for somebody who doesn't join.
func (r *Room) openReading(ctx context.Context, token string, alive func()) (link, error) {
	if r.dialer.code == "" {
		return nil, errNoCode
	}
	join := r.joinCommand(token)
	query := make(url.Values)
	query.Set("history", strconv.Itoa(protocol.DefaultHistory))
	if join.History != nil {
		query.Set("history", strconv.Itoa(*join.History))
	}
	req, err := r.dialer.get(ctx, "events", query, r.Seat(), token)
	if err != nil {
		return nil, err
	}
	if since := join.Since; since != nil {
		req.Header.Set("Last-Event-ID", since.Epoch+":"+strconv.FormatUint(since.Seq, 10))
	}
	s, err := r.stream(ctx, req, alive)
	if err != nil {
		return nil, err
	}
	s.token = token
	return &reading{s}, nil
}

// get returns a request that reads a part of the room.
func (d *dialer) get(ctx context.Context, part string, query url.Values, seat, token string) (*http.Request, error) {
	u := d.server.RoomAPI(d.code, part)
	maps.Copy(query, u.Query()) // of the server's address
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, d.header)
	if seat != "" {
		req.Header.Set("Snug-Seat", seat)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if d.password != "" {
		req.Header.Set("Snug-Password", url.PathEscape(d.password))
	}
	return req, nil
}

// write answers the commands that a Reader has: those for a page of the log.
func (l *reading) write(ctx context.Context, c *command) (any, error) {
	if c.typ != protocol.CommandHistory {
		return nil, nil
	}
	var page protocol.Command
	if err := json.Unmarshal(c.frame, &page); err != nil {
		return nil, err
	}
	query := url.Values{"limit": {strconv.Itoa(*cmp.Or(page.Limit, new(protocol.DefaultPage)))}}
	if page.After != nil {
		query.Set("after", strconv.FormatUint(*page.After, 10))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, errNoAnswer)
	defer cancel()
	req, err := l.room.dialer.get(ctx, "messages", query, l.room.Seat(), l.token)
	if err != nil {
		return nil, err
	}
	resp, err := l.room.dialer.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.refusedBy(readRefusal(resp))
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReadLimit))
	if err != nil {
		return nil, err
	}
	var answer struct {
		protocol.History
		Epoch string `json:"epoch"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("%w: a page of the log: %w", errFaulty, err)
	}
	l.room.mu.Lock()
	defer l.room.mu.Unlock()
	if answer.Epoch != l.room.received.Epoch {
		return nil, errLostPlace // the next connection says what there is now
	}
	answer.Ref = c.ref
	return &answer.History, nil
}
