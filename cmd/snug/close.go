package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

type closeRoom struct {
	via

	Room string `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Yes  bool   `short:"y" help:"Don't ask."`
}

// Help is shown by snug close --help.
func (closeRoom) Help() string {
	return `The command ends a room for everyone, and erases its messages and everything that belongs to it: roles, seats, bans, hooks and invites. Nothing of it can be brought back, so export it first if you want to keep it. Nobody can use its code for a day. Only owners may use the command.

Examples:

  snug export ops >ops.jsonl
  snug close ops`
}

// Run closes the room, if the user confirms it.
func (c *closeRoom) Run(ctx context.Context, s *site, std *streams) (err error) {
	room, err := s.visit(ctx, c.Room, c.via, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	code := room.Code()
	if !c.Yes {
		if err := c.confirm(ctx, std, code); err != nil {
			return err
		}
	}
	if err := room.CloseRoom(ctx); err != nil {
		return err
	}
	room.closed = true
	std.say("%s is closed, and its messages are erased", code)
	return nil
}

var errNotClosed = errors.New("the room was not closed")

// confirm asks for the room's code, which nobody types by mistake.
func (c *closeRoom) confirm(ctx context.Context, std *streams, code string) error {
	std.say("this erases all messages of %s for everyone, for good. To close it, type its code:", code)
	line, err := await(ctx, newLineReader(std.in, 0).next)
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: there was no answer; --yes closes it without asking", errNotClosed)
	case err != nil:
		return fmt.Errorf("%w: %w", errNotClosed, err)
	case !strings.EqualFold(strings.TrimSpace(line), code):
		return fmt.Errorf("%w: its code is %s", errNotClosed, code)
	}
	return nil
}
