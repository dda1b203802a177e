package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"snug/internal/retryafter"
	"snug/internal/text"
)

// poster sends messages to a hook.
type poster struct {
	url   string // a secret
	begun bool   // the hook has taken a message
}

// parseHook reads the URL of a hook. The error doesn't repeat it.
func parseHook(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !strings.Contains(u.Path, "/hooks/") {
		return "", errors.New("--url isn't the URL of a hook, such as https://chat.example/hooks/SECRET: snug hook makes one")
	}
	return u.String(), nil
}

// The waits between attempts to post a message.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// post sends a message, and returns when it is stored. It tries again when the server asks
// for that, or can't be reached any more.
func (p *poster) post(ctx context.Context, content string) error {
	key, pause := rand.Text(), firstPause
	for {
		retryAfter, err := p.try(ctx, key, content)
		switch {
		case err == nil:
			p.begun = true
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case retryAfter == 0 && (!p.begun || !errors.As(err, new(*lostError))):
			return err
		}
		select {
		case <-time.After(max(retryAfter, pause)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause = min(2*pause, maxPause)
	}
}

// lostError says that it isn't known whether the server has taken a message.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }

// try posts a message once. retryAfter is when to try again, 0 for never. The message is the
// field of a form: the server takes nothing in it for another format.
func (p *poster) try(ctx context.Context, key, content string) (retryAfter time.Duration, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := errors.Join(form.WriteField("text", content), form.Close()); err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, &body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the URL
	}
	if err != nil {
		return 0, &lostError{err}
	}
	defer resp.Body.Close()
	const most = 1 << 10
	answer, err := io.ReadAll(io.LimitReader(resp.Body, most))
	switch {
	case err != nil:
		return 0, &lostError{err}
	case resp.StatusCode == http.StatusOK:
		return 0, nil
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		retryAfter = max(retryafter.Read(resp.Header, time.Now()), time.Second)
	}
	return retryAfter, fmt.Errorf("the hook answered %s: %s", resp.Status, text.Line(strings.TrimSpace(string(answer))))
}
