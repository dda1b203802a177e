package tracing_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"snug/internal/tracing"
	"snug/protocol"
)

// A server without traces pays nothing for them.
func TestTheNilTracerAllocatesNothing(t *testing.T) {
	var none *tracing.Tracer
	refusal := protocol.Errorf(protocol.Unavailable, "later")
	if n := testing.AllocsPerRun(1000, func() {
		ctx, command := none.StartCommand(t.Context(), protocol.CommandSend)
		_, step := none.Start(ctx, "step")
		step.SetCount("n", 1)
		step.End(refusal)
		none.StartAt(ctx, "step", time.Time{}).End(nil)
		command.EndRefused(refusal)
		if command.Recording() {
			t.Error("it records")
		}
	}); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
	mux := http.NewServeMux()
	if h := none.Handler(mux, nil); !reflect.DeepEqual(h, http.Handler(mux)) {
		t.Error("it puts something in front of the handler")
	}
	if tracing.New(nil) != nil {
		t.Error("without a provider there is a tracer")
	}
}

// request sends a request with a traceparent through a handler, and returns the spans that are exported.
func request(t *testing.T, flags string, believed bool, do http.HandlerFunc) tracetest.SpanStubs {
	t.Helper()
	exported := tracetest.NewInMemoryExporter()
	p := trace.NewTracerProvider(trace.WithSyncer(exported), trace.WithSampler(trace.ParentBased(trace.AlwaysSample())))
	mux := http.NewServeMux()
	mux.HandleFunc("POST /r/{code}", do)
	h := tracing.New(p).Handler(mux, func(*http.Request) bool { return believed })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/r/secret", nil)
	r.Header.Set("Traceparent", "00-c0ffee00c0ffee00c0ffee00c0ffee00-c0ffee00c0ffee00-"+flags)
	r.Header.Set("Tracestate", "vendor=secret")
	func() {
		defer func() { _ = recover() }()
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	return exported.GetSpans()
}

// Anyone can send a traceparent. Believed from everyone, it would let strangers choose what is sampled.
func TestOnlyWhoIsBelievedContinuesATrace(t *testing.T) {
	nothing := func(http.ResponseWriter, *http.Request) {}
	for _, c := range []struct {
		believed bool
		flags    string
		spans    int
	}{{false, "00", 1}, {false, "01", 1}, {true, "00", 0}, {true, "01", 1}} {
		spans := request(t, c.flags, c.believed, nothing)
		if len(spans) != c.spans {
			t.Fatalf("%+v: %d spans", c, len(spans))
		}
		for _, s := range spans {
			if s.Parent.IsValid() != c.believed || s.SpanContext.TraceState().Len() > 0 || s.Name != "POST /r/{code}" {
				t.Errorf("%+v: %s of %+v", c, s.Name, s.Parent)
			}
		}
	}
}

func TestARequestsSpanHasItsOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		do     http.HandlerFunc
		status int64
		failed bool
	}{
		"written without a status": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, http.StatusOK, false},
		"refused":                  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, http.StatusForbidden, false},
		"hints first": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, http.StatusServiceUnavailable, true},
		"cut off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, false},
	} {
		spans := request(t, "00", false, c.do)
		if len(spans) != 1 {
			t.Fatalf("%s: %d spans", name, len(spans))
		}
		var status int64
		for _, a := range spans[0].Attributes {
			if a.Key == "http.response.status_code" {
				status = a.Value.AsInt64()
			}
		}
		if failed := spans[0].Status.Code != 0; status != c.status || failed != c.failed {
			t.Errorf("%s: %d, failed %t", name, status, failed)
		}
	}
}

// What a span says of an error is its code: the text may repeat what the client has written.
func TestASpanHasTheCodeOfAnError(t *testing.T) {
	exported := tracetest.NewInMemoryExporter()
	tracer := tracing.New(trace.NewTracerProvider(trace.WithSyncer(exported)))
	for _, err := range []error{nil, protocol.Errorf(protocol.Forbidden, "secret"), protocol.Errorf(protocol.Unavailable, "secret"), context.Canceled} {
		_, s := tracer.Start(t.Context(), "step")
		s.End(err)
	}
	var got []string
	for _, s := range exported.GetSpans() {
		text := s.Status.Code.String() + s.Status.Description
		for _, a := range s.Attributes {
			text += " " + a.Value.AsString()
		}
		got = append(got, text)
	}
	if want := []string{"Unset", "Unset forbidden", "Error unavailable", "Error _OTHER"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
