package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"snug/client"
	"snug/protocol"
)

type tail struct {
	Transport client.Transport `hidden:"" enum:"websocket,http" default:"websocket" help:"Without effect: a room is always read over HTTP."`

	Room    string   `arg:"" name:"room" help:"The room's code, or a link to the room."`
	History int      `short:"n" default:"10" placeholder:"N" help:"Start with the last N messages, 0 to 1000 (${default})."`
	Since   position `placeholder:"EPOCH:SEQ" help:"Start after this position instead, which an earlier tail has printed at its end."`
	Count   *int     `placeholder:"N" help:"Exit after N messages."`
	Files   string   `type:"path" placeholder:"DIR" help:"Save the files of messages in this directory, which is made if need be."`
	JSON    bool     `name:"json" help:"Print the events of the log as JSON, one per line."`
}

// Help is shown by snug tail --help.
func (tail) Help() string {
	return `The command reads the room without joining it: nobody sees who you are, and a room that you misspell is not created. If you have joined the room before, from the same account of the same machine, you read it as that member: also if it is locked, has a password, or lets only members read.

It follows the room across lost connections and restarts of the server; no message is missed or printed twice. It reports messages that are no longer kept on standard error, and at its end the position after the last message that it has printed. It exits when nobody reads its output any more.

With --files, each file is saved as SEQ-NAME, or SEQ.N-NAME if its message has several, where SEQ is the number of the message. One that is there already stays as it is. A message is printed when its files are saved.

Lines with -- report other events: a message was corrected, somebody was removed, the room was changed. Deletions and reactions are only in the output of --json.

Examples:

  snug tail ops
  snug tail https://chat.example/r/ops
  snug tail --json ops | jq -r '.content // empty'
  snug tail --history 0 --count 1 ops
  snug tail --files pictures ops`
}

// position is a position in a log, as it is written on a command line.
type position protocol.Position

// UnmarshalText parses EPOCH:SEQ.
func (p *position) UnmarshalText(text []byte) error {
	epoch, seq, found := strings.Cut(string(text), ":")
	n, err := strconv.ParseUint(seq, 10, 64)
	if !found || epoch == "" || err != nil || n > protocol.MaxSeq {
		return errors.New("a position is EPOCH:SEQ, as an earlier tail has printed it")
	}
	*p = position{Epoch: epoch, Seq: n}
	return nil
}

// Run prints the room's messages.
func (c *tail) Run(ctx context.Context, s *site, std *streams) (err error) {
	code, err := s.find(c.Room)
	switch {
	case err != nil:
		return err
	case c.History < 0 || c.History > protocol.MaxReplay:
		return fmt.Errorf("--history is %d: give a number of messages from 0 to %d", c.History, protocol.MaxReplay)
	case c.Count != nil && *c.Count < 1:
		return fmt.Errorf("--count is %d: give a number of messages above 0", *c.Count)
	}
	o := client.Options{History: c.History, Since: protocol.Position(c.Since), Waiting: std.waiting}
	if c.History == 0 {
		o.History = -1
	}
	ctx, cancel := std.whileRead(ctx)
	defer cancel(nil)
	room, err := s.read(ctx, code, o)
	if err != nil {
		return err
	}
	p := printer{std: std, json: c.JSON, continues: c.Since.Epoch != "", written: protocol.Position(c.Since), file: room.FileURL}
	if c.Files != "" {
		saved, err := openSaved(c.Files)
		if err != nil {
			return errors.Join(err, room.Close())
		}
		p.save = func(prefix string, f protocol.File) (string, error) { return saved.save(ctx, room, prefix, f) }
	}
	defer func() {
		if p.written.Epoch != "" {
			std.say("to go on from here: --since %s:%d", p.written.Epoch, p.written.Seq)
		}
		err = errors.Join(err, room.Close())
	}()
	return c.follow(ctx, room, &p)
}

func (c *tail) follow(ctx context.Context, room *client.Reader, p *printer) error {
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			return nil // interrupted, or nobody reads: that is how tail ends
		}
		if err != nil {
			return err
		}
		if err := p.show(e, room.Position()); err != nil {
			return err
		}
		if c.Count != nil && p.messages == *c.Count {
			return nil
		}
	}
	return nil
}
