package tracing

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// methods are the methods that a span may name. Others are the client's invention.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// Handler returns a handler that starts a span for each request of next's; next itself if t is nil. A
// request continues the trace that its header traceparent names (W3C Trace Context) if believed says so:
// anyone can send that header, and with it choose what is sampled. A request that is in a span already, of a
// program that embeds the server, continues that.
//
// The span has the route, which is a pattern of [http.ServeMux], and no path: the paths contain room
// codes and secrets.
func (t *Tracer) Handler(next http.Handler, believed func(*http.Request) bool) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if !trace.SpanContextFromContext(ctx).IsValid() && believed(r) { // it isn't in a span of the program's
			ctx = propagation.TraceContext{}.Extract(ctx, traceparent(r.Header))
		}
		method := r.Method
		if !slices.Contains(methods, method) {
			method = "HTTP"
		}
		ctx, span := t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End() // also of a handler that panics to end the connection
		outer := r
		r = r.WithContext(ctx)
		defer func() { outer.MultipartForm = r.MultipartForm }() // whose files net/http removes
		if !span.IsRecording() {
			next.ServeHTTP(w, r)
			return
		}
		answered := &response{ResponseWriter: w}
		next.ServeHTTP(answered, r)
		if method != "HTTP" {
			span.SetAttributes(semconv.HTTPRequestMethodKey.String(method))
			// The innermost mux that has routed the request has left its pattern there.
			if route := r.Pattern[strings.IndexByte(r.Pattern, ' ')+1:]; route != "" {
				span.SetName(method + " " + route)
				span.SetAttributes(semconv.HTTPRoute(route))
			}
		}
		if answered.status != 0 { // it is 0 if the connection was taken over
			span.SetAttributes(semconv.HTTPResponseStatusCode(answered.status))
		}
		if answered.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	})
}

// traceparent is the carrier of the header traceparent alone. A tracestate may contain anything.
type traceparent http.Header

func (h traceparent) Get(key string) string {
	if key != "traceparent" {
		return ""
	}
	return http.Header(h).Get(key)
}

func (h traceparent) Set(key, value string) { http.Header(h).Set(key, value) }

func (h traceparent) Keys() []string { return []string{"traceparent"} }

// response notes the status of an answer.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (r *response) WriteHeader(status int) {
	if r.status < http.StatusOK { // an informational answer may precede
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *response) Write(b []byte) (int, error) {
	if r.status < http.StatusOK {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }
