package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/charmbracelet/x/term"

	"snug/client"
	"snug/internal/terminal"
	"snug/internal/text"
	"snug/protocol"
)

type join struct {
	via

	Room  string `arg:"" name:"room" help:"The room's code, or a link to the room, also with an invite."`
	Knock string `placeholder:"NOTE" help:"If the room is locked, ask those inside to let you in, with this note."`
}

// Help is shown by snug join --help.
func (join) Help() string {
	return `The chat fills the terminal; /help lists what you can do. When you come back from the same account of the same machine, you are the same member, with your nick and role: your seat is kept in your configuration directory, under snug/seats, one for each server, room and --nick.

A link with an invite (#invite=…) lets you into a room that is locked or has a password. One from snug transfer (#transfer=…) makes you the member that you are on another device. Without either, you are asked for a password, or for a note to those who can let you into a locked room.

Without a terminal, and with TERM=dumb, it works in lines: it sends each line of standard input, and prints the messages of the room, until the input ends.

Examples:

  snug join ops
  snug join https://chat.example/r/ops
  snug join --server chat.example --nick ann ops`
}

// Run joins the room and stays in it until the user leaves.
func (c *join) Run(ctx context.Context, s *site, std *streams) (err error) {
	code, err := s.find(c.Room)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal is gone
	defer stop()
	ctx, cancel := std.whileRead(ctx)
	defer cancel(nil)
	in, out := terminalOf(std)
	seat, err := s.openSeat(ctx, code)
	if err != nil {
		return err
	}
	inLines := in == nil || os.Getenv("TERM") == "dumb"
	room, err := c.enter(ctx, s, seat, code, in, inLines, std)
	if err != nil {
		return err
	}
	v := &visit{Room: room, seat: seat}
	defer func() { err = v.end(err) }()
	if inLines {
		return chatInLines(ctx, room, std)
	}
	outcome, err := terminal.Run(ctx, room, terminal.Options{In: in, Out: out, Read: seat.Read})
	if seat.Read != outcome.Read {
		seat.Read = outcome.Read
		err = errors.Join(err, seat.save())
	}
	for _, content := range outcome.Unsettled {
		std.say("not confirmed, and perhaps not sent: %q", content)
	}
	return errors.Join(err, outcome.RoomClosed)
}

// terminalOf returns the terminal that the streams are connected to, or nil.
func terminalOf(std *streams) (in, out *os.File) {
	in, isFile := std.in.(*os.File)
	out, isFile2 := std.out.(*os.File)
	if !isFile || !isFile2 || !term.IsTerminal(in.Fd()) || !term.IsTerminal(out.Fd()) {
		return nil, nil
	}
	return in, out
}

// enter joins the room. If there is a terminal, it asks for the room's password, or for a note
// to those who can let the user in, and waits for them.
func (c *join) enter(ctx context.Context, s *site, seat *seat, code string, in *os.File, inLines bool, std *streams) (*client.Room, error) {
	as := *s
	o := client.Options{Transport: c.Transport, Knock: c.Knock != "", Note: c.Knock, Waiting: std.waiting}
	if inLines {
		o.History = 10 // as tail does
	}
	const tries = 3
	for try := 1; ; try++ {
		room, err := seat.join(ctx, &as, code, o)
		var refused *protocol.Error
		if in == nil || try == tries || !errors.As(err, &refused) {
			return room, err
		}
		switch {
		case refused.Code == protocol.BadPassword:
			as.Password, err = askPassword(ctx, in, std.err, "Password of "+code)
		case refused.Code == protocol.Locked && !o.Knock && c.Transport != client.HTTP:
			std.say("%s is locked. To ask those inside to let you in, write them a line, or just press Enter. Ctrl+C leaves.", code)
			o.Knock = true
			if o.Note, err = askNote(ctx, in); err == nil {
				std.say("waiting for somebody to let you in, for up to %s", text.Span(protocol.KnockFor))
			}
		default:
			return nil, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// askNote reads a line from the terminal. It gives up when ctx ends.
func askNote(ctx context.Context, in *os.File) (string, error) {
	line, err := await(ctx, func() (string, error) { return bufio.NewReader(in).ReadString('\n') })
	if err != nil {
		return "", fmt.Errorf("read the note: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// askPassword asks for the password with this name, and reads it from the terminal, which doesn't
// show it. It gives up when ctx ends.
func askPassword(ctx context.Context, in *os.File, to io.Writer, name string) (string, error) {
	before, err := term.GetState(in.Fd())
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	_, _ = fmt.Fprintf(to, "%s: ", name) // the user sees if it isn't written
	defer func() { _, _ = fmt.Fprintln(to) }()
	word, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(in.Fd()) })
	if err != nil {
		return "", errors.Join(fmt.Errorf("read the password: %w", err), term.Restore(in.Fd(), before))
	}
	return string(word), nil
}

// chatInLines sends each line of the input, and prints the room's messages until the
// input ends and its last message is printed.
func chatInLines(ctx context.Context, room *client.Room, std *streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var until atomic.Uint64 // the seq of the last message that was sent; 0 while the input goes on
	sent := make(chan error, 1)
	go func() { // ends with its input or with ctx
		last, err := sendLines(ctx, room, std)
		until.Store(max(last, 1))
		if room.Position().Seq >= last {
			cancel()
		}
		sent <- err
	}()
	p := printer{std: std, file: room.FileURL}
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		if err := p.show(e, room.Position()); err != nil {
			return err
		}
		if last := until.Load(); last > 0 && room.Position().Seq >= last {
			break
		}
	}
	cancel()
	return <-sent
}
