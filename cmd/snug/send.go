package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"snug/client"
	"snug/protocol"
)

type send struct {
	Code  string   `arg:"" help:"The room's code."`
	Words []string `arg:"" optional:"" help:"The message. Without it, each line of the standard input is one."`
}

// Help is shown by snug send --help.
func (send) Help() string {
	return `The exit status is 0 only if the server has confirmed every message. They keep their order, also through cuts, restarts of the server and its rate limit. Whoever comes back is the same member, as with snug join.

Examples:

  snug send ops "it is done"
  journalctl -f | snug send ops
  make 2>&1 | snug send --nick builder ops`
}

// Run says it.
func (c *send) Run(ctx context.Context, s *site, std *streams) (err error) {
	room, err := s.enter(ctx, c.Code, client.Options{History: -1}, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.Close()) }()
	if len(c.Words) > 0 {
		_, err := room.Send(ctx, client.Message{Content: strings.Join(c.Words, " ")})
		return err
	}
	_, err = sendLines(ctx, room, std)
	return err
}

var errNotSent = errors.New("not all lines were sent")

// sendLines sends each line of the standard input. One that the server refuses is
// told of and doesn't stop the others. It returns the seq of the last one that was
// confirmed; 0 if none was.
func sendLines(ctx context.Context, room *client.Room, std *streams) (last uint64, err error) {
	lines := bufio.NewReader(std.in)
	failed := false
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" { // there is no empty message
			var refused *protocol.Error
			seq, sendErr := room.Send(ctx, client.Message{Content: strings.ToValidUTF8(line, "\uFFFD")})
			switch {
			case errors.As(sendErr, &refused):
				std.say("line %d: %v", number, sendErr)
				failed = true
			case sendErr != nil:
				return last, fmt.Errorf("line %d: %w", number, sendErr)
			default:
				last = seq
			}
		}
		switch {
		case errors.Is(err, io.EOF) && failed:
			return last, errNotSent
		case errors.Is(err, io.EOF):
			return last, nil
		case err != nil:
			return last, fmt.Errorf("read the standard input: %w", err)
		}
	}
}
