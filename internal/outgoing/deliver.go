package outgoing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"snug/internal/journal"
	"snug/internal/room"
	"snug/internal/version"
)

// result is how a delivery has ended.
type result struct {
	failed     string        // why it has; empty if the receiver has accepted the event
	gone       bool          // the receiver wants no more
	retryAfter time.Duration // what the receiver asks for; 0 for nothing
	reply      string        // what it answered; empty for nothing
}

// deliver posts e to the receiver, once. The request is signed as Standard Webhooks says.
func (c *cursor) deliver(ctx context.Context, e *journal.Entry) result {
	body := e.AppendJSON(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hook.To, bytes.NewReader(body))
	if err != nil {
		return result{failed: reason(err)}
	}
	signer, err := standardwebhooks.NewWebhook(c.secret)
	if err != nil {
		return result{failed: reason(err)}
	}
	id, now := c.deliveryID(e), time.Now()
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return result{failed: reason(err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", version.String())
	request.Header.Set(standardwebhooks.HeaderWebhookID, id)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := c.run.client.Do(request)
	if err != nil {
		return result{failed: reason(err)}
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusGone:
		return result{failed: "it answered 410", gone: true}
	case code < 200 || code > 299:
		return result{failed: fmt.Sprintf("it answered %d", code), retryAfter: retryAfter(response.Header, now)}
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, c.run.options.MaxAnswered+1))
	if err != nil {
		return result{failed: reason(err)}
	}
	if int64(len(answer)) > c.run.options.MaxAnswered {
		c.log().Debug("an outgoing hook's receiver answered too much: nothing of it is posted", "bytes", c.run.options.MaxAnswered)
		return result{}
	}
	return result{reply: contentOf(answer)}
}

// deliveryID names the delivery of e: it is the same one whenever e is delivered again.
func (c *cursor) deliveryID(e *journal.Entry) string {
	return c.epoch + ":" + strconv.FormatUint(e.Seq, 10)
}

// reason says why a request has failed, without its URL, which is a secret.
func reason(err error) string {
	var from *url.Error
	if errors.As(err, &from) {
		err = from.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it didn't answer in time"
	}
	return err.Error()
}

// retryAfter returns what a response's Retry-After asks for (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// backoff returns how long to wait after a number of failed attempts: from base, doubled
// each time, up to most, and up to a quarter less, so that hooks don't retry in step.
func backoff(base, most time.Duration, attempts int) time.Duration {
	wait := most
	if attempts < 32 && base<<attempts > 0 {
		wait = min(base<<attempts, most)
	}
	return wait - rand.N(wait/4+1) //nolint:gosec // jitter, no secret
}

// signingSecret returns what a hook's deliveries are signed with.
func (r *run) signingSecret(code, member string) string {
	return r.options.Rooms.HookSigningSecret(room.Code(code), member)
}
