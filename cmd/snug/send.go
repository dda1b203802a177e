package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"snug/client"
	"snug/protocol"
)

type send struct {
	via

	Room  *string  `arg:"" optional:"" name:"room" help:"The room's code, or a link to the room. Not with --url."`
	Words []string `arg:"" optional:"" help:"The message. If absent, each line of standard input is a message."`
	File  []string `type:"existingfile" sep:"none" placeholder:"FILE" help:"Send this file, with the message if there is one; again for several, up to 10."`
	Alt   []string `sep:"none" placeholder:"TEXT" help:"What the file shows, for those who can't see it; again for several, in the order of --file."`
	URL   string   `name:"url" placeholder:"HOOK" help:"Send by this hook, without joining the room: a URL that snug hook has made."`
}

// Validate requires a room or a hook.
func (c *send) Validate() error {
	if c.Room == nil && c.URL == "" {
		return errors.New(`expected "<room>"`)
	}
	if c.URL != "" && len(c.File) > 0 {
		return errors.New("a hook takes no files: leave out --file, or send to a room")
	}
	if len(c.File) > protocol.MaxFiles {
		return fmt.Errorf("--file is there %d times: a message has at most %d files", len(c.File), protocol.MaxFiles)
	}
	if len(c.Alt) > len(c.File) {
		return fmt.Errorf("--alt is there %d times, and --file %d times: each --alt describes a file", len(c.Alt), len(c.File))
	}
	return nil
}

// Help is shown by snug send --help.
func (send) Help() string {
	return `The exit status is 0 only if the server has confirmed every message. Messages keep their order, across lost connections, restarts of the server and its rate limit. You join as the same member as with snug join.

Standard input is text in UTF-8, or in UTF-16 with a byte order mark. A line that is too long, that isn't text, or that the server refuses, is reported, and the others are sent. Binary input is refused.

Examples:

  snug send ops "it is done"
  snug send https://chat.example/r/ops "it is done"
  journalctl -f | snug send ops
  snug send --file screenshot.png --alt "an error of the disk" ops "look at this"
  make 2>&1 | snug send --nick builder ops
  snug send --url "$HOOK" "it is done"`
}

// Run sends the message, or the lines.
func (c *send) Run(ctx context.Context, s *site, std *streams) (err error) {
	if c.URL != "" {
		return c.post(ctx, std)
	}
	code, err := s.find(*c.Room)
	if err != nil {
		return err
	}
	message, err := joined(c.Words)
	if err != nil {
		return err
	}
	room, err := s.enter(ctx, code, client.Options{History: -1, Transport: c.Transport}, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	if len(c.File) > 0 || len(c.Words) > 0 {
		m := client.Message{Content: message}
		if m.Files, err = uploadAll(ctx, room.Room, c.File); err != nil {
			return err
		}
		for i, alt := range c.Alt {
			m.Files[i].Alt = alt
		}
		_, err := room.Send(ctx, m)
		return err
	}
	_, err = sendLines(ctx, room.Room, std)
	return err
}

// joined returns the message that the words are.
func joined(words []string) (string, error) {
	message := strings.Join(words, " ")
	if len(words) > 0 && strings.TrimSpace(message) == "" {
		return "", errors.New("the message is empty: give words, or leave them out to send the lines of standard input")
	}
	return message, nil
}

// post sends the message, or the lines, by a hook. The first argument isn't a room then.
func (c *send) post(ctx context.Context, std *streams) error {
	p, err := newPoster(c.URL, std.waiting)
	if err != nil {
		return err
	}
	if c.Room != nil {
		c.Words = slices.Insert(c.Words, 0, *c.Room)
	}
	message, err := joined(c.Words)
	if err != nil {
		return err
	}
	if len(c.Words) > 0 {
		return p.post(ctx, message)
	}
	_, err = eachLine(ctx, std, mostChars, func(ctx context.Context, line string) (uint64, error) { return 0, p.post(ctx, line) })
	return err
}

// mostChars is the most that any server may accept in a message. It shortens what comes by
// a hook and is longer than it accepts.
const mostChars = 100_000

var errNotSent = errors.New("not all lines were sent")

// sendLines sends each line of standard input to the room: see eachLine.
func sendLines(ctx context.Context, room *client.Room, std *streams) (last uint64, err error) {
	return eachLine(ctx, std, room.Limits().ContentChars, func(ctx context.Context, line string) (uint64, error) {
		return room.Send(ctx, client.Message{Content: line})
	})
}

// eachLine sends each line of standard input, of at most so many characters, until its end
// or that of ctx. Lines that can't be sent are reported and don't stop the others. It returns the seq of the last
// message that was confirmed; 0 if none was.
func eachLine(ctx context.Context, std *streams, chars int, send func(context.Context, string) (uint64, error)) (last uint64, err error) {
	lines := readLines(ctx, std.in, chars)
	failed := false
	for number := 1; ; number++ {
		var line inputLine
		select {
		case line = <-lines:
		case <-ctx.Done(): // everything that was read is confirmed, or reported
			line.err = io.EOF
		}
		var wrong *wrongLineError
		switch {
		case errors.Is(line.err, io.EOF) && failed:
			return last, errNotSent
		case errors.Is(line.err, io.EOF):
			return last, nil
		case errors.As(line.err, &wrong):
			std.say("line %d: %v", number, wrong)
			failed = true
			continue
		case errors.Is(line.err, errBinary) && number == 1: // the input as a whole is at fault, wherever its first NUL byte is
			return last, line.err
		case line.err != nil:
			return last, fmt.Errorf("line %d: %w", number, line.err)
		case line.text == "": // there are no empty messages
			continue
		}
		seq, err := send(ctx, line.text)
		var refused *protocol.Error
		switch {
		case errors.As(err, &refused):
			std.say("line %d: %v", number, err)
			failed = true
		case err != nil:
			return last, fmt.Errorf("line %d: %w", number, err)
		default:
			last = seq
		}
	}
}

type inputLine struct {
	text string
	err  error
}

// readLines reads lines in a goroutine of its own, so that a command ends at once while
// its input is silent. That goroutine ends with the input, with ctx when it has read a
// line, or with the process.
func readLines(ctx context.Context, in io.Reader, chars int) <-chan inputLine {
	lines := make(chan inputLine)
	go func() {
		r := newLineReader(in, chars)
		for {
			text, err := r.next()
			select {
			case lines <- inputLine{text, err}:
			case <-ctx.Done():
				return
			}
			if err != nil && !errors.As(err, new(*wrongLineError)) {
				return
			}
		}
	}()
	return lines
}
