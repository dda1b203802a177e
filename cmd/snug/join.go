package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/charmbracelet/x/term"

	"snug/client"
	"snug/internal/terminal"
	"snug/protocol"
)

type join struct {
	Code string `arg:"" help:"The room's code."`
}

// Help is shown by snug join --help.
func (join) Help() string {
	return `It fills the terminal; /help says what one can do. Whoever comes back from the same account of the same machine is the same member, with their nick and role: the seat is kept in the user's configuration, under snug/seats, for each server, room and --nick.

Without a terminal it talks in lines: each line of the standard input is said, and what is said is printed, until the input ends.

Examples:

  snug join ops
  snug join --server https://chat.example --nick ann ops`
}

// Run joins the room and stays in it until one leaves.
func (c *join) Run(ctx context.Context, s *site, std *streams) (err error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal is gone
	defer stop()
	in, out := terminalOf(std)
	place, err := openSeat(s.Server, c.Code, s.Nick)
	if err != nil {
		return err
	}
	room, err := c.enter(ctx, s, place, in, std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.keep(room), room.Close()) }()
	if in == nil {
		return talkInLines(ctx, room, std)
	}
	outcome, err := terminal.Run(ctx, room, terminal.Options{In: in, Out: out, Read: place.Read})
	if place.Read != outcome.Read {
		place.Read = outcome.Read
		err = errors.Join(err, place.save())
	}
	for _, content := range outcome.Unsettled {
		std.say("not confirmed, and perhaps not said: %q", content)
	}
	return errors.Join(err, outcome.RoomClosed)
}

// terminalOf is the terminal that the streams are, or nil.
func terminalOf(std *streams) (in, out *os.File) {
	in, isFile := std.in.(*os.File)
	out, isFile2 := std.out.(*os.File)
	if !isFile || !isFile2 || !term.IsTerminal(in.Fd()) || !term.IsTerminal(out.Fd()) {
		return nil, nil
	}
	return in, out
}

// enter joins the room, and asks for its password if there is someone to ask.
func (c *join) enter(ctx context.Context, s *site, place *seat, in *os.File, std *streams) (*client.Room, error) {
	who := *s
	var o client.Options
	if in == nil {
		o.History = 10 // as tail does
	}
	const tries = 3
	for try := 1; ; try++ {
		room, err := place.join(ctx, who, c.Code, o)
		var refused *protocol.Error
		if in == nil || try == tries || !errors.As(err, &refused) || refused.Code != protocol.BadPassword {
			return room, err
		}
		if who.Password, err = askPassword(in, std.err, c.Code); err != nil {
			return nil, err
		}
	}
}

// askPassword reads a password that isn't shown.
func askPassword(in *os.File, to io.Writer, code string) (string, error) {
	_, _ = fmt.Fprintf(to, "The password of %s: ", code) // if it can't be asked, no answer comes
	word, err := term.ReadPassword(in.Fd())
	_, _ = fmt.Fprintln(to)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(word), nil
}

// talkInLines says each line of the input, and prints what is said until the input
// ends and its last line is printed.
func talkInLines(ctx context.Context, room *client.Room, std *streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var until atomic.Uint64 // the last line's seq; 0 while there may be more
	said := make(chan error, 1)
	go func() { // ends with its input; if that doesn't end, with the process
		last, err := sendLines(ctx, room, std)
		until.Store(max(last, 1))
		if room.Position().Seq >= last {
			cancel()
		}
		said <- err
	}()
	p := printer{std: std}
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		if err := p.show(e); err != nil {
			return err
		}
		if last := until.Load(); last > 0 && room.Position().Seq >= last {
			break
		}
	}
	if until.Load() == 0 {
		return nil // interrupted
	}
	return <-said
}
