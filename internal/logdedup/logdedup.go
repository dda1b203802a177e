// Package logdedup keeps a log readable when one thing goes wrong ten thousand
// times. It starts no goroutine.
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
	// atOnce is how many lines that say the same pass at once…
	atOnce = 5
	// …and oneIn how long it is from then on until one more does.
	oneIn = time.Minute
	// remembered bounds the messages that are told apart.
	remembered = 1000
)

// Handler is a [slog.Handler] that passes on all but the warnings and errors that
// repeat themselves: of these a few, and then one a minute, which says as "more"
// how many were left out before it. Lines say the same if their messages do, up to
// the first digit; what their attributes are doesn't matter. It is safe for
// concurrent use.
type Handler struct {
	slog.Handler
	said *said
}

// said is what a handler and those made from it have said.
type said struct {
	mu        sync.Mutex
	byMessage map[string]*repeats
}

type repeats struct {
	may  *rate.Limiter
	more int // left out since one was passed on
}

// New returns a handler that passes its lines on to next.
func New(next slog.Handler) *Handler {
	return &Handler{next, &said{byMessage: make(map[string]*repeats)}}
}

// Handle implements [slog.Handler].
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		pass, more := h.said.again(r.Message)
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

// again reports whether one more line of a message passes, and how many didn't
// before it.
func (s *said) again(message string) (pass bool, more int) {
	if digit := strings.IndexAny(message, "0123456789"); digit >= 0 {
		message = message[:digit]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byMessage[message]
	if r == nil {
		if len(s.byMessage) >= remembered {
			clear(s.byMessage)
		}
		r = &repeats{may: rate.NewLimiter(rate.Every(oneIn), atOnce)}
		s.byMessage[message] = r
	}
	if !r.may.Allow() {
		r.more++
		return false, 0
	}
	more, r.more = r.more, 0
	return true, more
}

// WithAttrs implements [slog.Handler].
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.Handler.WithAttrs(attrs), h.said}
}

// WithGroup implements [slog.Handler].
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.Handler.WithGroup(name), h.said}
}
