package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"snug/internal/endpoint"
)

// Export writes everything that is kept of a room to w: in the format "jsonl", each line of
// which is an event of the log, or "html" or "txt", for people. Only owners and moderators may
// do it: the Seat or the token in the Options proves that. server is as in [Join]; Nick,
// Since, History and Transport mean nothing.
//
// Export blocks until everything is written, or ctx ends. The errors are those of Join, and
// those of w. It doesn't retry: after an error, what was written isn't everything.
func Export(ctx context.Context, server, code, format string, w io.Writer, o Options) error {
	o.Transport = HTTP
	d, err := newDialer(server, code, o)
	if err != nil {
		return fmt.Errorf("export room %q: %w", code, err)
	}
	defer d.close()
	if err := d.export(ctx, format, w, o.Seat); err != nil {
		return fmt.Errorf("export room %q: %w", code, err)
	}
	return nil
}

func (d *dialer) export(ctx context.Context, format string, w io.Writer, seat string) error {
	if d.code == "" {
		return errNoCode
	}
	token, err := d.token(ctx)
	if err != nil {
		return fmt.Errorf("get a token: %w", err)
	}
	req, err := d.get(ctx, "export", url.Values{"format": {format}}, seat, token)
	if err != nil {
		return err
	}
	resp, err := d.client.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return endpoint.Unreachable(d.server, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return readRefusal(resp)
	}
	last := &lastLine{}
	if _, err := io.Copy(io.MultiWriter(w, last), resp.Body); err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	if format == formatJSONL && !bytes.HasPrefix(last.begin, []byte(`{"end"`)) {
		return errors.New("the server couldn't read the whole room: its last line says why")
	}
	return nil
}

// formatJSONL is the format whose last line says that it is complete.
const formatJSONL = "jsonl"

// lastLine remembers how the last line begins of what is written to it.
type lastLine struct {
	begin []byte
	ended bool // the next byte begins another one
}

func (l *lastLine) Write(b []byte) (int, error) {
	const most = 16
	if i := bytes.LastIndexByte(bytes.TrimSuffix(b, []byte("\n")), '\n'); i >= 0 {
		l.begin, l.ended = nil, false
		l.add(b[i+1:], most)
	} else {
		if l.ended {
			l.begin = nil
		}
		l.add(b, most)
	}
	l.ended = len(b) > 0 && b[len(b)-1] == '\n'
	return len(b), nil
}

func (l *lastLine) add(b []byte, most int) {
	l.begin = append(l.begin, b[:min(len(b), max(most-len(l.begin), 0))]...)
}
