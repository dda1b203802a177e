// Package logdedup leaves out repeated warnings and errors, so that a log stays readable when
// the same thing fails ten thousand times. It starts no goroutine.
package logdedup

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// burst is how many equal lines are logged at once.
	burst = 5
	// interval is the time between further ones.
	interval = time.Minute
	// maxMessages bounds the messages that are maxMessages.
	maxMessages = 1000
)

// Handler is a [slog.Handler] that passes lines on, but of equal warnings and errors only five and
// then one a minute, with the number of lines left out as "more". Lines are equal if their messages
// are, up to the first digit; attributes don't count. It is safe for concurrent use.
type Handler struct {
	slog.Handler
	history *history
}

// history is what a handler and the handlers derived from it have logged.
type history struct {
	mu        sync.Mutex
	byMessage map[string]*repeats
}

type repeats struct {
	limiter *rate.Limiter
	omitted int // since the last line that was passed on
}

// New returns a handler that passes its lines on to next.
func New(next slog.Handler) *Handler {
	return &Handler{next, &history{byMessage: make(map[string]*repeats)}}
}

// Handle implements [slog.Handler].
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		pass, more := h.history.admit(r.Message)
		if !pass {
			return nil
		}
		if more > 0 {
			r = r.Clone()
			r.AddAttrs(slog.Int("more", more))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// admit reports whether a line with a message is to be logged, and how many were left out
// before it.
func (s *history) admit(message string) (pass bool, more int) {
	if digit := strings.IndexAny(message, "0123456789"); digit >= 0 {
		message = message[:digit]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byMessage[message]
	if r == nil {
		if len(s.byMessage) >= maxMessages {
			clear(s.byMessage)
		}
		r = &repeats{limiter: rate.NewLimiter(rate.Every(interval), burst)}
		s.byMessage[message] = r
	}
	if !r.limiter.Allow() {
		r.omitted++
		return false, 0
	}
	more, r.omitted = r.omitted, 0
	return true, more
}

// WithAttrs implements [slog.Handler].
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.Handler.WithAttrs(attrs), h.history}
}

// WithGroup implements [slog.Handler].
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.Handler.WithGroup(name), h.history}
}
