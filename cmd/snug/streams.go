package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"snug/internal/text"
)

// streams are the process's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// say writes a line about the command itself to standard error. What comes from the
// server can't control the terminal there.
func (s *streams) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, "snug: %s\n", text.Visible(fmt.Sprintf(format, args...))) // there is nowhere else to report an error
}

// waiting says why a command that joins or reads a room can't do so yet.
func (s *streams) waiting(why error, retry time.Duration) {
	s.say("%v; next attempt in %s", why, text.Span(retry.Round(time.Second)))
}

var errNoReader = errors.New("nobody reads the output any more")

// whileRead returns a context that ends with ctx, and also when the reader of standard
// output goes away, as head does. Otherwise a command would only notice that when it
// has something to write.
func (s *streams) whileRead(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if f, ok := s.out.(*os.File); ok {
		go func() { // ends with the process: a poll can't be interrupted
			if waitHangUp(f) {
				cancel(errNoReader)
			}
		}()
	}
	return ctx, cancel
}

// print writes words to standard output.
func (s *streams) print(words string) error {
	if _, err := io.WriteString(s.out, words); err != nil {
		return writeError(err)
	}
	return nil
}

// printJSON writes v as JSON to standard output, without characters that terminals obey.
func (s *streams) printJSON(v any, indent string) error {
	var encoded bytes.Buffer
	e := json.NewEncoder(&encoded)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err
	}
	return s.print(string(text.EscapeJSON(encoded.Bytes())))
}
