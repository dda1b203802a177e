package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"snug/client"
	"snug/internal/endpoint"
	"snug/protocol"
)

type search struct {
	Room  string   `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Query []string `arg:"" name:"query" help:"Words, phrases in quotation marks, from:NICK, before:DATE, after:DATE, has:link, has:file."`
	Limit int      `short:"n" default:"20" placeholder:"N" help:"How many messages; 0 for all (${default})."`
	JSON  bool     `name:"json" help:"Print the messages as JSON, one per line."`
}

// Help is shown by snug search --help.
func (search) Help() string {
	return `The command prints messages that have everything that the query says, newest first, as they are now. It reads the room as snug tail does, without joining it.

Case and accents don't matter, and parts of words are found too. The shell takes quotation marks away that aren't in others.

Examples:

  snug search ops deploy failed
  snug search ops '"disk full"' from:grafana after:2026-01-31
  snug search --json -n 0 ops has:link | jq -r .content`
}

// Run prints the messages.
func (c *search) Run(ctx context.Context, s *site, std *streams) error {
	code, err := s.find(c.Room)
	text := strings.Join(c.Query, " ")
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(text) == "":
		return errors.New("the query is empty: give what to find, as in snug search ops deploy failed")
	case c.Limit < 0:
		return errors.New("--limit is negative: give a number of messages, or 0 for all")
	}
	server, err := endpoint.ParseServer(s.Server)
	if err != nil {
		return err
	}
	p := &printer{std: std, json: c.JSON, dated: true, file: func(f protocol.File) string {
		return server.RoomAPI(code, "files").JoinPath(url.PathEscape(f.ID), url.PathEscape(f.Name)).Redacted()
	}}
	q := client.Query{Text: text}
	incomplete := false
	for left := c.Limit; ; {
		q.Limit = protocol.MaxPage
		if c.Limit > 0 {
			q.Limit = min(left, protocol.MaxPage)
		}
		var found protocol.Search
		err := s.asReader(ctx, code, func(as client.Options) (err error) {
			found, err = searchPatiently(ctx, s.Server, code, q, as)
			return err
		})
		if err != nil {
			return err
		}
		incomplete = incomplete || found.Incomplete
		for i := range found.Events {
			if err := p.show(&found.Events[i], protocol.Position{}); err != nil {
				return err
			}
		}
		if left -= len(found.Events); !found.More || c.Limit > 0 && left <= 0 {
			break
		}
		q.Before = found.Next
	}
	if incomplete {
		std.say("the server is still indexing the room: there may be more")
	}
	if p.messages == 0 {
		std.say("nothing was found")
	}
	return nil
}

// searchPatiently waits while the server says that there are too many searches.
func searchPatiently(ctx context.Context, server, code string, q client.Query, o client.Options) (protocol.Search, error) {
	for {
		found, err := client.Search(ctx, server, code, q, o)
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Code != protocol.RateLimited {
			return found, err
		}
		select {
		case <-time.After(max(refused.RetryAfter, 100*time.Millisecond)):
		case <-ctx.Done():
			return found, context.Cause(ctx)
		}
	}
}
