// Package tracing traces a message's way through the server with OpenTelemetry: it starts and ends
// spans, and decides what they say. That is never a room's code, a member, a nick, a seat, a token,
// an address, or anything that a client has written: who looks at traces need not be who may read
// rooms.
//
// It starts no goroutine. Where the spans go is decided by the [trace.TracerProvider] that New gets.
package tracing

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"snug/protocol"
)

// Tracer starts spans. The nil Tracer starts none and allocates nothing. It is safe for concurrent use.
type Tracer struct{ tracer trace.Tracer }

// New returns a tracer for the spans of a provider; nil for a nil provider.
func New(p trace.TracerProvider) *Tracer {
	if p == nil {
		return nil
	}
	return &Tracer{p.Tracer("snug")}
}

// Start starts a span of something that the server does, as a child of the one in ctx if there is one.
// The returned context has the new span. The caller ends it.
func (t *Tracer) Start(ctx context.Context, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, s := t.tracer.Start(ctx, name)
	return ctx, Span{s}
}

// StartAt is Start for something that has begun already.
func (t *Tracer) StartAt(ctx context.Context, name string, began time.Time) Span {
	if t == nil {
		return Span{}
	}
	_, s := t.tracer.Start(ctx, name, trace.WithTimestamp(began))
	return Span{s}
}

// StartCommand starts the span of a command that a WebSocket's client has sent.
func (t *Tracer) StartCommand(ctx context.Context, typ protocol.CommandType) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, s := t.tracer.Start(ctx, "websocket "+string(typ), trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{s}
}

// Span is a step of a message's way. The zero Span is none. Its methods are safe for concurrent use.
type Span struct{ span trace.Span }

// Recording reports whether the span goes anywhere: tracing is on, and the trace is sampled.
func (s Span) Recording() bool { return s.span != nil && s.span.IsRecording() }

// SetCount sets an attribute that is a number of things.
func (s Span) SetCount(key string, n int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(key, n))
	}
}

// End ends the span. Of an error it says the code that clients get: a message may tell what the client
// has written. Only what is the server's fault makes the span one that has failed.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		typ, failed := semconv.ErrorTypeOther, true
		if refusal := (*protocol.Error)(nil); errors.As(err, &refusal) {
			typ, failed = semconv.ErrorTypeKey.String(string(refusal.Code)), refusal.Code == protocol.Unavailable
		}
		s.span.SetAttributes(typ)
		if failed {
			s.span.SetStatus(codes.Error, "")
		}
	}
	s.span.End()
}

// EndRefused is End with a refusal, which may be nil.
func (s Span) EndRefused(refusal *protocol.Error) {
	if refusal == nil {
		s.End(nil)
		return
	}
	s.End(refusal)
}
