package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"snug/internal/endpoint"
	"snug/protocol"
)

// Query says what [Room.Search] and [Search] are to find.
type Query struct {
	// Text has words, "phrases", from:NICK, before:DATE, after:DATE, has:link and has:file, as
	// docs/protocol.md describes them. Any text is a query; an empty one finds nothing.
	Text   string
	Before uint64 // only messages before this seq, such as Next of the page before; 0 for all
	Limit  int    // at most so many messages, up to 200; 0 for 20
}

// Search finds messages of the room, newest first, each with its content as it is now. If the
// result says More, there may be further ones: search again with its Next as Before, also if it
// has no events. Search blocks until the server answers, even if connections are lost, or until
// ctx ends. The error is a [*protocol.Error] if the server refuses it: [protocol.TooLong],
// [protocol.Unavailable] if the search took too long, or [protocol.UnknownType] if the server
// has no search. If the room is searched too often, Search waits.
func (r *Room) Search(ctx context.Context, q Query) (protocol.Search, error) {
	cmd := protocol.Command{Type: protocol.CommandSearch, Query: q.Text}
	if !utf8.ValidString(q.Text) {
		return protocol.Search{}, protocol.Errorf(protocol.BadField, "the query isn't UTF-8")
	}
	if q.Before > 0 {
		cmd.Before = &q.Before
	}
	if q.Limit != 0 {
		cmd.Limit = &q.Limit
	}
	c := newQuery(cmd)
	if err := r.do(ctx, c); err != nil {
		return protocol.Search{}, err
	}
	return c.found, checkNext(q, c.found)
}

// Search finds messages of a room without joining it, as [Room.Search] does. server is as in
// [Join]; of the Options, Nick, Since, History and Transport mean nothing. It asks once, and
// blocks until the server answers, for 30 s at most, or ctx ends. The errors are those of [Read], and those of
// Room.Search; if the room is searched too often, [protocol.RateLimited].
func Search(ctx context.Context, server, code string, q Query, o Options) (protocol.Search, error) {
	o.Transport = HTTP
	d, err := newDialer(server, code, o)
	if err != nil {
		return protocol.Search{}, fmt.Errorf("search room %q: %w", code, err)
	}
	defer d.close()
	found, err := d.search(ctx, q, o.Seat)
	if err != nil {
		return protocol.Search{}, fmt.Errorf("search room %q: %w", code, err)
	}
	return found, nil
}

func (d *dialer) search(ctx context.Context, q Query, seat string) (found protocol.Search, err error) {
	if d.code == "" {
		return found, errNoCode
	}
	token, err := d.token(ctx)
	if err != nil {
		return found, fmt.Errorf("get a token: %w", err)
	}
	query := url.Values{"q": {q.Text}, "limit": {strconv.Itoa(cmp.Or(q.Limit, protocol.DefaultFound))}}
	if q.Before > 0 {
		query.Set("before", strconv.FormatUint(q.Before, 10))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, errNoAnswer)
	defer cancel()
	req, err := d.get(ctx, "search", query, seat, token)
	if err != nil {
		return found, err
	}
	resp, err := d.client.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return found, context.Cause(ctx)
	case err != nil:
		return found, endpoint.Unreachable(d.server, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return found, readRefusal(resp)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReadLimit))
	if err != nil {
		return found, cmp.Or(context.Cause(ctx), err)
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return found, fmt.Errorf("%w: what was found: %w", errFaulty, err)
	}
	return found, checkNext(q, found)
}

// checkNext refuses an answer whose next page would be one that was asked for already: whoever
// reads all of them would never come to an end.
func checkNext(q Query, found protocol.Search) error {
	if found.More && (found.Next == 0 || q.Before > 0 && found.Next >= q.Before) {
		return fmt.Errorf("%w: the next page of what was found is before %d, and this one before %d", errFaulty, found.Next, q.Before)
	}
	return nil
}
