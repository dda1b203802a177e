package main

import (
	"context"
	"time"

	"snug/internal/text"
)

type transfer struct {
	via

	Room string `arg:"" name:"room" help:"The room's code, or a link to the room."`
}

// Help is shown by snug transfer --help.
func (transfer) Help() string {
	return `The command prints a link that makes another device or browser the member that you are here, with your nick and role. It works once, within two minutes. Keep it secret until you have used it.

Examples:

  snug transfer ops
  snug join 'https://chat.example/r/ops#transfer=K7QT2-9XWZR'`
}

// Run prints a link for another device.
func (c *transfer) Run(ctx context.Context, s *site, std *streams) (err error) {
	room, err := s.visit(ctx, c.Room, c.via, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	t, err := room.Transfer(ctx)
	if err != nil {
		return err
	}
	std.say("who opens it first is %s, until %s; the code in it is %s", room.You().Nick, t.Until.Local().Format(time.TimeOnly), t.Code)
	return std.print(text.Line(t.URL) + "\n")
}
