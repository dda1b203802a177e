package main

import (
	"context"
	"errors"
	"syscall"

	"snug/client"
)

type export struct {
	Room   string `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Format string `enum:"jsonl,html,txt" default:"jsonl" placeholder:"FORMAT" help:"jsonl, an event of the log in each line; html, a page to read or print; or txt (${default})."`
}

// Help is shown by snug export --help.
func (export) Help() string {
	return `The command writes everything that is kept of a room to standard output. Owners and moderators may use it.

Examples:

  snug export ops >ops.jsonl
  snug export ops --format html >ops.html`
}

// Run exports the room.
func (c *export) Run(ctx context.Context, s *site, std *streams) error {
	code, err := s.find(c.Room)
	if err != nil {
		return err
	}
	o, err := s.asBefore(ctx, code)
	if err != nil {
		return err
	}
	ctx, cancel := std.whileRead(ctx)
	defer cancel(nil)
	err = client.Export(ctx, s.Server, code, c.Format, std.out, o)
	if errors.Is(err, syscall.EPIPE) || errors.Is(context.Cause(ctx), errNoReader) {
		return syscall.EPIPE
	}
	return err
}
