package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// printer prints a room's events as lines.
type printer struct {
	std       *streams
	json      bool
	dated     bool                                                          // lines have the day, too
	file      func(f protocol.File) string                                  // where a file is
	save      func(prefix string, f protocol.File) (path string, err error) // saves a file; nil to save none
	continues bool                                                          // the events continue others that were printed
	messages  int                                                           // how many it has printed
	written   protocol.Position                                             // of the last event that it has printed, or that needs no line
}

// show prints a log event, and reports others that matter to readers. at is the room's
// position after the event.
func (p *printer) show(e client.Event, at protocol.Position) error {
	switch e := e.(type) {
	case *client.Connected:
		if p.continues && !e.Resumed {
			p.std.say("the room has a new log, which doesn't continue the last one")
			p.written = protocol.Position{}
		}
		p.continues = true
		if e.Head == 0 {
			p.std.say("room %s is empty: nobody has written in it", e.Room)
		}
	case *client.Disconnected:
		p.std.say("disconnected (%v), trying again", e.Err)
	case *protocol.Gap:
		p.std.say("events %d to %d are no longer kept", e.First, e.Last)
		p.written = at
	case *protocol.Event:
		if err := p.saveFiles(e); err != nil {
			return err
		}
		line, isMessage, err := p.line(e)
		if err != nil {
			return err
		}
		if len(line) > 0 {
			if _, err := p.std.out.Write(line); err != nil {
				return writeError(err)
			}
		}
		p.written = at
		if isMessage {
			p.messages++
		}
	}
	return nil
}

// saveFiles saves the files of a message. Those that are gone are reported.
func (p *printer) saveFiles(e *protocol.Event) error {
	if p.save == nil || e.Type != protocol.EventMessage {
		return nil
	}
	body, err := e.Message()
	if err != nil {
		return err
	}
	paths := make(map[string]string, len(body.Files))
	for i, f := range body.Files {
		prefix := strconv.FormatUint(e.Seq, 10)
		if len(body.Files) > 1 {
			prefix += "." + strconv.Itoa(i+1)
		}
		path, err := p.save(prefix, f)
		var refused *protocol.Error
		switch {
		case errors.As(err, &refused):
			p.std.say("%v", err)
			paths[f.ID] = "(not saved)"
		case err != nil:
			return err
		default:
			paths[f.ID] = path
		}
	}
	p.file = func(f protocol.File) string { return paths[f.ID] }
	return nil
}

// writeError explains the error of a write to standard output.
func writeError(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return err // nobody reads: that needs no words
	}
	return fmt.Errorf("write to standard output: %w", err)
}

// line returns the line for an event, and whether that is a message. It returns an empty
// one for events that have none.
func (p *printer) line(e *protocol.Event) (line []byte, isMessage bool, err error) {
	isMessage = e.Type == protocol.EventMessage
	if p.json {
		return append(text.EscapeJSON(e.AppendJSON(nil)), '\n'), isMessage, nil
	}
	at := e.At
	var words string
	switch e.Type {
	case protocol.EventMessage:
		body, err := e.Message()
		if err != nil || body.Deleted {
			return nil, false, err
		}
		if body.SentAt != nil {
			at = *body.SentAt
		}
		who := text.Line(e.From.Nick)
		if body.As != "" {
			who += " (" + text.Line(body.As) + ")"
		}
		lines := text.Files(body.Files, p.file)
		if body.Content != "" {
			lines = slices.Insert(lines, 0, text.Visible(body.Content))
		}
		words = who + ": " + strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\n    ")
	case protocol.EventEdited:
		body, err := e.Edited()
		if err != nil || body.Erased {
			return nil, false, err
		}
		what := "corrected: " + text.Indented(body.Content)
		if body.Content == "" {
			what = "took away the text of a message with files"
		}
		words = "-- " + text.Line(e.From.Nick) + " " + what
	case protocol.EventModerated:
		what := text.Moderation(e)
		if what == "" {
			return nil, false, nil
		}
		words = "-- " + what
	default:
		return nil, false, nil
	}
	layout := "15:04"
	if p.dated {
		layout = "2006-01-02 15:04"
	}
	return fmt.Appendf(nil, "%s %s\n", at.Local().Format(layout), words), isMessage, nil
}
