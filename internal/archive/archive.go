// Package archive writes a room's log as a file for people or programs, and reads such
// files. It starts no goroutine, and needs the same memory for a room of ten messages as
// for one of a million.
package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"snug/protocol"
)

// Log is what an archive is made of: a [room.Participant], or anything else that reads a log.
type Log interface {
	// ReadAfter returns the page that begins after a seq. It is empty only if there are
	// no later events.
	ReadAfter(ctx context.Context, after uint64, limit int) (protocol.History, error)
}

// Room is what an archive says about its room.
type Room struct {
	Code, Name, Epoch string
	First, Head       uint64 // the oldest event that is kept, and the newest
}

// Format is a format of archives.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl" // the log events, for programs
	HTML      Format = "html"  // the room as it looks now, for people
	Text      Format = "txt"   // the same as plain text
)

// ParseFormat returns the format with this name; that of an empty name is JSONLines.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case "":
		return JSONLines, nil
	case JSONLines, HTML, Text:
		return f, nil
	}
	return "", fmt.Errorf("format is %q: it is jsonl, html or txt", name)
}

// contentType returns the media type of an archive.
func (f Format) contentType() string {
	switch f {
	case HTML:
		return "text/html; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	}
	return "application/jsonl"
}

// SetHeaders sets the headers of a response that is the archive of a room with this code, made
// at a time. A browser saves it; if it shows it after all, it runs nothing and loads nothing.
func SetHeaders(h http.Header, code string, f Format, at time.Time) {
	name := fmt.Sprintf("%s-%s.%s", code, at.UTC().Format(time.DateOnly), f)
	h.Set("Content-Type", f.contentType())
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// Write writes the events of room up to room.Head to w, as they are at the moment of the
// call, which is at. flush is called after each page that was read, and can end the archive
// by an error. Whatever goes wrong with reading is also written into the archive, as its end:
// nobody takes a part for the whole.
func Write(ctx context.Context, w io.Writer, f Format, room Room, log Log, at time.Time, flush func() error) error {
	out := &output{Writer: bufio.NewWriterSize(w, outputBytes), flushed: flush}
	var document interface {
		begin()
		events(ctx context.Context) error
		end()
		fail(why string)
	}
	switch f {
	case HTML:
		document = &page{room: room, log: log, at: at, out: out}
	case Text:
		document = &plain{room: room, log: log, at: at, out: out}
	default:
		document = &lines{room: room, log: log, at: at, out: out}
	}
	document.begin()
	err := document.events(ctx)
	if err == nil {
		document.end()
	} else {
		document.fail(reasonOf(err))
	}
	return errors.Join(err, out.Flush())
}

const outputBytes = 64 << 10

// output is where an archive is written to. What goes wrong with that is reported by page.
type output struct {
	*bufio.Writer
	flushed func() error
}

// page sends what was written so far.
func (o *output) page() error {
	if err := o.Flush(); err != nil {
		return err
	}
	return o.flushed()
}

func (o *output) print(text string) { _, _ = o.WriteString(text) } // page reports errors

// IncompleteError says why an archive ends before the end of the log. It is written into the
// archive.
type IncompleteError struct{ Why string }

func (e *IncompleteError) Error() string { return e.Why }

// reasonOf returns what an archive says of an error.
func reasonOf(err error) string {
	var incomplete *IncompleteError
	if errors.As(err, &incomplete) {
		return incomplete.Why
	}
	return "the rest can't be read"
}

// pageEvents is how many events are read at once.
const pageEvents = 500

// walk calls visit for the events after a seq, up to the last, and missing for each stretch
// that is no longer kept. paged is called after each page.
func walk(ctx context.Context, log Log, after, last uint64, visit func(*protocol.Event), missing func(protocol.Gap), paged func() error) error {
	for after < last {
		page, err := log.ReadAfter(ctx, after, pageEvents)
		if err != nil {
			return fmt.Errorf("read the events after %d: %w", after, err)
		}
		if len(page.Events) == 0 {
			return &IncompleteError{fmt.Sprintf("the events after %d are no longer kept: they have expired, or the room was closed", after)}
		}
		for i := range page.Events {
			e := &page.Events[i]
			if upTo := min(e.Seq-1, last); upTo > after {
				missing(protocol.Gap{First: after + 1, Last: upTo})
			}
			if after = min(e.Seq, last); e.Seq > last {
				break
			}
			visit(e)
		}
		if err := paged(); err != nil {
			return err
		}
	}
	return nil
}
