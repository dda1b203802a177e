package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"

	"snug/protocol"
)

// Upload sends a file to the server, and returns its description when it is stored. The
// member's next messages can have it, see [Message]; the server removes a file that no
// message has had within an hour. in is read to its end, and may have as many bytes as
// [Room.Limits] says; with FileBytes 0 the server takes no files.
//
// Upload blocks until the server answers, ctx ends, or the Room is closed; a Read of in that
// blocks then holds it up. It sends in once, over a connection of its own. After an error
// nothing of the file can be used: call it again. The error is a [*protocol.Error] if the
// server refuses the file.
func (r *Room) Upload(ctx context.Context, name string, in io.Reader) (protocol.File, error) {
	var f protocol.File
	err := r.whileOpen(ctx, func(ctx context.Context) (err error) {
		f, err = r.upload(ctx, name, in)
		return err
	})
	if err != nil {
		return protocol.File{}, fmt.Errorf("upload %q: %w", name, err)
	}
	return f, nil
}

func (r *Room) upload(ctx context.Context, name string, in io.Reader) (f protocol.File, err error) {
	d := r.dialer
	u := d.server.RoomAPI(d.code, "files")
	query := u.Query()
	query.Set("name", name)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), io.NopCloser(in)) // the file is the caller's to close
	if err != nil {
		return f, err
	}
	maps.Copy(req.Header, d.header)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Snug-Seat", r.Seat())
	if d.password != "" {
		req.Header.Set("Snug-Password", url.PathEscape(d.password))
	}
	token, err := d.token(ctx)
	if err != nil {
		return f, fmt.Errorf("a token: %w", err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return f, cmp.Or(context.Cause(ctx), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return f, readRefusal(resp)
	}
	var stored protocol.Files
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReadLimit)).Decode(&stored); err != nil || len(stored.Files) != 1 {
		return f, fmt.Errorf("%w: the answer isn't that of an upload", errFaulty)
	}
	return stored.Files[0], nil
}

// Download writes the bytes of a message's file to w. It blocks until all is written, ctx ends,
// or the Room is closed; after an error w may have some of it. The error is a [*protocol.Error] with code
// [protocol.NotFound] if the message is erased or no longer kept.
func (r *Room) Download(ctx context.Context, f protocol.File, w io.Writer) error {
	if err := r.whileOpen(ctx, func(ctx context.Context) error { return r.download(ctx, f, w) }); err != nil {
		return fmt.Errorf("download %q: %w", f.Name, err)
	}
	return nil
}

func (r *Room) download(ctx context.Context, f protocol.File, w io.Writer) error {
	d := r.dialer
	u := d.server.RoomAPI(d.code, "files").JoinPath(url.PathEscape(f.ID), url.PathEscape(f.Name))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return err
	}
	maps.Copy(req.Header, d.header)
	resp, err := d.client.Do(req)
	if err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return readRefusal(resp)
	}
	n, err := io.Copy(w, resp.Body)
	switch {
	case err != nil:
		return cmp.Or(context.Cause(ctx), err)
	case n != f.Size:
		return fmt.Errorf("%w: it has %d bytes, and should have %d", errFaulty, n, f.Size)
	}
	return nil
}

// whileOpen calls do with a context that ends with ctx, and when the Room is closed. If it is, the error is the reason,
// whatever became of do.
func (r *Room) whileOpen(ctx context.Context, do func(context.Context) error) error {
	if closed := context.Cause(r.ctx); closed != nil {
		return closed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(r.ctx, func() { cancel(context.Cause(r.ctx)) })
	defer stop()
	err := do(ctx)
	return cmp.Or(context.Cause(r.ctx), err)
}

// FileURL returns the address of a message's file. Whoever knows it can read the file.
func (r *Room) FileURL(f protocol.File) string {
	d := r.dialer
	return d.server.RoomAPI(d.code, "files").JoinPath(url.PathEscape(f.ID), url.PathEscape(f.Name)).Redacted()
}

// Download is as [Room.Download].
func (r *Reader) Download(ctx context.Context, f protocol.File, w io.Writer) error {
	return r.room.Download(ctx, f, w)
}

// FileURL is as [Room.FileURL].
func (r *Reader) FileURL(f protocol.File) string { return r.room.FileURL(f) }
