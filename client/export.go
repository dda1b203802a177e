package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"snug/internal/archive"
	"snug/internal/endpoint"
)

// Export writes everything that is kept of a room to w: in the format "jsonl", each line of
// which is an event of the log, or "html" or "txt", for people. Only owners and moderators may
// do it: the Seat or the token in the Options proves that. server is as in [Join]; Nick,
// Since, History and Transport mean nothing.
//
// Export blocks until everything is written, ctx ends, or the server hasn't begun to answer
// within 30 s. The errors are those of Join, and
// those of w. It doesn't retry: after an error, what was written isn't everything. It writes nothing if the
// answer is that of another server.
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
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(answerWithin, func() { cancel(errNoAnswer) })
	defer late.Stop()
	req, err := d.get(ctx, "export", url.Values{"format": {format}}, seat, token)
	if err != nil {
		return err
	}
	resp, err := d.client.Do(req)
	late.Stop() // the rest may take its time
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
	switch err := archive.Copy(w, resp, archive.Format(format)); {
	case errors.Is(err, archive.ErrForeign):
		return fmt.Errorf("%s doesn't answer with an export: is it a Snug server, and a recent one?", d.server)
	case errors.Is(err, archive.ErrIncomplete):
		return err
	case err != nil:
		return cmp.Or(context.Cause(ctx), err)
	}
	return nil
}
