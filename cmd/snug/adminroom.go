package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"snug/internal/archive"
	"snug/internal/text"
	"snug/protocol"
)

type showRoom struct {
	oneRoom
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints what the room is.
func (c *showRoom) Run(ctx context.Context, a *admin, std *streams) error {
	path, err := c.path("")
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := a.askFor(ctx, http.MethodGet, path, nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		return std.printJSON(raw, "  ")
	}
	var room struct {
		Room             string
		First, Head      uint64
		Settings         protocol.Settings
		Roles            []protocol.Member
		Present, Readers int
		Hooks            []protocol.HookInfo
		Bans             []protocol.Ban
	}
	if err := json.Unmarshal(raw, &room); err != nil {
		return fmt.Errorf("the answer can't be read: %w", err)
	}
	var b strings.Builder
	line := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(&b, "%-9s %s\n", name, fmt.Sprintf(format, args...)) // a Builder takes everything
	}
	line("room", "%s", text.Line(room.Room))
	line("name", "%s", dash(text.Line(room.Settings.Name)))
	line("topic", "%s", dash(text.Line(room.Settings.Topic)))
	line("events", "%d to %d", room.First, room.Head)
	line("here", "%d members, %d readers", room.Present, room.Readers)
	line("locked", "%t", room.Settings.Locked)
	line("password", "%t", room.Settings.Password)
	for _, m := range room.Roles {
		line(text.Line(string(m.Role)), "%s  %s", text.Line(m.Member), text.Line(m.Nick))
	}
	for _, h := range room.Hooks {
		line("hook", "%s  %s, made by %s", text.Line(h.Member), text.Line(h.Name), text.Line(h.By.Nick))
	}
	for _, ban := range room.Bans {
		until := "for good"
		if ban.Until != nil {
			until = "until " + ban.Until.Local().Format("2006-01-02 15:04")
		}
		line("ban", "%s  %s, %s %s", text.Line(ban.Member), dash(text.Line(ban.Nick)), until, text.Line(ban.Reason))
	}
	return std.print(b.String())
}

type readRoom struct {
	oneRoom
	Limit  int    `default:"50" placeholder:"N" help:"How many events, up to 200 (${default})."`
	Before uint64 `placeholder:"SEQ" help:"Print the events before this one, and not the newest."`
	JSON   bool   `name:"json" help:"Print the events as JSON, one in each line."`
}

// Run prints a page of the log.
func (c *readRoom) Run(ctx context.Context, a *admin, std *streams) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Before > 0 {
		query.Set("before", strconv.FormatUint(c.Before, 10))
	}
	path, err := c.path("/messages?" + query.Encode())
	if err != nil {
		return err
	}
	var page struct{ Events []protocol.Event }
	if err := a.askFor(ctx, http.MethodGet, path, nil, &page); err != nil {
		return err
	}
	p := printer{json: c.JSON}
	for i := range page.Events {
		line, _, err := p.line(&page.Events[i])
		if err != nil {
			return err
		}
		if err := std.print(string(line)); err != nil {
			return err
		}
	}
	return nil
}

type exportRoom struct {
	oneRoom
	File   string `arg:"" optional:"" help:"The file to create, which must not exist. Without it, or with -, standard output."`
	Format string `enum:"jsonl,html,txt" default:"jsonl" help:"${enum} (${default}): JSON Lines can be imported, and the others are for reading."`
}

// Help is shown by snug admin rooms export --help.
func (exportRoom) Help() string {
	return `Examples:

  snug admin rooms export lobby lobby.jsonl
  snug admin rooms export lobby --format txt | less`
}

// Run writes the export.
func (c *exportRoom) Run(ctx context.Context, a *admin, std *streams) error {
	path, err := c.path("/export?format=" + c.Format)
	if err != nil {
		return err
	}
	if c.File == "" || c.File == "-" {
		return c.copy(ctx, a, path, std.out)
	}
	return writeNew(c.File, func(file *os.File) error { return c.copy(ctx, a, path, file) })
}

// copy copies the export to a writer. It fails if the export says that it is incomplete.
func (c *exportRoom) copy(ctx context.Context, a *admin, path string, to io.Writer) error {
	answer, err := a.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch err := archive.Copy(to, answer, archive.Format(c.Format)); {
	case errors.Is(err, archive.ErrForeign):
		return a.foreign("no export")
	case errors.Is(err, archive.ErrIncomplete):
		return fmt.Errorf("%w; repeat the command", err)
	case err != nil:
		return fmt.Errorf("copy the export: %w", err)
	}
	return nil
}

type importRoom struct {
	oneRoom
	File string `arg:"" optional:"" help:"The file. Without it, or with -, standard input."`
}

// Help is shown by snug admin rooms import --help.
func (importRoom) Help() string {
	return `The file is an export in JSON Lines, or has a line like this for each message:

  {"nick":"ada","content":"hello","at":"2019-07-20T20:17:00Z"}

The room need not exist. Messages keep their author's nick and their time. Importing the same file again adds only what is missing: after an error, mend the line that it names, and repeat the command.

Examples:

  snug admin rooms import lobby lobby.jsonl
  zcat old.jsonl.gz | snug admin rooms import archive`
}

// inputReader remembers why a reader couldn't be read: as the body of a request, it fails like a server that
// isn't there.
type inputReader struct {
	io.Reader
	failed atomic.Pointer[error] // the request may still read it when its answer is there
}

func (r *inputReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed.Store(&err)
	}
	return n, err
}

// Run imports the file.
func (c *importRoom) Run(ctx context.Context, a *admin, std *streams) error {
	path, err := c.path("/import")
	if err != nil {
		return err
	}
	from := std.in
	if c.File != "" && c.File != "-" {
		file, err := openFile(ctx, c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
	}
	input := &inputReader{Reader: from}
	answer, err := a.send(ctx, http.MethodPost, path, "application/jsonl", input)
	switch failed := input.failed.Load(); {
	case err != nil && failed != nil:
		return fmt.Errorf("read the file: %w", *failed)
	case err != nil:
		return err
	}
	var done struct {
		Messages, Changes, Known, Skipped int
		Complete                          bool
	}
	if err := a.decode(answer, &done); err != nil {
		return err
	}
	std.say("%d messages and %d changes added, %d known from before, %d skipped", done.Messages, done.Changes, done.Known, done.Skipped)
	if !done.Complete {
		return errors.New("the file is an export that isn't complete: its end is missing, or says why")
	}
	return nil
}
