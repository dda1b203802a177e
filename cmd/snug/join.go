package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/charmbracelet/x/term"

	"snug/client"
	"snug/internal/terminal"
	"snug/internal/text"
)

type join struct {
	via

	Rooms []string `arg:"" name:"room" help:"The room's code, or a link to the room, also with an invite. Several rooms are open at once."`
	Knock string   `placeholder:"NOTE" help:"If the room is locked, ask those inside to let you in, with this note."`
}

// Help is shown by snug join --help.
func (join) Help() string {
	return `The chat fills the terminal; /help lists what you can do. When you come back from the same account of the same machine, you are the same member, with your nick and role: your seat is kept in your configuration directory, under snug/seats, one for each server, room and --nick.

A link with an invite (#invite=…) lets you into a room that is locked or has a password. One from snug transfer (#transfer=…) makes you the member that you are on another device. Without either, you are asked for a password, or for a note to those who can let you into a locked room.

Several rooms have a number each, and a bar above the input shows where something is new. Alt+1 to Alt+9 go to one; /join opens another one, and /leave leaves the one on the screen.

Without a terminal, and with TERM=dumb, it works in lines, in one room: it sends each line of standard input, and prints the messages of the room, until the input ends.

Examples:

  snug join ops
  snug join https://chat.example/r/ops
  snug join ops lobby support
  snug join --server chat.example --nick ann ops`
}

// Run joins the rooms and stays in them until the user leaves.
func (c *join) Run(ctx context.Context, s *site, std *streams) (err error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal is gone
	defer stop()
	ctx, cancel := std.whileRead(ctx)
	defer cancel(nil)
	in, out := terminalOf(std)
	if in == nil || os.Getenv("TERM") == "dumb" {
		return c.inLines(ctx, s, in, std)
	}
	var visits []*terminal.Visit
	as, home := *s, s.home()
	for _, name := range c.Rooms {
		p, err := c.find(as, home, name)
		if err != nil {
			return errors.Join(err, leaveAll(visits))
		}
		home = p.home
		if slices.ContainsFunc(visits, func(v *terminal.Visit) bool { return v.ID == p.id() }) {
			continue
		}
		v, err := p.enter(ctx, client.Options{Knock: c.Knock != "", Note: c.Knock, Waiting: std.waiting}, in, std)
		if err != nil {
			return errors.Join(err, leaveAll(visits))
		}
		visits = append(visits, p.shown(v))
	}
	unsettled, err := terminal.Run(ctx, in, out, visits)
	for _, words := range unsettled {
		std.say("%s", words)
	}
	return err
}

// leaveAll leaves rooms that weren't shown.
func leaveAll(visits []*terminal.Visit) error {
	var errs []error
	for _, v := range visits {
		errs = append(errs, v.Leave(terminal.Outcome{Read: v.Read}))
	}
	return errors.Join(errs...)
}

// inLines joins one room, and works in lines.
func (c *join) inLines(ctx context.Context, s *site, in *os.File, std *streams) (err error) {
	if len(c.Rooms) > 1 {
		return errors.New("without a terminal, and with TERM=dumb, snug join works in one room: give one")
	}
	p, err := c.find(*s, s.home(), c.Rooms[0])
	if err != nil {
		return err
	}
	v, err := p.enter(ctx, client.Options{Knock: c.Knock != "", Note: c.Knock, Waiting: std.waiting, History: 10}, in, std) // as tail does
	if err != nil {
		return err
	}
	defer func() { err = v.end(err) }()
	return chatInLines(ctx, v.Room, std)
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

// askNote reads a line from the terminal. It gives up when ctx ends.
func askNote(ctx context.Context, in *os.File) (string, error) {
	line, err := await(ctx, newLineReader(in, 0).next)
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
	// A suspended process would leave the terminal to a shell as it is, without an echo, or find it with one after fg.
	err = term.SetState(in.Fd(), withoutSuspend(*before))
	var word []byte
	if err == nil {
		_, _ = fmt.Fprintf(to, "%s: ", text.Line(name)) // the user sees if it isn't written
		word, err = await(ctx, func() ([]byte, error) { return term.ReadPassword(in.Fd()) })
		_, _ = fmt.Fprintln(to)
	}
	if err = errors.Join(err, term.Restore(in.Fd(), before)); err != nil {
		return "", fmt.Errorf("read the password: %w", err)
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
