package hookapi

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"snug/internal/hook"
	"snug/internal/room"
	"snug/protocol"
)

// answer is the response to a request.
type answer struct {
	status     int
	body       []byte
	isJSON     bool
	retryAfter time.Duration
}

// ok is Slack's answer, which some senders compare byte by byte.
func ok() answer { return answer{status: http.StatusOK, body: []byte("ok")} }

// refused returns an answer whose first line is a word that senders know from Slack.
func refused(status int, word, format string, args ...any) answer {
	return answer{status: status, body: fmt.Appendf([]byte(word+"\n"), format+"\n", args...)}
}

func noService() answer {
	return refused(http.StatusNotFound, "no_service", "there is no such hook, or it was removed: ask an owner of the room for another URL")
}

func unavailable(retryAfter time.Duration, why string) answer {
	a := refused(http.StatusServiceUnavailable, "unavailable", "%s: post it again, with the same Idempotency-Key", why)
	a.retryAfter = retryAfter
	return a
}

// failed answers a request that couldn't be carried out because of err.
func (h *Handler) failed(code room.Code, err error) answer {
	var unreadable *hook.Refusal
	if errors.As(err, &unreadable) {
		status := http.StatusBadRequest
		if unreadable.Word == "action_prohibited" {
			status = http.StatusForbidden
		}
		return refused(status, unreadable.Word, "%s", unreadable.Detail)
	}
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		if !errors.Is(err, room.ErrClosed) && !errors.Is(err, room.ErrTooMany) {
			h.options.Log.Error("a hook's message can't be sent", "room", string(code), "err", err)
		}
		return unavailable(room.RetryAfter, "the room can't be opened now")
	}
	switch refusal.Code {
	case protocol.NotFound, protocol.Forbidden: // removed before the message was in the log
		return noService()
	case protocol.Refused:
		return refused(http.StatusForbidden, "action_prohibited", "%s", refusal.Message)
	case protocol.Closed:
		return refused(http.StatusGone, "channel_is_archived", "%s", refusal.Message)
	case protocol.Empty:
		return refused(http.StatusBadRequest, "no_text", "%s", refusal.Message)
	case protocol.IDConflict:
		return refused(http.StatusConflict, "invalid_payload", "the Idempotency-Key was used for another message: a new message needs a new one")
	case protocol.Unavailable:
		return unavailable(max(refusal.RetryAfter, time.Second), refusal.Message)
	}
	return refused(http.StatusBadRequest, "invalid_payload", "%s", refusal.Message)
}
