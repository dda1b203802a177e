package snug

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"snug/internal/room"
	"snug/protocol"
)

// callbackTime is how long a function of the program may take.
const callbackTime = 5 * time.Second

// maxRefusal bounds the text of a refusal, in characters.
const maxRefusal = 500

// refusal is the error that Refuse returns.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// Refuse returns an error by which Options.Filter or Options.Auth.Authenticate refuses something. The
// user reads its text, at most 500 characters.
func Refuse(text string) error { return &refusal{text} }

var errPanicked = errors.New("it panicked")

// callback calls f, a function of the program that embeds the server, and waits for it until ctx
// ends, at most for callbackTime. A function that continues nevertheless has a goroutine of its
// own, for which nobody waits. The error is a [*protocol.Error]: with the code refused for a
// refusal and for a panic, which the same would probably lead to again, and else unavailable.
func callback[T any](ctx context.Context, log *slog.Logger, name string, refused protocol.ErrorCode, f func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, callbackTime)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		r := result{err: errPanicked} // also if f calls runtime.Goexit
		defer func() {
			if p := recover(); p != nil {
				log.Error("a function of the program panicked", "function", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			}
			done <- r
		}()
		r.value, r.err = f(ctx)
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
		r.err = ctx.Err()
	}
	var said *refusal
	switch {
	case r.err == nil:
		return r.value, nil
	case errors.As(r.err, &said):
		return r.value, protocol.Errorf(refused, "%s", shown(said.text))
	case errors.Is(r.err, errPanicked):
		return r.value, protocol.Errorf(refused, "the server can't check this: its operator finds the reason in its log")
	case !errors.Is(r.err, context.Canceled): // the client is gone
		log.Error("a function of the program failed", "function", name, "err", r.err)
	}
	e := protocol.Errorf(protocol.Unavailable, "the server can't check this now: try again in a while")
	e.RetryAfter = room.RetryAfter
	return r.value, e
}

// shown returns the text of a refusal as clients get it.
func shown(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if text == "" {
		return "refused"
	}
	if utf8.RuneCountInString(text) > maxRefusal {
		text = string([]rune(text)[:maxRefusal-1]) + "…"
	}
	return text
}
