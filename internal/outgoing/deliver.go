package outgoing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/retryafter"
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
		return result{failed: outbound.Reason(err)}
	}
	signer, err := standardwebhooks.NewWebhook(c.secret)
	if err != nil {
		return result{failed: outbound.Reason(err)}
	}
	id, now := c.deliveryID(e), time.Now()
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return result{failed: outbound.Reason(err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", version.String())
	request.Header.Set(standardwebhooks.HeaderWebhookID, id)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := c.run.client.Do(request)
	if err != nil {
		return result{failed: outbound.Reason(err)}
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusGone:
		return result{failed: "it answered 410", gone: true}
	case code < 200 || code > 299:
		return result{failed: fmt.Sprintf("it answered %d", code), retryAfter: retryafter.Read(response.Header, now)}
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, c.run.options.MaxAnswered+1))
	if err != nil {
		return result{failed: outbound.Reason(err)}
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

// signingSecret returns what a hook's deliveries are signed with.
func (r *run) signingSecret(code, member string) string {
	return r.options.Rooms.HookSigningSecret(room.Code(code), member)
}
