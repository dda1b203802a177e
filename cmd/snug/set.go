package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

type set struct {
	via

	Room        string  `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Name        *string `placeholder:"TEXT" help:"The room's name, which is shown as its title. Empty for none."`
	Topic       *string `placeholder:"TEXT" help:"The room's topic. Empty for none."`
	Lock        string  `enum:",yes,no" default:"" placeholder:"yes|no" help:"Whether newcomers can't join without an invite."`
	NewPassword bool    `help:"Change the password to the first line of standard input, which a terminal doesn't show. Empty for none. (--password is the one to join with.)"`
	Slow        string  `placeholder:"TIME|off" help:"Slow mode: the time between two messages of a member, such as 10s."`
	Reading     string  `enum:",members,anyone" default:"" placeholder:"members|anyone" help:"Who may read the room without joining it."`
	Keep        string  `placeholder:"TIME|off" help:"Remove messages when they are older than this, such as 7d."`
	Expires     string  `placeholder:"TIME|never" help:"When the room closes by itself, and its messages are erased: after a time such as 30d, or at a date such as 2026-05-01."`
}

// Help is shown by snug set --help.
func (set) Help() string {
	return `The command changes what its flags name, and leaves the rest. Only owners may do that; a room that nobody owns becomes yours. Without flags it prints the settings, and doesn't join the room.

Examples:

  snug set ops --name Operations --topic 'on call: ann'
  snug set ops --keep 7d
  snug set fair --lock yes --expires 2026-05-01
  snug set fair --new-password < secret
  snug set ops`
}

// Run changes the settings, or prints them.
func (c *set) Run(ctx context.Context, s *site, std *streams) (err error) {
	code, err := s.find(c.Room)
	if err != nil {
		return err
	}
	change, err := c.change(time.Now())
	if err != nil {
		return err
	}
	if c.NewPassword {
		word, err := readPassword(ctx, std, code)
		if err != nil {
			return err
		}
		change.Password = &word
	}
	if change == (client.Change{}) {
		return c.show(ctx, s, code, std)
	}
	room, err := s.enter(ctx, code, client.Options{History: -1, Transport: c.Transport}, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	return room.Set(ctx, change)
}

// readPassword reads a password from the terminal, or the first line of standard input. It gives
// up when ctx ends.
func readPassword(ctx context.Context, std *streams, code string) (string, error) {
	if in, _ := terminalOf(std); in != nil {
		return askPassword(ctx, in, std.err, "New password of "+code)
	}
	word, err := await(ctx, newLineReader(std.in, 0).next)
	if errors.Is(err, io.EOF) { // such as from a program that failed
		err = errors.New("standard input has no line: for no password, it needs an empty one")
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return word, nil
}

func (c *set) change(now time.Time) (n client.Change, err error) {
	n.Name, n.Topic = c.Name, c.Topic
	if c.Lock != "" {
		n.Locked = new(c.Lock == "yes")
	}
	if c.Reading != "" {
		n.Reading = new("")
		if c.Reading == protocol.ReadingMembers {
			*n.Reading = protocol.ReadingMembers
		}
	}
	var wrong error
	if n.Slow, err = spanOrOff(c.Slow); err != nil {
		wrong = fmt.Errorf("--slow: %w", err)
	}
	if n.Keep, err = spanOrOff(c.Keep); err != nil {
		wrong = errors.Join(wrong, fmt.Errorf("--keep: %w", err))
	}
	switch c.Expires {
	case "":
	case "never":
		n.Expires = new(time.Time)
	default:
		at, err := text.ParseEnd(c.Expires, now)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("--expires: %w, or never", err))
		}
		n.Expires = &at
	}
	return n, wrong
}

// spanOrOff reads a time, or off. It returns nil for an empty text.
func spanOrOff(s string) (*time.Duration, error) {
	switch s {
	case "":
		return nil, nil
	case "off":
		return new(time.Duration), nil
	}
	d, err := text.ParseSpan(s)
	if err != nil {
		return nil, fmt.Errorf("%w, or off", err)
	}
	return &d, nil
}

func (c *set) show(ctx context.Context, s *site, code string, std *streams) error {
	room, err := s.read(ctx, code, client.Options{History: -1})
	if err != nil {
		return err
	}
	lines := settingLines(room.Settings())
	return errors.Join(std.print(lines), room.Close())
}

// settingLines lists settings, by the flags that change them.
func settingLines(n protocol.Settings) string {
	yesNo := map[bool]string{true: "yes", false: "no"}
	span := func(d time.Duration) string {
		if d == 0 {
			return "off"
		}
		return text.Span(d)
	}
	reading, expires := "anyone", "never"
	if n.Reading == protocol.ReadingMembers {
		reading = "members"
	}
	if n.Expires != "" {
		expires = text.Stamp(n.Expires)
	}
	var lines strings.Builder
	for _, setting := range [][2]string{
		{"name", text.Line(n.Name)}, {"topic", text.Line(n.Topic)}, {"lock", yesNo[n.Locked]}, {"password", yesNo[n.Password]},
		{"slow", span(time.Duration(n.SlowMS) * time.Millisecond)}, {"reading", reading},
		{"keep", span(time.Duration(n.KeepSeconds) * time.Second)}, {"expires", expires},
	} {
		lines.WriteString(strings.TrimRight(fmt.Sprintf("%-8s  %s", setting[0], setting[1]), " ") + "\n")
	}
	return lines.String()
}
