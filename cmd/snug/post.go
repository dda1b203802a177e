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

	"snug/internal/endpoint"
	"snug/internal/retryafter"
	"snug/internal/text"
)

// poster sends messages to a hook.
type poster struct {
	url     string          // a secret
	server  endpoint.Server // without the path, for errors
	client  http.Client
	waiting func(why error, retry time.Duration) // is called before it waits to try again
	begun   bool                                 // the hook has taken a message
}

// newPoster returns a poster for the URL of a hook. The error doesn't repeat it.
func newPoster(hook string, waiting func(why error, retry time.Duration)) (*poster, error) {
	u, err := url.Parse(hook)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.Contains(u.Path, "/hooks/") {
		server, err := endpoint.ParseServer(u.Scheme + "://" + u.Host)
		if err == nil {
			return &poster{url: u.String(), server: server, client: http.Client{CheckRedirect: endpoint.StayHome}, waiting: waiting}, nil
		}
	}
	return nil, errors.New("--url isn't the URL of a hook, such as https://chat.example/hooks/SECRET: snug hook makes one")
}

// The waits between attempts to post a message, and how long one of them takes at most.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
	patience   = 30 * time.Second
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
		wait := max(retryAfter, pause)
		p.waiting(err, wait)
		select {
		case <-time.After(wait):
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
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, &body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Idempotency-Key", key)
	resp, err := p.client.Do(r)
	if err != nil {
		return 0, &lostError{endpoint.Unreachable(p.server, err)}
	}
	defer resp.Body.Close()
	const most = 1 << 10
	answer, err := io.ReadAll(io.LimitReader(resp.Body, most))
	switch {
	case err != nil:
		return 0, &lostError{err}
	case resp.StatusCode == http.StatusOK && string(answer) == "ok":
		return 0, nil
	case resp.StatusCode == http.StatusOK: // a proxy's, where users have to sign in
		return 0, fmt.Errorf("%s didn't confirm the message: what answers there is no hook of a Snug server", p.server)
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		retryAfter = max(retryafter.Read(resp.Header, time.Now()), time.Second)
	}
	says := text.Line(strings.TrimSpace(string(answer)))
	if to := endpoint.RedirectsTo(resp); to != "" {
		says = "a redirect to " + to + ", which isn't followed"
	}
	return retryAfter, fmt.Errorf("the hook answered %s", strings.TrimSuffix(resp.Status+": "+says, ": "))
}
