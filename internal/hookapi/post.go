package hookapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"time"

	"snug/internal/hook"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// The bodies that are accepted, in bytes. GitHub's are the largest ones: a push with
// hundreds of commits.
const (
	maxBody = 1 << 20
	// A body up to smallBody is read at once. Of larger ones, at most maxLarge are in memory.
	smallBody = 64 << 10
	maxLarge  = 16
	// largeWait is how long a large body waits for those before it: less than a request has
	// time for, or its sender would be told that its body is wrong.
	largeWait = 5 * time.Second
	// maxDiscarded bounds what is read of a body that is too large, so that its sender, which
	// may read only when it has sent everything, gets the answer.
	maxDiscarded = 8 << 20
)

var errTooLarge = errors.New("the body is too large")

// post sends what was posted as a message of p, the hook.
func (h *Handler) post(r *http.Request, p *room.Participant) answer {
	if wait := h.rates.Take(p.You().Member); wait > 0 {
		a := refused(http.StatusTooManyRequests, "rate_limited", "too fast: at most %g messages a second", h.options.MessageRate)
		a.retryAfter = wait
		return a
	}
	query, bad := problem.Query(r)
	if bad == nil {
		bad = problem.CheckOnce(r, "Idempotency-Key")
	}
	if bad != nil {
		return refused(http.StatusBadRequest, "invalid_payload", "%s", bad.Message)
	}
	id := cmp.Or(r.Header.Get("Idempotency-Key"), rand.Text()) // without one, a message that is posted again is another one
	if protocol.CheckLabel("Idempotency-Key", id) != nil {
		return refused(http.StatusBadRequest, "invalid_payload", "Idempotency-Key has 1 to %d printable ASCII characters", protocol.MaxIDChars)
	}
	m, err := h.read(r, p.Hook().Secret)
	switch {
	case errors.Is(err, errTooLarge):
		return refused(http.StatusRequestEntityTooLarge, "invalid_payload", "the body has more than %d bytes", maxBody)
	case err != nil:
		return h.failed(room.Code(p.Room()), err)
	}
	d, err := p.Send(r.Context(), room.Message{ID: id, Content: m.Content, As: m.As})
	if err != nil {
		return h.failed(room.Code(p.Room()), err)
	}
	outcome, err := p.Commit(r.Context(), d)
	if err != nil {
		return h.failed(room.Code(p.Room()), err)
	}
	if wait := query.Get("wait"); wait != "json" && wait != "true" {
		return ok()
	}
	e, err := p.Event(r.Context(), outcome.Seq)
	if err != nil {
		return h.failed(room.Code(p.Room()), err)
	}
	return answer{status: http.StatusOK, isJSON: true, body: e.AppendJSON(nil)}
}

// read reads and decodes the body. The error is errTooLarge, a *hook.Refusal, or says that
// the sender is gone.
func (h *Handler) read(r *http.Request, secret string) (hook.Message, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return hook.Message{}, &hook.Refusal{Word: "invalid_payload", Detail: "the body is encoded: send it as it is, without Content-Encoding"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, smallBody))
	if err == nil && len(body) == smallBody {
		select {
		case h.large <- struct{}{}:
			defer func() { <-h.large }()
		case <-time.After(largeWait):
			return hook.Message{}, protocol.Errorf(protocol.Unavailable, "too many large bodies are being received")
		case <-r.Context().Done():
			return hook.Message{}, context.Cause(r.Context())
		}
		var rest []byte
		rest, err = io.ReadAll(io.LimitReader(r.Body, maxBody-smallBody+1))
		body = append(body, rest...)
	}
	switch {
	case err != nil:
		return hook.Message{}, protocol.Errorf(protocol.BadFrame, "the body broke off: %v", err)
	case len(body) > maxBody:
		_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded) // what is left then is for the server to cut off
		return hook.Message{}, errTooLarge
	}
	return hook.Decode(r.Header, body, secret, h.options.MaxChars)
}
