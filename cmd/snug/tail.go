package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

type tail struct {
	Code    string   `arg:"" help:"The room's code."`
	History int      `default:"10" placeholder:"N" help:"Begin with the last N messages, 0 to 1000 (${default})."`
	Since   position `placeholder:"EPOCH:SEQ" help:"Begin after this position instead, as an earlier tail has printed it at its end."`
	Count   int      `placeholder:"N" help:"End after N messages."`
	JSON    bool     `name:"json" help:"Print the events of the log as the server sends them, one a line."`
}

// Help is shown by snug tail --help.
func (tail) Help() string {
	return `It follows the room across cuts and restarts of the server; nothing is missed and nothing comes twice. What is no longer kept is told on the standard error, and so is, at the end, the position to go on from.

Lines with -- say what else happened: a message was corrected, somebody was put out, the room was changed. What is erased or reacted to is told by --json alone.

Examples:

  snug tail ops
  snug tail --json ops | jq -r '.content // empty'
  snug tail --history 0 --count 1 ops`
}

// position is a place in a log as it is written on a command line.
type position protocol.Position

// UnmarshalText reads EPOCH:SEQ.
func (p *position) UnmarshalText(text []byte) error {
	epoch, seq, found := strings.Cut(string(text), ":")
	n, err := strconv.ParseUint(seq, 10, 64)
	if !found || epoch == "" || err != nil || n > protocol.MaxSeq {
		return errors.New("a position is EPOCH:SEQ, as an earlier tail has printed it")
	}
	*p = position{Epoch: epoch, Seq: n}
	return nil
}

// Run shows what is said.
func (c *tail) Run(ctx context.Context, s *site, std *streams) (err error) {
	if c.History < 0 || c.History > protocol.MaxReplay {
		return fmt.Errorf("--history is %d: a number of messages from 0 to %d", c.History, protocol.MaxReplay)
	}
	o := client.Options{History: c.History, Since: protocol.Position(c.Since)}
	if c.History == 0 {
		o.History = -1
	}
	room, err := s.enter(ctx, c.Code, o, std)
	if err != nil {
		return err
	}
	defer func() {
		if p := room.Position(); p.Epoch != "" {
			std.say("to go on from here: --since %s:%d", p.Epoch, p.Seq)
		}
		err = errors.Join(err, room.Close())
	}()
	return c.follow(ctx, room, std)
}

func (c *tail) follow(ctx context.Context, room *client.Room, std *streams) error {
	p := printer{std: std, json: c.JSON, continues: c.Since.Epoch != ""}
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			return nil // interrupted, which is how it ends
		}
		if err != nil {
			return err
		}
		if err := p.show(e); err != nil {
			return err
		}
		if c.Count > 0 && p.messages == c.Count {
			return nil
		}
	}
	return nil
}

// printer prints a room's events as lines.
type printer struct {
	std       *streams
	json      bool
	continues bool // it goes on after something that was shown
	messages  int  // that were printed
}

// show prints an event of the log, and says what else a reader has to know.
func (p *printer) show(e client.Event) error {
	switch e := e.(type) {
	case *client.Connected:
		if p.continues && !e.Resumed {
			p.std.say("the room's log is another one than before")
		}
		p.continues = true
	case *client.Disconnected:
		p.std.say("disconnected (%v), trying again", e.Err)
	case *protocol.Gap:
		p.std.say("events %d to %d are no longer kept", e.First, e.Last)
	case *protocol.Event:
		message, err := p.print(p.std.out, e)
		if message && err == nil {
			p.messages++
		}
		return err
	}
	return nil
}

// print reports whether e was a message.
func (p *printer) print(out io.Writer, e *protocol.Event) (message bool, err error) {
	message = e.Type == protocol.EventMessage
	if p.json {
		_, err := out.Write(append(e.AppendJSON(nil), '\n'))
		return message, err
	}
	var line string
	switch e.Type {
	case protocol.EventMessage:
		body, err := e.Message()
		if err != nil || body.Deleted {
			return false, err
		}
		line = text.Line(e.From.Nick) + ": " + text.Indented(body.Content)
	case protocol.EventEdited:
		body, err := e.Edited()
		if err != nil || body.Content == "" { // the message is erased
			return false, err
		}
		line = "-- " + text.Line(e.From.Nick) + " corrected: " + text.Indented(body.Content)
	case protocol.EventModerated:
		what := text.Moderation(e)
		if what == "" {
			return false, nil
		}
		line = "-- " + what
	default: // nothing that was said
		return false, nil
	}
	_, err = fmt.Fprintf(out, "%s %s\n", e.At.Local().Format("15:04"), line)
	return message, err
}
