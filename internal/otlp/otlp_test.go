package otlp_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"snug/internal/otlp"
	"snug/internal/servertest/capture"
	"snug/internal/servertest/collector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start returns a provider that samples everything, and its log.
func start(t *testing.T, url string) (*trace.TracerProvider, *capture.Text) {
	t.Helper()
	log := new(capture.Text)
	p, err := otlp.New(otlp.Options{URL: url, Share: 1, Instance: "node-7", Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return p, log
}

// end ends n spans.
func end(p *trace.TracerProvider, n int) {
	for range n {
		_, s := p.Tracer("test").Start(context.Background(), "step")
		s.End()
	}
}

func TestSpansComeWithWhatTheEnvironmentSays(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "chat")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x-other=1")
	c := collector.Start(t, nil)
	p, _ := start(t, c.URL)
	end(p, 3)
	spans := c.Wait(t, "three spans", func(s []collector.Span) bool { return len(s) == 3 }) // without a shutdown
	if r := spans[0].Resource; r["service.name"] != "chat" || r["deployment.environment.name"] != "test" || r["service.instance.id"] != "node-7" {
		t.Errorf("they are of %v", r)
	}
	if h := c.Header(); h.Get("Api-Key") != "a b" || h.Get("X-Other") != "1" {
		t.Errorf("they came with %v", h)
	}
	end(p, 1000)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(c.Spans()); n != 1003 {
		t.Errorf("after the shutdown there are %d spans", n)
	}
}

// A collector that is restarted loses nothing.
func TestSpansAreSentAgain(t *testing.T) {
	var requests atomic.Int64
	c := collector.Start(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if requests.Add(1) > 2 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	p, log := start(t, c.URL)
	end(p, 5)
	c.Wait(t, "five spans", func(s []collector.Span) bool { return len(s) == 5 })
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if text := log.String(); strings.Count(text, "can't be exported") != 1 || !strings.Contains(text, "503") || !strings.Contains(text, "exported again\" lost_spans=0") {
		t.Errorf("the log says\n%s", text)
	}
}

func TestRefusedSpansAreGivenUp(t *testing.T) {
	c := collector.Start(t, func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "/elsewhere?key=secret", http.StatusTemporaryRedirect) // is not followed
		return true
	})
	p, log := start(t, c.URL+"/v1/traces?key=secret")
	end(p, 7)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, "answers 307") || !strings.Contains(text, "traces were lost\" spans=7") || strings.Contains(text, "secret") {
		t.Errorf("the log says\n%s", text)
	}
}

func TestACollectorThatIsAwayHoldsUpNothing(t *testing.T) {
	p, log := start(t, "http://127.0.0.1:1")
	end(p, 2000)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "traces were lost\" spans=2000") {
		t.Errorf("the log says\n%s", log.String())
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:4318", "grpc://127.0.0.1:4317", "http:///v1/traces", "http://a b"} {
		if _, err := otlp.New(otlp.Options{URL: url}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:4318") {
			t.Errorf("%q: %v", url, err)
		}
	}
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "secret")
	if _, err := otlp.New(otlp.Options{URL: "http://127.0.0.1:4318"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a header without a value: %v", err)
	}
}
